"""How an amended plan is shown: screen, JSON, figures, letter, annexes, comparison.

The plan is that of ``living``, its year what happened there, amended on 10 January 2024 with 4,000
instead of 9,000 in 2024. By hand: the contracts make line 2 cost 3,950 instead of 4,000 and line 5
1,900 instead of 2,000; of line 7 one unit was cancelled (1,800 for two instead of 3,000 for three);
what b wanted in 2023 without a contract (a server, its works) comes in 2024. So the fund pays

====  ====  ==========================  ================================
fund  year  before                      after
====  ====  ==========================  ================================
cap   2023  4000+600+501+3000+600+501   3950+570+501+1800         = 6821
cap   2024  777+1400+1000+1400          777+1330+1000+600+501     = 4208
cap   2025  0                           1400
run   2024  400+300                     0 (the first year is free of it)
run   2025  400+400                     400+300
====  ====  ==========================  ================================
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import numpy as np
import openpyxl
import pandas as pd
import pypdfium2
import pytest
from click.testing import CliRunner
from living import A_YEAR, happened, living, living_folder, written
from matplotlib import pyplot as plt
from tiny import fund, item, school, tiny

import planner
from planner.analysis.amending import amend
from planner.analysis.compare import compare
from planner.analysis.status import status
from planner.cli.commands import amend as command
from planner.cli.commands import plot
from planner.errors import AuditError
from planner.present import figures
from planner.present.amendment import (
    amendment_dict,
    amendment_of,
    amendment_text,
    cause_word,
    change_in_words,
    changed_sentence,
)
from planner.present.comparison import as_json, markdown, text
from planner.present.content import Paragraph, ReportContent, Table
from planner.present.figures.comparison_charts import save_amended, trade_off
from planner.present.papers.agreement import check_content, check_plan
from planner.present.papers.package import view_content, write_report
from planner.present.papers.view import View
from planner.run.execution import read_executed
from planner.run.folder import PlanFolder, plan_id, read, write
from planner.run.optimize import optimize
from planner.run.result import Result
from planner.scenario.scenario import Scenario

BEFORE = {
    ("cap", 2023): 9202, ("cap", 2024): 4577, ("cap", 2025): 0, ("run", 2024): 700,
    ("run", 2025): 800,
}  # fmt: skip
AFTER = {
    ("cap", 2023): 6821, ("cap", 2024): 4208, ("cap", 2025): 1400, ("run", 2024): 0,
    ("run", 2025): 700,
}  # fmt: skip


def less() -> Scenario:
    """The same with less money in 2024."""
    return living().with_("funds.cap.amounts", {2023: 10_000, 2024: 4000, 2025: 3000})


class Amended:
    """The plan before, the amended one as a result and as a folder, and one that amends that."""

    def __init__(self, place: Path) -> None:
        self.base = living_folder(place)
        self.sheet = written(A_YEAR, place / "executed.csv")
        self.result: Result = amend(
            self.base, less(), executed=self.sheet, at="2024-01-10", points=3, within=0.05
        )
        self.path = write(self.result, place / "amended")
        self.folder: PlanFolder = read(self.path)
        again = less().with_("funds.cap.amounts", {2023: 10_000, 2024: 4000, 2025: 1400})
        self.third = write(amend(self.folder, again, points=0), place / "again")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Amended]:
    yield Amended(tmp_path_factory.mktemp("amended"))
    plt.close("all")


def tables(content: ReportContent) -> dict[str, Table]:
    return {
        b.key: b
        for part in (content.letter.blocks, *(a.blocks for a in content.appendices))
        for b in part
        if isinstance(b, Table)
    }


def prose(content: ReportContent) -> str:
    letter = content.letter
    body = [b.text for b in letter.blocks if isinstance(b, Paragraph)]
    notes = [b.text for a in content.appendices for b in a.blocks if isinstance(b, Paragraph)]
    return "\n".join([letter.subject, *body, *notes])


# ---- what is counted


def test_money_before_and_after(told: Amended) -> None:
    """By hand to the đồng, from the result and from the folder alike: instalments count in the year
    in which they are paid (600 and 1,400 of a server), not all in that of their line; proposals
    (3,501 at p) in none."""
    for subject in (told.result, told.folder):
        found = amendment_of(subject)
        assert found is not None
        rows = found.money().set_index(["fund", "year"])
        assert {k: n for k, n in rows["before"].items() if n or AFTER[k]} == {
            k: n for k, n in BEFORE.items() if n or AFTER[k]
        }
        assert rows["after"].to_dict() == AFTER
        assert found.proposed() == (3501, 3501)
        assert rows["difference"].sum() == 13_129 - 15_279
        changed, upkeep = found.changes()["difference"].sum(), np.diff(found.upkeep())[0]
        assert (changed, upkeep) == (-1350, -800)


@pytest.mark.slow
def test_after_is_the_ledger_and_before_was_the_ledger(told: Amended) -> None:
    """Each fund and year is what the plan's own ledger spends, before and after."""
    found = amendment_of(told.folder)
    assert found is not None
    rows = found.money().set_index(["fund", "year"])
    for end, plan in (("before", read(told.base).plan), ("after", told.folder.plan)):
        book = plan.ledger[plan.ledger["school"] == ""].set_index(["fund", "year"])["spent"]
        assert {k: n for k, n in rows[end].items() if n} == {k: n for k, n in book.items() if n}


