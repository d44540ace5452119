"""What `planner new --from` asks, and how it is answered: options, the mapping, the terminal."""

from __future__ import annotations

import csv
import io
import re
import shlex
from decimal import Decimal
from pathlib import Path
from random import Random

import openpyxl
import pytest
from office_texts import (
    PLAN,
    REGISTER,
    SCHOOLS,
    csv_files,
    from_files,
    stock_of,
)

from planner.messages import render, sentences
from planner.scenario.load import load
from planner.scenario.new import adopt, grids, words
from planner.scenario.new.mapping import Inquiry, Stated


def test_which_of_two_sheets_is_meant_can_be_said(tmp_path: Path) -> None:
    """Proves two years of one list are asked about with an option that works, and that a hidden
    working copy is not taken, said."""
    book = openpyxl.Workbook()
    for number, title in enumerate(("2024", "2025")):
        sheet = book.create_sheet(title)
        for line in SCHOOLS.replace("400", str(400 + number)).splitlines():
            sheet.append([int(c) if c.isdigit() else c for c in line.split(",")])
    book.save(tmp_path / "lists.xlsx")
    asked = from_files(tmp_path / "s", "--from", str(tmp_path / "lists.xlsx"))
    assert asked.exit_code == 3
    option = re.search(r"choose one by (--sheet \"[^\"]*\")", asked.stderr)
    assert option is not None
    for chosen, pupils in (([*shlex.split(option[1])], 400), (["--sheet", "2025"], 401)):
        folder = tmp_path / f"s{pupils}"
        made = from_files(folder, "--from", str(tmp_path / "lists.xlsx"), *chosen)
        assert made.exit_code == 0, made.output
        assert load(folder).schools["pupils"].tolist() == [pupils, 500]
    book["2025"].sheet_state = "hidden"
    book.save(tmp_path / "lists.xlsx")
    made = from_files(tmp_path / "h", "--from", str(tmp_path / "lists.xlsx"))
    assert made.exit_code == 0, made.output
    assert "lists.xlsx:2025: the sheet was not read" in made.stderr


def test_a_named_sheet_narrows_its_workbook_alone(tmp_path: Path) -> None:
    """Proves `--sheet 2025` chooses within its workbook, and a CSV file beside it is read whole: it
    would be missing without a word."""
    book = openpyxl.Workbook()
    for title in ("2024", "2025"):
        sheet = book.create_sheet(title)
        for line in SCHOOLS.splitlines():
            sheet.append([int(c) if c.isdigit() else c for c in line.split(",")])
    book.save(tmp_path / "lists.xlsx")
    files = ["--from", str(tmp_path / "lists.xlsx"), *csv_files(tmp_path, register=REGISTER)]
    made = from_files(tmp_path / "s", *files, "--sheet", "2025", "--value", "acquired=2020")
    assert made.exit_code == 0, made.output
    assert len(stock_of(tmp_path / "s")) == 2


@pytest.mark.parametrize(
    "answer", ["item:Tablet=tablet", "status:Retired=working", "dates=us", "currency=dollars"]
)
def test_an_answer_that_is_none_is_refused(answer: str, tmp_path: Path) -> None:
    """Proves a slip in an answer is said with what can be answered, and not taken for «leave
    out»."""
    files = csv_files(tmp_path, register=REGISTER, schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files, "--value", "acquired=2020", "--value", answer)
    assert made.exit_code == 3
    assert answer.partition("=")[2] in made.stderr


