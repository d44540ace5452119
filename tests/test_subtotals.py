"""Rows that sum up or head others are no schools; columns that a user names, or that vanish."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from scenario_samples import FILES, write_files
from scenario_workbooks import sample_sheets, write_book

from planner.cli.commands import new
from planner.messages import render
from planner.scenario.load import inspect, load
from planner.scenario.new.synthetic import synthetic
from planner.scenario.reading.body import heading_counters, is_total, like_total
from planner.scenario.write import write


def _new(tmp_path: Path, text: str, *options: str) -> tuple[Result, Path]:
    source = tmp_path / "list.csv"
    source.write_text(text, encoding="utf-8")
    folder = tmp_path / "s"
    arguments = [str(folder), "--from", str(source), "--lang", "en", *options]
    return CliRunner().invoke(new, arguments), folder


HEAD = "TT,Tên trường,Số học sinh,Số lớp,Số giáo viên\n"
ONE, TWO, THREE = (
    "1,Trường Tiểu học Một,420,14,20\n",
    "2,Trường Tiểu học Hai,310,10,15\n",
    "3,Trường THCS Ba,610,16,34\n",
)
LISTS = {
    "roman": "I,Khối tiểu học,730,24,35\n" + ONE + TWO + "II,Khối THCS,610,16,34\n" + THREE,
    "roman with other figures": "I,Khối tiểu học,731,25,36\n"
    + ONE + TWO + "II,Khối THCS,610,16,34\n" + THREE,
    "letters": "A,Tiểu học,730,24,35\n" + ONE + TWO + "B,THCS,610,16,34\n" + THREE,
    "numbers of numbers": "1,Tiểu học,730,24,35\n" + ONE.replace("1,", "1.1,", 1)
    + TWO.replace("2,", "1.2,", 1) + "2,THCS,610,16,34\n" + THREE.replace("3,", "2.1,", 1),
    "roman in the name": ",I. Mầm non và tiểu học,730,24,35\n" + ONE + TWO
    + ",II. THCS,610,16,34\n" + THREE,
    "words and sums": ",Khối tiểu học,730,24,35\n" + ONE + TWO + ",Khối THCS,610,16,34\n" + THREE,
    "total of totals": ONE + TWO + ",Cộng khối tiểu học,730,24,35\n" + THREE
    + ",Cộng khối THCS,610,16,34\n,Tổng cộng (I+II),1.340,40,69\n",
    "total with other figures": ONE + TWO + THREE + ",Tổng số toàn phường,1.300,40,69\n",
    "total at the top": ",TỔNG CỘNG:,1340,40,69\n" + ONE + TWO + THREE,
    "English": ONE + TWO + "3,Ward 1 subtotal,730,24,35\n" + THREE
    + "5,Ward 2 sub-total,610,16,34\n6,Grand total (all wards),1340,40,69\n",
    "ends": ONE + TWO + THREE + ",Ward 1 Total,1340,40,69\n",
    "colon": ONE + TWO + THREE + ",Total: 3 schools,1340,40,69\n",
    "no words": ",Phía bắc,730,24,35\n" + ONE + TWO + ",Phía nam,610,16,34\n" + THREE
    + ",Ba Đình,1340,40,69\n",
    "no words, all counted": "1,Ba Đình,1340,40,69\n2,Phía bắc,730,24,35\n"
    + ONE + TWO + THREE,
    "counted otherwise": ONE + TWO + THREE + ",Bình quân,447,13,23\n,Trong đó: nữ,600,20,30\n",
    "in the counter": ONE + TWO + THREE + "Tổng cộng (3 trường),,1340,40,69\n",
    "sum of all": ONE + TWO + THREE + ",Toàn quận,1340,40,69\n",
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_subtotals_become_no_schools(name: str, tmp_path: Path) -> None:
    """Proves three schools stay three, whatever the rows that sum them are called, and that every
    row left out is said; a reader that takes them has 6 schools and 4,020 pupils of 1,340."""
    made, folder = _new(tmp_path, HEAD + LISTS[name], "--value", "level=primary")
    assert made.exit_code == 0, made.output
    schools = load(folder).schools
    assert schools["name"].tolist() == [
        "Trường Tiểu học Một",
        "Trường Tiểu học Hai",
        "Trường THCS Ba",
    ]
    assert schools["pupils"].sum() == 1340
    rows = LISTS[name].count("\n") - 3
    assert made.stderr.count("was left out") == rows


def test_a_workbook_with_a_subtotal_a_ward(tmp_path: Path) -> None:
    """Proves subtotals as Excel's own command writes them («Phường A Total» in the column of the
    wards) are left out in a workbook too."""
    book = openpyxl.Workbook()
    for row in (
        ["Phường", "Tên trường", "Số lớp", "Số học sinh", "Số giáo viên"],
        ["Phường A", "Trường Tiểu học Một", 14, 420, 20],
        ["Phường A", "Trường Tiểu học Hai", 10, 310, 15],
        ["Phường A Total", None, 24, 730, 35],
        ["Phường B", "Trường THCS Ba", 16, 610, 34],
        ["Phường B Total", None, 16, 610, 34],
        ["Grand Total", None, 40, 1340, 69],
    ):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    folder = tmp_path / "s"
    made = CliRunner().invoke(new, [str(folder), "--from", str(tmp_path / "a.xlsx")])
    assert made.exit_code == 0, made.output
    assert load(folder).schools["pupils"].tolist() == [420, 310, 610]


def test_schools_that_happen_to_be_sums_stay(tmp_path: Path) -> None:
    """Proves a school with an id of its own is kept though its figures are the sum of two others,
    and that this is asked about; and that equal schools are no subtotals."""
    text = (
        "Mã trường,Tên trường,Cấp học,Số học sinh,Số lớp,Số giáo viên\n"
        "a,Trường Một,Tiểu học,420,14,20\nb,Trường Hai,Tiểu học,310,10,15\n"
        "c,Trường Ba,THCS,730,24,35\nd,Trường Bốn,THCS,500,12,30\ne,Trường Năm,THCS,500,12,30\n"
    )
    made, folder = _new(tmp_path, text)
    assert made.exit_code == 0, made.output
    assert load(folder).schools["school"].tolist() == ["a", "b", "c", "d", "e"]
    assert "«Trường Ba» is exactly the sum of row(s) 2–3" in made.stderr
    _, findings, _ = inspect(folder)
    assert [f.code for f in findings] == ["row_may_be_sum"]


@pytest.mark.parametrize("text", ["Ward A,730\n{}Ward B,900\n{}", "{0}{1}District,1630\n"])
def test_one_column_of_figures_is_enough_for_a_whole_table(text: str, tmp_path: Path) -> None:
    """Proves subtotals of pupils alone are known where they account for every row."""
    schools = ("North,420\nSouth,310\n", "East,610\nWest,290\n")
    made, folder = _new(
        tmp_path,
        "School name,Pupils\n" + text.format(*schools),
        *(o for f in ("level=primary", "classes=1", "teachers=1") for o in ("--value", f)),
    )
    assert made.exit_code == 0, made.output
    assert load(folder).schools["pupils"].tolist() == [420, 310, 610, 290]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("x1,Khối tiểu học,primary,none,200,6,7", "row_is_sum"),
        ("x1,Phường A subtotal,primary,none,9,9,9", "row_is_total"),
        ("tong,Tổng cộng (I+II),primary,none,9,9,9", "row_is_total"),
        (",Cộng phường A,,,200,6,7", "row_is_total"),
        (",I. Khối tiểu học,primary,none,9,9,9", "row_is_heading"),
        ("x1,Toàn quận,primary,none,200,6,7", "row_is_total"),
        ("x1,Trường tổng hợp,primary,none,9,9,9", ""),
        ("x1,Trung tâm học tập cộng đồng,primary,none,9,9,9", ""),
    ],
)
def test_check_refuses_totals_among_schools(row: str, code: str, tmp_path: Path) -> None:
    """Proves `check` refuses what `new` leaves out, and keeps schools whose names only hold such
    a word."""
    files = {
        "base.yaml": "schema: 1\ntitle: T\nyears: [2026, 2027]\ndata: {schools: s.csv}\n"
        "funds: {f: {amounts: {2026: 1}}}\n",
        "s.csv": "school,name,level,group,pupils,classes,teachers\na,Một,primary,none,120,4,4\n"
        f"b,Hai,primary,none,80,2,3\n{row}\n",
    }
    scenario, findings, _ = inspect(write_files(tmp_path, files) / "base.yaml")
    assert [f.code for f in findings] == ([code] if code else []), [
        render(f, "en") for f in findings
    ]
    assert (scenario is None) == bool(code)


def test_complete_rows_with_ids_of_their_own_are_schools(tmp_path: Path) -> None:
    """Proves a sound table is not refused for what a word, a counter or equal figures may mean
    elsewhere: an id or an owner «TC», names that begin with «Ward», «All» or a roman letter, two
    schools of the same size, an attribute that one of them lacks. A reader that takes any of
    these for a total or a heading loses a school."""
    files = {
        "base.yaml": "schema: 1\ntitle: T\nyears: [2026, 2027]\ndata: {schools: s.csv}\n"
        "funds: {f: {amounts: {2026: 1}}}\n",
        "s.csv": "STT,school,name,level,group,pupils,classes,teachers,owner,zone\n"
        "1,TC,Thành Công,primary,none,120,4,4,tc,x\n"
        "1.1,b,Ward School 1,primary,none,80,2,3,p,x\n"
        "A,c,Hai,primary,none,80,2,3,p,x\n"
        "2,d,V.I. Lenin School,primary,none,90,3,5,p,x\n"
        "3,e,Ba,primary,none,60,2,2,,\n"
        "I,f,All Saints School,primary,none,60,2,2,p,x\n",
    }
    scenario, findings, _ = inspect(write_files(tmp_path, files) / "base.yaml")
    assert scenario is not None, [render(f, "en") for f in findings]
    assert scenario.schools["school"].tolist() == ["TC", "b", "c", "d", "e", "f"]


@pytest.mark.parametrize("seed", range(4))
def test_schools_of_one_size_are_no_sums(seed: int, tmp_path: Path) -> None:
    """Proves invented data loads whatever figures schools share: all the same, or few sizes."""
    made = synthetic(2 + 16 * seed, seed)
    schools = made.schools.copy()
    for place, column in enumerate(("pupils", "classes", "teachers")):
        schools[column] = [10 * (place + 1) * (1 + k % (seed + 1)) for k in range(len(schools))]
    write(replace(made, tables={**made.tables, "schools": schools}), tmp_path)
    assert load(tmp_path).schools["pupils"].tolist() == schools["pupils"].tolist()


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        ("A2,Subtotal Hill,primary,209,9,14", True),
        ("A2,Subtotal Hill,primary,462,18,29", False),  # the sum of the two above
        (",Subtotal Hill,primary,209,9,14", False),  # no id
        ("A2,Subtotal of the hill,primary,209,9,14", False),
        ("A2,Subtotal primary,primary,209,9,14", False),
    ],
)
def test_a_school_that_is_called_like_a_total(row: str, kept: bool, tmp_path: Path) -> None:
    """Proves a row with an id and figures of its own is a school whatever its name begins with,
    asked about; that what sums others, or lacks an id, is none; and only one of both is said."""
    text = (
        "School code,School name,Level,Pupils,Classes,Teachers\nA1,Ash Primary,primary,312,12,20\n"
        f"A3,Birch Primary,primary,150,6,9\n{row}\nA4,Cedar Primary,primary,100,5,9\n"
    )
    made, folder = _new(tmp_path, text)
    assert made.exit_code == 0, made.output
    names = load(folder).schools["name"].tolist()
    assert any(n.startswith("Subtotal") for n in names) == kept
    assert len(names) == 3 + kept


def test_words_of_totals() -> None:
    """Proves which words are a total, with accents or without, and which only look so."""
    for text in (
        *("Tổng cộng (I+II)", "TỔNG SỐ", "Cộng khối THCS", "Cong phuong A", "Total ward 1"),
        *("Ward 1 subtotal", "Sub-total: primary", "Grand Total", "Tổng: 12 trường", "Cộng (A+B)"),
        *("Bình quân", "Trong đó: công lập", "Average", "Of which public"),
        *("Toàn quận", "Tổng phường Ngọc Hà", "Totals", "Primary total", "Total (3 schools)"),
    ):
        assert is_total(text) or like_total(text), text
    for text in (
        *("Tổng đài IP", "Trung tâm cộng đồng", "Total Security", "Trường Tổng Văn Trân"),
        *("total-budget", "Trường Trung Bình", "Mean Street School"),
        *("Summit School", "Cộng Hòa", "Trường THCS Toàn Thắng", "Totem Primary"),
    ):
        assert not is_total(text), text
        assert not like_total(text), text


def test_counters_that_head() -> None:
    """Proves roman and lettered counters head only where plain ones stand beside them."""
    assert heading_counters(["I", "1", "2", "II", "3"]) == {"I", "II"}
    assert heading_counters(["A", "I", "1", "II", "2", "B"]) == {"A", "B", "I", "II"}
    assert heading_counters(["1", "1.1", "1.2", "2", "2.1"]) == {"1", "2"}
    assert heading_counters(["I", "II", "III"]) == set()
    assert heading_counters(["1", "2", "3"]) == set()
    assert heading_counters(["A", "I", "II", "B"]) == {"A", "B"}


def test_an_item_that_reads_like_a_total_is_asked_about(tmp_path: Path) -> None:
    """Proves a complete row of another table is kept and asked about, and one without an id is
    refused."""
    lines = FILES["catalogue.csv"].splitlines()
    head = lines[0].split(";")
    row = dict(zip(head, lines[1].split(";"), strict=False))
    row |= {"item": "av", "name": "Kaspersky Total"}
    kept = ";".join(row.get(h, "") for h in head)
    files = {**FILES, "catalogue.csv": "\n".join([*lines, kept])}
    scenario, findings, _ = inspect(write_files(tmp_path / "a", files) / "base.yaml")
    assert scenario is not None
    assert [f.code for f in findings] == ["row_like_total"]
    row |= {"item": "", "name": "Cộng phần mềm"}
    refused = ";".join(row.get(h, "") for h in head)
    files = {**FILES, "catalogue.csv": "\n".join([*lines, refused])}
    _, findings, _ = inspect(write_files(tmp_path / "b", files) / "base.yaml")
    assert [f.code for f in findings] == ["row_is_total"]


TWICE = (
    "School code,School name,Level,Group,Total students,Enrollment,Classes,Teachers\n"
    "A1,North,primary,none,0,420,14,20\nA2,South,primary,none,0,310,10,15\n"
)


def test_two_synonyms_are_a_question_and_the_named_one_wins(tmp_path: Path) -> None:
    """Proves neither column is picked by its place: unnamed, both are said with the option that
    chooses; named, it holds whatever stands to its left, and the other stays as an attribute.
    A reader that takes the leftmost plans for 0 pupils in place of 730."""
    made, folder = _new(tmp_path, TWICE)
    assert made.exit_code == 3
    assert '--column "pupils=Enrollment"' in made.stderr
    assert not folder.exists()
    made, folder = _new(tmp_path, TWICE, "--column", "pupils=Enrollment")
    assert made.exit_code == 0, made.output
    schools = load(folder).schools
    assert schools["pupils"].tolist() == [420, 310]
    assert schools["other Total students"].tolist() == ["0", "0"]
    assert "«Total students» is kept as the attribute «other Total students»" in made.stderr


@pytest.mark.parametrize(("header", "pupils"), [("Total students", 0), ("enrollment", 730)])
def test_either_can_be_named(header: str, pupils: int, tmp_path: Path) -> None:
    """Proves the choice is the user's in both directions, whatever the case it is typed in."""
    made, folder = _new(tmp_path, TWICE, "--column", f"pupils={header}")
    assert made.exit_code == 0, made.output
    assert load(folder).schools["pupils"].sum() == pupils


