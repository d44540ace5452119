"""Ctrl-C: the first keeps the best plan found, the second leaves at once; never a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.run import folder
from planner.scenario.new.synthetic import synthetic
from planner.scenario.write import write
from tests.benchmarks.early import WAYS, Ended, run_really
from tests.benchmarks.instances import Case, scenario_of

ROOT = Path(__file__).parent.parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="SIGINT to one child needs POSIX"),
]
SCHOOLS = 20
"""At gap 0 they take minutes to prove; the first plan is there after seconds."""


def interrupted(place: Path, ready: Callable[[str], bool], times: int) -> tuple[int, str, str]:
    """Runs a scenario and presses Ctrl-C once a line of progress is what was waited for."""
    write(synthetic(SCHOOLS, 3), place / "scenario")
    command = ["run", place / "scenario" / "scenario.yaml", "--out", place / "plan", "--gap", "0"]
    command += ["--time-limit", "500", "--threads", "1", "--no-figures", "--json", "--lang", "en"]
    child = subprocess.Popen(
        [sys.executable, "-m", "planner", *map(str, command)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert child.stderr is not None
    told = ""
    for line in child.stderr:
        told += line
        if ready(line):
            child.send_signal(signal.SIGINT)
            break
    if times > 1:
        told += child.stderr.readline()
        child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=300)
    assert "Traceback" not in told + err
    return child.returncode, out, told + err


def has_plan(line: str) -> bool:
    """Whether a line of progress tells of a plan with a gap."""
    return line.startswith("value:") and "gap –" not in line


def test_the_incumbent_is_kept(tmp_path: Path) -> None:
    """Exit 5, a folder that proves itself, and a gap that is above 0 and truly reported."""
    code, out, told = interrupted(tmp_path, has_plan, 1)
    assert code == 5
    assert "Ctrl-C again" in told
    said = json.loads(out)
    assert said["status"] == "stopped"
    assert 0 < said["gap"] < 1
    assert said["bound"] > said["value"] > 0
    assert folder.prove(tmp_path / "plan")[0] == []


def test_the_second_leaves_at_once(tmp_path: Path) -> None:
    """Exit 5 and nothing is left behind, neither a folder nor half of one."""
    code, out, _ = interrupted(tmp_path, has_plan, 2)
    assert code == 5
    assert out == ""
    assert sorted(p.name for p in tmp_path.iterdir()) == ["scenario"]


# --------------------------------------------------------------------------------------------------
# Every default, tidying and figures included, stopped at a part of the seconds that it takes.


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """Two hundred schools with rules on disk, and how their run ends by itself."""
    place = tmp_path_factory.mktemp("whole")
    write(scenario_of(Case(200, "rules")), place / "in")
    path = place / "in" / "scenario.yaml"
    ended = run_really(path, place / "out" / "plan")
    assert ended.broken == ()
    assert ended.code == 0
    assert ended.plan["tidy"]["lines"] < ended.plan["tidy"]["lines_before"]
    return path, ended


@pytest.mark.parametrize("part", [0.3, 0.5, 0.75])
@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_stop_keeps_what_is_promised(
    part: float, way: str, whole: tuple[Path, Ended], tmp_path: Path
) -> None:
    """One signal: a plan that the audit passes, exit code 5, or 0 where it was proven before; two
    of them, a second apart: a whole plan or none. Nothing half-written or temporary, no traceback
    and no process is left. A stop that was lost would go on to the end and all its figures; one
    that came while tables are written would leave nothing."""
    path, ended = whole
    stopped = run_really(path, tmp_path / "out" / "plan", WAYS[way], part * ended.seconds)
    assert stopped.broken == (), stopped.said
