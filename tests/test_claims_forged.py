"""Every key of ``plan.json`` deleted, emptied, changed or of another kind: found, or said to be
taken on trust. And bounds, which no audit can recompute, solved again."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import planner
from planner.cli.commands import audit as command
from planner.run.folder import prove

TRUSTED = {
    "seconds", "settings.gap", "settings.time_limit", "settings.threads", "settings.solver",
    "settings.method", "settings.method_why",
}  # fmt: skip
"""Claims that nothing in the folder says otherwise: only their kind is looked at."""
TRUSTED_BELOW = ("versions.", "inputs.")
"""Texts and hashes of what is not in the folder."""


@pytest.fixture(scope="module", params=["weighted", "strict", "maxmin"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan folder in each mode of priority."""
    base = planner.load(Path(__file__).parents[1] / "scenarios" / "three-schools")
    result = planner.solve(base.with_("priority.mode", request.param))
    return planner.write(result, tmp_path_factory.mktemp("plan") / "plan", figures=False)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value, parts of parts included."""
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else ()
    pairs = enumerate(value) if isinstance(value, list) else pairs
    for key, below in pairs:
        yield from paths(below, (*path, key))


def variants(head: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(key, how, forged) of every value deleted, emptied, changed and of other kinds."""
    for path in paths(head):
        name = ".".join(str(p) for p in path)
        old = head
        for part in path:
            old = old[part]
        wrong: list[tuple[str, Any]] = [
            (f"is {new!r}", new) for new in (None, "", [], {}, "x", -7, True) if new != old
        ]
        wrong.append(("deleted", ...))
        if isinstance(old, float | int) and not isinstance(old, bool):
            wrong.append(("larger", old * 1.01 + 1))
        if isinstance(old, str):
            wrong.append(("longer", old + "x"))
        for how, new in wrong:
            forged = copy.deepcopy(head)
            below: Any = forged
            for part in path[:-1]:
                below = below[part]
            if new is ...:
                del below[path[-1]]
            else:
                below[path[-1]] = new
            yield name, how, forged


def harmless(name: str, how: str, head: dict[str, Any]) -> bool:
    """Whether a change says nothing that the folder could contradict (README)."""
    if how in ("larger", "longer", "is 'x'") and name in {*TRUSTED, "scenario"}:
        return True
    if name == "settings.threads" and how == "is None":
        return True
    if name in {"settings.solver", "settings.method_why"}:
        return how != "deleted" and how.startswith(("is ''", "longer"))
    if name.startswith(TRUSTED_BELOW):  # texts of what is not here, of any number
        return how in ("longer", "deleted", "is 'x'")
    return name == "inputs" and how == "is {}"


EVERY = {"weighted": 18, "maxmin": 37, "strict": 73}
"""Of how many variants one is tried by default: the keys of all modes are those of ``weighted``,
with more stages."""


@pytest.mark.parametrize("every", [EVERY, pytest.param({}, marks=pytest.mark.slow)])
def test_every_forged_claim_is_found(written: Path, every: dict[str, int]) -> None:
    """Hundreds of variants a mode, of which some by default, in turn, so that each key has its
    own: whatever is not taken on trust is a finding, nothing makes the audit raise. A stage
    deleted, a status changed or a list emptied used to pass."""
    file = written / "plan.json"
    text = file.read_text("utf-8")
    head = json.loads(text)
    step = every.get(head["settings"]["priority"], 1)
    missed, count = [], 0
    try:
        for number, (name, how, forged) in enumerate(variants(head)):
            if name.startswith("files") or number % step:
                continue
            file.write_text(json.dumps(forged), encoding="utf-8")
            count += 1
            if not prove(written)[0] and not harmless(name, how, head):
                missed.append((name, how))
    finally:
        file.write_text(text, encoding="utf-8")
    assert count > 100 // step
    assert not missed
    assert prove(written)[0] == []


def test_an_unknown_claim_is_found(written: Path) -> None:
    """A key that no plan has could promise anything."""
    file = written / "plan.json"
    text = file.read_text("utf-8")
    try:
        file.write_text(json.dumps(json.loads(text) | {"proven": True}), encoding="utf-8")
        assert [f.code for f in prove(written)[0]] == ["audit_claim_unknown"]
    finally:
        file.write_text(text, encoding="utf-8")


