"""README.md is executed: each command and each Python line that it shows is run as it stands.

What stands for something (``FOLDER``, ``S``, ``ID``) is filled in from ``FILLED``; a command that
is new in the README and has no entry there fails. By default each is run, long ones in a small
form: on a small scenario, or to a wide gap without figures. As they stand these are run with
``pytest -m slow``.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from test_every_verb import ROOT, Run, run

import planner
from planner.cli import group

__all__ = ["run"]

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.findall(r"^```(\w*)\n(.*?)^```", TEXT, re.S | re.M)
SPANS = [
    " ".join(span.split())
    for span in re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", TEXT, flags=re.S | re.M))
]
STARTS = ("planner ", "python ", "pytest ", "uv ", ".ci/", ".venv", "py ", "apt-get ")
SHOWN = [s for s in SPANS if s.startswith(STARTS)]
SHOWN += [part for kind, block in FENCED if not kind for line in block.splitlines()
          for part in line.split(" && ") if part.startswith(("python3", ".venv"))]  # fmt: skip
PYTHON = [block for kind, block in FENCED if kind == "python"]
CALLS = [s for s in SPANS if re.match(r"(planner\.\w+|help)\(", s)]


@dataclass(frozen=True)
class Filled:
    """How a command of the README is run: what stands for its placeholders, what comes before
    it, how it may end; of a long one, what stands for what where it is run small."""

    places: dict[str, str]
    before: Sequence[str] = ()
    codes: tuple[int, ...] = (0,)
    small: dict[str, str] | None = None


SMALL = "run scenarios/three-schools/scenario.yaml --no-figures --out small"
BASE = "run scenarios/ba-dinh/base.yaml --no-figures"
APPROVED = "run scenarios/ba-dinh/approved.yaml --no-figures"
INVENTED = "new my-office --synthetic 5"
BRIEF = "--gap 0.05 --tidy 0 --no-figures"
THREE = {"ba-dinh/base.yaml": "three-schools/scenario.yaml"}
"""The small scenario in place of the district."""
MORE = "rules.more={measure: spend, at_least: 999999999999}"
"""More than all its money."""
TWO = "{decide_until: 2025, cases: {same: {}, less: {set: {funds.district.amounts: 50%}}}}"
"""Two futures of the small scenario."""

FILLED: dict[str, Filled] = {
    "planner open my-folder --shortcut Desktop": Filled({"my-folder": ".", "Desktop": "."}),
    "planner new my-office": Filled({}),
    "planner new my-office --from FILE": Filled({"FILE": "scenarios/ba-dinh/schools.csv"}),
    "planner check my-office": Filled({}, [INVENTED]),
    "planner run my-office": Filled(
        {}, [INVENTED], (0, 5), small={"my-office": f"my-office {BRIEF}"}),
    "planner run office.xlsx": Filled(
        {}, ["new office --synthetic 5 --workbook"], (0, 5),
        small={"office.xlsx": f"office.xlsx {BRIEF}"}),
    "planner run S --set funds.district-capital.reserve=0.2": Filled(
        {"S": "scenarios/ba-dinh"}, (), (0, 5),
        small={"ba-dinh": f"three-schools {BRIEF}", "district-capital": "district"}),
    "planner show S --resolved": Filled({"S": "scenarios/ba-dinh"}),
    "planner schema --markdown": Filled({}),
    "planner audit FOLDER": Filled({"FOLDER": "small"}, [SMALL]),
    "planner plot FOLDER": Filled({"FOLDER": "small"}, [SMALL]),
    "planner report FOLDER": Filled({"FOLDER": "small"}, [SMALL]),
    "planner new-executed FOLDER": Filled({"FOLDER": "small"}, [SMALL]),
    "planner status FOLDER --executed FILE": Filled(
        {"FOLDER": "small", "FILE": "small-executed.xlsx"}, [SMALL, "new-executed small"]),
    "planner amend FOLDER --executed FILE": Filled(
        {"FOLDER": "small", "FILE": "small-executed.xlsx --no-figures --points 0"},
        [SMALL, "new-executed small"]),
    ".venv/bin/uv run planner run scenarios/ba-dinh/approved.yaml": Filled(
        {}, (), (0, 5), small={"ba-dinh/approved.yaml": f"three-schools {BRIEF}"}),
    ".venv/bin/uv run planner amend plans/approved --scenario scenarios/ba-dinh/amend-2024.yaml "
    "--executed scenarios/ba-dinh/executed-2023.csv --at 2024-02-29": Filled(
        {}, [APPROVED], (0, 5),
        small={"ba-dinh/amend-2024.yaml": "three-schools --no-figures",
               " --executed scenarios/ba-dinh/executed-2023.csv --at 2024-02-29": ""}),
    "planner explain FOLDER --policies": Filled({"FOLDER": "small"}, [SMALL]),
    "planner explain FOLDER --school ID": Filled({"FOLDER": "small", "ID": "A"}, [SMALL]),
    "planner alternatives FOLDER --within 0.5%": Filled({"FOLDER": "small"}, [SMALL]),
    "planner compare A B …": Filled(
        {"A": "small", "B": "scenarios/three-schools", "…": ""}, [SMALL]),
    "planner frontier S --fund F --from -50% --to +50%": Filled(
        {"S": "scenarios/three-schools", "F": "district"},
        small={"three-schools": "three-schools --points 2 --workers 0"}),
    "planner run": Filled({"run": "run scenarios/ba-dinh/overcommitted.yaml"}, (), (4,),
        small={"ba-dinh/overcommitted.yaml": f"three-schools --set '{MORE}'"}),
    "planner explain plans/base --policies": Filled({}, [BASE], (0, 5), small=THREE),
    "planner audit plans/base/plan.xlsx": Filled({}, [BASE], small=THREE),
    "planner run scenarios/ba-dinh/base.yaml --lock plans/base/plan.xlsx": Filled(
        {}, [BASE], (0, 3, 5), small=THREE | {"--lock": "--no-figures --lock"}),
    ".venv/bin/uv run planner run scenarios/ba-dinh/base.yaml": Filled(
        {}, (), (0, 5), small={"ba-dinh/base.yaml": f"three-schools {BRIEF}"}),
    "planner check S --prove": Filled(
        {"S": "scenarios/ba-dinh/futures.yaml"}, (), (0, 5),
        small={"ba-dinh/futures.yaml": f"three-schools --set 'futures={TWO}'"}),
    "planner run scenarios/ba-dinh/futures.yaml": Filled(
        {}, (), (0, 5),
        small={"ba-dinh/futures.yaml": f"three-schools {BRIEF} --set 'futures={TWO}'"}),
}  # fmt: skip
"""An unedited ``plan.xlsx`` holds nothing: ``--lock`` may say so (3)."""
NOT_HERE = {
    "planner open my-folder": "serves until it is ended: tests/test_page.py",
    "planner open": "serves until it is ended: tests/test_page.py",
    "uv build --wheel": "needs a network: .ci/offline does it",
    "uv tool install planner-0.1.0-py3-none-any.whl": "needs a network",
    ".ci/offline": "needs a network",
    ".ci/offline OUT --platform win_amd64 --python-version 3.12": "needs a network",
    ".ci/browser": "starts a browser",
    "python3 -m venv .venv": "sets up what the tests run in",
    ".venv/bin/pip install -q uv": "sets up what the tests run in",
    ".venv\\Scripts\\pip install -q uv": "Windows",
    ".venv\\Scripts\\uv run planner run scenarios/ba-dinh/base.yaml": "Windows",
    "py -m venv .venv": "Windows",
    ".venv/bin/uv run pytest": "is this",
    ".venv/bin/uv run planner": "a prefix: every command here stands for it",
    ".ci/run": "is this",
    "uv run --extra cluster planner run S --cluster tcp://HOST:8786": "needs a cluster",
}


@pytest.fixture
def office(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line in a folder that has the shipped scenarios and nothing else."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    return run


@pytest.fixture(scope="module")
def solved() -> planner.Result:
    """The plan of the small scenario, found once."""
    return planner.solve(ROOT / "scenarios" / "three-schools")


@pytest.fixture(scope="module")
def written(solved: planner.Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan folder of :data:`SMALL`, written once."""
    place = tmp_path_factory.mktemp("readme") / "small"
    planner.write(solved, place, figures=False)
    return place


