"""The form of administrative documents, point by point: Nghị định 30/2020/NĐ-CP of 5 March 2020,
Phụ lục I (phần I: khổ giấy, kiểu trình bày, định lề, phông chữ, số trang; phần II: thể thức và kỹ
thuật trình bày các thành phần; mục IV: mẫu chữ và chi tiết trình bày) and Mẫu 1.4 of Phụ lục III.

The docx is opened again as XML, the pdf is read letter by letter: place, size, weight. Both hold
the plan known by heart (``report_plans``), with a letterhead of long and of short names.
"""

from __future__ import annotations

import ctypes
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pypdfium2
import pytest
from lxml import etree
from pypdfium2 import raw
from report_plans import view

from planner.present.content import ReportContent, roman, text_width
from planner.present.papers.docx import write_docx
from planner.present.papers.package import view_content
from planner.present.papers.pdf import write_pdf

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MM, POINT = 56.6929, 72 / 25.4
"""Twips, and points, of a millimetre."""
LETTERS = ("short", "long", "several")


@cache
def content(name: str) -> ReportContent:
    """The package for one addressee; with long names above the letter; for several addressees."""
    if name == "several":
        return view_content(view(owner="ward-2", date="2026-02-05"))
    made = view_content(view(date="2026-02-05"))
    if name == "long":
        long = {"superior": "ỦY BAN NHÂN DÂN PHƯỜNG CÓ TÊN RẤT DÀI CỦA THÀNH PHỐ",
                "subject": "Về việc phê duyệt " + "kế hoạch mua sắm thiết bị " * 6}  # fmt: skip
        made = replace(made, letter=replace(made.letter, **long))
    return made


@cache
def paper(name: str, form: str) -> Path:
    path = Path(mkdtemp()) / f"a.{form}"
    (write_docx if form == "docx" else write_pdf)(content(name).brief(), path)
    return path


# ---- The docx: paragraphs with what Word would show them as.


@dataclass(frozen=True)
class Shown:
    """A paragraph: its text, points, weight, place in its row, and what rules its place."""

    text: str
    size: float
    bold: bool
    italic: bool
    align: str
    first: float
    """Millimetres that its first line stands further in."""
    after: float
    line: float
    """Lines from line to line; of an exact height: 0."""
    row: Any
    rule: float
    """Millimetres of a line above it, else 0."""
    node: Any


def _of(node: Any, path: str, key: str, default: str = "") -> str:
    found = node.find("/".join(W + p for p in path.split("/")))
    return default if found is None else str(found.get(W + key, default))


@cache
def document(name: str) -> Any:
    with zipfile.ZipFile(paper(name, "docx")) as archive:
        return etree.fromstring(archive.read("word/document.xml"))


def part(name: str, file: str) -> str:
    with zipfile.ZipFile(paper(name, "docx")) as archive:
        return archive.read(file).decode()


@cache
def shown(name: str) -> tuple[Shown, ...]:
    """Every paragraph of text or with a line, in order."""
    return tuple(_shown(document(name)))


def _shown(tree: Any) -> Iterator[Shown]:
    for node in tree.iter(W + "p"):
        runs = [r for r in node.iter(W + "r") if r.findtext(W + "t")]
        text = "".join(r.findtext(W + "t") for r in runs)
        props = node.find(W + "pPr")
        rule = props is not None and props.find(f"{W}pBdr/{W}top") is not None
        if not text and not rule:
            continue
        run = runs[0] if runs else node

        def mark(tag: str, run: Any = run) -> bool:
            found = run.find(f"{W}rPr/{W}{tag}")
            return found is not None and found.get(W + "val", "1") != "0"

        row = next(node.iterancestors(W + "tr"), None)
        cell = next(node.iterancestors(W + "tc"), None)
        room = 165.0 if cell is None else float(_of(cell, "tcPr/tcW", "w")) / MM
        ind = [float(_of(node, "pPr/ind", k, "0")) / MM for k in ("left", "right")]
        auto = _of(node, "pPr/spacing", "lineRule", "auto") == "auto"
        yield Shown(
            text, float(_of(run, "rPr/sz", "val", "28")) / 2, mark("b"), mark("i"),
            _of(node, "pPr/jc", "val", "left"), float(_of(node, "pPr/ind", "firstLine", "0")) / MM,
            float(_of(node, "pPr/spacing", "after", "0")) / 20,
            float(_of(node, "pPr/spacing", "line", "240")) / 240 * auto, row,
            room - sum(ind) if rule else 0.0, node,
        )  # fmt: skip


