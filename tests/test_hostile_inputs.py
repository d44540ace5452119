"""Inputs made to do harm: each is a finding, soon and within bounded memory."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scenario_samples import FILES, write_files
from scenario_workbooks import sample_sheets, write_book

from planner.messages import render
from planner.scenario.load import inspect


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def _from_sample(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    buffer = io.BytesIO(write_book(path, sample_sheets()).read_bytes())
    with zipfile.ZipFile(buffer) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    change(members)
    return _zip(path, members)


def _doctype(members: dict[str, bytes]) -> None:
    members["xl/workbook.xml"] = members["xl/workbook.xml"].replace(
        b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>', 1
    )


def _links(members: dict[str, bytes]) -> None:
    members["xl/externalLinks/_rels/externalLink1.xml.rels"] = (
        b'<Relationships><Relationship Target="file:///other.xlsx"/></Relationships>'
    )


def _empty_rows(members: dict[str, bytes], last: int = 300_000) -> None:
    name = "xl/worksheets/sheet7.xml"
    rows = b"".join(
        b'<row r="%d" spans="1:5"><c r="A%d" s="1"/></row>' % (k, k) for k in range(100, last)
    )
    members[name] = members[name].replace(b"</sheetData>", rows + b"</sheetData>")


HOSTILE: list[tuple[str, Callable[[Path], Path], str]] = [
    (
        "zip bomb",
        lambda p: _from_sample(p, lambda m: m.update({"xl/media/a.bin": bytes(300 << 20)})),
        "workbook_too_large",
    ),
    ("doctype", lambda p: _from_sample(p, _doctype), "workbook_doctype"),
    ("no workbook inside", lambda p: _zip(p, {"a.txt": b"x"}), "workbook_broken"),
    ("not a zip", lambda p: p.write_bytes(b"school,name\n") and p, "workbook_broken"),
    (
        "old xls",
        lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600)) and p,
        "workbook_broken",
    ),
    (
        "truncated",
        lambda p: p.write_bytes(write_book(p, sample_sheets()).read_bytes()[:9000]) and p,
        "workbook_broken",
    ),
    ("external links", lambda p: _from_sample(p, _links), "workbook_external_links"),
    ("empty formatted rows", lambda p: _from_sample(p, _empty_rows), "sheet_empty_rows"),
]


@pytest.mark.parametrize(("make", "code"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_hostile_workbooks(make: Callable[[Path], Any], code: str, tmp_path: Path) -> None:
    """Proves each is a finding, soon; an unpacking reader would fill the memory."""
    path = tmp_path / "office.xlsx"
    make(path)
    start = time.process_time()
    _, findings, _ = inspect(path)
    assert [f.code for f in findings] == [code]
    assert time.process_time() - start < 2


YAMLS = [
    (
        "aliases",
        "a: &a [x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{chr(98 + k)}: &{chr(98 + k)} [{', '.join('*' + chr(97 + k) for _ in range(8))}]\n"
            for k in range(8)
        ),
        "yaml_too_large",
    ),
    ("deep", "a: " + "[" * 5000, "yaml_too_large"),
    ("huge number", "schema: 1e999999999\n", "number_scientific"),
    ("binary", "\x00\x01\x02", "yaml_syntax"),
    ("a list", "- a\n- b\n", "yaml_not_mapping"),
    ("empty", "# nothing\n", "yaml_empty"),
]


@pytest.mark.parametrize(("text", "code"), [y[1:] for y in YAMLS], ids=[y[0] for y in YAMLS])
def test_hostile_yaml(text: str, code: str, tmp_path: Path) -> None:
    """Proves an exploding or empty YAML is a finding, not a hang."""
    path = tmp_path / "s.yaml"
    path.write_text(text)
    start = time.process_time()
    scenario, findings, _ = inspect(path)
    assert scenario is None
    assert code in {f.code for f in findings}
    assert time.process_time() - start < 2


def test_links_out_of_the_folder(tmp_path: Path) -> None:
    """Proves a symbolic link cannot lead outside the scenario's folder."""
    folder = write_files(tmp_path / "s", FILES)
    outside = tmp_path / "secret.csv"
    outside.write_text(FILES["needs.csv"])
    (folder / "needs.csv").unlink()
    (folder / "needs.csv").symlink_to(outside)
    _, findings, _ = inspect(folder / "base.yaml")
    assert [f.code for f in findings] == ["path_outside"]


