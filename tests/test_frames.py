"""A scenario from DataFrames in memory and back: the same scenario, and the same findings, as from
CSV files that hold the same. All schools and figures are invented."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import planner
from planner.errors import InputError
from planner.messages import render

ROOT = Path(__file__).parent.parent / "scenarios"
SHIPPED = sorted(ROOT.glob("*/*.yaml"))
SAMPLED = {"capital-budget/scenario.yaml", "california-1999/base.yaml"}


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(p, marks=[] if "/".join(p.parts[-2:]) in SAMPLED else [pytest.mark.slow])
        for p in SHIPPED
    ],
    ids=lambda p: "/".join(p.parts[-2:]),
)
def test_every_shipped_scenario_comes_back(path: Path) -> None:
    """Settings and tables go out and come back equal, money, decimals, lists and thresholds among
    them. Futures that are read from files cannot be in memory, and it is said."""
    known = planner.load(path)
    settings, tables = planner.to_frames(known)
    assert "data" not in settings
    if known.settings.futures is not None:
        with pytest.raises(InputError, match="frame_futures"):
            planner.from_frames(settings, tables)
        return
    again = planner.from_frames(settings, tables, id="other")
    assert again == known
    assert again.id == "other"


def base() -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """The three schools, as frames of one's own."""
    return planner.to_frames(ROOT / "three-schools")


def test_natural_dtypes_mean_what_they_say() -> None:
    """Floats that are whole, missing values, yes/no, dates and decimals give the scenario that
    plain integers and texts give. A million that went through a text as ``1e+06``, or a NaN read as
    a name, would not."""
    settings, tables = base()
    plain = planner.from_frames(settings, tables)
    odd = {t: f.copy() for t, f in tables.items()}
    odd["catalogue"]["price"] = odd["catalogue"]["price"].astype(float)
    assert str(odd["catalogue"]["price"][0]) == "20000000.0"
    odd["schools"]["pupils"] = pd.array(odd["schools"]["pupils"], dtype="Float64")
    odd["schools"]["ready"] = [np.nan, float(tables["schools"]["ready"][1]), pd.NA]
    odd["norms"]["verified"] = np.array([bool(v) for v in odd["norms"]["verified"]])
    odd["norms"]["every"] = [float(v) for v in odd["norms"]["every"]]
    odd["schools"] = odd["schools"].set_index("school")
    settings["funds"]["district"]["amounts"] = {2025: 1e8, np.int64(2026): Decimal(60_000_000)}
    settings["years"] = range(2025, 2027)
    assert planner.from_frames(settings, odd) == plain
    dated = {t: f.copy() for t, f in tables.items()}
    dated["schools"]["ready"] = [pd.Timestamp("2025-09-30"), datetime.date(2026, 1, 2), "2026"]
    assert planner.from_frames(settings, dated).schools["ready"].tolist() == [2025, 2026, 2026]


def test_what_is_read_again_is_a_copy() -> None:
    """Changing a frame that was handed out leaves the scenario as it was."""
    known = planner.load(ROOT / "three-schools")
    _, tables = planner.to_frames(known)
    tables["schools"].loc[:, "pupils"] = 1
    assert known.schools["pupils"].tolist() == [400, 300, 200]


BROKEN: dict[str, tuple[Any, str]] = {
    "text in a number": (
        lambda s, t: t["schools"].__setitem__("pupils", [400, "many", 200]),
        "schools:3:pupils: «many» is not a number",
    ),
    "part of a pupil": (
        lambda s, t: t["schools"].__setitem__("pupils", [400.5, 300, 200]),
        "schools:2:pupils: «400.5»",
    ),
    "a missing required value": (
        lambda s, t: t["schools"].__setitem__("pupils", [400, None, 200]),
        "schools:3:pupils",
    ),
    "an object": (
        lambda s, t: t["schools"].__setitem__("pupils", [400, {1}, 200]),
        "schools:3:pupils: a value of type set is no number, text, date or yes/no",
    ),
    "a hidden character": (
        lambda s, t: t["schools"].__setitem__("name", ["A", "B\x01", "C"]),
        "schools:3:name",
    ),
    "a column that is missing": (
        lambda s, t: t["schools"].pop("pupils"),
        "schools:1: the column «pupils» is missing",
    ),
    "a table that there is not": (
        lambda s, t: t.__setitem__("school", t["schools"]),
        "school: there is no table «school»; is it «schools»?",
    ),
    "files beside frames": (
        lambda s, t: s.__setitem__("data", {"schools": "schools.csv"}),
        "settings [data]: the tables are given as DataFrames; leave out the key data",
    ),
    "a key that there is not": (
        lambda s, t: s.__setitem__("tial_years", 2),
        "settings [tial_years]: there is no key «tial_years»; is it «tail_years»?",
    ),
    "a school that there is not": (
        lambda s, t: t.__setitem__("bans", pd.DataFrame({"school": ["Z"], "item": "lab"})),
        "bans:2:school",
    ),
}


@pytest.mark.parametrize("what", list(BROKEN))
def test_a_broken_frame_is_met_by_words(what: str) -> None:
    """Each with its table, its row as in a CSV file (the first below the header is 2) and its
    header. A traceback of pandas, or a row counted from 0, helps nobody."""
    change, wanted = BROKEN[what]
    settings, tables = base()
    change(settings, tables)
    with pytest.raises(InputError) as raised:
        planner.from_frames(settings, tables, lang="en")
    said = [render(f, "en") for f in raised.value.findings]
    assert any(line.startswith(wanted) for line in said), said


def test_findings_are_those_of_the_csv_files(tmp_path: Path) -> None:
    """The same tables as CSV files and as frames: code, row, header and words of every finding
    agree, all at once."""
    for path in (ROOT / "three-schools").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    schools = (tmp_path / "schools.csv").read_text("utf-8-sig")
    schools = schools.replace(",400,", ",many,").replace("primary", "primry", 1)
    (tmp_path / "schools.csv").write_text(schools, encoding="utf-8")
    stock = "school,item,quantity,acquired,colour\nA,lab,1,2020,red\nZ,lab,x,20-20,red\n"
    (tmp_path / "inventory.csv").write_text(stock, encoding="utf-8")
    tables = {
        path.stem: pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        for path in tmp_path.glob("*.csv")
    }
    settings, _ = base()
    csv = planner.check(tmp_path, lang="en")
    with pytest.raises(InputError) as raised:
        planner.from_frames(settings, tables)
    found = [
        (f.code, f.where.file, f.where.row, f.where.column, f.where.cell, render(f, "en"))
        for f in raised.value.findings
    ]
    rows = csv[["code", "file", "row", "column", "cell", "message"]].values.tolist()
    assert len(rows) >= 5
    as_frames = [
        (c, f.removesuffix(".csv"), r, h, cell, f"{f}:{r}:{h}: {m}".replace(".csv", ""))
        for c, f, r, h, cell, m in rows
    ]
    assert as_frames == found
