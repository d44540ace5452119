"""The audit in blocks of schools: the same findings, however many blocks there are.

The plan is bought by a ranking (no solver), then changed decision by decision and told anew, so
that every table agrees with the decisions and a standing rule alone may be broken; or a single
cell is spoilt. (That blocks add up to the whole is looked at wherever a test audits: conftest.)
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn import LETTERS
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.formulation import facts as formulation
from planner.formulation.build import formulate
from planner.plan import TABLES, Outlook, build_plan
from planner.plan.decisions import Decisions, decide, decisions_by_hand
from planner.proof import blocks
from planner.proof.cells import KEYS, Report, read_tables
from planner.proof.inputs import Facts
from planner.run.optimize import claims, unproven
from planner.run.result import Result
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Settings
from planner.system.worker_pool import WorkerPool
from tests.benchmarks.greedy import greedy
from tests.benchmarks.instances import Case, scenario_of

AUDIT = sys.modules["planner.proof"]
SCHOOLS = 10
Told = tuple[dict[str, pd.DataFrame], Mapping[str, Any]]


@cache
def bought(schools: int, seed: int) -> Decisions:
    """What a ranking buys for invented schools with rules, requests and capacities."""
    form = formulate(scenario_of(Case(schools, "rules", seed=seed)))
    return decide(form, greedy(form))


@cache
def rich() -> Decisions:
    """The same where money is no question and no rule of the scenario's own stands."""
    decisions = bought(SCHOOLS, 0)
    scenario = decisions.facts.scenario
    plain = scenario.settings.model_dump(by_alias=True, exclude_none=True) | {"rules": {}}
    for fund in plain["funds"].values():
        fund["amounts"] = {year: 50 * money for year, money in fund["amounts"].items()}
    own = replace(scenario, settings=Settings.model_validate(plain))
    return replace(decisions, facts=formulation.Facts(own))


def ranked(scenario: Scenario, outlook: Outlook) -> Result:
    """A plan with no claim to be good."""
    return unproven(scenario, outlook)


def told(decisions: Decisions) -> Told:
    """All tables and claims of the decisions, whatever rules they break."""
    outlook = build_plan(decisions)
    result = ranked(decisions.facts.scenario, outlook)
    return outlook.plan.coded_tables(), claims(result)


IN_BLOCKS = blocks.in_blocks


def found(scenario: Scenario, plan: Told, size: int) -> list[str]:
    """The findings of the audit in blocks of so many schools, as text."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "SCHOOLS", size)
        patch.setattr(AUDIT, "in_blocks", IN_BLOCKS)
        return [repr(finding) for finding in AUDIT.audit(scenario, *plan)]


def proven(scenario: Scenario, plan: Told) -> bool:
    """Whether nothing is wrong, in blocks of three schools and (the same) at once."""
    whole = found(scenario, plan, SCHOOLS)
    assert found(scenario, plan, 3) == whole
    return not whole


@pytest.mark.parametrize("size", [1, 3, 9])
def test_an_ordinary_plan_is_proven_in_blocks(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the audit of a country would go through it all at once, and nobody be told."""
    decisions = bought(SCHOOLS, 0)
    scenario, (tables, _) = decisions.facts.scenario, told(decisions)
    monkeypatch.setattr(blocks, "SCHOOLS", size)
    read = {name: table.astype("str") for name, table in tables.items()}  # as from a folder
    for texts in (tables, read):
        assert IN_BLOCKS(Facts(scenario), read_tables(texts, Report())) is not None
        assert found(scenario, (texts, told(decisions)[1]), size) == []