def test_extends_in_a_circle(tmp_path: Path) -> None:
    """Proves two files that extend each other are named, not followed for ever."""
    (tmp_path / "a.yaml").write_text("extends: b.yaml\n")
    (tmp_path / "b.yaml").write_text("extends: a.yaml\n")
    _, findings, _ = inspect(tmp_path / "a.yaml")
    assert [render(f, "en") for f in findings] == [
        "b.yaml:1:10: «extends» runs in a circle: a.yaml → b.yaml → a.yaml"
    ]


MEASURED = """
import resource, sys, time
from planner.scenario.load import inspect
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
codes = [f.code for f in inspect(sys.argv[1])[1]]
seconds = time.process_time() - start
print(",".join(codes), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, seconds)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["a million empty rows", "zip bomb"])
def test_memory_is_bounded(kind: str, tmp_path: Path) -> None:
    """Proves 10^6 empty formatted rows and a bomb of 300 MiB cost under 200 MiB of memory and two
    seconds of CPU; a reader that unpacks first needs several times that."""

    def spoil(members: dict[str, bytes]) -> None:
        if kind == "zip bomb":
            members["xl/media/a.bin"] = bytes(300 << 20)
        else:
            _empty_rows(members, 1_000_000)

    path = _from_sample(tmp_path / "office.xlsx", spoil)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True
    )
    code, grown, seconds = done.stdout.split()
    assert code == ("workbook_too_large" if kind == "zip bomb" else "sheet_empty_rows")
    assert int(grown) < 200 * 1024
    assert float(seconds) < 2


ROWS = "".join(f"zz{k},pc,{k},2020,\n" for k in range(40_000))
SCHOOL = "b,Trường B,primary,under_construction,2024,600,20,30,,west,1\n"
LARGE: list[tuple[str, str, str, str]] = [
    ("unknown ids", "inventory.csv", FILES["inventory.csv"] + ROWS, "id_unknown"),
    ("schools repeated", "schools.csv", FILES["schools.csv"] + SCHOOL * 20_000, "row_twice"),
    (
        "total rows",
        "inventory.csv",
        FILES["inventory.csv"] + "Tổng cộng,,,,\n" * 40_000,
        "row_is_total",
    ),
    ("empty rows", "inventory.csv", FILES["inventory.csv"] + ",,,,\n" * 300_000, ""),
    (
        "columns without end",
        "inventory.csv",
        "school,item,quantity,acquired," + ",".join(f"a{k}" for k in range(20_000)) + "\n",
        "table_too_wide",
    ),
    ("an open quote", "inventory.csv", '"' + "a" * 5_000_000, "csv_broken"),
    (
        "keys without end",
        "base.yaml",
        "".join(f"k{k}: 1\n" for k in range(60_000)),
        "yaml_too_large",
    ),
]


@pytest.mark.parametrize(
    ("file", "text", "code"), [c[1:] for c in LARGE], ids=[c[0] for c in LARGE]
)
def test_large_faults_are_said_soon(file: str, text: str, code: str, tmp_path: Path) -> None:
    """Proves a fault that repeats is counted, not compared with every other row; a check that
    looks at all pairs takes a minute on 20,000 equal rows."""
    folder = write_files(tmp_path, {**FILES, file: text})
    start = time.process_time()
    _, findings, _ = inspect(folder / "base.yaml")
    assert time.process_time() - start < 2
    assert code in {f.code for f in findings} or (not code and findings == [])
    assert len(findings) < 100
