"""What-ifs on money, one after another on a warm model: the session of the Python door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from planner.run.optimize import optimize
from planner.run.result import Result
from planner.scenario.scenario import Scenario
from planner.solving.warm import WarmModel

Amounts = Mapping[str, Mapping[int, float]]

GAP = 0.005
"""Proven relative gap of a what-if; a plan to be signed is solved at the scenario's own."""


class Session:
    """A scenario whose funds' amounts change from one solve to the next.

    The model is built once. Each solve moves the money bounds and starts from the best earlier
    plan that still fits, so that more money never gives less. What agrees with the relaxation
    stays as it was; the plan is proven against the relaxation's bound where that is close
    enough, and by a search where it is not.

    Parameters
    ----------
    scenario
        The reference scenario.
    room
        How much money, as a multiple of the scenario's, what-ifs may give before the model is
        built again.
    threads
        Cores; default: all.
    gap
        Proven relative gap of a what-if, unless one is asked for with it: looser than the
        scenario's, so that an answer comes at once.

    Examples
    --------
    >>> import planner
    >>> session = planner.session("scenarios/three-schools", gap=0)
    >>> [round(session.solve({"district": {2026: m * 10**6}}).value) for m in (40, 60, 80)]
    [8433, 8633, 8767]
    >>> round(session.solve({"district": {2026: 50_000_000}}, relax=True).value)
    8533
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        room: float = 2.0,
        threads: int | None = None,
        gap: float = GAP,
    ) -> None:
        self.scenario = scenario
        self.threads = threads
        self.gap = gap
        self.model = WarmModel(scenario, room)

    def solve(
        self,
        amounts: Amounts | None = None,
        *,
        relax: bool = False,
        gap: float | None = None,
        time_limit: float | None = None,
        progress: Callable[..., None] | None = None,
    ) -> Result:
        """The plan under other amounts.

        Parameters
        ----------
        amounts
            Fund → year → money in minor units; what is left out stays as in the scenario.
        relax
            Values and duals of the linear relaxation instead of a plan.
        gap
            Proven relative gap; default: the session's.
        time_limit, progress
            As in :func:`planner.solve`.

        Returns
        -------
        Result
            Audited, with the changed scenario as its ``scenario``.

        Examples
        --------
        >>> import planner
        >>> planner.session("scenarios/three-schools").solve(gap=0).status
        <Status.OPTIMAL: 'optimal'>
        """
        changes: dict[str, Any] = {
            f"funds.{fund}.amounts.{year}": money
            for fund, years in (amounts or {}).items()
            for year, money in years.items()
        }
        return self.solve_scenario(
            self.scenario.with_(changes) if changes else self.scenario,
            relax=relax, gap=gap, time_limit=time_limit, progress=progress,
        )  # fmt: skip

    def solve_scenario(self, scenario: Scenario, **options: Any) -> Result:
        """The plan of a scenario that differs from this one's; warm where only money does.

        Examples
        --------
        >>> import planner
        >>> base = planner.load("scenarios/three-schools")
        >>> session = planner.session(base, gap=0)
        >>> more = base.with_("funds.district.amounts.2025", 120_000_000)
        >>> round(session.solve_scenario(more).value)
        8900
        """
        if options.get("gap") is None:
            options["gap"] = self.gap
        return optimize(scenario, threads=self.threads, warm=self.model, **options)