@pytest.mark.slow
def test_worker_processes_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sound and with one line more than there should be: blocks that other processes go through
    add up to what this one finds, and are taken away when one of them is wrong."""
    decisions = bought(SCHOOLS, 0)
    scenario, (tables, head) = decisions.facts.scenario, told_once()
    monkeypatch.setattr(blocks, "SCHOOLS", 4)
    here = IN_BLOCKS(Facts(scenario), read_tables(tables, Report()))
    monkeypatch.setattr(blocks, "WORKERS_FROM", 1)
    monkeypatch.setattr(blocks, "cores", lambda: 2)
    there = IN_BLOCKS(Facts(scenario), read_tables(tables, Report()))
    assert here == there
    lines = tables["allocation"].astype("str")
    last = lines["amount"].iloc[-1]
    wrong = lines.assign(amount=[*lines["amount"].iloc[:-1], f"{last}0"])
    plan = ({**tables, "allocation": wrong}, head)
    assert found(scenario, plan, 4) == found(scenario, plan, SCHOOLS) != []


@pytest.mark.slow
@pytest.mark.parametrize("tasks", [2, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 3))])
def test_what_a_killed_worker_leaves_is_found_here(
    tasks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system kills a worker for its memory, before or while blocks are handed out: this process
    goes through what is left. Else the audit would end in an error that nobody can mend."""
    pools = []

    class Dying(WorkerPool):
        """One worker is killed when it has so many tasks."""

        def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
            task = super().submit(*args, **kwargs)
            pools.append(self)
            if len(pools) == tasks:
                self.crew.started[0].kill()
                with suppress(BrokenProcessPool):
                    task.result(timeout=60)
            return task

    scenario, (tables, head) = bought(SCHOOLS, 0).facts.scenario, told_once()
    monkeypatch.setattr(blocks, "SCHOOLS", 3)
    here = IN_BLOCKS(Facts(scenario), read_tables(tables, Report()))
    monkeypatch.setattr(blocks, "WORKERS_FROM", 1)
    monkeypatch.setattr(blocks, "cores", lambda: 2)
    monkeypatch.setattr(blocks, "WorkerPool", Dying)
    assert IN_BLOCKS(Facts(scenario), read_tables(tables, Report())) == here
    with pytest.raises(BrokenProcessPool):
        pools[0].submit(int).result(timeout=60)
    assert len(pools) >= tasks
    assert found(scenario, (tables, head), 3) == []


CHANGES = 11


def changed(  # noqa: PLR0912
    decisions: Decisions, random: np.random.Generator, kind: int
) -> Decisions:
    """One decision changed: a purchase more, less, moved or gone, or its works left out."""
    facts, lines = decisions.facts, decisions.purchases
    axes = facts.axes
    if kind == 9:
        lines = lines[axes.preparing[lines["school"]]]
    elif kind == 10:
        once = np.array([i.once for i in facts.items])[lines["item"]]
        lines = lines[once & ~axes.preparing[lines["school"]]]
    row = lines.iloc[int(random.integers(len(lines)))]
    school, item, fund, at = (int(row[c]) for c in ("school", "item", "fund", "year"))
    units = int(row["quantity"])
    kept = decisions.purchases.drop(index=[row.name] * (kind != 10))
    if kind == 6 and len(decisions.works):
        gone = decisions.works.sample(1, random_state=int(random.integers(1000))).index
        return replace(decisions, works=decisions.works.drop(index=gone))
    lot = max(facts.items[item].lot, 1)
    if kind == 0:
        units += lot * int(random.integers(1, 40))
    elif kind == 1:
        units -= lot
    elif kind == 2:
        at = int(random.integers(axes.plan_count))
    elif kind == 3:
        fund = int(random.integers(len(facts.funds)))
    elif kind == 4:
        school = int(random.integers(len(axes.schools)))
    elif kind == 5:
        item = int(random.integers(len(facts.items)))
    elif kind == 7:  # a year before the building is ready
        at, school = 0, int(np.flatnonzero(axes.ready > axes.first)[0])
        fund, units = facts.fund_at["capital"], 1
        item = next(
            k
            for k, i in enumerate(facts.items)
            if i.on_site and len(i.payments) < 2 and "capital" in i.nature and not i.requires
        )
    elif kind == 8:  # more than a capacity allows
        item, units = axes.item_at["class-display"], 500
    elif kind == 9:  # a preparing school pays from a fund
        fund = next(k for k, f in enumerate(facts.funds.values()) if f.role == "general")
    elif kind == 10:  # a second delivery
        at, units = (at + 1) % axes.plan_count, lot
    again = {
        (axes.schools[s], axes.items[i], list(facts.funds)[f], axes.first + t): n
        for s, i, f, t, n in zip(
            *(kept[c].tolist() for c in ("school", "item", "fund", "year", "quantity")),
            strict=True,
        )
    }
    key = (axes.schools[school], axes.items[item], list(facts.funds)[fund], axes.first + at)
    if units > 0:
        again[key] = units + again.get(key, 0)
    amounts = {
        k: int(n) * int(facts.price[axes.item_at[k[1]], axes.year_at(k[3])])
        for k, n in again.items()
    }
    works = {
        (axes.schools[s], axes.items[i]): list(facts.funds)[f]
        for s, i, f in zip(*(decisions.works[c] for c in ("school", "item", "fund")), strict=True)
    }
    return decisions_by_hand(
        facts, again, amounts, dict(decisions.chosen), dict(decisions.granted), works
    )