def test_bounds_are_solved_again(written: Path) -> None:
    """The bounds of an honest plan hold: exit 0, and each stage says so."""
    done = CliRunner().invoke(command, [str(written), "--prove", "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert "holds" in done.output
    assert "refuted" not in done.output
    assert planner.audit(written, prove=True).empty


def test_bounds_are_proven_by_the_method_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that was found by school is proven by school; solved whole, a country's bounds
    stayed open for want of time."""
    from tiny import school, tiny

    from planner.analysis.verdicts import prove_bounds
    from planner.run.optimize import claims, optimize
    from planner.solving.lagrangian.search import LagrangianEngine

    solves: list[str] = []
    solve = LagrangianEngine.solve

    def heard(self: Any, *args: Any, **more: Any) -> Any:
        solves.append(more["stage"])
        return solve(self, *args, **more)

    schools = [school("a"), school("b", pupils=300, classes=10)]
    found = optimize(tiny(schools=schools, cap=60), method="by-school", threads=1)
    monkeypatch.setattr(LagrangianEngine, "solve", heard)
    proofs = prove_bounds(found.scenario, claims(found))
    assert solves == ["value"]
    assert [p.verdict for p in proofs] == ["holds"]
    whole = optimize(found.scenario, method="whole", threads=1)
    assert [p.verdict for p in prove_bounds(whole.scenario, claims(whole))] == ["holds"]
    assert solves == ["value"]


def test_a_bound_on_what_whole_money_buys_is_proven() -> None:
    """Records at 40 may take a tenth of all that is spent, three computers at 40 the rest: the
    claim that no plan beats 13 đồng of records holds, although 13 1/3 would.

    In parts of a đồng it stayed open; a claim below what 13 đồng buy is refuted.
    """
    from tiny import item, school, tiny

    from planner.analysis.verdicts import prove_bounds
    from planner.run.optimize import claims, optimize

    share = {"share": "0.1", "of": {"school": ["a"]}}
    scenario = tiny(
        schools=[school("a", classes=3)],
        items=[item("pc", 40), item("rec", 40, whole=False)],
        cap=1000,
        rules={"tenth": {"measure": "spend", "where": {"item": "rec"}, "at_most": share}},
    )
    found = claims(optimize(scenario))
    assert [p.verdict for p in prove_bounds(scenario, found)] == ["holds"]
    (stage,) = found["stages"]  # type: ignore[misc]
    low = dict(found) | {"stages": [stage | {"bound": stage["value"] - 1}]}
    assert [p.verdict for p in prove_bounds(scenario, low)] == ["refuted"]


def test_without_a_solver_the_bound_is_said_to_be_trusted(written: Path) -> None:
    """The audit does not claim more than it did."""
    for lang, words in (("en", "taken on trust"), ("vi", "lời khai")):
        done = CliRunner().invoke(command, [str(written), "--lang", lang])
        assert done.exit_code == 0
        assert words in done.output.lower()


def poor_plan(folder: Path) -> Path:
    """A plan that buys nothing and calls itself optimal: every claim follows from the tables,
    and the bound is a lie."""
    base = planner.load(Path(__file__).parents[1] / "scenarios" / "three-schools")
    nothing = base.with_({"funds.district.amounts.2025": 0, "funds.district.amounts.2026": 0})
    path = planner.write(planner.solve(nothing, gap=0), folder / "poor", figures=False)
    rich = planner.write(planner.solve(base, gap=0), folder / "rich", figures=False)
    return _with_inputs_of(path, rich)


def _with_inputs_of(poor: Path, rich: Path) -> Path:
    """The same tables under the inputs of the other folder, and all that follows from them."""
    import pandas as pd

    from planner.formulation.facts import Facts
    from planner.plan import build_plan
    from planner.plan.decisions import decisions_by_hand
    from planner.run.folder import WORKBOOK, hashes, write_csv, write_tables
    from planner.run.optimize import claims, unproven

    scenario = planner.read(rich).scenario
    outlook = build_plan(decisions_by_hand(Facts(scenario), {}, {}, {}, {}, {}))
    assert isinstance(outlook.plan.allocation, pd.DataFrame)
    head = json.loads((rich / "plan.json").read_text("utf-8"))
    tables = outlook.plan.coded_tables()
    for name, table in tables.items():
        write_csv(table, rich / f"{name}.csv")
    write_tables(tables, rich / WORKBOOK, scenario.settings.illustrative, scenario)
    forged = claims(unproven(scenario, outlook))
    proof = {"bound": 0.0, "gap": 0.0, "status": "optimal"}
    stages = [s | proof for s in forged["stages"]]  # type: ignore[attr-defined]
    forged |= proof | {"stages": stages, "settings": head["settings"]}
    body = head | forged | {"files": hashes(rich)}
    (rich / "plan.json").write_text(json.dumps(body), encoding="utf-8")
    return rich


def test_a_bound_that_a_plan_beats_is_refuted(tmp_path: Path) -> None:
    """A plan that buys nothing and calls itself optimal passes the audit, which cannot know
    better; solved again it ends with 6, in Python with an error."""
    folder = poor_plan(tmp_path)
    assert CliRunner().invoke(command, [str(folder)]).exit_code == 0
    done = CliRunner().invoke(command, [str(folder), "--prove", "--lang", "en", "--json"])
    assert done.exit_code == 6, done.output
    (proof,) = json.loads(done.stdout)["proof"]
    assert proof["verdict"] == "refuted"
    assert proof["reached"] == pytest.approx(8633.333, abs=0.01)
    found = planner.audit(folder, prove=True)
    assert found["code"].tolist() == ["bound_refuted"]
    short = CliRunner().invoke(command, [str(folder), "--time-limit", "3"])
    assert short.exit_code == 2
