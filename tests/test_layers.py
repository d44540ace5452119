"""The house's order: who may import whom, and how large a room may grow (design §1)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "planner"
LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(rooms.split())
    for rooms in (
        "errors messages money names system",
        "scenario",
        "vocabulary",
        "formulation",
        "solving",
        "plan proof run",
        "analysis",
        "present plots",
        "api cli __init__ __main__",
    )
)
"""Rooms from the ground up; a module imports from its own layer or a lower one."""
AUDIT_KNOWS = {"errors", "scenario", "system", "proof"}
LONGEST = 800
STILL_LONGER: dict[str, int] = {}
"""Files waiting to be split, with a ceiling of their own that may only come down."""
SOURCES = sorted(ROOT.rglob("*.py"))


def layer(room: str) -> int:
    """The layer of a top-level module or package of ``planner``."""
    found = [k for k, rooms in enumerate(LAYERS) if room in rooms]
    assert found, f"planner.{room} stands on no layer: give it one here and in the design"
    return found[0]


def rooms_imported(source: str) -> Iterator[str]:
    """Rooms of ``planner`` that a source imports, also inside functions and for typing."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for parts in (name.split(".") for name in names):
            if parts[0] == "planner":
                yield parts[1] if len(parts) > 1 else "__init__"


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def test_imports_point_down() -> None:
    """Fails on any upward import; e.g. a formulation that reads the plan it is to make."""
    upward = [
        f"{path.relative_to(ROOT)} imports planner.{room}"
        for path in SOURCES
        for room in rooms_imported(path.read_text(encoding="utf-8"))
        if layer(room) > layer(room_of(path))
    ]
    assert not upward


def test_audit_shares_no_arithmetic() -> None:
    """The proof imports only errors, scenario and the worker processes of ``system``: shared
    code would repeat a shared mistake."""
    foreign = [
        f"{path.relative_to(ROOT)} imports planner.{room}"
        for path in SOURCES
        if room_of(path) == "proof"
        for room in rooms_imported(path.read_text(encoding="utf-8"))
        if room not in AUDIT_KNOWS
    ]
    assert not foreign


@pytest.mark.parametrize(
    ("source", "room"),
    [
        ("import planner.cli.run", "cli"),
        ("from planner import names", "names"),
        ("def f():\n    from planner.plan.tables import x", "plan"),
    ],
)
def test_every_way_to_import_is_seen(source: str, room: str) -> None:
    """An import hidden in a function, or of a module as a name, must not escape the test."""
    assert list(rooms_imported(source)) == [room]


def test_files_stay_short() -> None:
    """No file over 800 lines: a longer one does two things."""
    lengths = {
        path.relative_to(ROOT.parent).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in [*SOURCES, *sorted(Path(__file__).parent.glob("*.py"))]
    }
    long = {name: n for name, n in lengths.items() if n > STILL_LONGER.get(name, LONGEST)}
    assert not long


def test_no_drawer_for_odds_and_ends() -> None:
    """No ``utils.py``, ``helpers.py`` or ``common.py``: a thing has a name or no place."""
    drawers = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}
    assert not [str(path) for path in SOURCES if path.name in drawers]


HEAVY = ("pandas", "numpy", "matplotlib", "pulp", "highspy")


def test_doors_import_nothing_heavy() -> None:
    """``planner --help`` starts fast only while no door imports pandas and the like at the top."""
    heavy = []
    for path in SOURCES:
        if room_of(path) not in {"cli", "__init__", "__main__"}:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            heavy += [f"{path.name}: {n}" for n in names if n.split(".")[0] in HEAVY]
    assert not heavy
