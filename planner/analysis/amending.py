"""An approved plan amended: what is under contract is a fact, the rest is planned anew, and of all
plans that are nearly as good the one is sought that changes the fewest lines.

*Facts.* Each line with a contract in force becomes a row of ``commitments`` with its real price and
the year from which it serves; years before that of the date are closed. *The best* is what a plain
solve of that scenario reaches. *Nearly as good* keeps every stage of it up to ``within``; among
those plans first the lines that differ from the approved plan are fewest, then, of the plans that
change the same lines, the money that moves is least, then the value is largest
(ARCHITECTURE.md#an-amended-plan).
"""

from __future__ import annotations

import datetime
import hashlib
import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from planner.analysis.compare import changed_lines
from planner.analysis.nearest import (
    Best,
    Nearest,
    Search,
    times_chosen,
    trade_off,
)
from planner.errors import AuditError, Finding, InputError, Place, errors_in
from planner.formulation.build import formulate
from planner.formulation.decision_columns import BUY_KEYS
from planner.formulation.facts import Facts
from planner.money import instalments
from planner.plan import Plan
from planner.proof.chain import audit_amendment
from planner.run.execution import Execution, nothing_executed, read_executed
from planner.run.folder import CLAIMS, PlanFolder, plan_id, read
from planner.run.optimize import (
    claims,
    giving_up,
    limits_of,
    planned_result,
    prove_result,
    settings_of,
    solve_whole,
    stopped_early,
    unless_stopped,
)
from planner.run.result import Amended, Result, as_texts
from planner.scenario import write as scenario_files
from planner.scenario.contracts import TABLES, Commitment, Lock
from planner.scenario.load import inspect
from planner.scenario.load import load as load_scenario
from planner.scenario.scenario import Scenario, typed_frame
from planner.scenario.write import csv_bytes
from planner.solving import parameters
from planner.solving.choice import Choice, Method, choose_engine
from planner.solving.highs import ProgressSink
from planner.solving.solution import with_progress
from planner.system.process import phase

WITHIN = 0.01
"""Part of each stage's value that may be given up, unless said otherwise."""
POINTS = 5
"""Points of the trade-off curve, unless said otherwise."""

# --------------------------------------------------------------------------------------------------
# What has happened, as facts of the scenario.


def in_force(execution: Execution) -> pd.DataFrame:
    """The lines that are facts: purchases and site works under contract, requests under contract
    or paid. Columns as :attr:`Execution.lines`."""
    lines = execution.lines
    asked = (lines["kind"] == "request") & (lines["disbursed"] > 0)
    return lines[((lines["contracted"] > 0) & (lines["kind"] != "upkeep")) | asked]


def with_facts(scenario: Scenario, execution: Execution, at: datetime.date) -> Scenario:
    """A scenario in which what has happened by a date is a fact.

    Raises :class:`InputError` where the facts do not fit what the scenario knows: a school, an
    item, a fund or a request that is not there, or money in a year for which a fund has none.
    """
    facts = in_force(execution)
    findings = [*_unknown(scenario, facts, execution.file), *_alone(facts, execution.file, at)]
    findings += _paid_for_nothing(execution)
    if findings:
        raise InputError(findings)
    tables = dict(scenario.tables)
    tables["commitments"] = _contracts(scenario, execution, facts, at)
    asked = facts[facts["kind"] == "request"]
    times = times_chosen(execution.base.plan)
    if len(asked):
        tables |= _costs(scenario, asked, times, at)
    locks = [
        lock
        for lock in scenario.rows("locks")
        if lock.year is None or lock.year >= at.year  # the past is what was done
    ]
    chosen = dict.fromkeys(zip(asked["request"], asked["option"], strict=True))
    told = execution.lines
    told = told[(told["kind"] == "request") & (told["cancelled"] > 0)]
    settled = {*chosen, *zip(told["request"], told["option"], strict=True)}
    locks = [lock for lock in locks if (lock.request, lock.option) not in settled]
    locks += [Lock(request=r, option=o, quantity=max(times.get((r, o), 1), 1)) for r, o in chosen]
    tables["locks"] = _frame("locks", locks)
    first = scenario.settings.years[0]
    closed = max(at.year - 1, scenario.settings.closed_until or 0)
    settings = scenario.settings.model_copy(
        update={
            "closed_until": min(closed, scenario.settings.years[1]) if closed >= first else None
        }
    )
    inputs = dict(scenario.inputs)
    if execution.file:
        inputs[f"--executed {execution.file}"] = execution.digest
    return replace(scenario, settings=settings, tables=tables, inputs=inputs)


