"""The papers: opened again, the same bytes twice, refused where one figure differs."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from report_plans import plan_folder, view

from planner.errors import AuditError
from planner.present.content import Column, ReportContent, Row, Table, plain, roman
from planner.present.papers import agreement, pdf
from planner.present.papers import docx as docx_xml
from planner.present.papers import package as report
from planner.present.papers import pdf as html
from planner.present.papers import xlsx as xlsx_
from planner.present.papers.agreement import (
    PAGE,
    check_content,
    check_docx,
    check_html,
    check_pdf,
    check_plan,
    check_xlsx,
    tables,
)
from planner.present.papers.docx import write_docx
from planner.present.papers.package import FORMS, view_content, write_report
from planner.present.papers.pdf import write_html, write_pdf
from planner.present.papers.procurement import dossier, method
from planner.present.papers.view import View
from planner.present.papers.xlsx import write_xlsx

HOSTILE = (
    '=HYPERLINK("http://x","y")', "<script>alert(1)</script> & {{ 7*7 }} {% raw %}",
    "$x$ #eval(1) \\u{0} a\x00\x1b[31mb\u202ec 🏫 +1-2@SUM", "Ừ" * 300,
)  # fmt: skip
"""Names of schools; the first also names the item, the last is its specification."""


@cache
def content(lang: str = "vi", hostile: bool = False) -> ReportContent:
    return view_content(view(lang) if not hostile else View(plan_folder(HOSTILE), lang))


WRITERS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "docx": (write_docx, check_docx),
    "xlsx": (write_xlsx, check_xlsx),
    "pdf": (write_pdf, check_pdf),
    "html": (lambda c, path: write_html(c, View(plan_folder()), path), check_html),
}


def test_roman_numbers() -> None:
    assert [roman(n) for n in (1, 4, 9, 10, 14)] == ["I", "IV", "IX", "X", "XIV"]


@pytest.mark.parametrize("lang", ["vi", pytest.param("en", marks=pytest.mark.slow)])
@pytest.mark.parametrize("form", WRITERS)
def test_same_bytes_and_agreement(form: str, lang: str, tmp_path: Path) -> None:
    """Two runs give the same bytes and every figure stands in them; a clock in a file differs."""
    write, check = WRITERS[form]
    one, two = tmp_path / f"1.{form}", tmp_path / f"2.{form}"
    write(content(lang), one)
    write(content(lang), two)
    assert one.read_bytes() == two.read_bytes()
    check(one, content(lang))


@pytest.mark.parametrize("form", WRITERS)
def test_hostile_texts_pass_through_unharmed(form: str, tmp_path: Path) -> None:
    """Names that are formulas, scripts, tags, maths, controls, emoji, 300 characters are read
    back as the texts they are; one that ran or was cut would differ."""
    write, check = WRITERS[form]
    path = tmp_path / f"a.{form}"
    if form == "html":
        write_html(content(hostile=True), View(plan_folder(HOSTILE)), path)
        page = path.read_text("utf-8")
        assert "<script>alert" not in page
        assert page.count("<script>") == 1
    else:
        write(content(hostile=True), path)
    check(path, content(hostile=True))
    names = [r.cells[0] for r in content(hostile=True).schools.rows]
    assert names == [plain(t) for t in HOSTILE]
    assert "\x1b" not in names[2]
    assert "\u202e" not in names[2]


def test_a_name_may_read_like_the_figures_beside_it(tmp_path: Path) -> None:
    """A broken word leaves the number of numbers before a figure open; digits of the name that
    read like the figure (4 machines, 4 needed) come first and are not it."""
    names = ("<script>alert(1)</script> 4 1 4 10.300.000 4", "Trường 4", "4 1 0", "A4 " + "Ừ" * 99)
    made, path = view_content(View(plan_folder(names))), tmp_path / "a.pdf"
    write_pdf(made, path)
    check_pdf(path, made)
    with pytest.raises(AuditError):
        check_pdf(path, wrong(made, "group.completed", "amount"))


def total_of(part: Table, key: str) -> tuple[int, int]:
    """Row and column of a table's total."""
    row = next(k for k, r in enumerate(part.rows) if r.kind == "total")
    return row, part.at(key)


def wrong(made: ReportContent, table: str, key: str) -> ReportContent:
    """The content with one total one đồng too large: what a broken renderer would print."""

    def spoiled(part: Any) -> Any:
        if not isinstance(part, Table) or part.key != table:
            return part
        row, at = total_of(part, key)
        cells = list(part.rows[row].cells)
        cells[at] = int(cells[at] or 0) + 1
        rows = list(part.rows)
        rows[row] = replace(rows[row], cells=tuple(cells))
        return replace(part, rows=tuple(rows))

    letter = replace(made.letter, blocks=tuple(map(spoiled, made.letter.blocks)))
    parts = [replace(a, blocks=tuple(map(spoiled, a.blocks))) for a in made.appendices]
    return replace(made, letter=letter, appendices=tuple(parts))