def letter_of(name: str) -> list[Shown]:
    """The letter: between the page before it and the first appendix."""
    every = list(shown(name))
    begin = next(k for k, s in enumerate(every) if s.row is not None and s.text == content(
        name).letter.superior)  # fmt: skip
    end = next(k for k, s in enumerate(every) if s.text == "Phụ lục I")
    return every[begin:end]


def one(name: str, text: str) -> Shown:
    return next(s for s in letter_of(name) if s.text == text)


def below(name: str, text: str) -> Shown:
    """What comes after a text: the line below it."""
    every = letter_of(name)
    return every[every.index(one(name, text)) + 1]


def test_paper_and_margins() -> None:
    """Phần I khoản 1–3: A4; 20–25 mm above and below, 30–35 left, 15–20 right; on every section,
    upright or across. Letter size or 25 mm to the left would be told."""
    sections = list(document("short").iter(W + "sectPr"))
    assert len(sections) == 2 + len(content("short").appendices)
    for section in sections:
        size = [int(_of(section, "pgSz", k)) for k in ("w", "h")]
        across = _of(section, "pgSz", "orient") == "landscape"
        assert size == ([16838, 11906] if across else [11906, 16838])
        edges = {k: int(_of(section, "pgMar", k)) / MM for k in ("top", "bottom", "left", "right")}
        assert 20 <= round(edges["top"], 1) <= 25
        assert 20 <= round(edges["bottom"], 1) <= 25
        assert 30 <= round(edges["left"], 1) <= 35
        assert 15 <= round(edges["right"], 1) <= 20
    assert _of(sections[1], "pgSz", "orient") == ""  # the letter stands upright


def test_page_numbers_in_the_docx() -> None:
    """Phần I khoản 7, mục Phụ lục: Arabic, 13–14 points, upright, centred in the upper margin, none
    on the first page; each appendix is numbered by itself."""
    head = part("short", "word/header1.xml")
    assert re.search(r'<w:jc w:val="center"/>', head)
    assert " PAGE " in head
    assert set(re.findall(r'<w:sz w:val="(\d+)"/>', head)) <= {"26", "28"}
    assert "PAGE" not in part("short", "word/header2.xml")
    links = part("short", "word/_rels/document.xml.rels")
    for section in document("short").iter(W + "sectPr"):
        assert section.find(W + "titlePg") is not None
        assert _of(section, "pgNumType", "start") == "1"
        assert _of(section, "pgNumType", "fmt", "decimal") == "decimal"
        files = {}
        for node in section.iter(W + "headerReference"):
            ident = node.get(
                "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
            )
            target = re.search(rf'<[^>]*Id="{ident}"[^>]*>', links)
            assert target
            files[node.get(W + "type")] = re.findall(r"header\d", target[0])[0]
        assert files == {"default": "header1", "first": "header2"}


def test_font() -> None:
    """Phần I khoản 4: Times New Roman, black, and nothing else anywhere."""
    styles = part("short", "word/styles.xml")
    normal = re.search(r'<w:style [^>]*w:styleId="Normal".*?</w:style>', styles, re.S)
    assert normal
    assert 'w:ascii="Times New Roman"' in normal[0]
    assert 'w:hAnsi="Times New Roman"' in normal[0]
    body = part("short", "word/document.xml")
    assert "w:rFonts" not in body
    assert set(re.findall(r"<w:color w:val=\"(\w+)\"/>", body)) <= {"000000"}


