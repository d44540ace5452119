"""Workbooks as offices have them besides XLSX: XLS, XLSB and ODS are read, and say as much."""

from __future__ import annotations

import random
import struct
import time
from pathlib import Path

import pytest
from other_workbooks import manifest, ods_of, ole, record, write_other, zipped
from scenario_workbooks import sample_sheets, write_book

from planner.messages import render
from planner.scenario.load import inspect
from planner.scenario.reading import xlsx_rows
from planner.scenario.reading.sources import Log

KINDS = (".xls", ".xlsb", ".ods")
SHEETS = {
    "Trường": [["Mã", "Số HS", "Điểm"], ["a", 12, 1.5], ["b", "#N/A", None], ["c", "#REF!", True]],
    "Ẩn": [[1]],
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_scenario_reads_alike_whatever_the_kind(kind: str, tmp_path: Path) -> None:
    """Proves that numbers, texts and names of sheets come out of each kind as out of XLSX; alone
    in a folder it is found, too. A reader that shifted a row would give other tables."""
    wanted, findings, _ = inspect(write_book(tmp_path / "office.xlsx", sample_sheets()))
    assert not findings
    folder = tmp_path / "one"
    folder.mkdir()
    write_other(folder / f"office{kind}", sample_sheets())
    found, findings, notes = inspect(folder)
    assert [(f.code, f.params) for f in findings] == []
    assert found is not None
    assert wanted is not None
    told = [s.settings.model_dump(exclude={"data"}) for s in (found, wanted)]
    assert told[0] == told[1]
    for name, table in wanted.tables.items():
        assert found.tables[name].equals(table), name
    assert render(notes[0], "en") == f"office{kind}: the file was read as {kind[1:].upper()}"


@pytest.mark.parametrize("formulas", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_what_the_library_leaves_out_is_seen(kind: str, formulas: bool, tmp_path: Path) -> None:
    """Proves that errors are errors (the library gives empty cells, and an error would pass for a
    missing number), and that hidden rows and sheets, merged cells and formulas are seen."""
    path = write_other(
        tmp_path / f"a{kind}", SHEETS, hidden=["Ẩn"], hidden_rows=[2], merged=[(0, 1, 0, 2)],
        formulas=formulas,
    )  # fmt: skip
    opened = xlsx_rows.sheets(path.read_bytes(), path.name, Log())
    assert opened is not None
    (first, said), (other, of_other) = opened
    assert first.rows == [
        ["Mã", "Số HS", "Điểm"], ["a", "\x0112", "\x011.5"], ["b", "\x04#N/A", ""],
        ["c", "\x04#REF!", "\x03true"],
    ]  # fmt: skip
    assert other.rows == [["\x011"]]
    assert list(first.merged) == [(0, 1, 0, 2)]
    codes = [f.code for f in (*said.findings, *said.notes)]
    assert codes == ["read_hidden_rows", *["read_formulas"] * formulas]
    assert "sheet_hidden" in [f.code for f in of_other.findings]


def test_an_error_in_a_cell_is_a_finding_there(tmp_path: Path) -> None:
    """Proves that an error is told with its cell; as an empty cell it would be «missing»."""
    sheets = sample_sheets()
    at = sheets["inventory"][0].index("quantity")
    sheets["inventory"][1][at] = "#DIV/0!"
    for kind in KINDS:
        _, findings, _ = inspect(write_other(tmp_path / f"a{kind}", sheets))
        letter = "ABCDEFG"[at]
        found = [(f.code, f.where.sheet, f.where.row, f.where.column) for f in findings]
        assert found == [("cell_error", "inventory", 2, letter)], kind


def locked() -> dict[str, bytes]:
    """What Office and LibreOffice write when a password is asked for, by the file's name."""
    begin = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6))
    entry = '<manifest:encryption-data manifest:checksum="x"/>'
    sealed = zipped({"mimetype": b"x", "META-INF/manifest.xml": manifest(entry).encode(),
                     "content.xml": b"\x00\x01\x02"})  # fmt: skip
    package = {"EncryptionInfo": bytes(100), "EncryptedPackage": bytes(9000)}
    return {
        "a.xlsx": ole(package),
        "b.xlsb": ole(package),
        "c.xls": ole({"Workbook": begin + record(0x2F, bytes(6)) + bytes(5000)}),
        "d.xls": ole({"Workbook": begin + record(0x2F, bytes(6)) + record(0x0A)}),
        "e.ods": sealed,
    }


