"""The Python door: names, examples, what-ifs, cards, many solves side by side."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest

import planner
from planner.errors import ExitCode, Finding, InputError, Place
from planner.scenario.scenario import Scenario


def members(owner: type) -> Iterator[tuple[str, Any]]:
    """Public methods and properties that a class defines itself (fields and enum values aside)."""
    for name, value in vars(owner).items():
        function = getattr(value, "fget", None) or getattr(value, "func", None) or value
        if not name.startswith("_") and inspect.isfunction(function):
            yield f"{owner.__name__}.{name}", function


def public() -> dict[str, Any]:
    """Everything that ``import planner`` offers, down to the methods of its classes."""
    found: dict[str, Any] = {}
    for name in planner.__all__:
        value = getattr(planner, name)
        if name == "plots":
            found |= {f"plots.{n}": getattr(value, n) for n in value.__all__}
            continue
        found[name] = value
        if inspect.isclass(value):
            found |= dict(members(value))
    return found


@pytest.fixture(autouse=True)
def _no_window(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(__file__.rsplit("/", 2)[0])
    before, drawn = planner.language(), mpl.get_backend()
    mpl.use("Agg")
    yield
    planner.language(before)
    mpl.use(drawn)


@pytest.fixture
def base() -> Scenario:
    return planner.load("scenarios/three-schools")


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] if k % 2 else []) for k, n in enumerate(public())],
)
def test_every_public_name_has_an_example_that_runs(name: str) -> None:
    """Proves that nothing public is left unexplained, and that every example gives what it
    says; a renamed argument, or a name added without an example, would fail here."""
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner(verbose=False)
    for example in finder.find(public()[name], name, globs={}):
        runner.run(example)
    assert runner.summarize(verbose=False).attempted > 0
    assert runner.failures == 0


def documented(owner: Any) -> dict[str, dict[str, str]]:
    """The tables of columns in a docstring: DataFrame → column → dtype."""
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in inspect.getdoc(owner).splitlines():
        head = re.match(r"(?:(\w+) : )?DataFrame$", line.strip())
        row = re.match(r"\s+(\S+)\s+(str|int64|Int64|float64|object|number)\b", line)
        if head:
            current = found.setdefault(head[1] or "", {})
        elif row:
            current[row[1]] = row[2]
    return found


def agree(said: dict[str, str], frame: pd.DataFrame) -> None:
    """Columns in order and their dtypes are what the documentation says."""
    some = [c for c in frame.columns if re.sub("_(completed|under_construction|preparing|none)$",
                                               "_<group>", c) not in said]  # fmt: skip
    assert [c for c in frame.columns if c in said] == [c for c in said if "<" not in c]
    assert some == []
    for column, dtype in said.items():
        if column in frame and dtype != "number":
            right = pd.api.types.is_string_dtype if dtype == "str" else lambda v, d=dtype: v == d
            assert right(frame[column].dtype), (column, frame[column].dtype)
        elif column in frame:
            assert pd.api.types.is_numeric_dtype(frame[column].dtype), column


def test_tables_are_as_documented(base: Scenario, tmp_path: Path) -> None:
    """Proves that columns, their order and their dtypes are those of the docstrings, for full
    and for empty tables, fresh and read; a column added without a word would fail here."""
    result = planner.solve(base)
    again = planner.read(planner.write(result, tmp_path / "plan", figures=False))
    for name, said in documented(planner.Plan).items():
        agree(said, getattr(result.plan, name))
        agree(said, getattr(again.plan, name))
        assert said, name
    less = base.with_("funds.district.amounts.2025", 80_000_000)
    for found in (planner.compare(result), planner.compare(result, less)):
        for name, said in documented(planner.Comparison).items():
            agree(said, getattr(found, name))
    loose = planner.solve(base, relax=True).relaxation
    for name, said in documented(planner.Relaxation).items():
        agree(said, getattr(loose, name))
    for ask in ({"fund": "district"}, {"fairness": True}):
        traced = planner.frontier(base, points=2, workers=0, **ask)
        for name, said in documented(planner.Frontier).items():
            agree(said, getattr(traced, name))
    for findings in (planner.check("scenarios/three-schools"), planner.audit(result)):
        agree(documented(planner.check)[""], findings)


def test_names_and_stub_agree() -> None:
    """Proves that type checkers see what there is; a name missing from the stub is an error
    for everybody who checks types."""
    stub = (Path(planner.__file__).parent / "__init__.pyi").read_text(encoding="utf-8")
    assert sorted(re.findall(r" as (\w+)$", stub, re.MULTILINE)) == sorted(planner.__all__)


USER = """
from pathlib import Path