@pytest.mark.parametrize("name", LETTERS)
def test_heads_of_the_letter(name: str) -> None:
    """Phần II mục 1–4. The agency above its own in capitals of 12–13, the lower one bold, a line of
    a third to a half of its length below; the country bold capitals of 12–13, the motto bold 13–14
    with a line as long as it is; number and place on one row, 13 upright and 13–14 italic. With a
    long name above, the number alone would slip a line down."""
    made = content(name)
    letter = made.letter
    superior, agency = one(name, letter.superior), one(name, letter.agency)
    assert letter.superior.isupper()
    assert letter.agency.isupper()
    assert 12 <= superior.size <= 13
    assert not superior.bold
    assert 12 <= agency.size <= 13
    assert agency.bold
    whole = min(text_width(letter.agency, agency.size, bold=True), 70.0)
    assert 1 / 3 - 0.01 <= below(name, letter.agency).rule / whole <= 1 / 2 + 0.01
    country, motto = one(name, made.country), one(name, made.motto)
    assert made.country == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert made.motto == "Độc lập - Tự do - Hạnh phúc"
    assert country.bold
    assert 12 <= country.size <= 13
    assert motto.bold
    assert 13 <= motto.size <= 14
    length = text_width(made.motto, motto.size, bold=True)
    assert below(name, made.motto).rule == pytest.approx(length, abs=1)
    number, place = one(name, letter.number), one(name, letter.place_date)
    assert number.size == 13
    assert not number.italic
    assert re.fullmatch(r"Số: +/TTr-PGDĐT", letter.number)
    assert place.italic
    assert 13 <= place.size <= 14
    assert letter.place_date == "Thử, ngày 05 tháng 02 năm 2026"  # below 10, and months 1 and 2
    assert number.row is place.row
    assert superior.row is country.row
    assert superior.row is not number.row
    for head in (superior, agency, country, motto, number, place):
        assert head.align == "center"


@pytest.mark.parametrize("name", LETTERS)
def test_kind_subject_and_addressees(name: str) -> None:
    """Phần II mục 5, 9: the kind in bold capitals, the subject bold, both 13–14 and centred, a line
    of a third to a half of it below. One addressee on the line of «Kính gửi:», several each on a
    line of their own after a dash below the colon, ended with «;» and a full stop."""
    letter = content(name).letter
    kind, subject = one(name, letter.kind), one(name, letter.subject)
    assert letter.kind == "TỜ TRÌNH"
    for head in (kind, subject):
        assert head.bold
        assert 13 <= head.size <= 14
        assert head.align == "center"
    whole = min(text_width(letter.subject, subject.size, bold=True), 165.0)
    assert 1 / 3 - 0.01 <= below(name, letter.subject).rule / whole <= 1 / 2 + 0.01
    words = [s for s in letter_of(name) if s.text.startswith("Kính gửi:")]
    assert len(words) == 1
    assert 13 <= words[0].size <= 14
    if name != "several":
        assert words[0].text == f"Kính gửi: {letter.addressees[0]}"
        return
    assert words[0].text == "Kính gửi:"
    every = letter_of(name)
    at = every.index(words[0])
    listed = every[at + 1 : at + 3]
    assert [s.text for s in listed] == ["- Ủy ban nhân dân phường Hai;", "- Sở Tài chính."]
    colon = text_width("Kính gửi", 14)
    for line in listed:
        left = [float(_of(s.node, "pPr/ind", "left")) / MM for s in (words[0], line)]
        assert left[1] - left[0] == pytest.approx(colon, abs=1)