def test_counts_by_kind_and_cause(told: Amended) -> None:
    """A contract's other price is called a real price, and nothing else is."""
    found = amendment_of(told.result)
    assert found is not None
    rows = found.counts()
    assert rows[["change", "cause", "lines", "difference"]].values.tolist() == [
        ["less", "cancelled", 1, -1200],
        ["moves_year", "past", 2, 0],
        ["real_price", "contract", 2, -150],
    ]


def test_result_and_folder_tell_the_same(told: Amended) -> None:
    """What is read back is what was told after the run, but for what a file rounds."""
    for lang in ("vi", "en"):
        assert amendment_text(told.result, lang) == amendment_text(told.folder, lang)


def test_said_in_english(told: Amended) -> None:
    body = amendment_text(told.result, "en")
    assert "AMENDMENT OF THE PLAN “scenario” AS OF 2024-01-10" in body
    lines = told.result.amended
    assert lines is not None
    assert (lines.changed, lines.bound_of_changes) == (1, 1)
    one = " ".join(body.split())
    assert "1 line changes" in one
    assert "no plan that keeps at least 95.00% of the value of the best plan found" in one
    assert "587.5 points against 600.0 of the best plan found (2.09% given up)" in one
    assert "cut: units 3 → 2; 3,000 → 1,800 VND (2023, Capital) – contract cancelled" in one
    assert "moved to another year: 2023 → 2024 (Capital, units 1, 2,000 VND)" in one
    assert "real price: 2,000 → 1,900 VND (2023, Capital, units 1) – as contracted" in one
    assert re.search(r"Total +15,279 +13,129 +−2,150", body)
    assert "approved" not in body


def test_said_in_vietnamese(told: Amended) -> None:
    body = amendment_text(told.result, "vi")
    one = " ".join(body.split())
    assert "ĐIỀU CHỈNH KẾ HOẠCH «scenario» TẠI NGÀY 10/01/2024" in body
    assert "giảm số lượng: số lượng 3 → 2; 3.000 → 1.800 đồng (2023, Vốn đầu tư)" in one
    assert "hợp đồng đã hủy" in one
    assert "theo hợp đồng đã ký" in one
    assert "năm đã qua, chưa ký hợp đồng" in one
    assert re.search(r"Tổng cộng +15\.279 +13\.129 +−2\.150", body)
    assert "phê duyệt" not in body


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_line_is_wider_than_the_console(told: Amended, lang: str) -> None:
    assert max(map(len, amendment_text(told.result, lang).splitlines())) <= 100


def test_room_is_told_by_its_side() -> None:
    """What was dropped without a cause of its own made room; what was added took it."""
    assert cause_word("disappears", "indirect", "vi") == "nhường chỗ cho dòng khác"
    assert cause_word("appears", "indirect", "vi") == "nhận phần của dòng khác"
    assert cause_word("less", "indirect", "en") == "room made for another line"
    assert cause_word("more", "indirect", "en") == "room left by another line"


