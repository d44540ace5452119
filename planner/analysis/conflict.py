"""One irreducible set of rules that cannot hold together (QuickXplain, Junker 2004).

A set is split in halves; a half is looked into only where the rest alone does not conflict
already. Every rule kept is needed: without it the others have a plan. What could not be
decided in the time is kept and the set is then not called irreducible.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from planner.analysis.elastic import Elastic


@dataclass(frozen=True)
class Conflict:
    """Names of rules that conflict, in the order of the scenario."""

    rules: tuple[str, ...]
    irreducible: bool
    """Proven: whichever of the rules is lifted, the others have a plan."""


class _Search:
    def __init__(self, elastic: Elastic, seconds: float) -> None:
        self.elastic = elastic
        self.names = list(elastic.groups)
        self.ends = time.perf_counter() + seconds
        self.sure = True

    def fails(self, kept: Sequence[str]) -> bool:
        """Whether the kept rules alone are proven to conflict."""
        left = self.ends - time.perf_counter()
        if left <= 0:
            self.sure = False
            return False
        known = set(kept)
        lifted = [n for n in self.names if n not in known]
        answer, _ = self.elastic.possible(lifted=lifted, seconds=min(left, 10.0))
        if answer is None:
            self.sure = False
        return answer is False

    def needed(self, background: list[str], added: bool, candidates: list[str]) -> list[str]:
        """The candidates that conflict with the background, none of them for nothing."""
        if added and self.fails(background):
            return []
        if len(candidates) == 1:
            return candidates
        half = len(candidates) // 2
        first, second = candidates[:half], candidates[half:]
        right = self.needed([*background, *first], True, second)
        left = self.needed([*background, *right], bool(right), first)
        return [*left, *right]


def conflict(elastic: Elastic, seconds: float = 20.0) -> Conflict | None:
    """One conflict of an infeasible scenario; ``None`` where even lifting all of the rules
    leaves no plan, or nothing could be decided in the time."""
    search = _Search(elastic, seconds)
    if not search.names or search.fails([]):
        return None
    found = search.needed([], False, search.names)
    kept = tuple(n for n in search.names if n in set(found))
    return Conflict(kept, search.sure)