import planner


def cheapest(path: Path) -> tuple[str, int]:
    base = planner.load(path)
    result: planner.Result = planner.solve(base, gap=0.01)
    session = planner.session(base)
    less = session.solve({"district": {2025: 80_000_000}})
    found = planner.compare(result, less, names=["today", "less"])
    traced = planner.frontier(base, fund="district", points=3, workers=0)
    planner.plots.frontier(traced, lang="en").set_title("x")
    planner.report(result, Path("out"), forms=["html"])
    try:
        spent = result.plan.spent
    except planner.NoPlanError:
        spent = 0
    return str(found.lines["cause"].iloc[0]), spent
"""


@pytest.mark.slow
def test_a_users_script_passes_strict_types(tmp_path: Path) -> None:
    """Proves that the stub and ``py.typed`` work from outside; a wrong argument is found."""
    (tmp_path / "good.py").write_text(USER, encoding="utf-8")
    (tmp_path / "bad.py").write_text(USER.replace("gap=0.01", "gaps=0.01"), encoding="utf-8")
    for name, code in (("good.py", 0), ("bad.py", 1)):
        run = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", name], cwd=tmp_path, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
        assert run.returncode == code, run.stdout


def test_import_is_instant() -> None:
    """Proves that nothing heavy comes with the package; a top-level import of pandas would
    cost a second and show here."""
    code = "import planner, sys; print('pandas' in sys.modules, 'matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]


def test_audit_is_a_function_whatever_was_imported(base: Scenario) -> None:
    """Proves that importing the package of the same name does not hide the verb."""
    importlib.import_module("planner.proof")
    assert planner.audit(planner.solve(base)).empty


def test_what_if_changes_one_thing_and_not_the_original(base: Scenario) -> None:
    """Proves that money is rounded half up to whole đồng and the scenario stays as it is; a
    shared dictionary would change both."""
    less = base.with_("funds.district.amounts.2025", 0.1 * 100_000_005)
    assert less.settings.funds["district"].amounts == {2025: 10_000_001, 2026: 60_000_000}
    assert base.settings.funds["district"].amounts[2025] == 100_000_000
    assert base.with_({}) == base


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("funds.distrct.amounts.2025", 1, "key_unknown"),
        ("tial_years", 1, "key_unknown"),
        ("data.schools", "other.csv", "what_if_tables"),
        ("discount", "a tenth", "number_malformed"),
    ],
)
def test_what_ifs_are_checked(base: Scenario, key: str, value: object, code: str) -> None:
    """Proves that a slip is a finding; unchecked, the first would make a new, empty fund."""
    with pytest.raises(InputError) as caught:
        base.with_(key, value)
    if code != "number_malformed":
        assert [f.code for f in caught.value.findings] == [code]


def test_errors_say_what_is_wrong(base: Scenario) -> None:
    """Proves that the exception alone tells a notebook's reader the place, the reason and the
    nearest key, in the language chosen; the bare code told none of it."""
    with pytest.raises(InputError) as caught:
        base.with_({"tial_years": 2, "": 1})
    planner.language("en")
    assert "with_ [tial_years] key_unknown: " in str(caught.value)
    assert "tail_years" in str(caught.value)
    assert "--set" not in str(caught.value)
    planner.language("vi")
    assert "không" in str(caught.value)


@pytest.mark.parametrize("kind", [InputError, planner.AuditError])
def test_errors_come_back_from_workers(kind: type[InputError]) -> None:
    """Proves that every error survives the way between processes whole; rebuilt from its text
    alone, one failed point broke its pool and was told as «the worker died»."""
    where = Place("a.csv", key="k")
    found = kind([Finding("key_unknown", where, {"name": "x", "nearest": "-"})])
    none = planner.NoPlanError("infeasible", ExitCode.INFEASIBLE)
    for error in (found, none, planner.SolverError("solver_unknown", "abacus")):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert (str(again), vars(again)) == (str(error), vars(error))


def test_what_ifs_take_what_pandas_holds(base: Scenario) -> None:
    """Proves that a Series by year is as good as a mapping, that a key that is no text is
    refused as such, and that money in a year the plan does not know is not passed over."""
    money = pd.Series({2025: 80_000_000.4, 2026: 60_000_000})
    cut = base.with_("funds.district.amounts", money)
    assert cut.settings.funds["district"].amounts == {2025: 80_000_000, 2026: 60_000_000}
    for odd in (5, None, {1: 2}):
        with pytest.raises(TypeError, match="dotted settings keys"):
            base.with_(odd)  # type: ignore[arg-type]
    with pytest.warns(UserWarning, match="1999"):
        base.with_("funds.district.amounts.1999", 1)


def test_one_year_of_an_envelope_keeps_the_others() -> None:
    """Proves that ``envelope`` is written out first; merging into the word would leave the
    fund with one year."""
    base = planner.load("scenarios/ba-dinh")
    whole = base.settings.amounts(base.settings.funds["district-capital"])
    cut = base.with_("funds.district-capital.amounts.2024", 1)
    assert cut.settings.funds["district-capital"].amounts == whole | {2024: 1}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_cards_escape_what_people_wrote(base: Scenario, lang: str) -> None:
    """Proves that a title cannot carry markup into a notebook."""
    planner.language(lang)
    evil = base.with_({"title.vi": "<script>x</script>", "title.en": "<img src=x>"})
    result = planner.solve(evil)
    found = planner.compare(result, planner.solve(evil.with_("discount", 0.5)))
    traced = planner.frontier(evil, fund="district", points=2, workers=0)
    near = planner.alternatives(result, within=0.2)
    for shown in (evil, result, found, traced, near):
        html = shown._repr_html_()
        assert "<script" not in html
        assert "<img" not in html
        assert html.startswith("<div")
        assert html.endswith("</div>")


def test_a_card_counts_every_line(base: Scenario) -> None:
    """Proves that lines shown and lines named as left out make the badge's number, upkeep
    included; wide tables scroll inside the card instead of running out of it."""
    planner.language("en")
    found = planner.compare(base, base.with_("funds.district.amounts.2025", 80_000_000))
    lines = pd.concat([found.lines, found.lines.assign(kind="upkeep")], ignore_index=True)
    html = replace(found, lines=lines)._repr_html_()
    assert "4 lines" in html
    assert "and 2 more lines" in html
    assert html.count("overflow-x:auto") == html.count("<table")
    planner.language("vi")


@pytest.mark.slow
def test_many_solves_give_the_same_tables_side_by_side(base: Scenario) -> None:
    """Proves that workers change nothing; a model shared between jobs would start some of them
    from another plan. A failing job gives its exception and loses no other."""
    money = [base.with_("funds.district.amounts.2025", m * 10**6) for m in range(0, 120, 40)]
    beside = planner.solve_many(money, workers=2)
    in_turn = planner.solve_many([*money, None], workers=0)  # type: ignore[list-item]
    assert isinstance(in_turn[-1], Exception)
    for one, other in zip(beside, in_turn, strict=False):
        for name, table in one.plan.text_tables().items():
            assert table.equals(other.plan.text_tables()[name])


@pytest.mark.slow
def test_two_hundred_what_ifs(base: Scenario) -> None:
    """Proves the same for two hundred, as many as an analyst would ask in an afternoon."""
    money = [base.with_("funds.district.amounts.2025", k * 10**6) for k in range(200)]
    beside, in_turn = (planner.solve_many(money, workers=w) for w in (2, 0))
    assert all(
        a.plan.allocation.equals(b.plan.allocation) for a, b in zip(beside, in_turn, strict=True)
    )