def _unknown(scenario: Scenario, facts: pd.DataFrame, file: str) -> Iterable[Finding]:
    """What the facts name that the scenario does not have."""
    schools, funds = set(scenario.schools["school"]), scenario.settings.funds
    requests = scenario.table("requests")
    options = set(zip(requests["request"], requests["option"], strict=True))
    for row in facts.itertuples():
        name = ""
        if row.school not in schools:
            name = row.school
        elif row.kind == "request" and (row.request, row.option) not in options:
            name = f"{row.request}:{row.option}"
        elif row.kind != "request" and row.item not in scenario.items:
            name = row.item
        elif row.fund not in funds:
            name = row.fund
        if name:
            yield Finding(
                "amend_fact_unknown", Place(file or "executed", key=f"line {row.line}"),
                {"name": name, "document": row.document or "–"},
            )  # fmt: skip


def _alone(facts: pd.DataFrame, file: str, at: datetime.date) -> Iterable[Finding]:
    """Site works of a past year whose purchase is not under contract: nothing that could be bought
    now pays them."""
    bought = facts[facts["kind"] == "purchase"]
    signed = set(zip(*(bought[k].tolist() for k in BUY_KEYS), strict=True))
    for row in facts[facts["kind"] == "setup"].itertuples():
        if row.year < at.year and (row.school, row.item, row.fund, row.year) not in signed:
            yield Finding(
                "amend_works_alone", Place(file or "executed", key=f"line {row.line}"),
                {"school": row.school, "item": row.item, "year": str(row.year)},
            )  # fmt: skip


def _paid_for_nothing(execution: Execution) -> Iterable[Finding]:
    """Contracts of which all units are cancelled and some money is not: no line of a plan could
    hold it, and left out it would be spent twice."""
    lines = execution.lines
    gone = (lines["contracted"] <= 0) & (lines["contract_amount"] > 0) & (lines["kind"] != "upkeep")
    for row in lines[gone].itertuples():
        yield Finding(
            "amend_money_left", Place(execution.file or "executed", key=f"line {row.line}"),
            {
                "document": row.document or "–", "amount": int(row.contract_amount),
                "fund": row.fund, "year": str(row.year),
            },
        )  # fmt: skip


def _contracts(
    scenario: Scenario, execution: Execution, facts: pd.DataFrame, at: datetime.date
) -> pd.DataFrame:
    """The table ``commitments``: contracts in force at their real price, site works that are under
    contract before their purchase is, then those of the scenario that speak of other lines. What an
    earlier amendment knew and is cancelled since is gone."""
    works = facts[facts["kind"] == "setup"].set_index(BUY_KEYS)["contract_amount"].to_dict()
    ready = {
        s: None if g == "none" or pd.isna(r) else int(r)
        for s, g, r in zip(
            *(scenario.schools[c] for c in ("school", "group", "ready")), strict=True
        )
    }
    preparing = dict(
        zip(scenario.schools["school"], scenario.schools["group"] == "preparing", strict=True)
    )
    last = scenario.settings.all_years[-1]
    rows, known = [], set()
    for line in facts[facts["kind"] == "purchase"].itertuples():
        key = (line.school, line.item, line.fund, int(line.year))
        item = scenario.items[line.item]
        usual, when = key[3], ready.get(line.school)
        if when is not None and (item.on_site or preparing[line.school]):
            usual = max(usual, when)
        whole = line.delivered >= line.contracted
        serves = line.last_delivery.year if whole else max(at.year, usual)
        known.add(key)
        rows.append(
            Commitment(
                school=key[0], item=key[1], fund=key[2], year=key[3],
                quantity=math.ceil(line.contracted), amount=int(line.contract_amount),
                serves=min(serves, last) if serves > usual else None,
                works=works.get(key), document=line.document,
            )
        )  # fmt: skip
    told = execution.lines
    told = told[(told["kind"] == "purchase") & (told["cancelled"] > 0)]
    gone = set(zip(*(told[k].tolist() for k in BUY_KEYS), strict=True)) - known
    kept, promised = list[Any](), dict[Any, int]()
    for row in scenario.rows("commitments"):
        key = (row.school, row.item, row.fund, row.year)
        promised[key] = row.quantity
        was_fact = row.amount is not None or row.works is not None
        if key not in known and key not in works and not (was_fact and key in gone):
            kept.append(row)
    for key in sorted(set(works) - known):  # beside a purchase that is still to be signed
        school, item_name, fund, year = key
        quantity = 0 if key in gone else promised.get(key, 0)
        rows.append(
            Commitment(
                school=school, item=item_name, fund=fund, year=year, quantity=quantity,
                works=works[key],
            )
        )  # fmt: skip
    return _frame("commitments", [*rows, *kept])