def words(command: str, places: dict[str, str]) -> list[str]:
    """The words of a command after ``planner``, its placeholders filled in."""
    for name, value in places.items():
        edge = r"(?!\w)" if name[-1].isalnum() else ""
        command = re.sub(rf"(?<![\w-]){re.escape(name)}{edge}", value, command)
    found = shlex.split(command)
    return found[found.index("planner") + 1 :]


RUN = dict.fromkeys(c for c in SHOWN if c in FILLED)


@pytest.mark.parametrize(
    ("command", "small"),
    [pytest.param(c, False, marks=pytest.mark.slow if FILLED[c].small else [], id=c) for c in RUN]
    + [pytest.param(c, True, id=f"{c}, small") for c in RUN if FILLED[c].small],
)
def test_a_command_of_the_readme(
    command: str, small: bool, office: Run, tmp_path: Path, written: Path
) -> None:
    filled = FILLED[command]

    def less(line: str) -> str:
        for name, value in (filled.small or {}).items() if small else ():
            line = line.replace(name, value)
        return line

    for step in filled.before:
        if step == SMALL:
            shutil.copytree(written, tmp_path / "small")
        elif step in (BASE, APPROVED) and small:
            name = step.partition("ba-dinh/")[2].partition(".yaml")[0]
            shutil.copytree(written, tmp_path / "plans" / name)
        else:
            assert office(*shlex.split(step)) in (0, 5), step
    if "office.xlsx" in command:
        (workbook,) = (tmp_path / "office").glob("*.xlsx")
        workbook.rename(tmp_path / "office.xlsx")
    places = {name: less(value) for name, value in filled.places.items()}
    assert office(*words(less(command), places)) in filled.codes


