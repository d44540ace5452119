"""The house's order: who may import whom, where imports hide, how large a room may grow
(ARCHITECTURE.md#the-picture)."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
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
        "api questions web cli __init__ __main__",
    )
)
"""Rooms from the ground up; a module imports from its own layer or a lower one."""
AUDIT_KNOWS = {"errors", "scenario", "system", "proof"}
DOORS = {"api", "questions", "web", "cli", "plots"}
"""Rooms where a function may import: start-up and memory wait for it there."""
PAINTING = ROOT / "present" / "painting.py"
"""Starts processes that draw, so that the one that solves never loads matplotlib."""
MOST_INNER = 40
"""Imports inside functions, all doors together."""
MOST_FILES = 30
"""Modules in a folder."""
LONGEST = 800
STILL_LONGER: dict[str, int] = {}
"""Files waiting to be split, with a ceiling of their own that may only come down."""
SOURCES = sorted(ROOT.rglob("*.py"))


def layer(room: str) -> int:
    """The layer of a top-level module or package of ``planner``."""
    found = [k for k, rooms in enumerate(LAYERS) if room in rooms]
    assert found, f"planner.{room} stands on no layer: give it one here and in ARCHITECTURE.md"
    return found[0]


@cache
def nodes_of(source: str) -> tuple[ast.AST, ...]:
    """All nodes of a source, parsed once for all tests."""
    return tuple(ast.walk(ast.parse(source)))


def rooms_imported(source: str) -> Iterator[str]:
    """Rooms of ``planner`` that a source imports, also inside functions and for typing."""
    for node in nodes_of(source):
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
    """The proof imports only errors, scenario and worker processes: shared code would repeat a
    shared mistake."""
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


def inner_imports(source: str) -> int:
    """Imports inside functions, of ``planner`` or of a whole module (``import x``)."""
    inner = {
        node
        for function in nodes_of(source)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for node in ast.walk(function)
        if isinstance(node, ast.Import)
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "planner")
    }
    return len(inner)


def test_functions_import_in_the_doors_alone() -> None:
    """Elsewhere an import inside a function hides a circle or an arrow that points up."""
    counted = {p: inner_imports(p.read_text(encoding="utf-8")) for p in SOURCES}
    assert not [
        str(p.relative_to(ROOT))
        for p, n in counted.items()
        if n and room_of(p) not in DOORS and p != PAINTING
    ]
    assert sum(counted.values()) <= MOST_INNER


def test_an_import_inside_a_function_is_seen() -> None:
    """However deep it hides; one that only spares a library's own weight is not counted."""
    assert inner_imports("import a\ndef f():\n    def g():\n        import a.b") == 1
    assert (
        inner_imports("class A:\n    async def f(self):\n        from planner.plan import x") == 1
    )
    assert inner_imports("def f():\n    from rich.console import Console") == 0


def module_name(path: Path) -> str:
    return ".".join(("planner", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(
        ".__init__"
    )


def imported(source: str) -> Iterator[str]:
    """Modules of ``planner`` that a source imports, also inside functions and for typing."""
    for node in nodes_of(source):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for name in (f"{node.module}.{alias.name}" for alias in node.names):
                yield name if name in MODULES else str(node.module)


MODULES = {module_name(path): path for path in SOURCES}


def test_no_circle_of_imports() -> None:
    """Fails on any circle, also one that is broken by an import inside a function or that types
    alone close: who reads one of its files has to read them all."""
    graph = {
        name: set(imported(path.read_text(encoding="utf-8"))) & MODULES.keys() - {name}
        for name, path in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_folders_stay_small() -> None:
    """A folder that cannot be taken in at a glance is two folders."""
    files = Counter(path.parent for path in SOURCES)
    assert not {str(folder): n for folder, n in files.items() if n > MOST_FILES}


def test_no_two_modules_of_one_name() -> None:
    """One name has one meaning; the bodies of the verbs alone are called like what they run, and
    the proof's like what they prove."""
    names = Counter(
        path.stem
        for path in SOURCES
        if path.stem != "__init__" and room_of(path) not in {"cli", "proof"}
    )
    assert not [name for name, n in names.items() if n > 1]


HEAVY = ("pandas", "numpy", "matplotlib", "pulp", "highspy", "pydantic", "inspect", "tomllib")


@pytest.mark.parametrize("module", ["planner", "planner.cli", "planner.cli.commands"])
def test_doors_import_nothing_heavy(module: str) -> None:
    """``planner --help`` and ``planner VERB --help`` start fast only while nothing that they
    import brings pandas and the like, or a module of Python's that takes long."""
    ask = f"import sys, {module}; print(*(m for m in {HEAVY} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    allowed = {"inspect"} if module.startswith("planner.cli") else set()  # click's own
    assert set(done.stdout.split()) <= allowed
