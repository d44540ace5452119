"""What the source article says stands in the papers of Ba Đình, or is said there to be outside the
plan; and whoever reads the page and the letter finds each number again."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pypdfium2
import pytest
from report_plans import PROPOSAL, view
from test_one_page import NUMBER, astray, forged, lost, one_page, texts
from test_report_content import rows

import planner
from planner.present.content import ReportContent, Table
from planner.present.papers.agreement import tables
from planner.present.papers.docx import write_docx
from planner.present.papers.package import view_content, write_reports
from planner.present.papers.view import View, views_of
from planner.scenario.load import load
from planner.scenario.schema import Fact, Proposal

BA_DINH = Path(__file__).parents[1] / "scenarios" / "ba-dinh"
TEN = {
    "60% of public investment": "ước tính khoảng 60% ngân sách đầu tư công",
    "agreed in principle": "đồng ý về nguyên tắc",
    "group 1 first": "ưu tiên thực hiện trước đối với trường đã cải tạo, sửa chữa, xây dựng xong",
    "group 2 supplemented": "bổ sung kinh phí mua sắm máy tính và nâng cấp hạ tầng CNTT cho trường "
    "học đang thực hiện đầu tư",
    "group 3 reviewed": "rà soát, đề xuất kinh phí",
    "three lines": "nâng cấp hệ thống phần mềm và bồi dưỡng nâng cao đội ngũ quản trị phần mềm",
    "every unit teaches online": "Google Classroom đạt 90% và 10% là các nền tảng khác",
    "mail of the sector": "@badinhedu.vn",
    "the last 3% of teachers": "3% số giáo viên cuối cùng đào tạo đạt chuẩn trong năm 2025",
    "measure first": "qua từng con số, chỉ tiêu cụ thể",
}
"""The article's ten facts, each by words of the article."""
OUTSIDE = {"base": {"mail of the sector"},
           "wards-2026": {"60% of public investment", "mail of the sector",
                          "the last 3% of teachers"}}  # fmt: skip
"""Which of them the papers call outside."""


def spaced(text: str) -> str:
    """A text with its words apart by one blank, whatever broke its lines."""
    return " ".join(re.sub("[\u200b\u2060\u00ad\ufffe]", "", text).split())


@cache
def proposal(name: str) -> Proposal:
    return load(BA_DINH / f"{name}.yaml").settings.proposal


def stated(name: str) -> View:
    """The plan known by heart, with what a shipped scenario starts from, its risks."""
    seen = view()
    more = {k: getattr(proposal(name), k) for k in ("facts", "risks", "operation", "quarters")}
    given = Proposal.model_validate(PROPOSAL).model_copy(update=more)
    settings = seen.settings.model_copy(update={"proposal": given})
    scenario = replace(seen.scenario, settings=settings)
    return replace(seen, folder=replace(seen.folder, scenario=scenario))


@pytest.mark.parametrize("name", sorted(OUTSIDE))
def test_the_ten_facts_are_data_with_their_source(name: str) -> None:
    """Each is one fact of the scenario, with where the plan takes it up and its source; those that
    it cannot take up are called outside, and no others."""
    known = proposal(name).facts
    assert all(f.answer and f.source.startswith("Báo Giáo dục và Thời đại") for f in known)
    for fact, words in TEN.items():
        mine = [f for f in known if words in f.text]
        assert len(mine) == 1, fact
        assert mine[0].outside == (fact in OUTSIDE[name]), fact


@pytest.mark.parametrize("name", sorted(OUTSIDE))
def test_facts_risks_and_operation_stand_in_brief_papers(name: str, tmp_path: Path) -> None:
    """The docx opened again: a row each with its answer, the source once for all, every risk with
    what is done about it and the mark that nobody verified it, who operates and pays. A list that
    only full papers print would be missing."""
    made = view_content(stated(name)).brief()
    write_docx(made, tmp_path / "a.docx")
    paper = docx.Document(str(tmp_path / "a.docx"))
    cells = [tuple(c.text for c in row.cells) for t in paper.tables for row in t.rows]
    said = " ".join(p.text for p in paper.paragraphs)
    given = proposal(name)
    for fact in given.facts:
        outside = "Ngoài phạm vi kế hoạch. " * fact.outside
        assert any(fact.text in row and outside + fact.answer in row for row in cells), fact.text
    assert f"Nguồn: {given.facts[0].source} (mọi dòng)" in said
    for risk in given.risks:
        assert any(risk.text in row and risk.answer in row for row in cells), risk.text
    assert "Đối chiếu: chưa đối chiếu (mọi dòng)" in said
    assert given.operation in said
    assert "trả hằng năm" in given.operation


