"""Levels of detail: what brief papers leave out stands in the workbook, and every sum is the same
(the plan is that of ``report_plans``, known by heart)."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from report_plans import plan_folder, view
from test_report import pages
from test_report_content import rows, table

from planner.cli.commands import report as command
from planner.present.content import (
    NUMERIC,
    POINTS,
    Appendix,
    Column,
    Paragraph,
    ReportContent,
    Row,
    Table,
    fitted,
    fitted_all,
    font_size,
    lines_of,
    text_width,
)
from planner.present.papers.agreement import (
    check_content,
    check_docx,
    check_pdf,
    check_xlsx,
    tables,
)
from planner.present.papers.package import view_content, write_report
from planner.present.papers.procurement import quarters_of
from planner.present.papers.view import View
from planner.scenario.schema import Risk

EVERY_LINE = ("group.completed", "group.under_construction", "group.preparing", "group.none")


def test_a_group_by_item_and_by_school() -> None:
    """School a: four machines at 10,3 million, works of 5,1, a request of 7,07, together 53,37. A
    table that forgot works or requests would sum to less than the lines do."""
    content = view_content(view())
    found = rows(content, "group.completed.items", "name", "quantity", "schools", "y2023", "amount")
    assert found == [
        ("Máy tính", 4, 1, 41_200_000, 41_200_000),
        ("Lắp đặt, cải tạo ban đầu", None, 1, 5_100_000, 5_100_000),
        ("Đề nghị riêng của các trường", None, 1, 7_070_000, 7_070_000),
        ("TỔNG CỘNG NHÓM 1", None, 1, 53_370_000, 53_370_000),
    ]
    schools = rows(content, "group.completed.schools", "school", "amount", "unmet")
    assert schools == [("Trường A", 53_370_000, 0), ("TỔNG CỘNG", 53_370_000, 0)]


@pytest.mark.parametrize("owner", ["", "ward-2"])
def test_sums_are_the_same_on_every_level(owner: str) -> None:
    """By item, by school and line by line a group costs the same đồng; its pupil-years are those of
    appendix V. The letter is the same in brief papers and in full ones."""
    content = view_content(view(owner=owner))
    brief = content.brief()
    assert brief.letter == content.letter
    keys = {t.key for t in tables(content)}
    people = dict(rows(content, "coverage.group", "name", "people"))
    for key in keys & set(EVERY_LINE):
        sums = {rows(content, k, "amount")[-1] for k in (key, f"{key}.items", f"{key}.schools")}
        assert len(sums) == 1
        assert key not in {t.key for t in tables(brief)}
        if key in EVERY_LINE[:2]:
            words = content_group(key)
            (said,) = rows(content, f"{key}.schools", "people")[-1]
            assert said == pytest.approx(float(str(people[words])), abs=1e-9)


def content_group(key: str) -> str:
    """A group's name in appendix V."""
    return view().label("group", key.removeprefix("group."))


def test_what_is_left_out_is_named_with_its_sheet(tmp_path: Path) -> None:
    """Each list that brief papers lack stands, with as many rows, on the sheet that they name; a
    name of a sheet that is not there would send the reader nowhere."""
    made = view_content(view())
    paths = write_report(view(), tmp_path, ["docx", "xlsx", "pdf"])
    assert [p.suffix for p in paths] == [".docx", ".xlsx", ".pdf"]
    check_docx(paths[0], made.brief())
    check_xlsx(paths[1], made)
    check_pdf(paths[2], made.brief())
    book = openpyxl.load_workbook(paths[1])
    notes = [p.text for p in paragraphs(made.brief()) if "Không in ở đây" in p.text]
    assert len(notes) == 6  # I, II, III, VII, VIII, IX: nothing is unmet, nothing falls out
    for part in made.appendices:
        if any(b.full for b in part.blocks):
            name = made.sheet_name(part, listed=True)
            assert name in book.sheetnames
            assert any(f"«{name}»" in text for text in notes)
    assert "Từng trường, từng dòng (3 dòng)" in notes[0]
    cells = [c.value for row in book["Phụ lục I chi tiết"] for c in row]
    assert "Đề nghị của trường: Phòng ghi hình" in cells


def paragraphs(content: ReportContent) -> list[Paragraph]:
    return [b for a in content.appendices for b in a.blocks if isinstance(b, Paragraph)]


def test_full_papers_hold_every_line(tmp_path: Path) -> None:
    """``--detail full`` prints the specification of each line, brief papers do not; brief ones let
    appendices share pages, full ones begin each on its own."""
    stem = "to-trinh"
    for detail in ("brief", "full"):
        asked = [str(plan_folder().path), "--out", str(tmp_path / detail), "--detail", detail]
        done = CliRunner().invoke(command, [*asked, "--format", "docx,pdf"])
        assert done.exit_code == 0, done.output
    texts = {d: pages(tmp_path / d / f"{stem}.pdf") for d in ("brief", "full")}
    assert "Đề nghị của trường: Phòng ghi hình" in "".join(texts["full"])
    begun = {d: re.findall(r"^Phụ lục [IVX]+\r$", "\n".join(texts[d]), re.M) for d in texts}
    tops = {d: [t for t in texts[d] if re.match(r"(\d+\s+)?Phụ lục [IVX]+\r", t)] for d in texts}
    assert len(begun["brief"]) == len(begun["full"]) == len(tops["full"]) == 9
    assert len(tops["brief"]) < 9
    # no number on the first page of an appendix, as Nghị định 30/2020 has it
    assert not any(t[0].isdigit() for t in (*tops["brief"], *tops["full"]))
    assert len(texts["brief"]) < len(texts["full"])
    for detail, joined in (("brief", True), ("full", False)):
        with zipfile.ZipFile(tmp_path / detail / f"{stem}.docx") as archive:
            text = archive.read("word/document.xml").decode()
        assert ('w:val="continuous"' in text) == joined