def _costs(
    scenario: Scenario, asked: pd.DataFrame, times: Mapping[tuple[str, str], int],
    at: datetime.date,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """The tables of requests, in which what is contracted or paid costs what it does, copy by copy
    (rounded up where there are several), and a block grant is worth what it gives.

    Without a contract the rest of what was planned may still be paid, until its year is over.
    """
    keys = ["request", "option", "fund", "year"]
    paid = {}
    for line in asked.to_dict("records"):
        real = max(int(line["contract_amount"]), int(line["disbursed"]))
        if line["contracted"] <= 0 and line["year"] >= at.year:
            real = max(real, int(line["planned_amount"]))
        paid[tuple(line[k] for k in keys)] = real
    rows, worth = [], dict[tuple[str, str], Decimal]()
    for row in scenario.rows("request_costs"):
        key, option = (row.request, row.option, row.fund, row.year), (row.request, row.option)
        fact: dict[str, Any] = {}
        if key in paid:
            fact = {"amount": -(-paid[key] // max(times.get(option, 1), 1)), "most": None}
            fact["value"] = Decimal(0)
            if row.most is not None and row.most > row.amount:
                given = min(max(fact["amount"] - row.amount, 0), row.most - row.amount)
                more = row.value * given / (row.most - row.amount)
                worth[option] = worth.get(option, Decimal(0)) + more
        rows.append(row.model_copy(update=fact))

    def points(sum_: Decimal) -> Decimal:
        return Decimal(format(round(sum_, 6).normalize(), "f"))

    options = [
        row.model_copy(update={"value": points(row.value + worth[row.request, row.option])})
        if (row.request, row.option) in worth
        else row
        for row in scenario.rows("requests")
    ]
    return {
        "request_costs": _frame("request_costs", rows),
        "requests": _frame("requests", options),
    }


def _frame(table: str, rows: list[Any]) -> pd.DataFrame:
    columns = {name: [getattr(row, name) for row in rows] for name in TABLES[table].model_fields}
    return typed_frame(table, columns)


# --------------------------------------------------------------------------------------------------
# The verb.


@with_progress
def amend(  # noqa: PLR0913
    folder: Path | str | PlanFolder,
    scenario: Scenario | Path | str | None = None,
    *,
    executed: Execution | Path | str | None = None,
    at: datetime.date | str | None = None,
    within: float = WITHIN,
    points: int = POINTS,
    gap: float | None = None,
    time_limit: float | None = None,
    threads: int | None = None,
    solver: str = "HiGHS",
    method: str | None = None,
    progress: ProgressSink | None = None,
    stop: Callable[[], bool] | None = None,
    lang: str | None = None,
    chosen: Callable[[Choice], None] | None = None,
) -> Result:
    """The smallest change of an approved plan that keeps the law and nearly all the value.

    Parameters
    ----------
    folder
        The approved plan (its folder), which is proven first.
    scenario
        What is known now: other money, prices, handovers; default: the plan's own scenario.
    executed
        What has happened: a file of the table ``executed``; default: the folder's own, if it is an
        amended one.
    at
        The day on which it is planned anew: years before its own are closed. Default: the last
        date in ``executed``, else the first day of the plan.
    within
        Part of every stage's value that may be given up for fewer changes, 0–1.
    points
        Points of the trade-off curve (value given up against lines changed); 0: none.
    gap, time_limit, threads, solver, method, progress, stop, lang, chosen
        As for :func:`planner.solve`; the limit is for the plan, and as much again for the curve.

    Returns
    -------
    Result
        Audited; ``amended`` says what changed and why, how far it is from the fewest changes, and
        what was given up.

    Raises
    ------
    InputError
        The folder, the scenario or what was executed is not in order, or they do not fit.

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = planner.write(result, f"{place}/plan", figures=False)
    ...     same = planner.amend(folder, points=0)
    >>> same.amended.changed, len(same.amended.changes)
    (0, 0)
    """
    began = time.perf_counter()
    base = folder if isinstance(folder, PlanFolder) else read(folder)
    execution, day = _execution(base, executed, at)
    now = base.scenario if scenario is None else scenario
    asked = now if isinstance(now, Scenario) else load_scenario(now)
    now = checked(with_facts(asked, execution, day), execution)
    limits = limits_of(now, gap, time_limit, threads)
    stopped = stop or (lambda: False)
    form = unless_stopped(lambda: formulate(now), stop)
    if form is None:
        return stopped_early(now, limits, solver, began)
    engine, choice = choose_engine(
        form.model, limits, solver=solver, method=Method(method or now.settings.solve.method)
    )
    engine.stop = stopped
    if chosen is not None:
        chosen(choice)
    settings = settings_of(now, limits, solver, choice) | {"amend": within}
    try:
        spare = replace(limits, time_limit=parameters.AMEND_BEST * limits.time_limit)
        solution, outlook = solve_whole(form, engine, spare, progress)
    finally:
        engine.close()
    if outlook is None or solution.columns is None:
        seconds = time.perf_counter() - began
        return Result(
            now, solution.status, stages=solution.stages, seconds=seconds, settings=settings
        )
    found = planned_result(now, outlook, solution.stages, settings)
    best = Best(form, solution.columns, outlook, found)
    search = Search(best, base.plan, limits, stopped, progress)
    left = max(0.9 * limits.time_limit - (time.perf_counter() - began), 1.0)
    with phase("amend"):
        near = search.near(within, left)
    result = _amended(base, asked, execution, day, within, best, search, near)
    prove_result(result, near.outlook)
    assert result.amended is not None
    tables = near.outlook.plan.text_tables()
    if wrong := audit_amendment(now, tables, claims(result), result.amended.files):
        raise AuditError(wrong)
    if points and not stopped():
        curve = trade_off(search, within, points, near, limits.time_limit)
        files = {**result.amended.files, "curve.csv": csv_bytes(as_texts(curve))}
        result = replace(result, amended=replace(result.amended, curve=curve, files=files))
    return replace(result, seconds=time.perf_counter() - began)


def _execution(
    base: PlanFolder, executed: Execution | Path | str | None, at: datetime.date | str | None
) -> tuple[Execution, datetime.date]:
    """What has happened by a day, and the day."""
    own = base.path / "executed.csv"
    if executed is None:
        found = read_executed(own, base) if own.is_file() else nothing_executed(base)
    else:
        found = executed if isinstance(executed, Execution) else read_executed(executed, base)
        if own.is_file():
            _none_lost(read_executed(own, base), found)
    day = datetime.date.fromisoformat(at) if isinstance(at, str) else at
    earlier = dict(base.claims.get("amend") or {}).get("at")
    since = datetime.date.fromisoformat(earlier or f"{base.scenario.settings.years[0]}-01-01")
    if day is None:
        day = max(found.latest or since, since) if earlier else found.latest or since
    if earlier and day < since:
        days = {"at": day.isoformat(), "before": since.isoformat()}
        raise InputError([Finding("amend_day_before", Place(CLAIMS, key="amend.at"), days)])
    return found.until(day), day


def _none_lost(before: Execution, now: Execution) -> None:
    """Raises :class:`InputError` where something that had happened is not told any more."""
    told = {tuple(row) for row in now.texts().itertuples(index=False)}
    findings = [
        Finding(
            "amend_fact_lost",
            Place(now.file or "executed"),
            {"row": ", ".join(p for p in row if p)},
        )
        for row in before.texts().itertuples(index=False)
        if tuple(row) not in told
    ]
    if findings:
        raise InputError(findings)


def checked(scenario: Scenario, execution: Execution) -> Scenario:
    """The scenario, once its tables and settings together were found in order; raises
    :class:`InputError` otherwise, with what is wrong of a fact at the line that it is of."""
    with tempfile.TemporaryDirectory(prefix="planner-amend-") as place:
        scenario_files.write(scenario, Path(place) / "inputs")
        _, findings, _ = inspect(Path(place) / "inputs" / "scenario.yaml")
    if wrong := errors_in(findings):
        raise InputError([_at_line(f, scenario, execution) for f in wrong])
    return scenario


FACTS = {"commitments": BUY_KEYS, "request_costs": ["request", "option", "fund", "year"]}
"""Tables that hold facts, and by what a row of theirs is a line of the plan."""


def _at_line(finding: Finding, scenario: Scenario, execution: Execution) -> Finding:
    """The finding where the user can see it: at the line of what was executed, if it is a fact."""
    table, row = Path(finding.where.file).stem, finding.where.row
    if table not in FACTS or row is None:
        return finding
    keys, rows = FACTS[table], scenario.table(table)
    told, named = execution.lines, rows.iloc[row - 2][keys].tolist()
    told = told[told["kind"] == ("request" if "request" in keys else "purchase")]
    for line, *own in told[["line", *keys]].itertuples(index=False):
        if own == named:
            place = Place(execution.file, key=f"line {line}", column=finding.where.column)
            return replace(finding, where=place)
    return finding


def _amended(
    base: PlanFolder, asked: Scenario, execution: Execution, day: datetime.date, within: float,
    best: Best,    search: Search, near: Nearest,
) -> Result:  # fmt: skip
    """The amended plan with what it changes, what it gave up and what its folder holds."""
    before, outlook = best.result, near.outlook
    table = changes_table(base, asked, execution, day, outlook.plan)
    amended = Amended(
        plan=hashlib.sha256((base.path / CLAIMS).read_bytes()).hexdigest(),
        base=str(base.claims["scenario"]),
        identity=plan_id(base),
        at=day.isoformat(),
        within=within,
        stages=best.reached,
        value=before.value,
        people=before.people,
        base_people=float(base.claims["people"]),
        changed=near.changed,
        bound_of_changes=near.bound,
        changed_by_best=search.counted(best.outlook),
        changes=table,
        files=chain_files(base, execution, outlook.plan, table),
    )
    return replace(giving_up(before, outlook), amended=amended)


def owed(scenario: Scenario) -> pd.DataFrame:
    """What contracts of a price of their own, with their site works, cost by fund and year of
    payment, where that alone is more than the fund has: fund, year, due, usable (with all that may
    be carried in) and lacking, in minor units."""
    facts = Facts(scenario)
    general = [f.role == "general" for f in facts.funds.values()]
    due: dict[tuple[int, int], int] = defaultdict(int)
    rows = facts.signed[(facts.signed["executed"] | facts.signed["own_works"]).to_numpy(dtype=bool)]
    plain = facts.price[rows["item"], rows["year"]] * rows["units"].to_numpy()
    for row, whole in zip(rows.itertuples(), plain.tolist(), strict=True):
        if not general[row.fund]:
            continue
        money = round(whole) + row.extra if row.executed else 0
        for k, part in enumerate(instalments(money, facts.items[row.item].payments)):
            due[row.fund, row.year + k] += part
        if row.own_works:
            due[row.fund, row.year] += row.works + int(facts.setup[row.item, row.year])
    names, found = tuple(facts.funds), []
    for (fund, at), money in sorted(due.items()):
        has = facts.usable(names[fund], at) + facts.carry_limit(names[fund], at - 1)
        if money > has:
            found.append((names[fund], facts.axes.first + at, money, has, money - has))
    return pd.DataFrame(found, columns=["fund", "year", "due", "usable", "lacking"])


CAUSES = ("contract", "cancelled", "past")
"""Causes of a change that only an amendment has; the others are those of comparisons."""


def changes_table(
    base: PlanFolder, asked: Scenario, execution: Execution, day: datetime.date, plan: Plan
) -> pd.DataFrame:
    """Before and after: the lines that differ, as :func:`planner.analysis.compare.changed_lines`
    has them (upkeep apart), and why.

    A cause is what the inputs say of the line itself, the first that fits: ``contract`` (it is
    under contract, with another price or quantity), ``cancelled``, ``past`` (its year is over and
    nothing was signed), then the causes of comparisons; what none of them touches made room for
    other lines, or took it (``indirect``).
    """
    before = replace(base.plan, scenario=_without_facts(base.scenario))
    found = changed_lines("", before, replace(plan, scenario=_without_facts(asked)))
    found = found[found["kind"] != "upkeep"].drop(columns="plan").reset_index(drop=True)
    lines = execution.lines
    keys = ["school", "item", "kind", "request", "fund", "year"]
    signed, dropped = set(), set()
    for row in lines.to_dict("records"):
        key = tuple(str(row[k]) for k in keys)
        if row["contracted"] > 0 or (row["kind"] == "request" and row["disbursed"] > 0):
            signed.add(key)
        if row["cancelled"] > 0:
            dropped.add(key)
    causes = []
    for row in found.to_dict("records"):
        ends = [
            (*(str(row[k]) for k in keys[:4]), str(row[f"fund{e}"]), str(row[f"year{e}"]))
            for e in ("_reference", "")
        ]
        past = 0 < row["year_reference"] < day.year
        if dropped & set(ends):
            causes.append("cancelled")
        elif signed & set(ends):
            causes.append("contract")
        elif past and row["change"] not in ("appears",):
            causes.append("past")
        else:  # where the inputs differ nowhere, contracts took or left the room
            causes.append(
                "indirect" if row["cause"] == "gap" and (signed or dropped) else row["cause"]
            )
    return found.assign(cause=pd.array(causes, dtype="str"))


def _without_facts(scenario: Scenario) -> Scenario:
    """A scenario without contracts of a price of their own, locks and past years: what it asks, be
    it amended or not."""
    signed = scenario.table("commitments")
    tables = {
        **scenario.tables,
        "commitments": signed[signed["amount"].isna()].reset_index(drop=True),
        "locks": scenario.table("locks").iloc[:0],
    }
    settings = scenario.settings.model_copy(update={"closed_until": None})
    return replace(scenario, settings=settings, tables=tables)


def chain_files(
    base: PlanFolder, execution: Execution, plan: Plan, table: pd.DataFrame
) -> dict[str, bytes]:
    """What the folder of an amended plan holds beside the plan: what has happened, what changed,
    and under ``amends/`` the plan before, as it was sealed, with those before it."""
    files = {"changes.csv": csv_bytes(as_texts(table))}
    if len(execution.rows):
        known = set(zip(*(plan.allocation[k].astype(str) for k in _KEY), strict=True))
        rows = execution.rows
        stands = [key in known for key in zip(*(rows[k].astype(str) for k in _KEY), strict=True)]
        carried = replace(execution, rows=rows[stands])
        files["executed.csv"] = csv_bytes(carried.texts())
        files["amends/executed.csv"] = csv_bytes(execution.texts())
    for name in (CLAIMS, "allocation.csv", "requests.csv"):
        files[f"amends/{name}"] = (base.path / name).read_bytes()
    for name in ("changes.csv", "executed.csv"):
        if name in base.claims["files"]:
            files[f"amends/own/{name}"] = (base.path / name).read_bytes()
    earlier = base.path / "amends"
    if earlier.is_dir():
        for path in sorted(p for p in earlier.rglob("*") if p.is_file()):
            files[f"amends/{path.relative_to(base.path).as_posix()}"] = path.read_bytes()
    return files


_KEY = ("kind", "school", "item", "fund", "year", "request", "option")