def test_what_is_not_verified_is_marked() -> None:
    """One fact compared with its source, one not: each row says which."""
    seen = stated("base")
    facts = [Fact(text="A", source="x", verified=True), Fact(text="B", outside=True, source="y")]
    given = seen.proposal.model_copy(update={"facts": facts})
    settings = seen.settings.model_copy(update={"proposal": given})
    folder = replace(seen.folder, scenario=replace(seen.scenario, settings=settings))
    found = rows(view_content(replace(seen, folder=folder)), "assume.facts", "fact", "taken_up",
                 "source", "verified")  # fmt: skip
    assert found == [("A", "", "x", "đã đối chiếu"),
                     ("B", "Ngoài phạm vi kế hoạch", "y", "chưa đối chiếu")]  # fmt: skip


def letter_lost(content: ReportContent) -> list[str]:
    """Sentences of the letter whose numbers stand together in no row or sentence of an appendix,
    and amounts of its table that are no cell of the appendix of money."""
    mine = [b for b in content.letter.blocks if getattr(b, "style", "") != "heading"]
    money = [t for a in content.appendices if a.key == "money" for t in a.tables()]
    cells = {text for text in texts(content, money) if NUMBER.fullmatch(text)}
    said = texts(content, [b for b in mine if isinstance(b, Table)])
    return [
        *astray(content, [b for b in mine if not isinstance(b, Table)]),
        *(text for text in said if NUMBER.fullmatch(text) and text not in cells),
    ]


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("owner", ["", "ward-2"])
def test_every_number_of_the_letter_is_found_again(lang: str, owner: str) -> None:
    """In brief papers too: how many schools and pupils there are in all, and what is paid after the
    plan, stood in the letter alone before."""
    content = view_content(view(lang, owner))
    assert not letter_lost(content)
    assert not letter_lost(content.brief())


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("4 trường, đơn vị với 400 lượt", "2 trường, đơn vị với 400 lượt"),
        ("chỉ là 0,0%", "chỉ là 10,0%"),
        ("2 đề nghị riêng; trình chấp thuận 1", "3 đề nghị riêng; trình chấp thuận 2"),
        ("thụ hưởng. Nếu", "thụ hưởng, trong đó 2 trường. Nếu"),
    ],
)
def test_a_forged_number_of_the_letter_is_lost(right: str, wrong: str) -> None:
    """A count, a share, the requests, a count that nothing says: 2, 3 and 10,0% stand elsewhere in
    the appendices, where the sum of all numbers would find them."""
    assert letter_lost(forged(view_content(view()), right, wrong))


def test_a_forged_cell_of_the_letters_table_is_lost() -> None:
    """One đồng more of the first fund in 2023 than the appendix of money has."""
    content = view_content(view())
    part = next(b for b in content.letter.blocks if isinstance(b, Table))
    name, first, *rest = part.rows[0].cells
    assert first == 84_170_000
    other = replace(part, rows=(replace(part.rows[0], cells=(name, first + 1, *rest)),
                                *part.rows[1:]))  # fmt: skip
    blocks = tuple(other if b is part else b for b in content.letter.blocks)
    forged_ = replace(content, letter=replace(content.letter, blocks=blocks))
    assert letter_lost(forged_) == ["84.170.001"]


def total(content: ReportContent, key: str, column: str) -> float:
    """The last total of a table; of none such nothing."""
    found = [t for t in tables(content) if t.key == key]
    cells = [r.cells[t.at(column)] for t in found for r in t.rows if r.kind == "total"]
    return float(cells[-1] or 0) if cells else 0.0


def sums_across(content: ReportContent) -> None:
    """The same sum wherever a reader meets it: what groups get is what packages buy; what they
    equip and lack, what coverage and unmet needs say; what years, funds and quarters pay, the
    letter's total; what is paid after the plan, instalments and upkeep."""
    funded = [f"group.{g}" for g in ("completed", "under_construction", "none")]
    packages = "packages.items" if any(t.key == "packages.items" for t in tables(content)) else ""
    bought = sum(total(content, f"{g}.items", "amount") for g in funded)
    assert bought == sum(total(content, f"{g}.schools", "amount") for g in funded)
    assert bought == total(content, packages or "packages", "amount")
    people = sum(total(content, f"{g}.schools", "people") for g in funded)
    assert abs(people - total(content, "coverage.group", "people")) < 1e-3
    lacking = sum(total(content, f"{g}.schools", "unmet") for g in funded)
    assert lacking == total(content, "unmet.reasons.funded", "cost")
    assert lacking == total(content, "unmet.items.funded", "cost")
    proposed = total(content, "group.preparing.schools", "amount")
    assert proposed == total(content, "group.preparing.items", "amount")
    paid = total(content, "money.years", "spent")
    assert paid == total(content, "money.sources", "spent") == total(content, "money.uses", "spent")
    if any(t.key == "money.quarters" for t in tables(content)):
        assert paid == total(content, "money.quarters", "spent")
    said = {f.name: f.amount for b in content.letter.blocks for f in getattr(b, "figures", ())}
    assert (said["contracts"], said["funded"]) == (bought, paid)
    assert said["upkeep"] == total(content, "money.years", "upkeep")
    assert said["upkeep"] == total(content, "money.operation", "in_plan")
    late = total(content, "money.operation", "after_plan") + said["later"]
    if any(t.key == "money.after" for t in tables(content)):  # else funds are shared by owners
        assert late == total(content, "money.after", "amount")


