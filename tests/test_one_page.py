"""The one page before the letter: exactly a page, and all its numbers stand in the appendices."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from report_plans import plan_folder, view
from test_report import HOSTILE, pages
from test_report_content import rows

import planner
from planner.cli.commands import report as command
from planner.errors import AuditError, InputError
from planner.present.content import Paragraph, ReportContent, Table
from planner.present.papers.agreement import check_pdf
from planner.present.papers.docx import PAGE_ROOM, PAGE_SIZES, page_height, write_docx
from planner.present.papers.package import view_content
from planner.present.papers.pdf import write_pdf
from planner.present.papers.view import View, frontier_of
from planner.present.papers.xlsx import write_xlsx

ROOT = Path(__file__).parent.parent
NUMBER = re.compile(r"\d(?:[\d.,]*\d)?%?")


def texts(content: ReportContent, blocks: Any) -> Iterator[str]:
    """Paragraphs and cells as they are printed."""
    for block in blocks:
        if isinstance(block, Table):
            for row in block.rows:
                cells = zip(row.cells, block.columns, strict=True)
                yield from (content.text(value, column.kind) for value, column in cells)
        else:
            yield block.text


def numbers(text: str) -> list[str]:
    """The figures of a text in their order; numbers of groups and bare years are names."""
    found = NUMBER.findall(re.sub(r"\b([Nn]hóm|[Gg]roups?) \d\b", " ", text))
    return [n for n in found if not re.fullmatch("20[0-9][0-9]", n)]


def in_order(wanted: list[str], known: list[str]) -> bool:
    """Whether all of ``wanted`` stand in ``known``, one after the other."""
    left = iter(known)
    return bool(wanted) and all(n in left for n in wanted)


def held(
    content: ReportContent, text: str, places: set[str], how: str = "total name prose"
) -> bool:
    """Whether *one* row or sentence of the appendices ``places`` holds all figures of a text in
    their order: the total of a table, a row whose name the text holds, a sentence of which at
    least half of the text's words are."""
    words = set(re.findall(r"[^\W\d]+", text))
    for appendix in content.appendices:
        if appendix.number not in places:
            continue
        for block in appendix.blocks:
            if not isinstance(block, Table):
                alike = len(words & set(re.findall(r"[^\W\d]+", block.text))) * 2 >= len(words)
                if "prose" in how and alike and in_order(numbers(text), numbers(block.text)):
                    return True
                continue
            for row in block.rows:
                cells = [content.text(v, c.kind).lstrip("−-+") for v, c in
                         zip(row.cells, block.columns, strict=True)]  # fmt: skip
                known, rest = [c for c in cells if NUMBER.fullmatch(c)], text
                if row.kind == "total" and "total" not in how:
                    continue
                if row.kind != "total":
                    named = [c for c in cells if re.search(r"[^\W\d]", c)] or cells[:1]
                    if len(re.findall("20[0-9][0-9]", text)) > 1 or not re.search(
                        rf"(?<!\w){re.escape(named[0])}(?!\w)", text
                    ):
                        continue
                    rest = text.replace(named[0], " ", 1) if named[0] not in known else text
                if in_order(numbers(rest), known):
                    return True
    return False


def astray(content: ReportContent, blocks: Any, strict: bool = False) -> list[str]:
    """Sentences and rows whose figures stand together in no row of the appendices that they name;
    where they name none, or it is not ``strict``, in none of any. A sum of amounts alone may be
    spread over several."""
    everywhere = {a.number for a in content.appendices}
    keys = {t.key for a in content.appendices for t in a.tables()}
    known = {n for a in content.appendices for t in texts(content, a.blocks) for n in numbers(t)}
    found = []
    for block in blocks:
        if isinstance(block, Table):
            for row in block.rows:
                text = " ".join(
                    content.text(v, c.kind) for v, c in zip(row.cells, block.columns, strict=True)
                )
                places = set(re.findall(r"\b[IVX]+\b", text.split()[-1])) or everywhere
                if numbers(text) and not held(content, text, places, "total name"):
                    found.append(text)
            continue
        for text in re.split(r"(?<=[.])\s+(?=[^\W\d])", block.text):
            places = set(re.findall(r"\b[IVX]+\b", text)) & everywhere
            mine = numbers(text)
            if not mine or held(content, text, places or everywhere):
                continue
            if not strict and held(content, text, everywhere):
                continue
            if set(mine) == {"0"} and "unmet.reasons.funded" not in keys:
                continue  # nothing is unmet, which its appendix says in words
            if all(held(content, part, places or everywhere, "name") for part in text.split("; ")):
                continue  # several things, each by its name
            amounts = re.findall(rf"({NUMBER.pattern}) (?:đồng|VND)", text)
            if strict or amounts != mine or not set(mine) <= known:
                found.append(text)
    return found


def lost(content: ReportContent) -> list[str]:
    """What the page says and its reader finds nowhere together: a number of another table, or of
    another row, is not found again."""
    assert content.page is not None
    mine = [b for b in content.page.blocks if getattr(b, "style", "") != "heading"]
    return astray(content, mine, strict=True)


