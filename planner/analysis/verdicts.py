"""What is said of decisions and bounds that others made.

*An edited plan*: what it breaks, and what the edit costs. The edited decisions are written out as
a plan, with everything that follows from them, and audited like any other; what the audit then
finds are rules that the edit breaks.

*Claimed bounds*: a plan's own inputs are solved again stage by stage. A bound says what no plan can
exceed that keeps the stages before as they were claimed. It holds where this solve proves one that
is no higher; it is refuted by a plan in whole units and whole money that reaches more; otherwise it
stays open.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from planner.analysis.resolve import audited
from planner.errors import AuditError, Finding, Place, Severity
from planner.formulation.build import Formulation, formulate
from planner.formulation.facts import Facts
from planner.plan import Outlook, Plan, build_plan
from planner.plan.decisions import decide, decisions_by_hand, in_whole_money
from planner.plan.tables import NOBODY, local_rules
from planner.run.edits import Edited
from planner.run.optimize import LARGEST_SCALE, floored
from planner.scenario.scenario import Scenario
from planner.solving.choice import Method, choose_engine
from planner.solving.highs import Engine, make_engine
from planner.solving.neighbourhoods import NeighbourhoodSearch, StagedSchools
from planner.solving.solution import (
    Limits,
    Outcome,
    Sink,
    Solution,
    Status,
    Stop,
    finite,
    never,
)
from planner.solving.stages import keep_value, stage_objectives
from planner.vocabulary.axes import Floats

CELL_CODES = frozenset(
    {
        "audit_cell", "audit_malformed", "audit_extra_row", "audit_missing_row", "audit_order",
        "audit_claim", "audit_bound", "audit_gap", "audit_status",
    }
)  # fmt: skip
"""Findings that say that a table disagrees with the decisions, not that a rule is broken."""


@dataclass(frozen=True)
class Judged:
    """An edited plan: what it breaks, and what it reaches beside the sealed one."""

    edited: Edited
    outlook: Outlook
    broken: tuple[Finding, ...]
    """Every rule that does not hold, placed in the workbook where a line is to blame."""

    @property
    def plan(self) -> Plan:
        """The edited plan's tables."""
        return self.outlook.plan

    @property
    def people(self) -> tuple[float, float]:
        """Equipped pupil-years, funded: sealed and edited."""
        return float(self.edited.sealed.claims["people"]), self.outlook.people

    @property
    def people_proposed(self) -> tuple[float, float]:
        """Equipped pupil-years of proposals: sealed and edited."""
        return float(self.edited.sealed.claims["people_proposed"]), self.outlook.people_proposed

    @property
    def value(self) -> tuple[float, float]:
        """Points: sealed and edited."""
        return float(self.edited.sealed.claims["value"]), self.outlook.value

    @property
    def money(self) -> pd.DataFrame:
        """fund, school, year, before, after, usable (carried money included), in minor units."""
        keys = ["fund", "school", "year"]
        before = self.edited.sealed.plan.ledger[[*keys, "spent"]]
        after = self.plan.ledger.assign(usable=lambda t: t["usable"] + t["carried_in"])
        both = after[[*keys, "spent", "usable"]].merge(before, on=keys, suffixes=("", "_before"))
        named = both.rename(columns={"spent": "after", "spent_before": "before"})
        return named[[*keys, "before", "after", "usable"]]


