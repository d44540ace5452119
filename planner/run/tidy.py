"""Fewer lines for a little value: what a plan gives up so that fewer, larger purchases are left.

The last points of value are bought in crumbs, one computer here and one there, which nobody would
propose. So once the value is found, proven or as far as a time limit let it come, up to
``tidy.within`` of it is given up for first fewer purchase lines, then fewer visits, then fewer
funds for a school's item (:mod:`planner.solving.within`). What was proven of the value stays true:
the bound is that of all plans, and how the solve ended is judged by the value before.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from planner.formulation.build import Formulation
from planner.names import TIDY_STAGE
from planner.plan import Outlook, Plan, build_plan
from planner.plan.decisions import decide
from planner.plan.tables import sizes_of
from planner.run.result import LinesOf, Result, Tidied
from planner.solving import parameters
from planner.solving.highs import ProgressSink
from planner.solving.program import Restrictions
from planner.solving.solution import Limits, Progress, Stage, Status, relative_gap
from planner.solving.stages import Kept, overall
from planner.solving.within import GOALS, Goal, Within
from planner.system.process import phase
from planner.vocabulary.axes import Floats, Ints

TOLD_EVERY = 0.9
"""Seconds between two lines of progress."""


def lines_of(plan: Plan) -> LinesOf:
    """How many lines, visits and funds of schools' items a plan's purchases are, and the smallest
    of them in minor units (0: there is none)."""
    bought = plan.allocation[plan.allocation["kind"] == "purchase"]
    return LinesOf(
        lines=len(bought),
        visits=len(bought[["school", "year"]].drop_duplicates()),
        sources=len(bought[["school", "item", "fund"]].drop_duplicates()),
        smallest=int(bought["amount"].min()) if len(bought) else 0,
        sizes=sizes_of(bought),
    )


@dataclass
class Planned:
    """A goal's plans in whole money: what is accepted is a plan that breaks nothing and keeps what
    must be kept, and the last one accepted is held."""

    form: Formulation
    kept: Kept
    floored: Ints
    fewer: LinesOf | None = None
    """Lines, visits and funds that a plan must have less of; ``None``: whatever it has."""
    outlook: Outlook | None = None

    def accept(self, columns: Floats) -> bool:
        """Whether the columns make such a plan."""
        outlook = build_plan(decide(self.form, columns), self.floored)
        if outlook.broken or not self.kept.holds(outlook.stages):
            return False
        if self.fewer is not None:
            lines = lines_of(outlook.plan)
            if lines.counted > self.fewer.counted:
                return False
            self.fewer = lines
        self.outlook = outlook
        return True


@phase("tidy")
def tidied(  # noqa: PLR0913
    form: Formulation,
    restrictions: Restrictions,
    columns: Floats,
    found: tuple[Result, Outlook],
    within: float,
    limits: Limits,
    floored: Ints,
    *,
    stop: Callable[[], bool],
    progress: ProgressSink | None = None,
) -> tuple[Result, Outlook]:
    """A result with the fewest lines found that keep its value up to ``within`` (0–1), and its
    plan; where none has fewer, the same plan, and what is said of its lines.

    A plan that a time limit stopped is tidied against its own value. Left as it is where nothing
    may be given up, and above :data:`~planner.solving.parameters.WITHIN_LARGEST` columns.

    Parameters
    ----------
    restrictions
        The bounds that the plan was found under.
    columns
        ``[column]`` the plan as the engine found it.
    limits
        Seconds that are left.
    stop
        Asked now and then whether to stop; then what was found so far is kept.
    progress
        Told at once, and about once a second, the lines of the best plan so far.
    """
    result, outlook = found
    model = form.model
    before = lines_of(outlook.plan)
    small = model.columns <= parameters.WITHIN_LARGEST
    if within <= 0 or not (small and before.lines):
        return found
    reached = {s.name: s.value for s in result.stages}
    kept = Kept.of(model, reached, {s.name: s.bound for s in result.stages}, within)
    planned = Planned(form, kept, floored, before)
    start = np.where(model.integer, np.rint(columns), columns)
    began, said = time.perf_counter(), -math.inf

    def heard() -> bool:
        """Whether to stop; whoever asks lets us say how far it is."""
        nonlocal said
        now = time.perf_counter() - began
        if progress is not None and now - said >= TOLD_EVERY:
            said, fewest = now, planned.fewer or before
            progress(Progress(TIDY_STAGE, now, float(fewest.lines), None))
        return stop()

    search = Within(kept, restrictions, start, limits, heard)
    goal: Goal = GOALS["fewest_lines"](model)
    best = search.search(goal, planned.accept)
    least = int(np.ceil(best.bound - parameters.ROW_NOISE)) if np.isfinite(best.bound) else None
    after = planned.outlook or outlook
    lines = lines_of(after.plan)
    what = Tidied(
        within, reached, result.value, result.people, before, lines,
        None if least is None else min(least, lines.lines),
    )  # fmt: skip
    after = replace(after, plan=replace(after.plan, sizes_before=before.sizes))
    if planned.outlook is None:
        return replace(result, tidied=what, maybe_plan=after.plan), after
    several = len(result.stages) > 1
    room = parameters.ROUNDING * max(1.0, abs(after.value)) if several else 0.0
    stages = tuple(_given_up(s, after.stages[s.name], room) for s in result.stages)
    status = overall([result.status, *(s.status for s in stages)])
    tidy = replace(
        result, status=status, value=after.value, bound=max(result.bound, after.value),
        stages=stages, people=after.people, people_proposed=after.people_proposed,
        people_by_pillar=after.people_by_pillar, maybe_plan=after.plan, tidied=what,
    )  # fmt: skip
    return tidy, after


def _given_up(stage: Stage, value: float, room: float) -> Stage:
    """A stage that is worth another value now, ``room`` points of its gap aside: what gave up some
    of it is no optimum any more."""
    bound, status = max(stage.bound, value), stage.status
    if status is Status.OPTIMAL and relative_gap(value, bound - room) > parameters.ROUNDING:
        status = Status.WITHIN_GAP
    return replace(stage, value=value, bound=bound, status=status)