def one_page(path: Path) -> None:
    """The first page is the summary alone, the second begins the letter."""
    first, second = pages(path)[:2]
    assert "TÓM TẮT TỜ TRÌNH" in first or "SUMMARY OF THE PROPOSAL" in first
    assert "CỘNG HÒA" not in first
    assert "SOCIALIST" not in first
    assert "CỘNG HÒA" in second or "SOCIALIST" in second


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("owner", ["", "ward-2"])
def test_every_number_is_found_again_and_it_is_one_page(
    lang: str, owner: str, tmp_path: Path
) -> None:
    """On the plan known by heart: 158,33 million in all, 84,17 of it in 2023. A number computed for
    the page alone, or rounded on it, would stand in no appendix."""
    content = view_content(view(lang, owner))
    assert not lost(content)
    write_pdf(content.brief(), tmp_path / "a.pdf")
    check_pdf(tmp_path / "a.pdf", content.brief())
    one_page(tmp_path / "a.pdf")
    if not owner and lang == "vi":
        said = rows(content, "page.numbers", "fact", "figure", "place")
        assert said[:3] == [
            ("Tổng chi từ các nguồn vốn trong kỳ 2023 - 2024", "158.330.000 đồng", "Phụ lục IV"),
            ("Trong đó năm 2023", "84.170.000 đồng", "Phụ lục IV"),
            ("Trường, đơn vị được bố trí vốn và số học sinh", "3 trường; 300 học sinh",
             "Phụ lục V"),
        ]  # fmt: skip
        assert len(said) == 6


def forged(content: ReportContent, right: str, wrong: str) -> ReportContent:
    """The content whose page and letter say ``wrong`` where they said ``right``."""
    assert content.page is not None
    seen = []

    def other(text: Any) -> Any:
        seen.append(isinstance(text, str) and right in text)
        return text.replace(right, wrong) if isinstance(text, str) else text

    def changed(block: Any) -> Any:
        if not isinstance(block, Table):
            return replace(block, text=other(block.text))
        return replace(block, rows=tuple(replace(r, cells=tuple(map(other, r.cells)))
                                         for r in block.rows))  # fmt: skip

    page, letter = (replace(part, blocks=tuple(map(changed, part.blocks)))
                    for part in (content.page, content.letter))  # fmt: skip
    assert any(seen), right
    return replace(content, page=page, letter=letter)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("3 trường; 300 học sinh", "2 trường; 200 học sinh"),  # those of one area
        ("3 trường; 300 học sinh", "1 trường; 300 học sinh"),  # the count of one group
        ("từ 0,0% lên 100,0%", "từ 10,0% lên 100,0%"),  # the reserve of a fund
        ("từ 0,0% lên 100,0%", "từ 100,0% lên 0,0%"),
        ("158.330.000 đồng", "145.970.000 đồng"),  # a fund's, not the total
        ("0 trong 1 đơn giá, 1 trong 1 định mức", "1 trong 1 đơn giá, 0 trong 1 định mức"),
    ],
)  # fmt: skip
def test_a_number_of_another_row_is_lost(right: str, wrong: str) -> None:
    """Each of the wrong numbers stands somewhere in the appendices, where the sum of all numbers
    would find it; not in the row in which the page's reader looks."""
    content = view_content(view())
    assert not lost(content)
    other = forged(content, right, wrong)
    known = {n for a in content.appendices for t in texts(content, a.blocks)
             for n in NUMBER.findall(t)}  # fmt: skip
    assert set(NUMBER.findall(wrong)) <= known
    assert lost(other)


def test_a_page_that_says_another_number_is_refused(tmp_path: Path) -> None:
    """A cell of words in which the renderer prints one đồng more: the comparison of figures alone
    would pass it."""
    made = view_content(view())
    assert made.page is not None
    part = next(b for b in made.page.blocks if isinstance(b, Table))
    row = replace(part.rows[1], cells=(part.rows[1].cells[0], "84.170.001 đồng", "Phụ lục IV"))
    other = replace(part, rows=(part.rows[0], row, *part.rows[2:]))
    blocks = tuple(other if b is part else b for b in made.page.blocks)
    write_pdf(replace(made, page=replace(made.page, blocks=blocks)), tmp_path / "a.pdf")
    with pytest.raises(AuditError) as error:
        check_pdf(tmp_path / "a.pdf", made)
    assert error.value.findings[0].params["place"] == "page"


def test_long_texts_still_make_one_page(tmp_path: Path) -> None:
    """Ten addressees of a hundred letters, and names of 300: the page is set smaller. One that grew
    to a second page would push the letter to the third."""
    letterhead = {"addressee": ["Ủy ban nhân dân phường " + "Ba Đình " * 12] * 10}
    made = view_content(View(plan_folder(HOSTILE), letter=letterhead))  # type: ignore[arg-type]
    write_pdf(made, tmp_path / "a.pdf")
    one_page(tmp_path / "a.pdf")


