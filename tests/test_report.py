"""The papers: opened again, recomputed, the same bytes twice, and refused where they disagree."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from planner.errors import AuditError
from planner.present.check import (
    check_docx,
    check_pdf,
    check_sums,
    check_xlsx,
)
from planner.present.content_types import (
    Appendix,
    Column,
    Letter,
    Paragraph,
    ReportContent,
    Row,
    plain,
    roman,
    table,
)
from planner.present.docx_ import write_docx
from planner.present.pdf import write_pdf
from planner.present.procurement import dossier, method
from planner.present.xlsx_ import write_xlsx

HOSTILE = (
    '=HYPERLINK("http://x","y")', "<script>alert(1)</script>", "{{ 7*7 }} {% raw %}", "$x$ #eval",
    "a\x00\x1b[31mb\u202ec", "trường 🏫", "W" * 300,
)  # fmt: skip


def sample() -> ReportContent:
    """A small package whose texts are all hostile."""
    columns = [Column("name", "Tên", "text", 100), Column("amount", "Thành tiền", "money", 60)]
    rows = [Row("line", (text, 1_000_000 + k)) for k, text in enumerate(HOSTILE)]
    total = sum(1_000_000 + k for k in range(len(HOSTILE)))
    rows.append(Row("total", ("TỔNG", total), (), {"amount": (0, len(rows) - 1)}))
    part = table("sample", columns, rows, unit_line="Đơn vị tính: đồng")
    texts = tuple(plain(t) for t in HOSTILE)
    letter = Letter("", "PHÒNG", "Số: /TTr", "Hà Nội", "TỜ TRÌNH", texts[1], texts[:2], texts,
                    (Paragraph(texts[2]),), "TRƯỞNG PHÒNG", "", texts[:3])  # fmt: skip
    labels = {
        k: k
        for k in ("addressee", "recipients", "appendix", "search", "sort", "figures", "schools")
    }
    parts = tuple(Appendix(f"a{n}", roman(n), texts[0], (part,), n % 2 == 0) for n in (1, 2))
    return ReportContent("vi", "VND", texts[0], "", "dữ liệu minh họa", "CỘNG HÒA", "Độc lập",
                         "(Kèm theo)", letter, parts, labels)  # fmt: skip


WRITERS = {
    "docx": (write_docx, check_docx),
    "xlsx": (write_xlsx, check_xlsx),
    "pdf": (write_pdf, check_pdf),
}


@pytest.mark.parametrize("form", WRITERS)
def test_same_bytes_and_agreement(form: str, tmp_path: Path) -> None:
    """Hostile texts pass through every form unharmed, and two runs give the same bytes; a clock
    in a file, a formula from a text or a template tag in data would make this differ."""
    write, check = WRITERS[form]
    one, two = tmp_path / f"1.{form}", tmp_path / f"2.{form}"
    write(sample(), one)
    write(sample(), two)
    assert one.read_bytes() == two.read_bytes()
    check(one, sample())


@pytest.mark.parametrize("form", WRITERS)
def test_a_total_that_differs_is_refused(form: str, tmp_path: Path) -> None:
    """A file whose total is one đồng off is an error; a check by label only would pass it."""
    write, check = WRITERS[form]
    path = tmp_path / f"1.{form}"
    write(sample(), path)
    other = sample()
    part = next(other.appendices[1].tables())
    last = part.rows[-1]
    rows = (*part.rows[:-1], replace(last, cells=(last.cells[0], int(last.cells[1] or 0) + 1)))
    changed = replace(other.appendices[1], blocks=(replace(part, rows=rows),))
    other = replace(other, appendices=(other.appendices[0], changed))
    with pytest.raises(AuditError):
        check(path, other)
    with pytest.raises(AuditError):
        check_sums(other)


def test_workbook_text_is_no_formula(tmp_path: Path) -> None:
    """Only sums are formulas, with their values cached; «=HYPERLINK» stays a text."""
    import openpyxl

    path = tmp_path / "a.xlsx"
    write_xlsx(sample(), path)
    live = openpyxl.load_workbook(path)
    formulas = [c.value for s in live for r in s for c in r if c.data_type == "f"]
    assert len(formulas) == 2
    assert all(f.startswith("=SUBTOTAL(9,") for f in formulas)
    cached = [c.value for s in openpyxl.load_workbook(path, data_only=True) for r in s for c in r]
    assert cached.count(7_000_021) == 2


def test_document_has_a_section_an_appendix(tmp_path: Path) -> None:
    """Page numbers start again in every appendix and the head of a table is repeated."""
    path = tmp_path / "a.docx"
    write_docx(sample(), path)
    with zipfile.ZipFile(path) as archive:
        text = archive.read("word/document.xml").decode()
    assert text.count('<w:pgNumType w:start="1"/>') == 3
    assert text.count("<w:tblHeader/>") == 2


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