def judge(edited: Edited) -> Judged:
    """Audits an edited plan.

    Raises :class:`AuditError` if the audit disagrees with a table that follows from the edit:
    a defect of ours.
    """
    scenario = edited.sealed.scenario
    facts = Facts(scenario)
    lines = edited.sealed.plan.allocation
    works = lines[lines["kind"] == "setup"]
    paid = dict(zip(zip(works["school"], works["item"], strict=True), works["fund"], strict=True))
    # How often each chosen option is taken and what its block grants are paid beyond the least: as
    # in the sealed plan, or once and the least where the edit chooses it.
    table = edited.sealed.plan.requests
    options = zip(table["request"], table["option"], strict=True)
    before = dict(zip(options, table["copies"], strict=True))
    chosen = {key: max(int(before.get(key, 0)), 1) for key in edited.chosen}
    asked = lines[lines["kind"] == "request"]
    names = zip(asked["request"], asked["option"], asked["fund"], asked["year"], strict=True)
    given = dict(zip(names, asked["amount"], strict=True))
    granted = {}
    for cost in scenario.rows("request_costs"):
        key = (cost.request, cost.option, cost.fund, cost.year)
        if cost.most is not None and key in given and key[:2] in chosen:
            granted[key] = int(given[key]) - cost.amount * chosen[key[:2]]
    quantities, amounts = edited.quantities, edited.amounts
    decisions = decisions_by_hand(facts, quantities, amounts, chosen, granted, paid)
    maxmin = scenario.settings.priority.mode == "maxmin"
    outlook = build_plan(decisions, floored(formulate(scenario)) if maxmin else NOBODY)
    _, found = audited(scenario, outlook)
    counted = {str(rule) for rule in local_rules(facts)}
    rules = outlook.plan.rules["rule"].tolist()
    broken, cells = [], []
    for finding in found:
        where = finding.where
        if finding.code not in CELL_CODES:
            broken.append(finding)
        # what only says how many rows of a local family of rules are broken is no cell of ours
        elif (
            where.file != "rules.csv"
            or where.row is None
            or rules[where.row - 2] not in counted
            or where.column not in ("left", "slack")
        ):
            cells.append(finding)
    if cells:
        raise AuditError(cells)
    return Judged(edited, outlook, tuple(_placed(broken, edited, outlook.plan)))


def _placed(findings: list[Finding], edited: Edited, plan: Plan) -> Iterator[Finding]:
    """Findings with their place in the workbook instead of the tables that were audited."""
    lines = plan.allocation[["school", "item", "fund", "year"]]
    for finding in findings:
        where, row = finding.where, None
        if where.file == "allocation.csv" and where.row is not None:
            line = lines.iloc[where.row - 2]
            key = str(line["school"]), str(line["item"]), str(line["fund"]), int(line["year"])
            row = edited.rows.get(key)
        table = where.file.removesuffix(".csv")
        sheet = edited.titles.get(table, table)
        column = "" if row is None else edited.letters.get(where.column, "")
        place = Place(edited.path.name, sheet, row, column, where.key)
        yield replace(finding, where=place)


ROOM = 1e-6
"""Relative to the whole value: what the tolerances of a solve may add to a bound."""
VERDICTS = ("holds", "open", "refuted")


@dataclass(frozen=True)
class Proof:
    """What a second solve says of the claimed bound of one stage."""

    stage: str
    claimed: float
    verdict: str
    """``holds``, ``refuted`` (a plan reaches more) or ``open``."""
    bound: float
    """The bound that this solve proved."""
    reached: float
    """The most that a plan of this solve reaches; NaN where it found none."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON and sentences: what is not known is ``None``."""
        numbers = {k: finite(getattr(self, k)) for k in ("claimed", "bound", "reached")}
        return {"stage": self.stage, "verdict": self.verdict} | numbers

    def finding(self) -> Finding | None:
        """What is wrong with the claimed bound, or not known; ``None`` where it holds."""
        if self.verdict == "holds":
            return None
        severity = Severity.ERROR if self.verdict == "refuted" else Severity.WARNING
        place = Place(file="plan.json", column=f"stages.{self.stage}.bound")
        return Finding(f"bound_{self.verdict}", place, self.as_dict(), severity)


def prove_bounds(
    scenario: Scenario,
    claims: Mapping[str, Any],
    time_limit: float | None = None,
    progress: Sink | None = None,
    stop: Stop | None = None,
) -> list[Proof]:
    """A verdict on every stage that claims a bound, in order; stages of a proven plan folder.

    The inputs are solved by the method that a run would choose for them, or was asked to take.
    Where that leaves a bound open although nothing cut it short, they are solved in whole money:
    a bound may be one on what whole money can buy.

    ``time_limit``: seconds for all of them; default: what the plan's own solve was given.
    ``progress`` is told of the solves; ``stop``, asked now and then, ends them.
    """
    settings, solve = claims["settings"], scenario.settings.solve
    seconds = float(settings["time_limit"]) if time_limit is None else time_limit
    asked = settings["method"] if settings.get("method_why") == "asked" else solve.method
    limits = Limits(float(settings["gap"]), seconds, solve.threads)
    form, ends = formulate(scenario), time.perf_counter() + seconds
    engine, _ = choose_engine(form.model, limits, method=Method(asked))
    engine.stop = stop or never
    proofs = list(_proofs(form, engine, claims, limits, progress=progress))
    left = ends - time.perf_counter()
    counted, size = in_whole_money(form)
    parts = (counted.model.integer != form.model.integer).any()
    if verdict(proofs) == "open" and parts and left > 0 and form.facts.scale <= LARGEST_SCALE:
        limits = replace(limits, time_limit=left)
        engine = make_engine(counted.model, limits)
        engine.stop = stop or never
        exact = list(_proofs(counted, engine, claims, limits, size, progress))
        proofs = [b if a.verdict == "open" else a for a, b in zip(proofs, exact, strict=True)]
    return proofs


