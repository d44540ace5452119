"""ARCHITECTURE.md and CONTRIBUTING.md against the code: what they name is there, and what must be
named is.

A document that nobody runs is wrong a month later. So each path, dotted name and anchor in it is
looked up, and each rule, link, column and room of the code is looked for in it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from test_layers import AUDIT_KNOWS, LAYERS

import planner
from planner.names import Link, StandingRule
from planner.scenario.measures import MEASURES
from planner.solving import parameters

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("ARCHITECTURE.md", "CONTRIBUTING.md")
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS}
ARCHITECTURE = TEXTS["ARCHITECTURE.md"]
ROOMS = frozenset().union(*LAYERS)
ENDINGS = r"(json|csv|xlsx|yaml|md|py|toml|docx|html|typ|js|pdf|png|svg)"
FORMULATION = sorted((ROOT / "planner" / "formulation").glob("*.py"))
SOURCES = [p for room in ("planner", "tests") for p in sorted((ROOT / room).rglob("*.py"))]


def spans(text: str) -> list[str]:
    """What stands in backticks outside of fenced blocks."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]


def paths(text: str) -> list[str]:
    """Paths in backticks, and files of the tests that the commands name."""
    fenced = "\n".join(re.findall(r"^```.*?^```", text, flags=re.S | re.M))
    firsts = {"planner", "tests", "scenarios", "notebooks", ".ci", *ROOMS}
    found = [s for s in spans(text) if re.fullmatch(r"[\w.*-]+(/[\w.*-]*)+", s)]
    found += re.findall(r"\btests/[\w./]+", fenced + " ".join(s for s in spans(text) if " " in s))
    return [p for p in found if p.split("/")[0] in firsts]


def dotted(text: str) -> list[str]:
    """Names in backticks that begin with a room: ``formulation.works.one_source``."""
    named = rf"({'|'.join(sorted(ROOMS))})(\.\w+)+"
    return [s for s in spans(text) if re.fullmatch(named, s) and not re.search(rf"\.{ENDINGS}$", s)]


def there(name: str) -> bool:
    """Whether the package has something of this dotted name."""
    parts = ["planner", *name.split(".")]
    for length in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as its readers' pages make them."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M), re.M)
    return {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads}


