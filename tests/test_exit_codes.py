"""Exit codes by real invocations: each ends as a sentence and a code, never as a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny import tiny

from planner.run import folder
from planner.run.optimize import optimize
from planner.scenario import write
from planner.scenario.scenario import Scenario

ROOT = Path(__file__).parent.parent


def planner(*words: object) -> subprocess.CompletedProcess[str]:
    """Runs the command line as a user does; there is never a traceback."""
    ended = subprocess.run(
        [sys.executable, "-m", "planner", *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        timeout=120,
    )
    assert "Traceback" not in ended.stderr
    return ended


def written(scenario: Scenario, place: Path) -> Path:
    write.write(scenario, place)
    return place / write.FILE


@pytest.mark.slow
def test_a_plan_may_stand_beside_its_relaxation(tmp_path: Path) -> None:
    """``--relax`` first, then the plan, into the same folder: both are ours. A folder with
    anything else in it is refused, and before the solve: no progress is told."""
    source = written(tiny(cap=20), tmp_path / "in")
    for words in (["--relax"], ["--no-figures"], ["--relax"]):
        assert planner("run", source, "--out", tmp_path / "out", *words).returncode == 0
    (tmp_path / "own" / "relaxation").mkdir(parents=True)
    mine = tmp_path / "own" / "relaxation" / "notes.txt"
    mine.write_text("…", encoding="utf-8")
    ended = planner("run", source, "--out", tmp_path / "own", "--no-figures")
    assert ended.returncode == 3
    assert "value:" not in ended.stderr
    assert mine.exists()


def test_0_a_plan_as_one_json_object(tmp_path: Path) -> None:
    """stdout is one object with the promised keys; an engine's banner would break it."""
    source = written(tiny(cap=20), tmp_path / "in")
    ended = planner("run", source, "--out", tmp_path / "out", "--json", "--no-figures")
    assert ended.returncode == 0
    body = json.loads(ended.stdout)
    assert {"status", "value", "bound", "gap", "people", "spent", "folder"} <= body.keys()
    assert (body["status"], body["value"], body["spent"]) == ("optimal", 50, 20)
    assert planner("audit", tmp_path / "out").returncode == 0


def test_2_usage() -> None:
    """An unknown option is a usage error, not an input finding."""
    assert planner("run", "--no-such-option").returncode == 2


def test_3_input(tmp_path: Path) -> None:
    """A scenario that is not there, or a folder that is no plan, is input that cannot be used."""
    assert planner("run", tmp_path / "nothing.yaml").returncode == 3
    assert planner("audit", tmp_path).returncode == 3


def test_4_infeasible(tmp_path: Path) -> None:
    """A floor of 1,000 where the whole need costs 40: proven impossible, nothing written."""
    rules = {"least": {"measure": "spend", "at_least": 1000}}
    source = written(tiny(cap=5000, rules=rules), tmp_path / "in")
    ended = planner("run", source, "--out", tmp_path / "out", "--no-figures")
    assert ended.returncode == 4
    assert not (tmp_path / "out").exists()


def test_5_stopped(tmp_path: Path) -> None:
    """Ba Đình in a hundredth of a second at gap 0: never called optimal."""
    source = ROOT / "scenarios" / "ba-dinh" / "base.yaml"
    ended = planner(
        "run", source, "--out", tmp_path, "--gap", 0, "--time-limit", 0.01, "--json", "--no-figures"
    )
    assert ended.returncode == 5
    assert json.loads(ended.stdout)["status"] in ("stopped", "no_plan")


def test_6_audit(tmp_path: Path) -> None:
    """A plan with a changed file is not passed, and the finding names the file."""
    target = folder.write(optimize(tiny(cap=20), gap=0, threads=1), tmp_path / "plan")
    text = (target / "ledger.csv").read_text(encoding="utf-8")
    (target / "ledger.csv").write_text(text.replace("20", "21"), encoding="utf-8")
    ended = planner("audit", target)
    assert ended.returncode == 6
    assert "ledger.csv" in ended.stdout


def test_1_missing_engine(tmp_path: Path) -> None:
    """An engine that is not there is said so; PuLP's silent fallback would solve with another."""
    source = written(tiny(cap=20), tmp_path / "in")
    ended = planner("run", source, "--out", tmp_path / "out", "--solver", "no-such-engine")
    assert ended.returncode == 1
    assert "no-such-engine" in ended.stderr


def test_help_starts_fast() -> None:
    """``--help`` imports no pandas: within three times a bare interpreter, or 0.3 s."""

    def seconds(*words: str) -> float:
        began = time.perf_counter()
        subprocess.run(words, capture_output=True, check=True, cwd=ROOT)
        return time.perf_counter() - began

    bare = min(seconds(sys.executable, "-c", "import json, logging, click") for _ in range(3))
    ours = min(seconds(sys.executable, "-m", "planner", "--help") for _ in range(3))
    assert ours < max(0.3, 3 * bare)


@pytest.mark.parametrize("lang", ["vi", pytest.param("en", marks=pytest.mark.slow)])
def test_findings_speak_both_languages(tmp_path: Path, lang: str) -> None:
    """The sentence is in the language asked for and ends without a stack."""
    ended = planner("run", tmp_path / "nothing.yaml", "--lang", lang)
    assert ended.stderr.strip()
