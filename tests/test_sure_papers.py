"""Papers that say which lines are sure: marked as they were proven, in every form opened again, and
only for the plan that was asked about."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import docx
import numpy as np
import openpyxl
import pypdfium2
import pytest
from click.testing import CliRunner
from matplotlib.patches import StepPatch
from test_requests import ask, cost
from tiny import fund, item, norm, school, tiny

import planner
from planner.analysis.answers import answers_of, read_answers, sure_money
from planner.cli.commands import alternatives as ask_command
from planner.cli.commands import report as command
from planner.errors import InputError
from planner.present.comparison import alternatives_text, write_alternatives_xlsx
from planner.present.content import Paragraph
from planner.present.figures import comparison_charts
from planner.present.papers.package import view_content
from planner.present.papers.view import View
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario

MARKS = {"pc a": "Luôn có", "pc b": "Có thể khác", "r": "Luôn có", "q": "Có thể khác"}
"""What stands beside each line of :func:`plan`."""


def scenario(paid: int = 20) -> Scenario:
    """Money 20 for computers: one at a is worth 100 points, at b or c, which want the other, 50.
    Money 40 for requests at 20 each: r is worth 30 points, q and s, of which one fits, 10. Best: a,
    b or c, r, q or s, 190 points."""
    schools = [school("a", classes=1)]
    schools += [school(name, pupils=50, classes=1) for name in "bc"]
    requests = [ask("r", 30), ask("q", 10), ask("s", 10)]
    costs = [cost(name, 20, fund="own") for name in "rqs"]
    funds = {"cap": fund(paid), "own": fund(40, nature="recurrent")}
    tables = {"requests": requests, "request_costs": costs}
    return tiny(schools=schools, funds=funds, tables=tables)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan folder and beside it what ``planner alternatives`` wrote."""
    place = tmp_path_factory.mktemp("sure") / "plan"
    planner.write(optimize(scenario(), threads=1), place, figures=False)
    asked = [str(place), "--within", "1%", "--threads", "1", "--no-figures"]
    done = CliRunner().invoke(ask_command, asked)
    assert done.exit_code == 0, done.output
    return place


def lines_of(rows: list[list[Any]]) -> dict[str, str]:
    """Name of a line (and its school's id) → its mark, from the rows of an appendix."""
    head = next(k for k, row in enumerate(rows) if "Mức chắc chắn" in row)
    at = rows[head].index("Mức chắc chắn")
    found, where = {}, ""
    for row in rows[head + 1 :]:
        number, name = str(row[0] or ""), str(row[1] or "")
        if "." in number and name:
            found[f"pc {where}" if name == "pc" else name.rpartition(": ")[2]] = str(row[at])
        elif number:
            where = name.removeprefix("Trường ")
    return found


def other(found: dict[str, str]) -> dict[str, str]:
    """Either of two that are as good may stand in the plan: c for b, s for q."""
    return {{"pc c": "pc b", "s": "q"}.get(k, k): v for k, v in found.items()}