def test_a_line_of_one_end_names_no_arrow(told: Amended) -> None:
    """Added and dropped lines say where they are, requests and works without units."""
    found = amendment_of(told.result)
    assert found is not None
    row: dict[str, Any] = dict.fromkeys(told.result.amended.changes.columns, "")  # type: ignore
    row |= {"kind": "setup", "change": "appears", "fund": "cap", "year": 2024, "amount": 501}
    row |= {"quantity": 1.0, "quantity_reference": 0.0, "year_reference": 0, "amount_reference": 0}
    assert change_in_words(found, row, "en") == "added: 2024; Capital; 501 VND"


def test_what_is_kept_of_several_stages(told: Amended) -> None:
    """Each stage keeps its part, and that is said; of one stage it is not."""
    found = amendment_of(told.result)
    assert found is not None
    assert "priority stage" not in changed_sentence(found, "en")
    two = replace(found, amended=replace(found.amended, stages={"one": 1.0, "two": 2.0}))
    assert "of the value in every priority stage of the best plan" in changed_sentence(two, "en")
    assert "giá trị ở mỗi bậc ưu tiên của phương án tốt nhất" in changed_sentence(two, "vi")


def test_json(told: Amended) -> None:
    """Every changed line and every point of the curve, as plain JSON values."""
    body = json.loads(json.dumps(amendment_dict(told.result), allow_nan=False))
    assert body["at"] == "2024-01-10"
    assert body["identity"] == plan_id(read(told.base))
    assert [r["change"] for r in body["changes"]].count("real_price") == 2
    assert sum(r["difference"] for r in body["changes"]) == -1350
    assert sum(r["after"] for r in body["money"]) == 13_129
    assert [p["changed"] for p in body["curve"]] == [2, 1, 1]
    before = read(told.base).claims["value"]
    assert body["value"] == {"plan": 587.5, "best": 600.0, "before": before}


def test_a_plan_that_amends_none_says_nothing(told: Amended) -> None:
    base = read(told.base)
    assert amendment_text(base) == ""
    assert amendment_dict(base) == {}
    with pytest.raises(ValueError, match="amends none"):
        planner.plots.trade_off(base)


def test_the_card_says_how_many_lines_change(told: Amended) -> None:
    planner.language("en")
    try:
        assert "lines changed (at least 1)" in told.result._repr_html_()
        assert "lines changed" not in optimize(living(), threads=1)._repr_html_()
    finally:
        planner.language("vi")


# ---- figures


def test_trade_off_figure(told: Amended) -> None:
    """The points are the curve's; the bound of a plan, that of the first mark not left of it, is
    nowhere above the plan."""
    ax = planner.plots.trade_off(told.result, lang="en")
    lines = {str(line.get_gid()): line for line in ax.lines}
    assert lines["plans"].get_ydata().tolist() == [2, 1, 1]
    assert lines["bound"].get_ydata().tolist() == [2, 1, 1]
    assert lines["bound"].get_drawstyle() == "steps-pre"
    curve = told.result.amended.curve  # type: ignore[union-attr]
    assert lines["plans"].get_xdata().tolist() == curve["given_up"].tolist()
    assert lines["plans"].get_xdata()[:2].tolist() == pytest.approx([0, 12.5 / 600])
    marks, least = lines["bound"].get_xdata(), lines["bound"].get_ydata()
    for x, y in zip(lines["plans"].get_xdata(), lines["plans"].get_ydata(), strict=True):
        assert least[np.searchsorted(marks, x - 1e-9)] <= y
    assert lines["chosen"].get_xydata().tolist() == [[pytest.approx(12.5 / 600), 1]]


def test_a_bound_of_more_room_holds_in_less(told: Amended) -> None:
    """What every plan changes that gives up 1% or less, every plan changes that gives up half of
    that: where the search proved less there, the figure shows the better bound."""
    found = amendment_of(told.result)
    assert found is not None
    curve = found.amended.curve
    assert curve is not None
    worse = curve.assign(changed=9, bound=[4, 3, 5], within=[0.0, 0.005, 0.01])
    figure = trade_off(replace(found, amended=replace(found.amended, curve=worse)))
    (bound,) = (line for line in figure.axes[0].lines if line.get_gid() == "bound")
    assert np.asarray(bound.get_ydata()).tolist() == [5, 5, 5]