def test_one_value_for_all_is_a_choice_too(tmp_path: Path) -> None:
    """Proves `--value pupils=5` answers the question which column holds them."""
    made, folder = _new(tmp_path, TWICE, "--value", "pupils=5")
    assert made.exit_code == 0, made.output
    assert load(folder).schools["pupils"].tolist() == [5, 5]


def test_a_field_can_be_named_where_the_header_is_unknown_else(tmp_path: Path) -> None:
    """Proves `--column` counts too where nothing else of the header is known."""
    text = "Bezeichnung,Kinder,Gruppen,Kräfte\nNord,42,3,4\nSüd,31,2,3\n"
    named = ("name=Bezeichnung", "pupils=Kinder", "classes=Gruppen", "teachers=Kräfte")
    options = [o for n in named for o in ("--column", n)]
    made, folder = _new(tmp_path, text, *options, "--value", "level=primary")
    assert made.exit_code == 0, made.output
    assert load(folder).schools["pupils"].tolist() == [42, 31]


def test_one_column_named_for_two_fields_is_a_finding(tmp_path: Path) -> None:
    """Proves one of two wishes is not dropped in silence."""
    made, _ = _new(
        tmp_path, TWICE, "--column", "pupils=Enrollment", "--column", "teachers=Enrollment"
    )
    assert made.exit_code == 3
    assert "is named for several fields (pupils, teachers)" in made.stderr