def test_an_unknown_level_is_refused(tmp_path: Path) -> None:
    import planner

    with pytest.raises(ValueError, match="brief or full"):
        planner.report(plan_folder(), tmp_path / "out", detail="long")  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_no_table_is_wider_than_its_page() -> None:
    """Columns that are left out give their room to the others; no figure and no word of a head is
    broken, however little is left for words."""
    made = view_content(view())
    for part in (*made.appendices, *made.brief().appendices):
        for block in part.tables():
            assert sum(c.width for c in block.columns) == pytest.approx(part.room)
            size = font_size(block, made, POINTS)
            for at, column in enumerate(block.columns):
                words = column.head.split()
                if column.kind in NUMERIC:
                    words += [made.text(r.cells[at], column.kind) for r in block.rows]
                widest = max(text_width(w, size, w in column.head) for w in words)
                assert widest <= column.width - 2.8, (block.key, column.key)
    assert table(view_content(view()), "packages").columns


def test_widths_follow_what_a_table_says() -> None:
    """By hand, at 9,5 points (an em is 3,351 mm): 1.000.000 takes seven half ems and two quarters,
    4 ems or 13,40 mm, and 3,2 mm of sides. Of two columns of words too long for the page the one
    with more to say gets more; three short columns lie upright, twelve of figures across."""
    assert text_width("1.000.000", POINTS) == pytest.approx(4 * 9.5 * 25.4 / 72)
    assert lines_of("aaaa aaaa aaaa", 10, text_width("aaaa aaaa", 10) + 0.1) == 2
    columns = [Column("a", "A"), Column("b", "B"), Column("n", "N", "money")]
    row = Row("line", ("một câu rất dài " * 20, "một câu vừa vừa " * 8, 1_000_000))
    part = fitted(Appendix("k", "I", "T", (Table("t", tuple(columns), (row, row)),)), "vi", "VND")
    words, less, figures = (c.width for c in next(part.tables()).columns)
    assert words > less + 20
    assert figures == pytest.approx(13.40 + 3.2, abs=0.05)
    few = Appendix("k", "I", "T", (Table("t", tuple(columns), (Row("line", ("x", "y", 1)),)),))
    assert not fitted(few, "vi", "VND").landscape
    wide = [Column(f"n{k}", "N", "money") for k in range(12)]
    many = Appendix("k", "I", "T", (Table("t", tuple(wide), (Row("line", (10**6,) * 12),)),))
    assert fitted(many, "vi", "VND").landscape
    bare = Appendix("k", "II", "T", (Paragraph("Không có."),), landscape=False)
    assert [p.landscape for p in fitted_all((many, bare, few), "vi", "VND")] == [True, True, False]


def test_quarters_operation_and_risks() -> None:
    """84,17 million of 2023 in quarters of 10, 25, 30 and 35%: 8,417; 21,0425; 25,251; 29,4595.
    Upkeep: 12,36 million within the plan and as much after it. What nobody verified says so
    once."""
    made = plan_folder()
    more = {
        "quarters": tuple(map(Decimal, ("0.10", "0.25", "0.30", "0.35"))),
        "operation": "Trường vận hành",
        "risks": [Risk(text="Giá tăng", answer="Chọn mẫu khác"), Risk(text="Chậm bàn giao")],
    }
    proposal = made.scenario.settings.proposal.model_copy(update=more)
    settings = made.scenario.settings.model_copy(update={"proposal": proposal})
    seen = View(replace(made, scenario=replace(made.scenario, settings=settings)))
    content = view_content(seen)
    check_content(content)
    keys = ("fund_year", "q1", "q2", "q3", "q4", "spent")
    assert rows(content, "money.quarters", *keys)[1] == (
        "2023", 8_417_000, 21_042_500, 25_251_000, 29_459_500, 84_170_000,
    )  # fmt: skip
    assert rows(content, "money.quarters", "spent")[-1] == (158_330_000,)
    found = rows(content, "money.operation", "item", "payer", "in_plan", "after_plan")
    assert found[0] == ("Máy tính", "rec", 12_360_000, 12_360_000)
    assert rows(content, "assume.risks", "risk") == [("Giá tăng",), ("Chậm bàn giao",)]
    said = [p.text for p in paragraphs(content.brief())]
    assert "Đơn vị vận hành theo kịch bản: Trường vận hành." in said
    assert "Đối chiếu: chưa đối chiếu (mọi dòng)." in said


@pytest.mark.parametrize("amount", [0, 1, 2, 3, 10, 999_999_999_999])
def test_quarters_sum_to_the_amount(amount: int) -> None:
    """However small the amount: parts rounded one by one would lose or make a đồng."""
    parts = quarters_of(amount, [Decimal("0.1"), Decimal("0.25"), Decimal("0.3"), Decimal("0.35")])
    assert sum(parts) == amount
    assert min(parts) >= 0
