"""A search part by part: each ward on its own, at a price for what they share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planner.axes import Floats
from planner.solving.decomposition.abreast import Abreast, Known, Wanted
from planner.solving.decomposition.parts import Parts
from planner.solving.decomposition.pricing import UNSOLVED
from planner.solving.decomposition.sample import sample_prices
from planner.solving.solution import Limits, relative_gap

MARGIN = 0.98
"""The search aims below the gap asked for, so that whole money does not lift it above."""
SLACK = 0.02
"""Part of the gap asked for within which one part counts as proven."""


@dataclass
class ApartSearch:
    """The state of one solve; ``plan``, ``value`` and ``bound`` are its results."""

    parts: Parts
    objective: Floats
    limits: Limits
    workers: int
    stop: Callable[[], bool]
    heard: Callable[[float, float], None]
    target: float = np.inf
    plan: Floats | None = None
    value: float = -np.inf
    bound: float = np.inf

    shared: float = 0.0
    """Points of what no part holds: the prices' own terms and the misses at their best."""

    def run(self, began: float) -> str:
        """Searches; ``reached``, ``infeasible``, ``unsolved`` or ``stopped``."""
        if self.parts.problem.hopeless:
            return "infeasible"
        reduced = self._priced()
        search = Abreast(self.workers, self._enough, self.stop)
        left = self.limits.time_limit - (time.perf_counter() - began)
        points = [reduced[columns] for columns in self.parts.columns]
        programs = list(self.parts.programs())
        known = search.run(programs, points, Wanted(SLACK * self.limits.gap, left), self._tell)
        hows = {track.how for track in search.tracks}
        if "infeasible" in hows:
            return "infeasible"
        if "unbounded" in hows:
            return UNSOLVED
        self._take(known)
        return "reached" if self._reached() else "stopped"

    def _priced(self) -> Floats:
        """``[column]`` points once the yielding rows are paid; sets ``shared``."""
        parts, link = self.parts, self.parts.problem.linking
        prices = np.zeros(len(link.rows))
        if len(parts.yielding):
            known = sample_prices(parts.problem, self.objective, self.limits.threads or 0)
            prices[parts.yielding] = known[parts.yielding]
        reduced = link.reduced(self.objective, prices)
        upper = np.full(len(reduced), np.inf)
        upper[link.columns] = link.upper
        mine, lower = reduced[parts.misses], parts.problem.program.lower[parts.misses]
        ends = np.where(mine > 0, upper[parts.misses], lower)
        used = prices != 0
        sides = np.where(prices > 0, link.row_upper, link.row_lower)
        self.shared = float(mine @ ends + prices[used] @ sides[used])
        return reduced

    def _assembled(self, known: list[Known]) -> tuple[Floats | None, float]:
        """The plan that the parts' plans make together, and the bound that theirs prove."""
        bound = self.shared + sum(k.bound for k in known)
        problem = self.parts.problem
        columns = np.zeros(problem.program.columns)
        for part, each in zip(self.parts.columns, known, strict=True):
            if each.columns is None:
                return None, bound
            columns[part] = each.columns
        columns = np.where(problem.program.integer, np.rint(columns), columns)
        return self.parts.completed(columns), bound

    def _enough(self, known: list[Known]) -> bool:
        plan, bound = self._assembled(known)
        return plan is not None and self._within(float(self.objective @ plan), bound)

    def _within(self, value: float, bound: float) -> bool:
        if value >= self.target:
            return True
        return bool(np.isfinite(bound)) and (
            relative_gap(value, max(value, bound)) <= self.limits.gap * MARGIN
        )

    def _take(self, known: list[Known]) -> None:
        plan, self.bound = self._assembled(known)
        if plan is not None and self.parts.problem.fits(plan):
            self.plan, self.value = plan, float(self.objective @ plan)

    def _reached(self) -> bool:
        return self.plan is not None and self._within(self.value, self.bound)

    def _tell(self, known: list[Known]) -> None:
        plan, bound = self._assembled(known)
        self.heard(-np.inf if plan is None else float(self.objective @ plan), bound)