LOCAL = {
    "project_role", "fund_eligible", "need_not_exceeded", "site_ready", "prerequisite_in_service",
    "works_before_purchase", "one_delivery",
}  # fmt: skip


@pytest.mark.slow
def test_a_changed_decision_is_judged_alike() -> None:
    """Plans one decision away from a sound one have the same findings in blocks of three schools
    and at once; the changes break the rules of schools and those that tie them together."""
    random, codes, sound = np.random.default_rng(7), set(), 0
    for k in range(2 * CHANGES):
        decisions = changed(rich() if k % 4 else bought(SCHOOLS, 0), random, k % CHANGES)
        plan, scenario = told(decisions), decisions.facts.scenario
        sound += proven(scenario, plan)
        codes |= {finding.code for finding in AUDIT.audit(scenario, *plan)}
    assert sound > 2, "some changes break nothing"
    due = {f"audit_{rule}" for rule in LOCAL | {"fund_within_budget", "capacity_within", "rule"}}
    assert due <= codes, f"not broken by any change: {due - codes}"


@pytest.mark.parametrize("cells", [3, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.parametrize("table", TABLES)
def test_a_spoilt_cell_is_never_proven(table: str, cells: int) -> None:
    """Some cells of each table, one at a time, off by one or with another row's text."""
    decisions = bought(SCHOOLS, 0)
    tables, head = told(decisions)
    random = np.random.default_rng(TABLES.index(table))
    frame = tables[table].astype("str")
    for _ in range(cells):
        row, column = int(random.integers(len(frame))), int(random.integers(len(frame.columns)))
        cell = frame.iat[row, column]
        others = [t for t in frame.iloc[:, column].unique() if t != cell]
        near = str(int(cell) + 1) if cell.isdigit() else f"{cell}0"
        text = str(random.choice(others)) if others and random.random() < 0.5 else near
        spoilt = frame.copy()
        spoilt.iat[row, column] = text
        place = (row, frame.columns[column], cell, text)
        assert not proven(decisions.facts.scenario, ({**tables, table: spoilt}, head)), place


@pytest.mark.parametrize("table", TABLES)
def test_rows_missing_doubled_or_out_of_order_are_never_proven(table: str) -> None:
    decisions = bought(SCHOOLS, 0)
    tables, head = told(decisions)
    frame, scenario = tables[table], decisions.facts.scenario
    shorter = frame.drop(index=frame.index[len(frame) // 2])
    longer = pd.concat([frame, frame.iloc[:1]], ignore_index=True)
    for other in (shorter, longer, frame.iloc[:0]):
        assert not proven(scenario, ({**tables, table: other}, head))
    if KEYS.get(table) and table not in ("rules", "obligations"):
        assert not proven(scenario, ({**tables, table: frame.iloc[::-1]}, head))


@settings(max_examples=10, deadline=None)  # each example is audited twice
@given(text=st.text(LETTERS, max_size=12), data=st.data())
def test_any_text_in_any_cell_is_refused_without_an_error(text: str, data: st.DataObject) -> None:
    decisions = bought(SCHOOLS, 0)
    tables, head = told_once()
    table = data.draw(st.sampled_from(TABLES))
    frame = tables[table].astype("str")
    row = data.draw(st.integers(0, len(frame) - 1))
    column = data.draw(st.integers(0, len(frame.columns) - 1))
    same = frame.iat[row, column] == text
    frame.iat[row, column] = text
    assert proven(decisions.facts.scenario, ({**tables, table: frame}, head)) == same


@cache
def told_once() -> Told:
    return told(bought(SCHOOLS, 0))


@pytest.mark.parametrize("key", ["value", "people", "people_proposed", "gap", "status"])
def test_a_false_claim_is_never_proven(key: str) -> None:
    decisions = bought(SCHOOLS, 0)
    tables, head = told_once()
    false = "optimal" if key == "status" else (head[key] or 0) * 1.001 + 1  # type: ignore[operator]
    wrong = {**head, key: false, "gap": 0.5 if key == "status" else false}
    assert not proven(decisions.facts.scenario, (tables, wrong))