def test_before_and_after_figure(told: Amended) -> None:
    ax = planner.plots.amended(told.folder, lang="vi")
    widths = {str(bar.get_gid()): bar.get_width() for bar in ax.patches}
    assert widths["before:cap:2023"] == 9202
    assert widths["after:cap:2023"] == 6821
    assert widths["after:run:2024"] == 0
    assert any(t.get_text() == "−2.381 đồng" for t in ax.texts)


def test_figures_are_saved(told: Amended, tmp_path: Path) -> None:
    """Both; without a curve the one that needs none."""
    names = [p.name for p in save_amended(told.folder, tmp_path / "both", "vi", ("svg",))]
    assert names == ["amended.svg", "trade-off.svg"]
    names = [p.name for p in save_amended(read(told.third), tmp_path / "one", "vi", ("svg",))]
    assert names == ["amended.svg"]


# ---- papers


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_letter_asks_for_an_adjustment(told: Amended, lang: str) -> None:
    """Title, opening and request say so; the plan amended is named, with its identity and the day;
    nobody declared it approved, so nothing says that it is."""
    content = view_content(View(told.folder, lang))
    letter, words = content.letter, prose(content)
    identity = plan_id(read(told.base))[:12]
    assert identity in words
    if lang == "vi":
        assert letter.subject == "Về việc đề nghị điều chỉnh kế hoạch: Ví dụ tính tay"
        assert "xem xét việc điều chỉnh kế hoạch" in words
        assert "phương án «scenario»" in words
        assert "10/01/2024" in words
        assert "a) Phê duyệt điều chỉnh kế hoạch theo bảng đối chiếu tại Phụ lục IX" in words
        assert not re.search(r"(đã|được) (được )?phê duyệt", words, re.IGNORECASE)
    else:
        assert letter.subject.startswith("On the adjustment of: ")
        assert "2024-01-10" in words
        assert "approved" not in words.lower()
    numbers = [w.split(".")[0] for w in words.splitlines() if re.match(r"\d\. [A-ZĐ]", w)]
    assert numbers[:7] == list("1234567")
    assert [a.key for a in content.appendices][-2:] == ["amendment", "disbursement"]


def test_letter_of_a_plan_that_amends_none_is_as_it_was(told: Amended) -> None:
    content = view_content(View(read(told.base), "vi"))
    assert content.letter.subject == "Về việc phê duyệt kế hoạch: Ví dụ tính tay"
    assert "điều chỉnh" not in prose(content)
    assert "1. Sự cần thiết" in prose(content)
    assert {"amendment", "disbursement"}.isdisjoint(a.key for a in content.appendices)


@pytest.mark.parametrize(
    ("title", "lang", "subject"),
    [
        ("Điều chỉnh kế hoạch máy tính", "vi", "Về việc đề nghị điều chỉnh kế hoạch máy tính"),
        ("Điều chỉnh đầu năm 2024", "vi", "Về việc đề nghị điều chỉnh kế hoạch đầu năm 2024"),
        ("Kế hoạch máy tính", "vi", "Về việc đề nghị điều chỉnh kế hoạch máy tính"),
        ("Amendment of early 2024", "en", "On the adjustment of: the plan, early 2024"),
        ("A plan for computers", "en", "On the adjustment of: A plan for computers"),
    ],
)
def test_an_own_title_is_not_adjusted_twice(
    told: Amended, title: str, lang: str, subject: str
) -> None:
    settings = told.folder.scenario.settings
    said = type(settings.title).model_validate({"vi": title, "en": title})
    titled = settings.model_copy(update={"title": said})
    folder = replace(told.folder, scenario=replace(told.folder.scenario, settings=titled))
    assert view_content(View(folder, lang)).letter.subject == subject