def test_every_form_marks_its_lines(folder: Path, tmp_path: Path) -> None:
    """Unit a and request r are in every plan within 1% of 190 points, the others in one and not in
    another: so says the appendix in docx, xlsx, html and pdf. Of 60 that is paid 30 is sure, half;
    a letter that took the open lines for sure would say 60."""
    asked = [str(folder), "--out", str(tmp_path / "out"), "--detail", "full"]
    done = CliRunner().invoke(command, asked)
    assert done.exit_code == 0, done.output
    stem = tmp_path / "out" / "to-trinh"
    book = openpyxl.load_workbook(stem.with_suffix(".xlsx"))
    sheets = [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book]
    marked = [rows for rows in sheets if any("Mức chắc chắn" in row for row in rows)]
    assert other(lines_of(marked[0])) == MARKS
    paper = docx.Document(str(stem.with_suffix(".docx")))
    tables = [[[c.text for c in row.cells] for row in t.rows] for t in paper.tables]
    marked = [rows for rows in tables if any("Mức chắc chắn" in row for row in rows)]
    assert other(lines_of(marked[0])) == MARKS
    page = stem.with_suffix(".html").read_text("utf-8")
    pdf = "".join(p.get_textpage().get_text_bounded() for p in pypdfium2.PdfDocument(
        str(stem.with_suffix(".pdf"))))  # fmt: skip
    for text in (page, pdf, "\n".join(p.text for p in paper.paragraphs)):
        flat = " ".join(text.split())
        assert "30 đồng (50,0%) là phần chắc chắn" in flat
        assert "thay bằng khoản khác là 30 đồng" in flat
    assert (page.count("Luôn có"), page.count("Có thể khác")) == (3, 3)  # two lines, one note


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_how_much_of_a_line_is_always_there(lang: str, tmp_path: Path) -> None:
    """Money 60; four units at a are worth 25 points each, two at b 15, 130 in all. Within 30% (91
    is enough) a has three at least, b none for sure: a's line is marked with three, in the papers
    and in the workbook of answers. A mark of the item alone would call all four sure."""
    schools = [school("a"), school("b", pupils=30, classes=2)]
    result = optimize(tiny(schools=schools, cap=60, solve={"gap": 1e-6}), tidy=0, threads=1)
    found = planner.alternatives(result, within=0.3, threads=1)
    rows = found.lines.set_index("school")
    assert (rows.loc["a", "units"], rows.loc["a", "least_proven"]) == (4, 3)
    place = planner.write(result, tmp_path / "plan", figures=False)
    marks = View(planner.read(place), lang, answers=found)
    line = {"kind": "purchase", "school": "a", "item": "pc"}
    least = {"vi": "Luôn có (ít nhất 3", "en": "Always (at least 3"}[lang]
    assert marks.sureness(line) == f"{least})"
    write_alternatives_xlsx(found, tmp_path / "found.xlsx", lang)
    sheet = openpyxl.load_workbook(tmp_path / "found.xlsx").worksheets[0]
    cells = [str(c.value) for row in sheet.iter_rows() for c in row]
    assert sum(c.startswith(least) for c in cells) == 1
    all_of = planner.alternatives(result, within=0.001, threads=1)
    assert View(planner.read(place), lang, answers=all_of).sureness(line) == least.split(" (")[0]


def test_one_share_is_called_sure_everywhere(tmp_path: Path) -> None:
    """Money 60 as before, and 20 of a building project for two units at the preparing school c, 180
    points in all. Within 20% three of a's four are sure, none of b's, one of c's: 30 of the funded
    60, half, and 10 of the proposed 20 apart. Of what items that are always bought cost, the figure
    would say 75%."""
    schools = [school("a"), school("b", pupils=30, classes=2)]
    later = {"group": "preparing", "ready": 2023, "project_amount": 20}
    schools.append(school("c", pupils=50, classes=2, **later))
    funds: dict[str, Any] = {"cap": fund(60), "project": {"role": "project"}}
    result = optimize(tiny(schools=schools, funds=funds, solve={"gap": 1e-6}), tidy=0, threads=1)
    found = planner.alternatives(result, within=0.2, threads=1)
    assert sure_money(found) == (30, 60)
    assert sure_money(found, proposed=True) == (10, 20)
    place = planner.write(result, tmp_path / "plan", figures=False)
    letter = view_content(View(planner.read(place), "en", answers=found)).letter
    told = " ".join(b.text for b in letter.blocks if isinstance(b, Paragraph))
    assert "30 VND (50.0%) is sure" in told
    assert "Proposals of group 3 are not counted here." in told
    drawn = comparison_charts.alternatives(found, "en")
    figure = " ".join(t.get_text() for t in drawn.axes[0].texts)
    for text in (figure, alternatives_text(found, "en")):
        flat = " ".join(text.split())
        assert "60 VND of funded" in flat
        assert "(50.0%) buy what every plan with at least 80" in flat
        assert "Proposals of group 3 are counted apart: 10 VND (50.0%) of 20 VND." in flat