def test_no_column_of_the_raw_file_vanishes(tmp_path: Path) -> None:
    """Proves every column is carried over or said: attributes, counters, reserved names, empty
    ones, cells without a header; and two attributes of one name are a finding."""
    text = (
        "STT,School code,School name,Level,Group,Pupils,Classes,Teachers,year,Blank,County\n"
        "1,A1,North,primary,none,420,14,20,2023,,Kent,stray\n"
    )
    made, folder = _new(tmp_path, text)
    assert made.exit_code == 0, made.output
    schools = load(folder).schools
    assert schools[["other year", "County"]].to_numpy().tolist() == [["2023", "Kent"]]
    for said in ("«STT»", "«Blank»", "«year»", "«stray» stands in a column without a header"):
        assert said in made.output + made.stderr, said
    (tmp_path / "other").mkdir()
    twice = text.replace("Blank", "County").replace("2023,,", "2023,x,")
    made, _ = _new(tmp_path / "other", twice)
    assert made.exit_code == 3
    assert "the column «County» stands twice" in made.stderr


def test_check_says_an_attribute_that_stands_twice(tmp_path: Path) -> None:
    """Proves the second of two columns of one name is not dropped: a selection by it would mean
    the first."""
    files = {
        "base.yaml": "schema: 1\ntitle: T\nyears: [2026, 2027]\ndata: {schools: s.csv}\n"
        "funds: {f: {amounts: {2026: 1}}}\n",
        "s.csv": "school,name,level,group,pupils,classes,teachers,zone,zone\n"
        "a,Một,primary,none,120,4,4,x,y\n",
    }
    _, findings, _ = inspect(write_files(tmp_path, files) / "base.yaml")
    assert [(f.code, f.params["name"]) for f in findings] == [("column_twice", "zone")]