def test_table_of_lines(told: Amended) -> None:
    """Every changed line with both ends, its reason, and the numbers of the new plan's lines."""
    part = tables(view_content(View(told.folder, "vi")))["amend.lines"]
    rows = [row.cells for row in part.rows if row.kind == "line"]
    assert [row[1:] for row in rows] == [
        ("pc", "2023, Vốn đầu tư", 4, 4000, "2023, Vốn đầu tư", 4, 3950, -50,
         "giá thực tế: theo hợp đồng đã ký"),
        ("srv", "2023, Vốn đầu tư", 1, 2000, "2023, Vốn đầu tư", 1, 1900, -100,
         "giá thực tế: theo hợp đồng đã ký"),
        ("pc", "2023, Vốn đầu tư", 3, 3000, "2023, Vốn đầu tư", 2, 1800, -1200,
         "giảm số lượng: hợp đồng đã hủy"),
        ("srv", "2023, Vốn đầu tư", 1, 2000, "2024, Vốn đầu tư", 1, 2000, 0,
         "chuyển năm: năm đã qua, chưa ký hợp đồng"),
        ("srv (Lắp đặt, cải tạo ban đầu)", "2023, Vốn đầu tư", None, 501, "2024, Vốn đầu tư", None,
         501, 0, "chuyển năm: năm đã qua, chưa ký hợp đồng"),
    ]  # fmt: skip
    amounts = told.folder.plan.allocation.set_index("line")["amount"]
    for row in part.rows:
        assert amounts.loc[list(row.lines)].sum() == row.cells[part.at("amount_after")]
    assert part.rows[-1].cells[4:9] == (11_501, "", None, 10_151, -1350)


def test_disbursement_report(told: Amended) -> None:
    """By hand on 10 January 2024: 3,950 + 1,900 + 501 + 1,800 contracted (the instalments of the
    server 570 and 1,330), 2,000 + 570 + 501 paid in 2023, nothing of b's later payment; what is
    planned is the ledger."""
    content = view_content(View(told.folder, "vi"))
    part = tables(content)["disbursed.funds"]
    rows = {str(r.cells[0]): r.cells[1:6] for r in part.rows}
    found = status(told.folder, at="2024-01-10")
    sums = found.sums()
    keys = ("planned", "contracted", "delivered", "disbursed", "left")
    assert rows["TỔNG CỘNG"] == tuple(sums[k] for k in keys)
    assert (sums["planned"], sums["contracted"], sums["disbursed"]) == (13_129, 8151, 3071)
    assert rows["2023"][:2] == (6821, 3950 + 570 + 501 + 1800)
    schools = tables(content)["disbursed.schools"]
    assert [r.cells[:3] for r in schools.rows] == [
        ("Trường a", 7528, 6351), ("Trường b", 5601, 1800), ("TỔNG CỘNG", 13_129, 8151),
    ]  # fmt: skip


def test_a_plan_to_which_nothing_happened_has_no_report(told: Amended, tmp_path: Path) -> None:
    """Amended for money alone: the table before and after, no disbursement report."""
    path = write(amend(told.base, less(), points=0), tmp_path / "money")
    content = view_content(View(read(path), "vi"))
    assert [a.key for a in content.appendices][-1] == "amendment"
    assert "hợp đồng hoặc đã giải ngân" not in prose(content)


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("amend.money", "amount_before"), ("amend.money", "amount_after"),
        ("amend.lines", "amount_after"), ("disbursed.funds", "planned"),
    ],
)  # fmt: skip
def test_a_figure_that_is_not_the_plans_is_refused(told: Amended, key: str, column: str) -> None:
    """One đồng more in a row of each table is found against the plans."""
    view = View(told.folder, "vi")
    content = view_content(view)
    check_plan(content, view)
    part = tables(content)[key]
    at, k = part.at(column), next(k for k, r in enumerate(part.rows) if r.kind == "line")
    cells = list(part.rows[k].cells)
    cells[at] = int(cells[at] or 0) + 1  # type: ignore[call-overload]
    rows = (*part.rows[:k], replace(part.rows[k], cells=tuple(cells)), *part.rows[k + 1 :])
    broken = tuple(
        replace(a, blocks=tuple(replace(part, rows=rows) if b is part else b for b in a.blocks))
        for a in content.appendices
    )
    with pytest.raises(AuditError):
        check_plan(replace(content, appendices=broken), view)
    with pytest.raises(AuditError):  # nor do its sums stand
        check_content(replace(content, appendices=broken))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_form_is_reopened(told: Amended, tmp_path: Path, lang: str) -> None:
    """Each form is written and compared with the content; here the documents are opened by other
    readers: the totals of the table before and after stand in them, to the đồng."""
    paths = {p.suffix: p for p in write_report(View(told.folder, lang), tmp_path)}
    assert set(paths) == {".docx", ".xlsx", ".pdf", ".html"}
    mark = "," if lang == "en" else "."
    total = [f"{n[:2]}{mark}{n[2:]}" for n in ("15279", "13129")]
    rows = [
        [c.text for c in row.cells]
        for t in docx.Document(str(paths[".docx"])).tables
        for row in t.rows
    ]
    assert any(row[1:4] == [*total, f"-2{mark}150"] for row in rows)
    book = openpyxl.load_workbook(paths[".xlsx"], data_only=True)
    sheet = book[book.sheetnames[-2]]
    values = [[c for c in row if c is not None] for row in sheet.iter_rows(values_only=True)]
    assert any(row[1:] == [15_279, 13_129, -2150] for row in values)
    document = pypdfium2.PdfDocument(str(paths[".pdf"]))
    text = "".join(page.get_textpage().get_text_range() for page in document)
    assert all(figure in text for figure in total)
    assert "điều chỉnh" in text if lang == "vi" else "adjustment" in text
    page = paths[".html"].read_text(encoding="utf-8")
    assert all(figure in page for figure in total)
    assert "amended-" in page  # both figures, their names before their marks
    assert "trade-off-" in page