def test_bases_and_body() -> None:
    """Phần II mục 6: bases italic, ended with «;», the last with a full stop; text of 13–14, both
    sides even, its first line 1–1,27 cm in, at least 6 points between paragraphs, lines single to
    one and a half; headings numbered in Arabic figures and bold, points a), b) …"""
    letter = content("short").letter
    assert [b[-1] for b in letter.bases] == [";"] * (len(letter.bases) - 1) + ["."]
    every = letter_of("short")
    begin = next(k for k, s in enumerate(every) if s.text == letter.bases[0])
    end = next(k for k, s in enumerate(every) if s.text == "Nơi nhận:")
    body = [s for s in every[begin:end] if s.row is None and "Đơn vị tính" not in s.text]
    assert len(body) > 15
    for line in body:
        assert 13 <= line.size <= 14, line.text
        assert line.italic == (line.text in letter.bases)
        assert line.align == "both"
        assert 10 <= round(line.first, 1) <= 12.7
        assert line.after >= 6
        assert 1 <= line.line <= 1.5
    heads = [s.text for s in body if s.bold]
    assert [int(h.split(".")[0]) for h in heads] == list(range(1, len(heads) + 1))
    points = [s.text[:2] for s in body if re.match(r"[a-zđ]\) ", s.text)]
    assert points
    assert set(points) <= {"a)", "b)", "c)", "d)"}  # in the order of the alphabet: abcdđ
    assert body[-1].text.endswith("./.")


def test_signature_and_recipients() -> None:
    """Phần II mục 7, 9: post in bold capitals of 13–14, name bold, centred below it; «Nơi nhận:» at
    the same height to the left, 12 bold italic; recipients of 11 after a dash, ended with «;»; the
    last is «Lưu: …» and ends with a full stop. All of it in one row that no page divides."""
    letter = content("short").letter
    post, name, words = (one("short", t) for t in (letter.post, letter.name, "Nơi nhận:"))
    assert letter.post.isupper()
    assert post.bold
    assert name.bold
    assert 13 <= post.size <= 14
    assert 13 <= name.size <= 14
    assert post.align == name.align == "center"
    assert post.row is name.row is words.row
    assert post.row.find(f"{W}trPr/{W}cantSplit") is not None
    assert words.size == 12
    assert words.bold
    assert words.italic
    listed = [one("short", r) for r in letter.recipients]
    assert [s.size for s in listed] == [11] * len(listed)
    assert not any(s.bold or s.italic for s in listed)
    assert [s.text for s in listed] == ["- Như trên;", "- Lưu: VT."]
    last = [s for s in letter_of("short") if s.text.endswith("./.")][-1]
    assert last.node.find(f"{W}pPr/{W}keepNext") is not None  # no page holds a signature alone


def test_order_of_the_blocks() -> None:
    """Phần II and Mẫu 1.4: from the heads down to the signature; a block elsewhere is told."""
    letter = content("short").letter
    texts = [s.text for s in letter_of("short")]
    made = content("short")
    order = [letter.superior, letter.agency, made.country, made.motto, letter.number,
             letter.place_date, letter.kind, letter.subject, f"Kính gửi: {letter.addressees[0]}",
             letter.bases[0], "1. Sự cần thiết", "Nơi nhận:", letter.post, letter.name]  # fmt: skip
    places = [texts.index(t) for t in order]
    assert places == sorted(places)


def test_appendices() -> None:
    """Mục Phụ lục: «Phụ lục» with Roman numbers, 14 bold; its title in bold capitals of 13–14; the
    letter that it belongs to in italics of 13–14; all centred, each on a line of its own."""
    every = list(shown("short"))
    begun = [k for k, s in enumerate(every) if re.fullmatch(r"Phụ lục [IVX]+", s.text)
             and s.row is None]  # fmt: skip
    numbers = [every[k].text.split()[-1] for k in begun]
    assert numbers == [roman(n) for n in range(1, len(content("short").appendices) + 1)]
    for k in begun:
        name, title, reference = every[k : k + 3]
        assert (name.size, name.bold, name.align) == (14, True, "center")
        assert title.text.isupper()
        assert title.bold
        assert 13 <= title.size <= 14
        assert reference.text == (
            "(Kèm theo Tờ trình số      /TTr-PGDĐT ngày 05 tháng 02 năm 2026 của "
            "Phòng Giáo dục và Đào tạo)"
        )
        assert reference.italic
        assert 13 <= reference.size <= 14
        assert title.align == reference.align == "center"


