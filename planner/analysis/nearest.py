"""The plan nearest an approved one: of all that keep what they must, the one that changes the
fewest lines, then moves the least money, then is worth most (ARCHITECTURE.md#an-amended-plan).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from planner.formulation.build import Formulation
from planner.formulation.changes import SAME, Approved, Changes, with_changes
from planner.formulation.decision_columns import BUY_KEYS
from planner.names import AMEND_STAGE
from planner.plan import Outlook, Plan, build_plan
from planner.plan.decisions import decide
from planner.run.optimize import floored, planned_result, prove_result
from planner.run.result import Result
from planner.scenario.scenario import Scenario
from planner.solving import parameters
from planner.solving.highs import Engine, HighsEngine, ProgressSink
from planner.solving.lagrangian.search import LagrangianEngine
from planner.solving.program import (
    Restrictions,
    ended,
    interrupts,
    listen,
    load,
    set_start,
    settle_threads,
    values,
)
from planner.solving.solution import Limits, Progress
from planner.solving.stages import Cut, Kept
from planner.vocabulary.axes import Floats, late_service, unit_price

CURVE = (0.0, 0.25, 0.5, 1.0, 2.0)
"""Where the points of the trade-off curve lie, in parts of what may be given up."""


def times_chosen(plan: Plan) -> dict[tuple[str, str], int]:
    """(request, option) chosen → how many times."""
    rows = plan.requests
    return {
        (r, o): int(n)
        for r, o, n in zip(rows["request"], rows["option"], rows["copies"], strict=True)
        if n
    }


def approved_of(base: Plan, now: Scenario) -> Approved:
    """What a plan had decided; block grants as what was paid beyond the least of now."""
    lines = base.allocation
    bought = lines[lines["kind"] == "purchase"]
    keys = list(zip(*(bought[k].tolist() for k in BUY_KEYS), strict=True))
    return Approved(
        dict(zip(keys, bought["quantity"].astype(float).tolist(), strict=True)),
        dict(zip(keys, bought["amount"].tolist(), strict=True)),
        times_chosen(base),
        _granted(base, now),
    )


def _granted(plan: Plan, scenario: Scenario) -> dict[tuple[str, str, str, int], int]:
    """What the block grants of a scenario got in a plan beyond their least, minor units."""
    asked, times = plan.allocation[plan.allocation["kind"] == "request"], times_chosen(plan)
    keys = zip(*(asked[k].tolist() for k in ("request", "option", "fund", "year")), strict=True)
    paid = dict(zip(keys, asked["amount"].tolist(), strict=True))
    found = {}
    for row in scenario.rows("request_costs"):
        key = (row.request, row.option, row.fund, row.year)
        if row.most is not None and row.most > row.amount:
            found[key] = max(0, paid.get(key, 0) - row.amount * times.get(key[:2], 0))
    return found


def count_changes(base: Plan, plan: Plan, scenario: Scenario) -> int:
    """Decisions that differ between two plans: purchases, options chosen, block grants; what lies
    in a year that is closed in ``scenario``, or was delivered late, is a fact and none. Of what is
    bought by the đồng a millionth of a unit, and a đồng, is no difference."""
    until, late = scenario.settings.closed_until or 0, late_service(scenario)
    bought: list[dict[Any, tuple[float, int]]] = []
    for lines in (base.allocation, plan.allocation):
        mine = lines[(lines["kind"] == "purchase") & (lines["year"] > until)]
        cells = (mine[k].tolist() for k in (*BUY_KEYS, "quantity", "amount"))
        rows = zip(*cells, strict=True)
        bought.append({tuple(r[:4]): (float(r[4]), int(r[5])) for r in rows})
    changed = 0
    for key in (bought[0].keys() | bought[1].keys()) - late.keys():
        old, new = bought[0].get(key), bought[1].get(key)
        item = scenario.items.get(key[1])
        if old is None or new is None:
            changed += 1
        elif item is None or item.whole:
            changed += old[0] != new[0]
        else:
            changed += abs(old[1] - new[1]) > 1 + unit_price(scenario, item, key[3]) * SAME
    costs = scenario.table("request_costs")
    early = costs[costs["year"] <= until]
    past = set(zip(early["request"], early["option"], strict=True))
    chosen = [times_chosen(base), times_chosen(plan)]
    names = (chosen[0].keys() | chosen[1].keys()) - past
    changed += sum(chosen[0].get(k, 0) != chosen[1].get(k, 0) for k in names)
    grants = [_granted(p, scenario) for p in (base, plan)]
    return changed + sum(abs(grants[0][k] - n) > 1 for k, n in grants[1].items() if k[3] > until)


# --------------------------------------------------------------------------------------------------
# The fewest changes.


@dataclass(frozen=True)
class Best:
    """The best plan of the amended scenario, whatever it changes."""

    form: Formulation
    columns: Floats
    outlook: Outlook
    result: Result

    @property
    def reached(self) -> dict[str, float]:
        """Stage → points."""
        return {s.name: s.value for s in self.result.stages}

    def kept(self, model: Any, within: float) -> Kept:
        """What a plan must keep that gives up a part of every stage."""
        bounds = {s.name: s.bound for s in self.result.stages}
        return Kept.of(model, self.reached, bounds, within)


@dataclass(frozen=True)
class Nearest:
    """A plan near the approved one: its columns, its tables, how many lines differ, and how many
    do in every plan that keeps as much (proven)."""

    columns: Floats
    outlook: Outlook
    changed: int
    bound: int


class Search:
    """Plans that keep what must be kept and change few lines of the approved one."""

    def __init__(
        self, best: Best, base: Plan, limits: Limits, stop: Callable[[], bool],
        progress: ProgressSink | None,
    ) -> None:  # fmt: skip
        self.best, self.limits, self.stop, self.progress = best, limits, stop, progress
        self.before, self.scenario = base, best.result.scenario
        self.changes: Changes = with_changes(best.form, approved_of(base, self.scenario))
        self.floored = floored(best.form)
        self.began = time.perf_counter()

    def near(self, within: float, seconds: float, hint: Nearest | None = None) -> Nearest:
        """The plan of the fewest changes found in so many seconds; ``hint``: one that changes few
        lines, be it that it keeps less."""
        began, changes, plain = time.perf_counter(), self.changes, self.best
        least = changes.least
        kept = plain.kept(changes.model, within)
        best = Nearest(plain.columns, plain.outlook, self.counted(plain.outlook), least)
        if hint is not None and kept.holds(hint.outlook.stages):
            best = replace(hint, bound=least)
        unmoved = self._unmoved(kept, seconds / 4)
        if unmoved is not None:
            return unmoved
        if not self._large:
            best = self._by_schools(best, kept, seconds * parameters.AMEND_SCHOOLS, hint)
        left = seconds - (time.perf_counter() - began)
        if left > 0 and not self.stop():
            best = self._by_engine(best, kept, left)
        polished = self._polished(best, kept, max(seconds - (time.perf_counter() - began), 3.0))
        return replace(polished, bound=min(best.bound, polished.changed))

    def _by_engine(self, best: Nearest, kept: Kept, seconds: float) -> Nearest:
        """What the engine's own search finds from a plan on, and its bound, which is one on all
        that keep what they must. Where there are several stages, what was proven of the later ones
        caps the plans, but not what is proven of their number: there the relaxation is the bound.
        """
        changes, least = self.changes, best.bound
        limits = replace(self.limits, gap=0.0, time_limit=seconds)
        which = LagrangianEngine if self._large else HighsEngine
        engine: Engine = which(changes.model, limits)
        engine.stop = self.stop
        for cut in kept.cuts():
            engine.keep(cut)
        try:
            outcome = engine.solve(
                changes.counting(), limits, start=changes.with_marks(best.columns),
                progress=self._told(seconds), stage=AMEND_STAGE,
            )  # fmt: skip
        finally:
            engine.close()
        proven = outcome.bound
        if len(kept.stages) > 1:
            program = replace(
                Restrictions.of(changes.model), cuts=kept.cuts()[: len(kept.stages)]
            ).program(changes.model)
            relaxation = load(program, changes.counting(), mip=False, threads=1)
            relaxation.run()
            known = ended(relaxation) == "optimal"
            proven = float(changes.counting() @ values(relaxation)) if known else math.inf
        if math.isfinite(proven):
            best = replace(best, bound=least + max(0, math.ceil(-proven - parameters.ROW_NOISE)))
        if outcome.columns is None or changes.changed(outcome.columns) >= best.changed:
            return best
        found = self._accepted(outcome.columns, kept) or self._as_changed(outcome.columns, kept)
        if found is None or found.changed >= best.changed:
            return best
        return replace(found, bound=best.bound)

    def _as_changed(self, columns: Floats, kept: Kept) -> Nearest | None:
        """A plan in whole money that changes no other lines than an assignment does."""
        return self._within(
            kept, self._box(columns), self.best.form.model.value, None, parameters.AMEND_SECONDS
        )

    def _box(self, columns: Floats) -> tuple[Floats, Floats]:
        """Bounds of columns: what an assignment leaves as it was stays."""
        changes, lines = self.changes, self.changes.lines
        same = ~changes.differs(columns)
        at, before = (lines[k].to_numpy()[same] for k in ("column", "before"))
        lower, upper = changes.model.column_lower.copy(), changes.model.column_upper.copy()
        lower[at] = upper[at] = np.minimum(before, upper[at])
        return lower, upper

    @property
    def _large(self) -> bool:
        return self.changes.model.columns > parameters.NEIGHBOURHOOD_TO

    def prove(self, near: Nearest) -> None:
        """Raises :class:`planner.errors.AuditError` where the audit disagrees with a plan."""
        result, outlook = self.best.result, near.outlook
        stages = tuple(
            replace(s, bound=max(s.bound, outlook.stages[s.name])) for s in result.stages
        )
        prove_result(planned_result(self.scenario, outlook, stages, result.settings), outlook)

    def _by_schools(
        self, best: Nearest, kept: Kept, seconds: float, hint: Nearest | None
    ) -> Nearest:
        """Fewer and fewer changes: lines that differ now, or in the relaxation of the fewest, may
        differ, and all those of some schools drawn anew each time; the others stay as they were
        approved."""
        began, changes, model = time.perf_counter(), self.changes, self.changes.model
        lines, points = changes.lines, changes.counting()
        cuts = kept.searched().cuts()
        program = replace(Restrictions.of(model), cuts=cuts).program(model)
        settle_threads(self.limits.threads)
        relaxation = load(program, points, mip=False, threads=self.limits.threads or 0)
        relaxation.run()
        if ended(relaxation) != "optimal":
            return best
        known = changes.differs(values(relaxation))
        if hint is not None:
            known |= changes.differs(hint.columns)
        at, before, school, mark = (
            lines[k].to_numpy() for k in ("column", "before", "school", "mark")
        )
        draw, count = np.random.default_rng(0), int(school.max(initial=-1)) + 1
        some = max(1, round(count * parameters.AMEND_DRAWN))
        columns, idle = changes.with_marks(best.columns), 0
        # whether to go on from what is known
        near = hint is None or kept.holds(hint.outlook.stages)
        while idle < parameters.AMEND_IDLE and not self.stop():
            left = seconds - (time.perf_counter() - began)
            if left <= 0:
                break
            drawn = np.isin(school, draw.choice(count, size=some, replace=False))
            may_differ = known | drawn | (changes.differs(columns) if near else False)
            kept_as = (mark >= 0) & ~may_differ
            lower, upper = program.lower.copy(), program.upper.copy()
            lower[at[kept_as]] = upper[at[kept_as]] = before[kept_as]
            upper[mark[kept_as]] = 0.0
            highs = load(
                replace(program, lower=lower, upper=upper), points, mip=True,
                threads=self.limits.threads or 0,
            )  # fmt: skip
            highs.setOptionValue("mip_rel_gap", parameters.AMEND_GAP)
            highs.setOptionValue("time_limit", min(left, parameters.AMEND_SECONDS))
            if near:
                set_start(highs, columns)
            listen(highs, self._stopping, *interrupts())
            highs.run()
            idle += 1
            if highs.getInfo().primal_solution_status != 2:
                continue
            found = values(highs)
            found = np.where(model.integer, np.rint(found), found)
            near = True
            if changes.changed(found) < changes.changed(columns):
                accepted = self._accepted(found, kept)
                if accepted is not None:
                    best, idle = replace(accepted, bound=best.bound), 0
                columns = changes.with_marks(found)
                if self.progress is not None:
                    now = time.perf_counter() - self.began
                    self.progress(Progress(AMEND_STAGE, now, float(best.changed), None, "amending"))
        return best

    def _stopping(self, _kind: Any, _message: str, _out: Any, answer: Any, _data: Any) -> None:
        answer.user_interrupt = self.stop()

    def _told(self, seconds: float) -> ProgressSink | None:
        """Progress in lines that change."""
        if self.progress is None:
            return None
        tell, least = self.progress, self.changes.least

        def told(at: Progress) -> None:
            value = None if at.value is None else least - at.value
            bound = None if at.bound is None else least - at.bound
            tell(replace(at, value=value, bound=bound, phase="amending"))

        return told

    def counted(self, outlook: Outlook) -> int:
        """Decisions in which a plan differs from the one before."""
        return count_changes(self.before, outlook.plan, self.scenario)

    def _outlook(self, columns: Floats) -> Outlook:
        own = self.best.form.model.columns
        return build_plan(decide(self.best.form, columns[:own]), self.floored)

    def _accepted(self, columns: Floats, kept: Kept) -> Nearest | None:
        """The plan of an assignment, where it breaks nothing in whole money and keeps enough."""
        outlook = self._outlook(columns)
        if outlook.broken or not kept.holds(outlook.stages):
            return None
        return Nearest(columns, outlook, self.counted(outlook), 0)

    def _unmoved(self, kept: Kept, seconds: float) -> Nearest | None:
        """The plan that changes nothing but what must change, if it keeps enough: there is none
        with fewer changes."""
        changes, lines = self.changes, self.changes.lines
        free = (lines["mark"] >= 0).to_numpy()
        at, before = (lines[k].to_numpy()[free] for k in ("column", "before"))
        lower, upper = changes.model.column_lower.copy(), changes.model.column_upper.copy()
        lower[at] = upper[at] = before
        found = self._within(kept, (lower, upper), self.best.form.model.value, None, seconds)
        return None if found is None else replace(found, bound=found.changed)

    def _within(
        self, kept: Kept, bounds: tuple[Floats, Floats], points: Floats,
        start: Floats | None, seconds: float, more: tuple[Cut, ...] = (),
    ) -> Nearest | None:  # fmt: skip
        """The plan of most points within bounds of columns, as far as a short search comes."""
        model = self.changes.model
        limits = replace(self.limits, gap=self.limits.gap, time_limit=max(seconds, 0.5))
        engine = HighsEngine(model, limits)
        engine.stop = self.stop
        for cut in (*kept.searched().cuts(), *more):
            engine.keep(cut)
        engine.restrictions = replace(engine.restrictions, lower=bounds[0], upper=bounds[1])
        full = np.concatenate([points, np.zeros(model.columns - len(points))])
        try:
            found = engine.solve(full, limits, start=start, stage=AMEND_STAGE)
        finally:
            engine.close()
        return None if found.columns is None else self._accepted(found.columns, kept)

    def _polished(self, near: Nearest, kept: Kept, seconds: float) -> Nearest:
        """The same lines changed, for the least money that moves, and then the most value."""
        changes = self.changes
        box, moving = self._box(near.columns), changes.moving()
        least = self._within(
            kept, box, moving, changes.with_marks(near.columns), seconds / 2
        )  # fmt: skip
        if least is None or least.changed > near.changed:
            return near
        moved = float(moving @ changes.with_marks(least.columns))
        used = np.flatnonzero(moving)
        size = max(1.0, abs(moved))
        keep = Cut(used, moving[used] / size, moved / size - parameters.STAGE_KEPT)
        dear = self._within(
            kept, box, self.best.form.model.value, changes.with_marks(least.columns),
            seconds / 2, (keep,),
        )  # fmt: skip
        return least if dear is None or dear.changed > least.changed else dear


# --------------------------------------------------------------------------------------------------
# What giving up more or less would change.


def trade_off(
    search: Search, within: float, points: int, known: Nearest, seconds: float
) -> pd.DataFrame:
    """Value given up against lines changed: a row a point, each an audited plan.

    A plan that gives up less keeps enough where more may be given up, so no point changes more
    lines than one before it. Columns: within (0–1), value (points), given_up (0–1 of the best),
    changed and bound (lines), people (equipped pupil-years), spent (minor units).
    """
    parts = CURVE if points == len(CURVE) else np.linspace(0.0, 2.0, points).tolist()
    best, each = search.best, seconds / max(points, 1)
    found: dict[float, Nearest] = {}
    hint: Nearest | None = known
    for part in sorted(parts, reverse=True):  # what changes where more is given up is a hint
        if search.stop():
            break
        near = known if part == 1.0 else search.near(part * within, each, hint=hint)
        # what every plan changes that may give up more, every plan changes that may give up less
        least = max([near.bound, *(n.bound for n in found.values())])
        found[part] = hint = replace(near, bound=min(least, near.changed))
    rows, fewest = [], None
    for part, near in sorted(found.items()):
        shown = near
        if fewest is not None and fewest.changed < near.changed:
            shown = replace(fewest, bound=min(near.bound, fewest.changed))
        fewest = shown
        search.prove(shown)
        value = shown.outlook.value
        rows.append(
            {
                "within": part * within,
                "value": value,
                "given_up": max(0.0, 1 - value / max(best.result.value, 1e-9)),
                "changed": shown.changed,
                "bound": shown.bound,
                "people": shown.outlook.people,
                "spent": shown.outlook.plan.spent,
            }
        )
    return pd.DataFrame(rows)