@pytest.mark.parametrize("owner", ["", "ward-1", "ward-2"])
def test_one_sum_wherever_it_stands(owner: str) -> None:
    """A, B and D buy for 53,37, 46,3 and 46,3 million; of the wards each its part. Tables that
    count proposals or upkeep differently from each other would part here."""
    sums_across(view_content(view(owner=owner)))


def numbers_of(path: Path) -> set[float]:
    """Every number in the cells of a workbook."""
    book = openpyxl.load_workbook(path, data_only=True)
    cells = (v for s in book for row in s.iter_rows(values_only=True) for v in row)
    return {float(v) for v in cells if isinstance(v, (int, float))}


def equal_sums(folder: Path, content: ReportContent, out: Path) -> None:
    """The letter's and the page's sums are cells of the papers' workbook, and the plan's own are
    those of ``plan.xlsx``: to the đồng and the thousandth of a pupil-year."""
    mine, plans = numbers_of(out / "to-trinh.xlsx"), numbers_of(folder / "plan.xlsx")
    blocks: list[Any] = [*content.letter.blocks, *(content.page.blocks if content.page else ())]
    amounts = [f.amount for b in blocks for f in getattr(b, "figures", ())]
    assert amounts
    assert [a for a in amounts if a and float(a) not in mine | sentences(content)] == []
    plan = planner.read(folder)
    schools = plan.plan.schools
    assert {float(plan.plan.spent), float(schools["proposed"].sum())} <= plans
    assert float(plan.plan.spent) in mine
    assert any(abs(n - float(plan.claims["people"])) < 1e-3 for n in plans)
    assert any(abs(n - float(plan.claims["people"])) < 1e-3 for n in mine)
    for fund, spent in plan.plan.ledger.groupby(["fund", "year"])["spent"].sum().items():
        assert float(spent) in plans, fund


def sentences(content: ReportContent) -> set[float]:
    """Amounts that sentences of the appendices state."""
    return {float(f.amount) for a in content.appendices for b in a.blocks
            for f in getattr(b, "figures", ())}  # fmt: skip


def test_sums_are_equal_everywhere(tmp_path: Path) -> None:
    """On the plan known by heart, written and opened again."""
    seen = view()
    write_reports([seen], tmp_path, ["xlsx"])
    equal_sums(seen.folder.path, view_content(seen), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "owner"), [("base", ""), ("wards-2026", "phuong-ngoc-ha")])
def test_ba_dinh_says_the_ten_facts(name: str, owner: str, tmp_path: Path) -> None:
    """The pdf and the docx as shipped scenarios give them: every fact on a page, with its answer or
    as outside; the summary is one page; what the letter says is found again; sums agree."""
    result = planner.solve(BA_DINH / f"{name}.yaml", gap=0.02, time_limit=120)
    folder = planner.write(result, tmp_path / "plan", figures=False)
    views, _ = views_of(folder, "vi", [owner] if owner else [])
    write_reports(views, tmp_path / "out", ["docx", "pdf", "xlsx"])
    (path,) = (tmp_path / "out").glob("*.pdf")
    one_page(path)
    pages = [spaced(p.get_textpage().get_text_range()) for p in pypdfium2.PdfDocument(str(path))]
    paper = docx.Document(str(path.with_suffix(".docx")))
    rows_ = [" | ".join(c.text for c in r.cells) for t in paper.tables for r in t.rows]
    for fact, words in TEN.items():
        assert any(words in page for page in pages), fact
        (row,) = [r for r in rows_ if words in r and "“" in r]
        assert ("Ngoài phạm vi kế hoạch" in row) == (fact in OUTSIDE[name]), fact
    assert any(proposal(name).facts[0].source in page for page in pages)
    content = view_content(views[0])
    assert not lost(content.brief())
    assert not letter_lost(content.brief())
    sums_across(content)
    if not owner:
        equal_sums(folder, content, tmp_path / "out")