def test_the_mapping_gives_the_same_bytes_again(tmp_path: Path) -> None:
    """Proves answers are kept: with the mapping of the first time nothing is asked, and every byte
    is the same; an edited word changes what it says and nothing else."""
    text = REGISTER.replace(";Lakeview Middle;2021", ";Lakeveiw Middle;2021")
    files = csv_files(tmp_path, register=text, schools=SCHOOLS)
    answers = ["acquired=2020", "item:Tablet=teacher-computer", "school:Lakeveiw Middle=L"]
    options = [part for a in answers for part in ("--value", a)]
    assert from_files(tmp_path / "s", *files, *options).exit_code == 0
    mapping = tmp_path / "s" / "mapping.yaml"
    again = from_files(tmp_path / "t", *files, "--mapping", str(mapping))
    assert again.exit_code == 0, again.output
    names = sorted(p.name for p in (tmp_path / "s").iterdir())
    assert names == ["data.xlsx", "mapping.yaml", "scenario.yaml"]
    for name in names:
        assert (tmp_path / "t" / name).read_bytes() == (tmp_path / "s" / name).read_bytes()
    later = [o.replace("register.csv", "register-2027.csv") for o in files]
    (tmp_path / "register-2027.csv").write_text(text, encoding="utf-8")
    made = from_files(tmp_path / "v", *later, "--mapping", str(mapping))
    assert made.exit_code == 0, made.output
    assert "--sheet" not in made.stderr
    assert stock_of(tmp_path / "v") == stock_of(tmp_path / "s")
    edited = mapping.read_text(encoding="utf-8").replace("teacher-computer", "class-display")
    mapping.write_text(edited, encoding="utf-8")
    assert from_files(tmp_path / "u", *files, "--mapping", str(mapping)).exit_code == 0
    assert ["L", "class-display", 1, 2021] in stock_of(tmp_path / "u")