@pytest.mark.parametrize("name", list(locked()))
def test_a_password_is_said_and_what_to_do(name: str, tmp_path: Path) -> None:
    """Proves a password is told from a damaged file: what to do is another thing. A short stream
    lies in the small sectors of its file."""
    path = tmp_path / name
    path.write_bytes(locked()[name])
    _, findings, _ = inspect(path)
    assert [f.code for f in findings] == ["workbook_locked"]
    assert "empty the password and save it again" in render(findings[0], "en")
    assert "xóa mật khẩu rồi lưu lại" in render(findings[0], "vi")


def test_what_is_made_to_do_harm_is_a_finding_soon(tmp_path: Path) -> None:
    """Proves that cells that stand for billions, a sheet that ends before it begins (the library
    asks for terabytes then), sectors that lead in a circle, entities and swollen members end as
    findings, before memory does."""
    cell = '<table:table-cell office:value-type="float" office:value="1"'
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell} '
    row += 'table:number-columns-repeated="16000"/></table:table-row>'
    many = ods_of(f'<table:table table:name="a">{row}</table:table>')
    far = record(0x203, struct.pack("<HHHd", 65535, 65535, 0, 1.0))
    plain = write_other(tmp_path / "p.xls", {"a": [[1]]}).read_bytes()
    corner = record(0x203, struct.pack("<HHHd", 0, 0, 0, 1.0))
    assert corner in plain
    size, endless = (record(0x200, struct.pack("<IIHHH", top, 1, 0, 1, 0)) for top in (0, 5 << 20))
    head = record(0x85, struct.pack("<I", 38) + b"\0\0\x01\x01a\0")
    lost = record(0x85, struct.pack("<I", 1 << 30) + b"\0\0\x01\x01a\0")
    assert plain.count(size) == plain.count(head) == 1
    circle = bytearray(ole({"Workbook": bytes(9000)}))
    table = struct.unpack_from("<I", circle, 76)[0]
    struct.pack_into("<I", circle, (table + 1) * 512 + 4, 0)
    doctype = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'
    members = {"mimetype": b"x", "content.xml": doctype}
    swollen = {"xl/workbook.bin": bytes(300 << 20)}
    for name, data, code in (
        ("a.ods", many, "sheet_too_wide"),
        ("b.xls", plain.replace(corner, far), "sheet_too_wide"),
        ("c.xls", bytes(circle), "workbook_broken"),
        ("f.xls", plain.replace(size, endless), "workbook_broken"),
        ("g.xls", plain.replace(head, lost), "workbook_broken"),
        ("d.ods", zipped(members), "workbook_doctype"),
        ("e.xlsb", zipped(swollen), "workbook_too_large"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        start = time.process_time()
        _, findings, _ = inspect(path)
        assert [f.code for f in findings] == [code], name
        assert time.process_time() - start < 2


@pytest.mark.parametrize("kind", [".xls", ".xlsb"])
def test_damaged_bytes_are_findings_never_a_crash(kind: str, tmp_path: Path) -> None:
    """Proves that a file with any few bytes changed is read or refused: nothing is raised."""
    data = write_other(tmp_path / f"a{kind}", SHEETS).read_bytes()
    dice = random.Random(7)
    for k in range(60):
        changed = bytearray(data)
        for _ in range(dice.randint(1, 6)):
            changed[dice.randrange(len(data))] = dice.randrange(256)
        path = tmp_path / f"{k}{kind}"
        path.write_bytes(bytes(changed[: dice.choice([len(data), len(data) // 2])]))
        inspect(path)