def test_words_merged_over_rows_are_filled_and_figures_are_a_finding(tmp_path: Path) -> None:
    """Proves a ward merged over two schools is the ward of both, and said; a figure merged over
    two schools is nobody's: filled, the pupils would count twice."""
    book = openpyxl.Workbook()
    head = ["Tên trường", "Cấp học", "Số lớp", "Số học sinh", "Số giáo viên", "Chủ ngân sách"]
    for row in (head, ["A", "THCS", 1, 30, 2, "p1"], ["B", "THCS", 1, 31, 2, None]):
        book.active.append(row)
    book.active.merge_cells("F2:F3")
    book.save(tmp_path / "a.xlsx")
    asked = ["--from", str(tmp_path / "a.xlsx"), "--lang", "en"]
    made = CliRunner().invoke(new, [str(tmp_path / "s"), *asked])
    assert made.exit_code == 0, made.output
    assert "1 merged cell was filled over its rows" in made.stdout
    assert load(tmp_path / "s").schools["owner"].tolist() == ["p1", "p1"]
    book.active.merge_cells("D2:D3")
    book.save(tmp_path / "a.xlsx")
    made = CliRunner().invoke(new, [str(tmp_path / "t"), *asked])
    assert made.exit_code == 3
    assert "the cell «30» is merged over rows 2–3" in made.stderr