@pytest.mark.slow
def test_an_owner_sees_its_schools_alone(tmp_path: Path) -> None:
    """Three owners, money for a third less: each package has its own changed lines, and together
    they have all; what was given up of the whole is said in none. The third owner has nothing but a
    proposal, so no table of money."""
    schools = [school("a", owner="x"), school("b", owner="y", pupils=50)]
    schools += [school("p", owner="z", group="preparing", ready=2023, project_amount=40)]
    funds = {"cap": fund(60), "own": {"role": "project"}}
    base = tiny(schools=schools, funds=funds)
    path = write(optimize(base, threads=1), tmp_path / "base")
    bought = read(path).plan.allocation
    signed = int(bought.loc[bought["school"] == "a", "line"].iloc[0])
    rows = [happened(signed, "contracted", 4, 38, "2023-03-01", "HD-1")]
    cut = base.with_("funds.cap.amounts", {2023: 40})
    sheet = written(rows, tmp_path / "executed.csv")
    folder = read(write(amend(path, cut, executed=sheet, points=0), tmp_path / "cut"))
    found = amendment_of(folder)
    assert found is not None
    sums = {}
    for owner in ("x", "y", "z"):
        view = View(folder, "vi", owner)
        content = view_content(view)
        part = tables(content).get("amend.lines")
        sums[owner] = part.rows[-1].cells[part.at("difference")] if part is not None else None
        assert "phương án tốt nhất tìm được:" not in "\n".join(
            b.text for b in content.letter.blocks if isinstance(b, Paragraph)
        )
        assert ("amend.money" in tables(content)) == (owner != "z")
        assert ("disbursed.schools" in tables(content)) == (owner == "x")  # b buys nothing now
        write_report(view, tmp_path / "papers", ("docx", "xlsx", "pdf"))
    assert sums == {"x": -2, "y": -20, "z": None}
    assert found.changes()["difference"].sum() == -22


@pytest.mark.slow
def test_an_amendment_of_an_amendment_has_its_papers(told: Amended, tmp_path: Path) -> None:
    """It names the plan that it amends, not the first one; what happened before is still told."""
    view = View(read(told.third), "en")
    words = prose(view_content(view))
    assert plan_id(told.folder)[:12] in words
    assert plan_id(read(told.base))[:12] not in words
    assert view.status is not None
    assert view.status.sums()["contracted"] == 8151
    write_report(view, tmp_path)


