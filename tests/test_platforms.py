"""What a plan owes to nothing but its inputs: neither the console, the folder's name, the hash
seed nor the process changes what is written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_spoilt_folder import everything

from planner.run import folder
from planner.scenario.load import inspect
from planner.scenario.write import FILE, write

ROOT = Path(__file__).parent.parent


def planner(*words: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command line in an environment of its own; bytes, as a console would get them."""
    return subprocess.run(
        [sys.executable, "-m", "planner", *map(str, words)],
        capture_output=True, check=False, timeout=300,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )  # fmt: skip


def test_a_console_of_another_alphabet_and_a_folder_with_spaces(tmp_path: Path) -> None:
    """An ASCII console, a path with spaces and diacritics: the summary comes whole, as UTF-8.

    Python would write «?» or fail (UnicodeEncodeError) in the console's own encoding.
    """
    place = tmp_path / "kế hoạch số 1 (bản «chính»)"
    write(everything(), place)
    out = place / "thư mục ra"
    ended = planner(
        "run", place / FILE, "--out", out, "--no-figures", PYTHONIOENCODING="ascii", LC_ALL="C"
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    told = ended.stdout.decode("utf-8")
    assert "KẾT QUẢ" in told
    assert "thư mục ra" in told
    assert "?" not in told
    assert folder.prove(out)[0] == []


def test_paths_may_be_written_as_windows_writes_them(tmp_path: Path) -> None:
    """``tables\\schools.csv`` is the file in the folder; hashes name it with a slash."""
    write(everything(), tmp_path / "tables")
    text = (tmp_path / "tables" / FILE).read_text(encoding="utf-8")
    lines = [
        line.replace('"', "'").replace(": '", ": 'tables\\") if line.endswith('.csv"') else line
        for line in text.splitlines()
    ]
    (tmp_path / FILE).write_text("\r\n".join(lines), encoding="utf-8")
    scenario, findings, _ = inspect(tmp_path / FILE)
    assert scenario is not None, findings
    assert "tables/schools.csv" in scenario.inputs


@pytest.mark.slow
def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    """Two processes, two hash seeds, two places: every file but the seconds is the same.

    A set that decides an order, a date, a path or a random name would show here.
    """
    write(everything(), tmp_path / "scenario")
    for seed in ("1", "2"):
        ended = planner(
            "run", tmp_path / "scenario" / FILE, "--out", tmp_path / seed / "plan", "--threads", 1,
            PYTHONHASHSEED=seed,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
    one, two = (tmp_path / seed / "plan" for seed in ("1", "2"))
    first, second = folder.hashes(one), folder.hashes(two)
    assert first == second
    assert {"plan.xlsx", "allocation.csv", "inputs/scenario.yaml"} < set(first)
    assert any(name.startswith("figures/") for name in first)
    heads = [json.loads((p / "plan.json").read_text(encoding="utf-8")) for p in (one, two)]
    assert heads[0] | {"seconds": 0} == heads[1] | {"seconds": 0}