def test_ids_count_where_names_stand_before_them(tmp_path: Path) -> None:
    """Proves «Trường | Mã trường» are a name and an id whichever comes first, in schools and in
    stock, and need no question."""
    text = "Trường,Mã trường,Cấp học,Số học sinh,Số lớp,Số giáo viên\nTHCS Ba,c3,THCS,610,16,34\n"
    made, folder = _new(tmp_path, text)
    assert made.exit_code == 0, made.output
    assert load(folder).schools[["school", "name"]].to_numpy().tolist() == [["c3", "THCS Ba"]]
    stock = "Trường,Mã trường,item,quantity,acquired\nTrường A,0071,pc,10,2020\n"
    files = {**FILES, "inventory.csv": stock}
    scenario, findings, _ = inspect(write_files(tmp_path / "b", files) / "base.yaml")
    assert findings == []
    assert scenario is not None
    assert scenario.table("inventory")["school"].tolist() == ["0071"]


def test_a_name_beside_another_schools_id_is_asked_about(tmp_path: Path) -> None:
    """Proves the id that counts does not hide that the row names another school: ten computers
    would stand in the wrong one."""
    stock = "Mã trường,Tên trường,item,quantity,acquired\n0071,Trường B,pc,10,2020\n"
    files = {**FILES, "inventory.csv": stock}
    _, findings, _ = inspect(write_files(tmp_path, files) / "base.yaml")
    assert [render(f, "en") for f in findings] == [
        "inventory.csv:2:Tên trường: «Trường B» is the name of b, but this row has the id 0071, "
        "which counts; mend the name or the id"
    ]