# ---- the chain


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_compare_says_who_amends_whom(told: Amended, lang: str) -> None:
    """Directly, and through one between; a plan that is no part of the chain is said of nothing."""
    found = compare(told.base, told.path, told.third, optimize(less(), threads=1))
    assert [(c.plan, c.base, c.steps) for c in found.chain] == [
        ("amended", "plan", 1), ("again", "plan", 2), ("again", "amended", 1),
    ]  # fmt: skip
    said = {"vi": "amended điều chỉnh plan, tính tại ngày 10/01/2024.",
            "en": "amended amends plan, as of 2024-01-10."}[lang]  # fmt: skip
    assert said in text(found, lang)
    assert said in markdown(found, lang)
    assert json.loads(as_json(found))["chain"][1]["steps"] == 2


def test_compare_takes_the_causes_of_the_amendment(told: Amended) -> None:
    """Contracts and past years are not called rules; running costs have the cause of what they are
    for. Without the chain the same lines would all be changes of rules."""
    lines = compare(told.base, told.result).lines
    causes = {tuple(r) for r in lines[["item", "kind", "change", "cause"]].values.tolist()}
    assert ("pc", "purchase", "amount", "contract") in causes
    assert ("pc", "purchase", "less", "cancelled") in causes
    assert ("srv", "purchase", "moves_year", "past") in causes
    assert "rule" not in set(lines["cause"])
    plain = compare(read(told.base), replace(told.result, amended=None)).lines
    assert "rule" in set(plain["cause"])


def test_compare_of_others_has_no_chain(told: Amended) -> None:
    """Neither two plans of a scenario nor an amendment beside what it does not amend."""
    base = optimize(living(), threads=1)
    assert compare(base, base).chain == ()
    other = optimize(tiny(cap=40), threads=1)
    assert compare(other, told.result).chain == ()


# ---- the verb


@pytest.mark.slow
def test_the_verb_tells_and_draws(
    told: Amended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text after the summary, the same as JSON, both figures in the folder, which is proven with
    them; planner plot draws them again. (Of the plan's own figures one is drawn, to be quick.)"""
    monkeypatch.setattr(figures, "FIGURES", {"money": figures.FIGURES["money"]})
    out = tmp_path / "out"
    money = "funds.cap.amounts={2023: 10000, 2024: 4000, 2025: 3000}"
    asked = [str(told.base), "--executed", str(told.sheet), "--at", "2024-01-10", "--within", "5%",
             "--points", "2", "--threads", "1", "--set", money, "--out", str(out)]  # fmt: skip
    done = CliRunner().invoke(command, asked)
    assert done.exit_code == 0, done.output
    assert "ĐIỀU CHỈNH KẾ HOẠCH" in done.stdout
    assert {"amended.png", "trade-off.svg"} <= {p.name for p in (out / "figures").iterdir()}
    read(out)
    done = CliRunner().invoke(plot, [str(out), "--out", str(tmp_path / "drawn"), "--format", "svg"])
    assert done.exit_code == 0, done.output
    assert {"amended.svg", "trade-off.svg"} <= {p.name for p in (tmp_path / "drawn").iterdir()}
    asked[asked.index("--points") + 1] = "0"
    done = CliRunner().invoke(command, [*asked, "--json", "--no-figures"])
    body = json.loads(done.stdout)
    assert body["amend"]["changed"] == 1


def test_money_that_is_all_contracted_is_not_late(tmp_path: Path) -> None:
    """Of an item bought by the đồng the units follow from the money: 3 contracted for all of 40,
    which was to buy 4, leave nothing to contract; 3 for 30 leave one."""
    base = tiny(items=[item("pc", whole=False)], funds={"cap": fund(40)})
    path = write(optimize(base, threads=1), tmp_path / "plan")
    for units, money, late in ((3, 40, 0), (3, 30, 1)):
        rows = [happened(1, "contracted", units, money, "2023-03-01", "HD-1")]
        sheet = written(rows, tmp_path / f"{money}.csv")
        found = status(path, read_executed(sheet, read(path)), at="2024-01-05")
        assert (found.late["reason"] == "contract").sum() == late


def test_the_table_of_changes_is_typed(told: Amended) -> None:
    """As it was computed, also when read back."""
    fresh, again = told.result.amended, amendment_of(told.folder)
    assert fresh is not None
    assert again is not None
    pd.testing.assert_frame_equal(
        fresh.changes, again.amended.changes, check_dtype=False, check_column_type=False
    )