def test_every_command_has_an_entry() -> None:
    """A command that the README gains is run, or it is said why not; what it loses goes."""
    known = set(FILLED) | set(NOT_HERE)
    assert [c for c in dict.fromkeys(SHOWN) if c not in known] == []
    assert sorted(known - set(SHOWN)) == []


def test_every_option_named_in_the_readme_exists() -> None:
    """``--lock-all`` and the like, wherever they stand between backticks."""
    own = {o for name in group.list_commands(None) for p in group.get_command(None, name).params
           for o in p.opts}  # type: ignore[arg-type, union-attr]  # fmt: skip
    others = {"--extra", "--wheel", "--platform", "--python-version"}  # of uv and pip
    named = {o for span in SPANS for o in re.findall(r"(?<!\w)--[a-z][a-z-]*", span)}
    assert named - own - others == set()


@pytest.mark.slow
def test_the_python_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fenced line, in order, in one session."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    mpl.use("agg")
    names: dict[str, object] = {}
    for block in PYTHON:
        exec(compile(block, "README.md", "exec"), names)
    assert names["result"].plan.allocation.size  # type: ignore[attr-defined]
    assert [p.name for p in names["found"].plans] == ["today", "less"]  # type: ignore[attr-defined]
    assert names["less"].value <= names["loose"].value * (1 + 1e-9)  # type: ignore[attr-defined]


def test_the_functions_named_in_the_readme_exist() -> None:
    sentence = TEXT[TEXT.index("What the command line does, functions do:") :].split(". ")[0]
    named = re.findall(r"`(\w+)`", sentence)
    assert {"load", "solve", "frontier", "explain"} <= set(named)
    assert all(callable(getattr(planner, name)) for name in named)


SPOKEN = {
    "planner.moves(base)": "planner.moves(small)",
    "help(planner.solve)": "help(planner.solve)",
    "help(planner.Plan)": "help(planner.Plan)",
    'planner.within(result, "fewest_lines", within=0.01)': (
        'planner.within(result, "fewest_lines", within=0.01)'
    ),
    "planner.solve_many(scenarios, workers=2)": "planner.solve_many(scenarios, workers=2)",
    'planner.solve(…, lock="plans/base/plan.xlsx")': (
        'planner.solve(small, lock="plans/base/plan.xlsx")'
    ),
}
"""Calls between backticks, and how they are run."""


def test_every_call_has_an_entry() -> None:
    assert set(CALLS) == set(SPOKEN)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(c, marks=[pytest.mark.slow] if "many" in c else [])  # starts processes
        for c in SPOKEN
    ],
)
def test_a_call_of_the_readme(
    call: str, office: Run, solved: planner.Result, written: Path
) -> None:
    """The lock is of a workbook that nobody edited: it holds nothing, so the plan is the same."""
    first, small = solved, solved.scenario
    shutil.copytree(written, "plans/base")
    names: dict[str, Any] = {
        "planner": planner, "small": small, "scenarios": [small, small], "result": first,
    }  # fmt: skip
    exec(f"found = {SPOKEN[call]}", names)
    found = names["found"]
    if "many" in call:
        assert [r.value for r in found] == [first.value] * 2
    elif "within" in call:
        assert found.bound <= found.measure <= found.before
    elif "moves" in call:
        assert {"money", "weight", "priority"} <= set(found["kind"])
    elif "lock" in call:
        assert found.value == first.value