def test_percents_beside_plain_numbers_are_asked_about(tmp_path: Path) -> None:
    """Proves «85%» (0.85) and 90 in one column of measured values are not taken side by side in
    silence."""
    files = {
        "base.yaml": "schema: 1\ntitle: T\nyears: [2026, 2027]\ndata: {schools: s.csv, "
        "indicators: i.csv}\nfunds: {f: {amounts: {2026: 1}}}\n",
        "s.csv": "school,name,level,group,pupils,classes,teachers\na,Một,primary,none,120,4,4\n"
        "b,Hai,primary,none,100,3,4\n",
        "i.csv": "school,criterion,year,value\na,k,2025,85%\nb,k,2025,90\n",
    }
    _, findings, _ = inspect(write_files(tmp_path, files) / "base.yaml")
    assert "percent_beside_numbers" in [f.code for f in findings]


def test_a_date_in_a_column_of_ids_is_asked_about(tmp_path: Path) -> None:
    """Proves an id that a spreadsheet turned into a date is said, in `new` and in `check`."""
    book = openpyxl.Workbook()
    for row in (
        ["Mã trường", "Tên trường", "Cấp học", "Số lớp", "Số học sinh", "Số giáo viên"],
        [datetime.date(2026, 5, 3), "Trường Một", "THCS", 1, 30, 2],
        ["3-6", "Trường Hai", "THCS", 1, 31, 2],
    ):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    arguments = [str(tmp_path / "s"), "--from", str(tmp_path / "a.xlsx"), "--lang", "en"]
    made = CliRunner().invoke(new, arguments)
    assert made.exit_code == 0, made.output
    assert "the id in this cell is a date (2026-05-03)" in made.stderr
    sheets = sample_sheets()
    whole = openpyxl.load_workbook(write_book(tmp_path / "b.xlsx", sheets))
    column = sheets["schools"][0].index("school") + 1
    whole["schools"].cell(2, column).value = datetime.date(2026, 5, 3)
    whole.save(tmp_path / "b.xlsx")
    _, findings, _ = inspect(tmp_path / "b.xlsx")
    assert "date_for_id" in [f.code for f in findings]


