"""What a million buys, by item and level of schooling, in the papers: solved by hand, the figure's
own numbers, the same in every form, and what was delivered beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pypdfium2
import pytest
from living import happened, written
from test_facts import spaced
from tiny import item, norm, school, tiny

from planner.analysis.amending import amend
from planner.analysis.criteria import Measured
from planner.errors import AuditError
from planner.present import figures
from planner.present.content import Block, ReportContent, Table
from planner.present.papers.agreement import check_content, check_docx, check_pdf, tables
from planner.present.papers.docx import write_docx
from planner.present.papers.effects import effect_blocks
from planner.present.papers.package import view_content, write_reports
from planner.present.papers.pdf import write_pdf
from planner.present.papers.view import View
from planner.run import folder
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario


def kinds(**more: Any) -> Scenario:
    """Money for every need. a (primary, 40 pupils) needs 2 pc; b (lower secondary, 60) 3 pc and a
    tv; m (lower secondary, 10), never measured, 1 pc and a tv. A pc costs 10, a tv 20 and 5 of
    works; all pc of a school bring 40 points, of 50 measured at a and b. A pupil of a, who lacks
    one kind of equipment, is equipped by it; of b and m by halves."""
    second = {"level": "lower_secondary"}
    schools = [
        school("a", pupils=40, classes=2, owner="one"),
        school("b", pupils=60, classes=3, owner="two", **second),
        school("m", pupils=10, classes=1, owner="two", **second),
    ]
    tables = {
        "criteria": [{"criterion": "t1", "name": "Phòng máy", "group": "teaching", "most": 100}],
        "criterion_items": [{"criterion": "t1", "item": "pc", "points": 40}],
        "indicators": [
            {"school": s, "criterion": "t1", "year": 2022, "value": 50} for s in ("a", "b")
        ],
    }
    norms = [norm("pc"), norm("pc", **second), norm("tv", per="school", **second)]
    items = [item("pc", price=10), item("tv", price=20, setup=5)]
    return tiny(schools=schools, items=items, norms=norms, tables=tables,
                **{"cap": 1000} | more)  # fmt: skip


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> View:
    """Its plan, as papers see it."""
    place = tmp_path_factory.mktemp("effects")
    return View(folder.read(folder.write(optimize(kinds()), place / "plan")))


def cells(blocks: list[Block], key: str) -> list[tuple[Any, ...]]:
    """The rows of a table, rates to a thousandth."""
    (part,) = [b for b in blocks if isinstance(b, Table) and b.key == key]
    return [tuple(round(c, 3) if isinstance(c, float) else c for c in r.cells) for r in part.rows]


def test_a_million_by_item_and_level(seen: View) -> None:
    """pc at a: 40 pupil-years and points for 20 đồng, 2 million each; lower secondary 35 for 40 and
    40 for the 30 that measured schools cost; all 75 for 60 and 80 for 50. tv: 35 for 50, no points.
    Means of the levels' rates would give pc 1.437.500 of all; points for all money 1.333.333."""
    blocks = effect_blocks(seen)
    assert cells(blocks, "coverage.effect") == [
        ("pc", 60, 2e6, 875e3, 1.25e6, 2e6, 1333333.333, 1.6e6),
        ("tv", 50, None, 7e5, 7e5, None, 0, 0),
    ]
    assert cells(blocks, "coverage.effect_each") == [
        ("pc", "", 60, 1.25e6, 1.6e6), ("", "Tiểu học", 20, 2e6, 2e6),
        ("", "Trung học cơ sở", 40, 875e3, 1333333.333),
        ("tv", "", 50, 7e5, 0), ("", "Trung học cơ sở", 50, 7e5, 0),
        ("TỔNG CỘNG", "", 110, None, None),
    ]  # fmt: skip
    lines = seen.plan.allocation.set_index("line")["amount"]
    for part in (b for b in blocks if isinstance(b, Table)):
        for row in part.rows:
            assert sum(int(lines[n]) for n in row.lines) == row.cells[part.at("amount")]
    assert "ước tính ở trường đã đo" in getattr(blocks[0], "text", "")


def test_the_table_has_the_figures_own_numbers(seen: View) -> None:
    """Each bar is the cell of all levels, each dot that of its level; another formula, or another
    choice of schools, would part here."""
    blocks = effect_blocks(seen)
    part = next(b for b in blocks if isinstance(b, Table))
    table = {str(r.cells[0]): dict(zip((c.key for c in part.columns), r.cells, strict=True))
             for r in part.rows}  # fmt: skip
    (ax,) = figures.effectiveness(seen.plan).axes
    bars = {str(p.get_gid()): p.get_width() for p in ax.patches if p.get_gid()}  # type: ignore[attr-defined]
    assert bars == {f"people:{name}": row["people_all"] for name, row in table.items()}
    dots = {str(line.get_gid()): float(x) for line in ax.lines for x in line.get_xdata()}
    assert dots == {
        f"{level}:{name}": row[f"people_{level}"]
        for name, row in table.items() for level in ("primary", "lower_secondary")
        if row[f"people_{level}"] is not None
    }  # fmt: skip