def _proofs(
    form: Formulation,
    engine: Engine,
    claims: Mapping[str, Any],
    limits: Limits,
    size: Floats | float = 1.0,
    progress: Sink | None = None,
) -> Iterator[Proof]:
    """The verdicts, stage by stage; ``size``: what one unit of each of the model's columns is in
    those that are decided from."""
    # bounds were proven of, and later stages beside, what was reached before tidying
    tidied: Mapping[str, float] = dict(claims.get("tidy") or {}).get("stages_before") or {}
    known = {str(s["name"]): s for s in claims["stages"]}
    reached = {name: float(tidied.get(name, s["value"])) for name, s in known.items()}
    objectives = dict(stage_objectives(form.model))
    ends = time.perf_counter() + limits.time_limit
    whole = max(1.0, abs(float(claims["value"])))
    before: list[Mapping[str, Any]] = []
    schools = StagedSchools.of(engine, limits)
    try:
        for name, stage in known.items():
            points = objectives.get(name)
            if stage["bound"] is not None and points is not None:
                claimed = float(stage["bound"])
                spare = max((ends - time.perf_counter()) / (len(known) - len(before)), 0.05)
                gap = max(claimed - reached[name], 0.0) / 2 / whole
                asked = replace(limits, gap=gap, time_limit=spare)
                near = NeighbourhoodSearch.of(engine, asked) if len(known) == 1 else None
                level = _by_schools(schools, engine, points, spare)
                found: Outcome | Solution
                if level <= claimed + ROOM * whole:
                    found = Outcome(Status.NO_PLAN, bound=level)
                elif near is None:
                    found = engine.solve(points, asked, stage=name, progress=progress)
                else:
                    found = near.solve(asked, progress)
                columns = None if found.columns is None else found.columns * size
                bound = min(level, found.bound)
                yield _judged(form, name, claimed, ROOM * whole, before, (columns, bound))
            elif stage["bound"] is not None:  # nothing is decided in it
                yield Proof(name, float(stage["bound"]), "holds", 0.0, 0.0)
            if points is not None:
                keep_value(engine, points, reached[name])
            before.append(stage)
    finally:
        engine.close()


def _by_schools(
    schools: StagedSchools | None, engine: Engine, points: Floats, seconds: float
) -> float:
    """What the schools by themselves bound a stage by, in so many seconds."""
    if schools is None:
        return np.inf
    ends = time.perf_counter() + seconds
    now = engine.restrictions
    return schools.bound(points, now, lambda: engine.stop() or time.perf_counter() > ends)


def _judged(
    form: Formulation,
    name: str,
    claimed: float,
    room: float,
    before: Sequence[Mapping[str, Any]],
    found: tuple[Floats | None, float],
) -> Proof:
    """The verdict of one solve, its columns and its bound. Only a plan refutes that breaks
    nothing once it is rounded, and reaches in the stages before all that they were proven to
    allow."""
    (columns, bound), reached = found, {}
    if columns is not None:
        outlook = build_plan(decide(form, columns), floored(form))
        reached = {} if outlook.broken else outlook.stages
    most = reached.get(name, np.nan)
    kept = all(
        s["bound"] is not None and reached.get(str(s["name"]), -np.inf) >= s["bound"] - room
        for s in before
    )
    if kept and most > claimed + room:
        return Proof(name, claimed, "refuted", bound, most)
    held = np.isfinite(bound) and bound <= claimed + room
    return Proof(name, claimed, "holds" if held else "open", bound, most)


def verdict(proofs: Sequence[Proof]) -> str:
    """The verdict on all of them: ``refuted`` by one, ``holds`` if all hold, else ``open``;
    ``none`` where no bound is claimed."""
    found = {p.verdict for p in proofs}
    if not found:
        return "none"
    return max(found, key=VERDICTS.index)