EQUAL = (
    "school,name,level,group,pupils,classes,teachers\n"
    "a,Trường Tổng hợp,primary,none,100,4,5\nb,Quận 1 Primary,primary,none,100,4,5\n"
    "c,THCS Cộng Hòa,primary,none,100,4,5\nd,Total Learning Academy,primary,none,200,8,10\n"
)


def test_a_school_named_after_its_place_is_no_subtotal(tmp_path: Path) -> None:
    """Proves equal figures, or a sum by chance, do not make «Quận 1 Primary» or «Total Learning
    Academy» a heading: words of a place beside those of a school are asked about, not refused."""
    files = {
        "base.yaml": "schema: 1\ntitle: T\nyears: [2026, 2027]\ndata: {schools: s.csv}\n"
        "funds: {f: {amounts: {2026: 1}}}\n",
        "s.csv": EQUAL,
    }
    scenario, findings, _ = inspect(write_files(tmp_path, files) / "base.yaml")
    assert scenario is not None, [render(f, "en") for f in findings]
    assert len(scenario.schools) == 4
    assert {f.code for f in findings} <= {"row_may_be_sum"}
    made, folder = _new(tmp_path, EQUAL)
    assert made.exit_code == 0, made.output
    assert load(folder).schools["pupils"].tolist() == [100, 100, 100, 200]


def test_rows_with_a_number_each_are_asked_about(tmp_path: Path) -> None:
    """Proves a list counted 1, 2, 3, 4 keeps two schools that happen to sum up the others; what
    takes every sum for a subtotal loses half of the schools."""
    text = (
        "STT,Tên trường,Cấp học,Số học sinh,Số lớp,Số giáo viên\n1,Trường A,Tiểu học,100,4,5\n"
        "2,Trường B,Tiểu học,100,4,5\n3,Trường C,Tiểu học,200,8,10\n4,Trường D,Tiểu học,200,8,10\n"
    )
    made, folder = _new(tmp_path, text)
    assert made.exit_code == 0, made.output
    assert load(folder).schools["pupils"].tolist() == [100, 100, 200, 200]
    assert "is exactly the sum of row(s) 2–3" in made.stderr


@pytest.mark.parametrize("words", ["Bình quân/trường", "Tỷ lệ %", "Tỷ lệ (%)", "Trung bình: 3"])
def test_means_and_shares_below_a_list_are_no_schools(words: str, tmp_path: Path) -> None:
    """Proves the row of means or shares below a list is left out and said."""
    text = f"{EQUAL},{words},,,100,100,100\n"
    made, folder = _new(tmp_path, text)
    assert made.exit_code == 0, made.output
    assert len(load(folder).schools) == 4
    assert f"«{words}» is no data and was left out" in made.stderr