def test_no_step_of_the_figure_is_lost() -> None:
    """Every state is one area over as many steps as the plan buys of its items, the largest first,
    and the areas stand side by side. A bar for each item on fewer pixels hides some."""
    schools = [school(f"s{k}", pupils=10 * k + 5, classes=1) for k in range(6)]
    result = optimize(tiny(schools=schools, cap=60, solve={"gap": 1e-6}), tidy=0, threads=1)
    found = planner.alternatives(result, within=0.2, threads=1)
    (ax,) = comparison_charts.alternatives(found, "en").axes
    areas = {p.get_gid(): p.get_data() for p in ax.patches if isinstance(p, StepPatch)}
    counts = found.lines.loc[found.lines["amount"] > 0, "state"].value_counts()
    assert len(areas) == 2
    assert {s: len(a.values) for s, a in areas.items()} == counts.to_dict()
    edges = [e for a in areas.values() for e in a.edges]
    assert (min(edges), max(edges)) == (0, counts.sum())
    assert all((np.diff(a.values) <= 0).all() for a in areas.values())


def said(folder: Path, *given: str) -> tuple[int, str, bool]:
    """(exit code, what was said, whether the papers mark lines)."""
    out = folder.parent / "papers"
    asked = [str(folder), "--format", "html", "--lang", "en", "--out", str(out), *given]
    done = CliRunner().invoke(command, asked)
    page = out / "to-trinh.html"
    return done.exit_code, done.output, page.exists() and "Sure or open" in page.read_text("utf-8")


def test_answers_of_another_plan_are_left_out(folder: Path, tmp_path: Path) -> None:
    """A plan made again with other money, beside the answers of the one before: its papers mark
    nothing, and it is said why; asked for by name, the answers are an error. Marks of a plan that
    was never asked about would be a lie."""
    again = tmp_path / "plan"
    planner.write(optimize(scenario(30), threads=1), again, figures=False)
    code, text, marked = said(again)
    assert (code, marked) == (0, False)
    assert "alternatives" not in text
    beside = tmp_path / "plan-alternatives"
    beside.mkdir()
    answers = (folder.with_name("plan-alternatives") / "alternatives.json").read_text("utf-8")
    (beside / "alternatives.json").write_text(answers, "utf-8")
    code, text, marked = said(again)
    assert (code, marked) == (0, False)
    assert "not of the plan" in text
    assert "do not say which lines are sure" in text
    with pytest.raises(InputError, match="không phải của kế hoạch"):
        planner.report(again, tmp_path / "x", forms=["html"], alternatives=beside)
    result = optimize(scenario(), threads=1)
    found = planner.alternatives(result, within=0.01)
    paths = planner.report(result, tmp_path / "y", forms=["html"], alternatives=found, lang="en")
    assert "Sure or open" in paths[0].read_text("utf-8")


def bought(body: dict[str, Any]) -> dict[str, Any]:
    """The row of the open line that the plan buys: a computer at b or c."""
    return next(r for r in body["lines"] if r["state"] == "open" and r["units"] == 1)