SPOILED = [
    ("group.completed", "amount"), ("money.sources", "spent"), ("letter.funds", "amount"),
    ("money.years", "upkeep"), ("packages", "amount"), ("coverage.level", "pupils"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "key"), SPOILED)
@pytest.mark.parametrize("form", WRITERS)
def test_one_wrong_figure_is_found(form: str, table: str, key: str, tmp_path: Path) -> None:
    """A form that prints one total a đồng too large is refused, with the form, the table, the
    row, the column and both figures; a check of labels or of sums only would pass it."""
    if form == "xlsx" and table.startswith("letter"):
        pytest.skip("the workbook holds the appendices")
    write, check = WRITERS[form]
    made, path = content(), tmp_path / f"a.{form}"
    write(wrong(made, table, key), path)
    with pytest.raises(AuditError) as error:
        check(path, made)
    said = error.value.findings[0].params
    part = next(t for t in tables(made) if t.key == table)
    row, at = total_of(part, key)
    assert said["form"] == form
    assert said["place"] == f"{table}[{row + 1}].{key}"
    right = int(part.rows[row].cells[at] or 0)
    assert re.sub(r"\D", "", str(said["expected"])) == str(right)
    assert re.sub(r"\.0$|\D", "", str(said["found"])) == str(right + 1)


@pytest.mark.parametrize("form", ["docx", "html", "pdf"])
def test_a_wrong_figure_in_a_sentence_is_found(form: str, tmp_path: Path) -> None:
    """The letter's prose states the funded total; one đồng more is refused in every form."""
    write, check = WRITERS[form]
    made, path = content(), tmp_path / f"a.{form}"
    letter = made.letter
    blocks = tuple(
        replace(b, text=b.text.replace("158.330.000", "158.330.001")) if hasattr(b, "text") else b
        for b in letter.blocks
    )
    write(replace(made, letter=replace(letter, blocks=blocks)), path)
    with pytest.raises(AuditError):
        check(path, made)