def table(heading: str, first: str) -> list[list[str]]:
    """The rows of the table under a heading whose first column is called ``first``."""
    _, _, below = ARCHITECTURE.partition(f"\n## {heading}\n")
    section = below.partition("\n## ")[0]
    lines = section.partition(f"| {first} |")[2].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def unlike(told: Iterable[str], due: Iterable[str]) -> list[str]:
    """What is told and not there, there and not told, or told twice."""
    found, wanted = Counter(map(str, told)), Counter(map(str, due))
    return sorted((found - wanted) + (wanted - found))


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_is_there(document: str) -> None:
    """A file that was moved or renamed must be followed by the documents."""
    named = paths(TEXTS[document])
    assert named
    missing = [p for p in named if not any(any(base.glob(p)) for base in (ROOT, ROOT / "planner"))]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_name_is_there(document: str) -> None:
    """A function that was renamed must be followed by the documents."""
    named = dotted(TEXTS[document])
    assert named
    assert not [name for name in named if not there(name)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_is_there(document: str) -> None:
    """``tests/test_rules.py::test_standing_rules_solved_by_hand`` names what the file defines."""
    named = [s.split("::") for s in spans(TEXTS[document]) if "::" in s]
    assert not [
        f"{path}::{name}"
        for path, name in named
        if not re.search(rf"^(def |class )?{name}\b", (ROOT / path).read_text("utf-8"), re.M)
    ]


@pytest.mark.parametrize("document", ["README.md", *DOCUMENTS])
def test_every_link_leads_somewhere(document: str) -> None:
    """Links between the documents: the file is there, and the heading in it."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        place = ROOT / path if path else ROOT / document
        assert place.exists(), target
        assert not anchor or anchor in anchors(place.read_text(encoding="utf-8")), target


def test_docstrings_cite_sections_that_there_are() -> None:
    """``ARCHITECTURE.md#decisions`` in a docstring is a heading; older names of a design that is
    not here lead nowhere."""
    known = anchors(ARCHITECTURE)
    for path in SOURCES:
        source = path.read_text(encoding="utf-8")
        cited = re.findall(r"ARCHITECTURE\.md#([\w-]+)", source)
        assert set(cited) <= known or path == Path(__file__), path.name
        assert not re.search(r"(design|domain\.md) ?§|domain\.md", source) or path == Path(
            __file__
        ), path.name


def test_the_picture_is_that_of_the_layers() -> None:
    """The table of rooms is the one that the imports are held to."""
    rows = table("The picture", "layer")
    assert [int(row[0]) for row in rows] == list(range(len(LAYERS)))
    assert [frozenset(codes(row[1])) for row in rows] == list(LAYERS)
    apart = next(line for line in ARCHITECTURE.splitlines() if line.startswith("`proof` is apart"))
    assert {"proof", *codes(apart)} == set(AUDIT_KNOWS)


@pytest.mark.slow
def test_a_scenario_does_not_climb_back_up(tmp_path: Path) -> None:
    """From ``load`` to the letter no function calls one of a higher layer, but the wrapper of the
    verbs (``asked``): whoever follows the way of a scenario reads downwards. A callback that
    reached up would be seen here and not in the imports."""
    level = {room: n for n, rooms in enumerate(LAYERS) for room in rooms}
    base, climbs = ROOT / "planner", set[tuple[str, str]]()

    def layer(code: CodeType) -> int:
        path = Path(code.co_filename)
        return level[path.relative_to(base).parts[0].removesuffix(".py")] if (
            path.is_relative_to(base)) else -1  # fmt: skip

    known = cache(layer)

    def look(frame: FrameType, event: str, _: object) -> None:
        called, above = known(frame.f_code), frame.f_back
        if event != "call" or called < 0 or frame.f_code.co_name == "<module>":
            return
        while above is not None and known(above.f_code) < 0:
            above = above.f_back
        if above and known(above.f_code) < called and above.f_code.co_name != "asked":
            climbs.add((above.f_code.co_qualname, frame.f_code.co_qualname))

    sys.setprofile(look)
    try:
        result = planner.solve(planner.load(ROOT / "scenarios" / "three-schools"))
        planner.write(result, tmp_path / "plan", figures=False)
        planner.report(tmp_path / "plan", tmp_path / "papers", forms=["docx"])
    finally:
        sys.setprofile(None)
    assert not climbs


def test_every_standing_rule_is_told() -> None:
    """Its algebra; and what formulates it, where no function of its name does."""
    elsewhere = {c: row[1] for row in table("Standing rules", "rule") for c in codes(row[0])}
    for rule in map(str, StandingRule):
        own = any(there(f"formulation.{path.stem}.{rule}") for path in FORMULATION)
        assert own != (rule in elsewhere), f"ARCHITECTURE.md: what formulates {rule}?"
    assert set(elsewhere) <= set(StandingRule)
    assert all(there(code) for cell in elsewhere.values() for code in codes(cell))
    below = ARCHITECTURE.partition("\n## Standing rules\n")[2].partition("\n## ")[0]
    told = re.findall(r"^- `(\w+)(?:\[[^`]*\])?`: ", below, re.M)
    assert not unlike(told, StandingRule), "ARCHITECTURE.md: one line of algebra a rule"


def test_every_measure_is_told() -> None:
    """A row each: what it sums, and in which unit."""
    rows = table("Own rules", "measure")
    told = [code for row in rows for code in codes(row[0])]
    assert not unlike(told, MEASURES), "ARCHITECTURE.md: a row a measure"
    assert all(sums and unit for _, sums, unit in rows)


def test_every_link_is_told() -> None:
    """Rows that are no rules stand in one of the two tables of links."""
    told = [c for first in ("link", "cut") for row in table("Links and cuts", first)
            for c in codes(row[0])]  # fmt: skip
    assert not unlike(told, Link), "ARCHITECTURE.md: a row a link"


def test_numbers_are_those_of_the_code() -> None:
    """``WHOLE_BELOW`` = 5,000 in the document is the parameter of that name."""
    told = re.findall(r"`([A-Z_]+)` = ([\d.,]*\d)", ARCHITECTURE)
    assert told
    for name, number in told:
        assert getattr(parameters, name) == float(number.replace(",", "")), name


def kinds() -> Iterator[str]:
    """Kinds of column: the first argument of ``add_columns`` in the formulation, be it handed on
    by a function of the same file."""
    for path in FORMULATION:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        handed: dict[str, int] = {"add_columns": 0}
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            parameters = [a.arg for a in function.args.args]
            for name, kind in calls(function, "add_columns", 0):
                if isinstance(kind, ast.Name) and kind.id in parameters and name == "add_columns":
                    handed[function.name] = parameters.index(kind.id)
        for wanted, place in handed.items():
            for _, kind in calls(tree, wanted, place):
                if isinstance(kind, ast.Constant):
                    yield kind.value


def calls(tree: ast.AST, wanted: str, place: int) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) > place:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name == wanted:
                yield name, node.args[place]


def test_every_kind_of_column_is_told() -> None:
    """The table of decisions holds what the formulation decides, and nothing else."""
    told = [code for row in table("Decisions", "column") for code in codes(row[0])]
    found = set(kinds())
    assert {"buy", "works", "gain"} <= found
    assert not unlike(told, found), "ARCHITECTURE.md: a row a kind of column"