def test_answers_that_a_diverse_plan_denies_are_refused(folder: Path, tmp_path: Path) -> None:
    """The plan buys at b or c, the diverse plan written beside at the other. Answers that call the
    plan's unit sure, with figures that agree among themselves, are denied by that plan; without it,
    or with another plan in its place, they are taken on trust as before, and as they were found
    they stand. Who looked at the file alone would print "always" beside a plan that lacks it."""
    out = tmp_path / "out"
    asked = [str(folder), "--within", "1%", "--threads", "1", "--no-figures", "--plans", "1"]
    assert CliRunner().invoke(ask_command, [*asked, "--out", str(out)]).exit_code == 0
    known, file = planner.read(folder), out / "alternatives.json"
    assert read_answers(out, known).sure == 30
    body = json.loads(file.read_text("utf-8"))
    row = bought(body)
    row.update(state="always", least=1, least_proven=1, sure=row["amount"])
    file.write_text(json.dumps(body), "utf-8")
    with pytest.raises(InputError, match=f"{row['school']},pc: least"):
        read_answers(out, known)
    (out / "plan-1").rename(tmp_path / "apart")
    assert read_answers(out, known).sure == 40
    shutil.copytree(folder, out / "plan-1")
    assert read_answers(out, known).sure == 40


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["lines"].pop(0),
        lambda body: body["lines"].append(body["lines"][0]),
        lambda body: body["lines"][0].update(amount=9),
        lambda body: body["options"][0].update(copies=2),
        lambda body: body["lines"][1].update(state="always"),
        lambda body: body["lines"][1].update(sure=10),
        lambda body: bought(body).update(state="always", least_proven=1, sure=10),
        lambda body: body.update(looked_at=0),
        lambda body: body.update(plan="0" * 64),
        lambda body: body.update(within=0),
        lambda body: body.pop("lines"),
        lambda body: body.update(lines=3),
        lambda body: body["lines"][0].update(units="many"),
        lambda body: body["options"][0].pop("state"),
    ],
)
def test_answers_that_disagree_are_refused(folder: Path, tmp_path: Path, change: Any) -> None:
    """A row too few or too many, money, units or copies that the plan has not, a state or sure
    money that its own figures deny, more proven than a plan that was seen has, something open where
    no other plan was, another plan, no table: a finding, no traceback, no mark."""
    source = folder.with_name("plan-alternatives")
    known = planner.read(folder)
    assert read_answers(source, known).sure == 30
    body = json.loads((source / "alternatives.json").read_text("utf-8"))
    change(body)
    (tmp_path / "alternatives.json").write_text(json.dumps(body), "utf-8")
    with pytest.raises(InputError):
        read_answers(tmp_path, known)
    code, text, _ = said(folder, "--alternatives", str(tmp_path))
    assert code != 0
    assert "Traceback" not in text


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_without_answers_nothing_is_said(folder: Path, lang: str) -> None:
    """The papers of a plan that was not asked about have no such column and no such paragraph."""
    known = planner.read(folder)
    plain, sure = (
        view_content(View(known, lang, answers=answers))
        for answers in (None, read_answers(folder.with_name("plan-alternatives"), known))
    )
    heads = [{c.key for t in a.tables() for c in t.columns} for a in plain.appendices]
    assert not any("sure" in keys for keys in heads)
    texts = [
        len([b for b in content.letter.blocks if isinstance(b, Paragraph)])
        for content in (plain, sure)
    ]
    assert texts[1] == texts[0] + 1


def test_the_workbook_of_answers_says_names_and_states(folder: Path) -> None:
    """alternatives.xlsx beside the CSV and the JSON: a sheet of schools' items and one of options,
    states in words, numbers as numbers."""
    book = openpyxl.load_workbook(folder.with_name("plan-alternatives") / "alternatives.xlsx")
    bought, asked = ([list(r) for r in sheet.iter_rows(values_only=True)] for sheet in book)
    assert bought[0][:4] == ["Mã trường", "Trường", "Mã hạng mục", "Hạng mục"]
    assert [row[1] for row in bought[1:]] == ["Trường a", "Trường b", "Trường c"]
    states = {row[0]: (row[4], row[5]) for row in bought[1:]}
    assert states["a"] == ("Luôn có (đã chứng minh)", 1)
    assert [row[0] for row in asked[1:]] == ["r", "q", "s"]


def test_what_is_bought_by_the_dong_is_the_same_in_memory_and_on_disk(tmp_path: Path) -> None:
    """Records at 13 for amounts that 13 does not divide: the result has more decimals than its
    tables, and yet what was found of it is of its folder, and shares that a workbook computes from
    the units that stand in it are those of the papers. Compared to the last bit it would be
    refused."""
    items = [item("pc", 7), item("rec", 13, whole=False)]
    made = tiny(
        schools=[school("b", pupils=77, classes=3)], items=items, years=(2023, 2024),
        norms=[norm("pc"), norm("rec", per="pupils", every=9)], solve={"gap": 1e-6},
        funds={"cap": fund({2023: 53, 2024: 48}), "x": fund({2023: 17, 2024: 5})},
    )  # fmt: skip
    result = optimize(made, threads=1)
    assert (result.plan.allocation["quantity"] % 1 > 0).any()
    found = planner.alternatives(result, within=0.02, time_limit=5)
    written = planner.write(result, tmp_path / "plan", figures=False)
    assert answers_of(found, planner.read(written)) is found
    planner.report(written, tmp_path / "papers", forms=["xlsx"], alternatives=found)