def long_names(lang: str) -> ReportContent:
    """A plan of names as long as they may be, and ten addressees of hundreds of letters."""
    letterhead = {"addressee": ["Ủy ban nhân dân phường " + "Ba Đình " * 12] * 10}
    made = view_content(View(plan_folder(HOSTILE), lang, letter=letterhead))  # type: ignore[arg-type]
    assert made.page is not None

    def large(block: Any) -> Any:
        if getattr(block, "key", "") != "page.numbers":
            return block
        amount = "999.999.999.999.999 đồng"
        rows = (replace(r, cells=(r.cells[0], amount, r.cells[2])) for r in block.rows)
        return replace(block, rows=tuple(rows))

    page = replace(made.page, blocks=tuple(map(large, made.page.blocks)))
    subject = "Về việc phê duyệt " + "kế hoạch mua sắm thiết bị " * 30
    return replace(made, page=page, letter=replace(made.letter, subject=subject))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_page_of_the_docx_fits_by_its_own_reckoning(lang: str, tmp_path: Path) -> None:
    """Nobody can ask Word. Lines have a fixed height, and so many fit: at 11 points, of long names
    at what is left; of twice as many paragraphs at less. Taller at any size, or as tall at a
    smaller one, and the reckoning would not hold it."""
    made = view_content(view(lang))
    assert made.page is not None
    assert page_height(made.page, made, 11) <= PAGE_ROOM
    long = long_names(lang)
    assert long.page is not None
    assert page_height(long.page, long, 8) <= PAGE_ROOM
    double = replace(made.page, blocks=made.page.blocks * 2)
    sizes = [page_height(double, made, s) for s in PAGE_SIZES]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > PAGE_ROOM > sizes[-1]
    write_docx(replace(made, page=double), tmp_path / "a.docx")
    with zipfile.ZipFile(tmp_path / "a.docx") as archive:
        text = archive.read("word/document.xml").decode()
    before = text[: text.index("<w:sectPr")]
    assert 'w:lineRule="auto"' not in before
    size = int(re.findall(r'<w:sz w:val="(\d+)"/>', before)[-1]) / 2
    assert page_height(double, made, size) <= PAGE_ROOM < page_height(double, made, size + 0.5)


def test_it_is_the_first_of_every_form(tmp_path: Path) -> None:
    """The first section of the docx, before the letter's; the first sheet of the workbook, bars in
    its cells."""
    from docx import Document

    made = view_content(view())
    write_docx(made, tmp_path / "a.docx")
    paper = Document(str(tmp_path / "a.docx"))
    assert paper.paragraphs[0].text == "TÓM TẮT TỜ TRÌNH"
    assert len(paper.sections) == 2 + len(made.appendices)
    write_xlsx(made, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames[0] == "Tóm tắt"
    assert len(book.worksheets[0].conditional_formatting) == 2


def test_what_a_cut_means_is_said_only_where_it_was_solved(tmp_path: Path) -> None:
    """three-schools with a quarter less money: 800 pupil-years and 44,4%, as ``frontier`` says. Its
    frontier beside the plan is read; of other inputs it is refused, and the page says nothing."""
    folder = planner.read(
        planner.write(planner.solve(ROOT / "scenarios/three-schools"), tmp_path / "p",
                      figures=False)
    )  # fmt: skip
    assert frontier_of(None, folder) is None
    assert "bị cắt" not in " ".join(texts_of_page(View(folder)))
    found = planner.frontier(ROOT / "scenarios/three-schools", points=3, workers=0)
    content = view_content(View(folder, frontier=frontier_of(found, folder)))
    said = " ".join(texts_of_page(View(folder, frontier=found)))
    assert "Nếu kinh phí bị cắt giảm" in said
    assert not lost(content)
    points = found.table[found.table["at"] < 0]
    for people in points["people"]:
        assert f"{int(people):,}".replace(",", ".") + " học sinh-năm" in said
    with pytest.raises(InputError):
        frontier_of(found, plan_folder())


def texts_of_page(seen: View) -> list[str]:
    page = view_content(seen).page
    assert page is not None
    return [b.text for b in page.blocks if isinstance(b, Paragraph)]


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(("name", "owner"), [("base", ""), ("wards-2026", "phuong-ngoc-ha")])
def test_papers_of_ba_dinh(name: str, owner: str, lang: str, tmp_path: Path) -> None:
    """Sixty schools: at most 25 pages, the first of them the summary, whose numbers are all found
    in the appendices; the letter's total is there in the workbook."""
    result = planner.solve(ROOT / f"scenarios/ba-dinh/{name}.yaml", gap=0.02, time_limit=60)
    folder = planner.write(result, tmp_path / "plan", figures=False)
    asked = [str(folder), "--out", str(tmp_path / "out"), "--lang", lang]
    done = CliRunner().invoke(command, [*asked, *(["--owner", owner] if owner else [])])
    assert done.exit_code == 0, done.output
    (path,) = (tmp_path / "out").glob("*.pdf")
    one_page(path)
    assert len(pages(path)) <= 25, "a brief package of sixty schools"
    content = view_content(View(planner.read(folder), lang, owner))
    assert not lost(content)
    assert not lost(content.brief())