def _again(folder: Path, *files: str) -> None:
    """Reads the files of a folder's first time again by its mapping: every byte is the same."""
    again = from_files(folder.parent / "again", *files, "--mapping", str(folder / "mapping.yaml"))
    assert again.exit_code == 0, again.output
    for name in ("data.xlsx", "mapping.yaml", "scenario.yaml"):
        assert (folder.parent / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_the_mapping_keeps_the_old_encoding(tmp_path: Path) -> None:
    """Proves texts of an old font that were confirmed once are confirmed for next year, and that a
    sheet in Unicode beside them stays: «Hà» converted would be another word."""
    old = "M· tr­êng,Tªn tr­êng,CÊp häc,Häc sinh,Sè líp,Sè GV\na,TiÓu häc Hµ,TiÓu häc,120,4,8\n"
    (tmp_path / "old.csv").write_text(old, encoding="cp1252")
    new = "Trường,Máy tính,Máy chiếu\nTiểu học Hà,20,0\nHà,1,1\n"
    files = [*csv_files(tmp_path, stock=new), "--from", str(tmp_path / "old.csv")]
    answers = ["--value", "acquired=2020", "--value", "school:Hà=-"]
    assert "--encoding tcvn3" in from_files(tmp_path / "s", *files, *answers).stderr
    made = from_files(tmp_path / "s", *files, *answers, "--encoding", "tcvn3")
    assert made.exit_code == 0, made.output
    assert load(tmp_path / "s").schools["name"].tolist() == ["Tiểu học Hà"]
    assert stock_of(tmp_path / "s") == [["a", "pupil-computer", 20, 2020]]
    assert "encoding: tcvn3" in (tmp_path / "s" / "mapping.yaml").read_text(encoding="utf-8")
    _again(tmp_path / "s", *files)
    wrong = from_files(tmp_path / "t", *files, *answers, "--value", "encoding=latin1")
    assert wrong.exit_code == 3
    assert "one of tcvn3, vni" in wrong.stderr


MEASURED = "school,criterion,year,value\nN,Area per pupil,2025,{}\nL,Area per pupil,2025,2.315\n"


def test_the_mapping_keeps_the_decimal_mark(tmp_path: Path) -> None:
    """Proves the mark that a column's other figures showed is kept and read the same way where
    nothing shows it any more: 2.315 of a file alone is refused; 2315 would be a thousandfold."""
    files = csv_files(tmp_path, indicators=MEASURED.format("2.5"), schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files)
    assert made.exit_code == 0, made.output
    assert "«value»: «.» is the decimal mark, as the cell «2.5» shows" in made.stdout
    assert "the workbook was checked: it is sound" in made.stdout
    assert load(tmp_path / "s").table("indicators")["value"].tolist()[1] == Decimal("2.315")
    _again(tmp_path / "s", *files)
    later = csv_files(tmp_path, indicators=MEASURED.format("3"), schools=SCHOOLS)
    gaps = from_files(tmp_path / "u", *later)
    assert "in «2.315» the mark may be thousands or decimals" in gaps.stderr
    kept = from_files(tmp_path / "v", *later, "--mapping", str(tmp_path / "s" / "mapping.yaml"))
    assert "the workbook was checked: it is sound" in kept.stdout
    assert load(tmp_path / "v").table("indicators")["value"].tolist() == [3, Decimal("2.315")]
    comma = from_files(tmp_path / "w", *later, "--value", "decimal=,")
    assert comma.exit_code == 0, comma.output
    assert load(tmp_path / "w").table("indicators")["value"].tolist() == [3, 2315]
    assert from_files(tmp_path / "x", *later, "--value", "decimal=x").exit_code == 3


@pytest.mark.parametrize("text", ["", "a: [", "mapping: 2\n", "mapping: 1\nfoo: {a: b}\n"])
def test_a_broken_mapping_is_a_finding(text: str, tmp_path: Path) -> None:
    """Proves a mapping that is none ends with exit 3, not with a traceback or without a word."""
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    files = csv_files(tmp_path, schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files, "--mapping", str(tmp_path / "m.yaml"))
    assert made.exit_code == 3
    assert "m.yaml" in made.stderr


def test_questions_are_asked_in_the_terminal(tmp_path: Path) -> None:
    """Proves `--ask` takes a number or a word for each question, goes on until none is left, and
    keeps the answers in the mapping; Enter everywhere ends as without it."""
    files = csv_files(tmp_path, plan=PLAN, schools=SCHOOLS)
    made = from_files(tmp_path / "s", *files, "--ask", input="USD\n1\n")
    assert made.exit_code == 0, made.output
    assert "  1. capital" in made.output
    assert set(load(tmp_path / "s").table("request_costs")["fund"]) == {"capital"}
    mapping = (tmp_path / "s" / "mapping.yaml").read_text(encoding="utf-8")
    assert "currency: USD" in mapping
    assert "fund: capital" in mapping
    assert from_files(tmp_path / "t", *files, "--ask", input="\n\n").exit_code == 3


NEEDY = {
    "register": (REGISTER, SCHOOLS),
    "plan": (PLAN, SCHOOLS),
    "twice": (
        "School code,School name,Level,Total students,Enrollment,Classes,Teachers\n"
        "A1,North,primary,9,420,14,20\nA2,South,primary,9,310,10,15\n",
    ),
    "levels": (
        "Code,School name,Level,Pupils,Classes,Staff count,State\n"
        "A1,North,K-8,9,420,14,Nhóm 1\nA2,South,Other,9,310,10,Nhóm 2\n",
    ),
    "names": (
        SCHOOLS,
        REGISTER.replace("Lakeview Middle", "Lakeveiw Middle").replace("Deployed", "Loaned"),
    ),
}


@pytest.mark.parametrize("name", NEEDY)
def test_every_remedy_works(name: str, tmp_path: Path) -> None:
    """Proves what `new` prints to add can be added: each option is accepted, and with all of them
    nothing is asked any more. A remedy that is itself refused sends people round in circles."""
    texts = {f"f{number}": text for number, text in enumerate(NEEDY[name])}
    files = csv_files(tmp_path, **texts)
    stand_ins = {"acquired": "2020", "pupils": "100", "teachers": "20", "classes": "9"}
    options: dict[str, list[str]] = {}
    for turn in range(4):
        made = from_files(
            tmp_path / f"s{turn}", *files, *[o for part in options.values() for o in part]
        )
        if made.exit_code == 0:
            break
        assert "there is no field" not in made.stderr
        new_ones = 0
        for line in made.stderr.splitlines():
            if not line.startswith("error"):
                continue
            found = re.findall(
                r'(--(?:value|column|sheet)) (?:"([^"]*)"|(\S+?))(?=[\s,;).]|$)', line
            )
            assert found, line
            # One that is complete as it stands, else the first with a value put in.
            pairs = [(o, *(a or b).partition("=")[::2]) for o, a, b in found]
            blanks = ("…", "VALUE", "YEAR", "CODE", "NUMBER", "HEADER", "SHEET")
            option, key, value = next((p for p in pairs if p[2] not in blanks), pairs[-1])
            if value in blanks:
                listed = re.search(r"one of ([\w-]+)|\(([\w-]+), ", line)
                value = stand_ins.get(key) or (listed and (listed[1] or listed[2])) or "primary"
            assert options.get(key) != [option, f"{key}={value}"], f"refused: {line}"
            options[key] = [option, f"{key}={value}"]
            new_ones += 1
        assert new_ones
    assert made.exit_code == 0, made.output


def _drawn(random: Random) -> str:
    """A file whose headers are mostly those of one kind of sheet, with cells of every sort."""
    kind = random.choice(grids.KINDS)
    roles = [random.choice(g) for g in kind.needs]
    roles += random.sample(kind.signs, min(len(kind.signs), kind.least + random.randint(0, 2)))
    head = [_header(r, random) for r in roles if r not in ("years", "devices", "grades", "heads")]
    head += random.sample(["FY25", "2026", "2027", "Desktops", "Máy tính", "Máy tính hỏng", "G1",
                           "G2", "", "STT", "Tổng số"], random.randint(0, 5))  # fmt: skip
    rows = [["(Đơn vị: triệu đồng)"]] * random.randint(0, 1) + [head]
    rows += [["", *random.choices(["Hỏng", "Hiện có", "2026", ""], k=len(head))]] * (
        random.random() < 0.2
    )
    cells = ["", "", "1", "12", "1.234", "1,5", "$12.50", "(TBD)", "*", "NA", "TH Hoa Sen", "Hoa",
             "01/02/03", "12/31/2020", "2020", "I", "A", "Tổng cộng", "Nhóm 1", "primary", "K-8",
             "Hỏng", "Active", "Loaned", "Desktop", "-5", "1e5", "—", "Phường A", "x" * 300,
             "Closed", "#N/A", "=1+1", "000", "Northside Elementary"]  # fmt: skip
    for _ in range(random.randint(0, 6)):
        short = random.random() < 0.2
        rows.append(random.choices(cells, k=random.randint(0, 9) if short else len(head)))
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _header(role: str, random: Random) -> str:
    found = words.WORDS["columns"].get(role)
    return random.choice(found) if found else sentences()[f"column.{role}"].vi


@pytest.mark.parametrize("seed", range(4))
def test_no_drawn_file_ends_in_a_defect(seed: int, tmp_path: Path) -> None:
    """Proves files of every kind with any cells end in tables or in findings that can be said, in
    both languages; 900 such files found a year of −5 and a row that ends before its year."""
    random = Random(seed)
    (tmp_path / "s.csv").write_text(SCHOOLS, encoding="utf-8")
    answers = {"acquired": "2020", "fund": "capital", "currency": "USD", "dates": "dmy",
               "unit": "bộ", "pillar": "software", "nature": "capital"}  # fmt: skip
    kinds: set[str] = set()
    for number in range(60):
        (tmp_path / "a.csv").write_text(_drawn(random) or "a,b\n", encoding="utf-8")
        paths = [tmp_path / "a.csv", tmp_path / "s.csv"][: 1 + number % 2]
        log = Inquiry()
        found = adopt.adopted(paths, Stated(values=answers if number % 3 else {}), log)
        kinds |= set(log.found["sheets"])
        for finding in (*log.findings, *log.notes):
            assert render(finding, "vi")
            assert render(finding, "en")
        assert log.failed or "schools" in found.tables
    assert len(kinds) > 3