# ---- The pdf: letters with their places.


@dataclass(frozen=True)
class Line:
    """Letters on one line of a page, in millimetres from its left upper corner."""

    text: str
    left: float
    right: float
    top: float
    size: float
    font: str


@cache
def pdf_pages(name: str) -> tuple[tuple[float, float, tuple[Line, ...]], ...]:
    """Width, height and lines of each page."""
    made = pypdfium2.PdfDocument(str(paper(name, "pdf")))
    found = []
    for page in made:
        width, height = page.get_size()
        found.append((width / POINT, height / POINT, tuple(_lines(page, height))))
    made.close()
    return tuple(found)


def _lines(page: Any, height: float) -> Iterator[Line]:
    text = page.get_textpage()
    letters = []
    for at in range(text.count_chars()):
        letter = chr(raw.FPDFText_GetUnicode(text.raw, at))
        x, y = ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetCharOrigin(text.raw, at, x, y)
        if not letter.isspace() and letter.isprintable():
            letters.append((round((height - y.value) / POINT, 1), x.value / POINT, at, letter))
    for top, row in groupby(sorted(letters), key=lambda one: one[0]):
        parts: list[list[tuple[float, float, int, str]]] = []
        for one in row:  # what stands far apart belongs to another block
            left = text.get_charbox(one[2], loose=True)[0]
            if not parts or left - text.get_charbox(parts[-1][-1][2], loose=True)[2] > 4 * POINT:
                parts.append([])
            parts[-1].append(one)
        for own in parts:
            first = own[0][2]
            memory, flags = ctypes.create_string_buffer(100), ctypes.c_int()
            raw.FPDFText_GetFontInfo(text.raw, first, memory, 100, flags)
            yield Line(
                "".join(one[3] for one in own), own[0][1],
                text.get_charbox(own[-1][2], loose=True)[2] / POINT, top,
                round(raw.FPDFText_GetFontSize(text.raw, first), 2), memory.value.decode(),
            )  # fmt: skip


def bare(text: str) -> str:
    return "".join(text.split())


def where(name: str, text: str, page: int = 1) -> Line:
    return next(n for n in pdf_pages(name)[page][2] if n.text.startswith(bare(text)[:15]))


def test_every_page_of_the_pdf_is_a4_within_its_margins() -> None:
    """Nothing but the page's number and the mark of invented data stands in a margin; numbers are
    Arabic, of 14, in the middle of the upper margin, none on the first page of letter or appendix;
    an appendix that shares its first page counts it."""
    brief = content("short").brief()
    for width, height, lines in pdf_pages("short"):
        assert sorted((round(width), round(height))) == [210, 297]
        top = [n for n in lines if n.top < 20]
        assert len(top) <= 1
        if min(lines[len(top) :], key=lambda n: n.top).text.startswith("Phụlục"):
            assert not top
        for number in top:
            assert number.text.isdecimal()
            assert number.size == 14
            middle = 30 + (width - 45) / 2
            assert (number.left + number.right) / 2 == pytest.approx(middle, abs=0.5)
        for line in lines:
            if line.text != bare(brief.illustrative):
                assert line.left >= 29.8, line
                assert line.right <= width - 14.8, line
                assert line.top <= height - 19.8, line
    numbers = [[n.text for n in lines if n.top < 20] for _, _, lines in pdf_pages("short")]
    assert numbers[0] == numbers[1] == []  # the summary, the letter
    assert numbers[2] == ["2"]