def test_a_formula_that_gives_something_else_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workbook whose cached total is right and whose live formula leaves a row out is refused:
    it would change when the office opens it."""
    right = xlsx_.written_formula

    def short(formula: Any, *more: Any) -> str:
        cut = (formula[0] + 1, formula[1]) if isinstance(formula, tuple) else formula
        return right(cut, *more)

    monkeypatch.setattr(xlsx_, "written_formula", short)
    write_xlsx(content(), tmp_path / "a.xlsx")
    with pytest.raises(AuditError, match="report_differs") as error:
        check_xlsx(tmp_path / "a.xlsx", content())
    assert "SUBTOTAL" in error.value.findings[0].params["place"]


@pytest.mark.parametrize(
    ("form", "module", "name"),
    [("docx", docx_xml, "_cell"), ("xlsx", xlsx_, "write_xlsx"), ("pdf", pdf, "soft"),
     ("html", html, "write_html")],
)  # fmt: skip
def test_nothing_is_left_of_a_package_that_disagrees(
    form: str, module: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One renderer prints one đồng more than the content says: no form of the package is left."""
    target = report if name.startswith("write") else module
    honest = getattr(module, name)

    def lying(*args: Any) -> Any:
        if form in ("docx", "pdf"):
            return honest(*args).replace("46.300.000", "46.300.001")
        return honest(wrong(args[0], "group.completed", "amount"), *args[1:])

    monkeypatch.setattr(target, name, lying)
    with pytest.raises(AuditError):
        write_report(view(), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    monkeypatch.undo()
    assert len(write_report(view(), tmp_path / "out", [form])) == 1


def test_content_that_disagrees_with_itself_or_the_plan() -> None:
    """A total that is not its rows' sum, or that is not the plan's amount of its lines."""
    check_content(content())
    check_plan(content(), view())
    broken = wrong(content(), "packages", "amount")
    with pytest.raises(AuditError):
        check_plan(broken, view())
    part = next(t for t in tables(content()) if t.key == "packages")
    other = replace(part, rows=(*part.rows[:-1], replace(part.rows[-1], cells=("",) * 7)))
    appendix = replace(content().appendices[-1], blocks=(other,))
    with pytest.raises(AuditError):
        check_content(replace(content(), appendices=(appendix,)))


def test_a_long_package_is_set_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a few rows at a time: same figures, pages numbered through, the same bytes twice."""
    monkeypatch.setattr(pdf, "LIMIT", 4)
    monkeypatch.setattr(pdf, "_slices", lambda block, _, c: SLICES(block, 2, c))
    one, two = tmp_path / "1.pdf", tmp_path / "2.pdf"
    made = content()
    few = replace(made, page=None, appendices=made.appendices[:1])
    write_pdf(few, one)
    write_pdf(few, two)
    assert one.read_bytes() == two.read_bytes()
    check_pdf(one, few)
    texts = pages(one)
    assert sum("Phụ lục I\r\n" in t for t in texts) == 1
    assert [t.split()[0] for t in texts if t.split()[0].isdigit()][-1] == "3"


SLICES = pdf._slices


def pages(path: Path) -> list[str]:
    import pypdfium2

    document = pypdfium2.PdfDocument(str(path))
    return [p.get_textpage().get_text_bounded() for p in document]


def test_workbook_text_is_no_formula(tmp_path: Path) -> None:
    """Only figures are formulas, their values cached; «=HYPERLINK» stays a text, without link."""
    import openpyxl

    path = tmp_path / "a.xlsx"
    write_xlsx(content(hostile=True), path)
    book = openpyxl.load_workbook(path)
    formulas = [c.value for s in book for r in s for c in r if c.data_type == "f"]
    assert formulas
    assert all(re.fullmatch(r"=(SUBTOTAL\(9,[A-Z\d:]+\)|[A-Z\d+*/-]+)", f) for f in formulas)
    assert not [c for s in book for r in s for c in r if c.hyperlink]
    first = book.worksheets[1]  # after the one page, which is upright
    assert book.worksheets[0].page_setup.orientation != "landscape"
    assert first.page_setup.paperSize == 9
    assert first.page_setup.orientation == "landscape"
    assert first.HeaderFooter.differentFirst
    assert "&P" in first.oddHeader.center.text
    assert "dữ liệu minh họa" in first.firstFooter.right.text


def test_document_has_a_section_an_appendix(tmp_path: Path) -> None:
    """Page numbers start again in every appendix, none on its first page; heads are repeated."""
    path = tmp_path / "a.docx"
    write_docx(content(), path)
    with zipfile.ZipFile(path) as archive:
        text = archive.read("word/document.xml").decode()
    # the one page, the letter, the appendices
    assert text.count('<w:pgNumType w:start="1"/>') == 2 + len(content().appendices)
    assert text.count("<w:titlePg/>") == 2 + len(content().appendices)
    assert text.count("<w:tblHeader/>") == len(tables(content()))
    assert text.count(">./.<") == len(content().appendices)


def test_every_pdf_page_says_that_the_data_is_invented(tmp_path: Path) -> None:
    write_pdf(content(), tmp_path / "a.pdf")
    assert all("dữ liệu minh họa" in t for t in pages(tmp_path / "a.pdf"))


def test_the_page_works_offline(tmp_path: Path) -> None:
    """No address is fetched: all that the page needs is in it."""
    write_html(content(), view(), tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text("utf-8")
    fetched = re.findall(r'(?:src|href)="([^"#][^"]*)"|url\((?!#)([^)]*)\)', page)
    assert not fetched
    assert page.count("<svg") == 4


def test_unverified_thresholds_name_no_method() -> None:
    """What has no source names no method; a default of «open bidding» would be invented law."""
    assert method(300_000_000, "2023-06-01", "recurrent")[0] == ""
    assert method(3_000_000_000, "2024-06-01", "capital")[0] == ""
    assert method(6_000_000_000, "2024-06-01", "capital")[0] == "open"
    assert method(500_000_000, "2025-08-04", "recurrent")[0] == "direct"
    assert method(500_000_001, "2025-08-04", "recurrent")[0] == ""
    assert method(7_000_000_000, "2026-01-01", "capital")[0] == ""
    assert dossier(200_000_001, "2023-01-01", "recurrent") == "outline"
    assert dossier(200_000_001, "2025-01-01", "recurrent") == ""


def test_all_forms_are_known() -> None:
    assert set(FORMS) == set(WRITERS)


def test_a_row_whose_number_reads_like_its_figures_may_begin_a_page(tmp_path: Path) -> None:
    """Row 8 is of 8 units at 8 schools and begins a page, whose repeated head holds three years: a
    comparison that lets a page bring any part of a head takes the row's number for its figure."""
    columns = [Column("stt", "No.", "index", 10), Column("name", "Item", "text", 60)]
    columns += [Column(k, k, "count", 30, "row") for k in ("2023", "2024", "2025")]
    rows = [Row("line", (str(n), "máy", n, n, 50_000 + n)) for n in range(1, 90)]
    made = content()
    part = replace(made.appendices[0], blocks=(Table("many", tuple(columns), tuple(rows)),))
    few = replace(made, page=None, appendices=(part,))
    write_pdf(few, tmp_path / "a.pdf")
    assert len(pages(tmp_path / "a.pdf")) > 3
    check_pdf(tmp_path / "a.pdf", few)


def test_a_head_without_figures_that_a_new_page_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """«SHA-256» over digests brings a 256 more where a page begins. Taken for two numbers of the
    next table's head, it would send the search to the second 3, and one would be missing."""
    wanted = [agreement.Wanted("3", "a", 2, page=2, loose=5, other=1),
              agreement.Wanted("3", "b", page=2), agreement.Wanted("8", "c", page=2)]  # fmt: skip
    monkeypatch.setattr(agreement, "_check_first_page", lambda *_: None)
    monkeypatch.setattr(agreement, "_said", lambda _: iter(["1", "2", PAGE, "256", "3", "3", "8"]))
    monkeypatch.setattr(agreement, "_wanted", lambda _: iter(wanted))
    check_pdf(Path("a.pdf"), content())
    wanted[0] = replace(wanted[0], other=0)
    with pytest.raises(AuditError):
        check_pdf(Path("a.pdf"), content())