def test_an_owner_reads_of_its_own_schools(seen: View) -> None:
    """Owner one has a alone: one level, so no column of all; the whole plan's 60 đồng would be
    money that it does not have."""
    assert cells(effect_blocks(replace(seen, owner="one")), "coverage.effect") == [
        ("pc", 20, 2e6, 2e6)
    ]


def test_without_criteria_there_is_no_table(tmp_path: Path) -> None:
    """As there is no figure."""
    made = folder.read(folder.write(optimize(tiny(cap=10)), tmp_path / "plan"))
    assert effect_blocks(View(made)) == []


def spoiled(made: ReportContent, key: str, column: str) -> ReportContent:
    """The content with one more in the last figure of a column."""

    def other(block: Block) -> Block:
        if not isinstance(block, Table) or block.key != key:
            return block
        at = block.at(column)
        last = max(k for k, r in enumerate(block.rows) if r.cells[at] is not None)
        row = block.rows[last]
        value = float(row.cells[at] or 0) + 1
        found = (*row.cells[:at], value, *row.cells[at + 1 :])
        rows = (*block.rows[:last], replace(row, cells=found), *block.rows[last + 1 :])
        return replace(block, rows=rows)

    parts = (replace(a, blocks=tuple(map(other, a.blocks))) for a in made.appendices)
    return replace(made, appendices=tuple(parts))


def test_docx_and_pdf_opened_again_say_the_same(seen: View, tmp_path: Path) -> None:
    """Brief papers have the row of each item; full ones every level too; a rate that is one more
    than what stands in the file is found in either, a total that is no sum before it is written."""
    made = view_content(seen)
    brief = made.brief()
    assert "coverage.effect" in [t.key for t in tables(brief)]
    assert "coverage.effect_each" not in [t.key for t in tables(brief)]
    write_docx(brief, tmp_path / "a.docx")
    check_docx(tmp_path / "a.docx", brief)
    paper = docx.Document(str(tmp_path / "a.docx"))
    rows = [[c.text for c in r.cells] for t in paper.tables for r in t.rows]
    assert ["pc", "60", "2.000.000,000", "875.000,000", "1.250.000,000", "2.000.000,000",
            "1.333.333,333", "1.600.000,000"] in rows  # fmt: skip
    write_pdf(made, tmp_path / "a.pdf")
    check_pdf(tmp_path / "a.pdf", made)
    with pytest.raises(AuditError):
        check_docx(tmp_path / "a.docx", spoiled(brief, "coverage.effect", "points_all"))
    for key, column in (("coverage.effect", "people_all"), ("coverage.effect_each", "points")):
        with pytest.raises(AuditError):
            check_pdf(tmp_path / "a.pdf", spoiled(made, key, column))
    with pytest.raises(AuditError):
        check_content(spoiled(made, "coverage.effect_each", "amount"))


def test_what_was_delivered_stands_beside_the_plan(tmp_path: Path) -> None:
    """Two years. At a two pc are under contract for 30 đồng, one came in 2023: 20 pupils for two
    years and 20 points for 15 đồng, 2.666.667 and 1.333.333. At the plan's price, or with both pc
    as delivered, they would be others. Of the tv nothing came: 0 đồng, no rate."""
    approved = folder.write(
        optimize(kinds(cap={2023: 1000, 2024: 1000}, years=(2023, 2024)), threads=1),
        tmp_path / "plan",
    )
    told = written(
        [happened(1, "contracted", 2, 30, "2023-03-01"), happened(1, "delivered", 1, "",
         "2023-04-01")], tmp_path / "executed.csv",
    )  # fmt: skip
    result = amend(approved, executed=told, at="2024-01-31", points=0)
    view = View(folder.read(folder.write(result, tmp_path / "amended")))
    blocks = effect_blocks(view)
    part = next(b for b in blocks if isinstance(b, Table))
    assert [c.key for c in part.columns][-3:] == ["done_amount", "done_people", "done_points"]
    found = {r[0]: r[-3:] for r in cells(blocks, "coverage.effect")}
    assert found == {"pc": (15, 2666666.667, 1333333.333), "tv": (0, None, None)}
    status = Measured(view.plan, 2024, view.status).by_item.set_index("item")
    assert found["pc"][1] == round(status.loc["pc", "done_people_per_million"], 3)
    assert cells(blocks, "coverage.effect_each")[-1][-3:] == (15, None, None)
    assert "31/01/2024" in getattr(blocks[0], "text", "")
    write_reports([view], tmp_path / "out", ["pdf", "docx", "xlsx"])
    (path,) = (tmp_path / "out").glob("*.pdf")
    text = " ".join(spaced(p.get_textpage().get_text_range())
                    for p in pypdfium2.PdfDocument(str(path)))  # fmt: skip
    assert "2.666.666,667" in text