@pytest.mark.parametrize("name", LETTERS)
def test_blocks_of_the_letter_in_the_pdf(name: str) -> None:
    """The same sizes, weights and places as in the docx, measured on the page: heads on the left
    and right half, number and place at one height, from the heads down in order."""
    made = content(name)
    letter = made.letter
    superior, country = where(name, letter.superior), where(name, made.country)
    agency, motto = where(name, letter.agency), where(name, made.motto)
    number, place = where(name, "Số:"), where(name, "Thử, ngày")
    assert superior.top == country.top
    assert number.top == place.top
    assert max(superior.right, agency.right, number.right) <= 100 <= min(country.left, motto.left)
    assert [n.size for n in (superior, agency, country, motto, number, place)] == [
        12, 12, 12, 13, 13, 13,
    ]  # fmt: skip
    assert ["Bold" in n.font for n in (superior, agency, country, motto)] == [0, 1, 1, 1]
    assert "Italic" in place.font
    kind, subject = where(name, letter.kind), where(name, letter.subject)
    assert kind.size == subject.size == 14
    assert "Bold" in kind.font
    assert "Bold" in subject.font
    basis = where(name, letter.bases[0])
    assert (basis.size, "Italic" in basis.font) == (13, True)
    opening = where(name, letter.blocks[0].text)  # type: ignore[union-attr]
    assert opening.size == 13
    assert opening.left == pytest.approx(30 + 12.7, abs=0.3)
    order = [superior, agency, number, kind, subject, basis, opening]
    assert [n.top for n in order] == sorted(n.top for n in order)


def test_end_of_the_letter_in_the_pdf() -> None:
    """Recipients to the left and the post to the right at one height, with the closing words on
    the same page; the name below the post."""
    made = content("short")
    at = next(
        k for k, (_, _, lines) in enumerate(pdf_pages("short"))
        if any(n.text == "Nơinhận:" for n in lines)
    )  # fmt: skip
    words, post = where("short", "Nơi nhận:", at), where("short", made.letter.post, at)
    name = where("short", made.letter.name, at)
    assert words.top == pytest.approx(post.top, abs=1)
    assert (words.size, words.font.split("+")[-1]) == (12, "LiberationSerif-BoldItalic")
    assert post.size == name.size == 14
    assert "Bold" in post.font
    assert words.left == pytest.approx(30, abs=0.3)
    assert post.left > 105
    assert (post.left + post.right) / 2 == pytest.approx((name.left + name.right) / 2, abs=1)
    assert name.top > post.top + 20  # room for a signature and a seal
    assert where("short", made.letter.recipients[0], at).size == 11
    assert any(n.text.endswith("./.") for n in pdf_pages("short")[at][2])


def test_heads_of_appendices_in_the_pdf() -> None:
    """«Phụ lục I», its title, the letter it belongs to: 14 bold, 13 bold, 13 italic, one below the
    other without touching, in the middle of the text."""
    made = content("short").brief()
    for part_ in made.appendices:
        name = bare(f"Phụ lục {part_.number}")
        width, lines = next(
            (w, lines) for w, _, lines in pdf_pages("short")
            if any(n.text == name and n.size == 14 for n in lines)
        )  # fmt: skip
        at = next(k for k, n in enumerate(lines) if n.text == name)
        head, title = lines[at], lines[at + 1]
        reference = next(n for n in lines[at + 2 :] if n.text.startswith("(Kèmtheo"))
        assert bare(part_.title).startswith(title.text)
        assert (head.size, "Bold" in head.font) == (14, True)
        assert (title.size, "Bold" in title.font) == (13, True)
        assert (reference.size, "Italic" in reference.font) == (13, True)
        for one_ in (head, title):
            assert (one_.left + one_.right) / 2 == pytest.approx(30 + (width - 45) / 2, abs=1)
        assert title.top - head.top >= 4.5
        assert reference.top - title.top >= 4.5
