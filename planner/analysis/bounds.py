"""Whether the bounds that a plan claims hold: its own inputs, solved again stage by stage.

A bound says what no plan can exceed that keeps the stages before as they were claimed. It holds
where this solve proves one that is no higher; it is refuted by a plan in whole units and whole
money that reaches more; otherwise it stays open.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.errors import Finding, Place, Severity
from planner.formulation.build import Formulation, formulate
from planner.plan import build_plan
from planner.plan.decisions import decide
from planner.run.optimize import floored
from planner.scenario.scenario import Scenario
from planner.solving.highs import make_engine
from planner.solving.solution import Limits, Outcome, finite
from planner.solving.stages import keep_value, stage_objectives
from planner.vocabulary.axes import Floats

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
    scenario: Scenario, claims: Mapping[str, Any], time_limit: float | None = None
) -> list[Proof]:
    """A verdict on every stage that claims a bound, in order; stages of a proven plan folder.

    ``time_limit``: seconds for all of them; default: what the plan's own solve was given.
    """
    settings = claims["settings"]
    seconds = float(settings["time_limit"]) if time_limit is None else time_limit
    form = formulate(scenario)
    return list(_proofs(form, claims, seconds))


def _proofs(form: Formulation, claims: Mapping[str, Any], seconds: float) -> Iterator[Proof]:
    known = {str(s["name"]): s for s in claims["stages"]}
    objectives = dict(stage_objectives(form.model))
    ends = time.perf_counter() + seconds
    limits = Limits(0.0, seconds, form.facts.scenario.settings.solve.threads)
    engine = make_engine(form.model, limits)
    size = max(1.0, abs(float(claims["value"])))
    try:
        left = len(known)
        for name, stage in known.items():
            points = objectives.get(name)
            if stage["bound"] is not None and points is not None:
                claimed = float(stage["bound"])
                spare = max((ends - time.perf_counter()) / left, 0.05)
                gap = max(claimed - float(stage["value"]), 0.0) / 2 / size
                outcome = engine.solve(points, Limits(gap, spare, limits.threads), stage=name)
                before = list(known.values())[: len(known) - left]
                yield _judged(form, name, claimed, ROOM * size, before, outcome)
            elif stage["bound"] is not None:  # nothing is decided in it
                yield Proof(name, float(stage["bound"]), "holds", 0.0, 0.0)
            if points is not None:
                keep_value(engine, points, float(stage["value"]))
            left -= 1
    finally:
        engine.close()


def _judged(
    form: Formulation,
    name: str,
    claimed: float,
    room: float,
    before: Sequence[Mapping[str, Any]],
    outcome: Outcome,
) -> Proof:
    """The verdict of one solve; only a plan refutes that breaks nothing once it is rounded, and
    reaches in the stages before all that they were proven to allow."""
    reached = {} if outcome.columns is None else _reached(form, outcome.columns)
    found = reached.get(name, np.nan)
    kept = all(
        s["bound"] is not None and reached.get(str(s["name"]), -np.inf) >= s["bound"] - room
        for s in before
    )
    if kept and found > claimed + room:
        return Proof(name, claimed, "refuted", outcome.bound, found)
    held = np.isfinite(outcome.bound) and outcome.bound <= claimed + room
    return Proof(name, claimed, "holds" if held else "open", outcome.bound, found)


def _reached(form: Formulation, columns: Floats) -> dict[str, float]:
    """What the plan in whole units and money reaches by stage; nothing where it breaks a rule."""
    outlook = build_plan(decide(form, columns), floored(form))
    return {} if outlook.broken else outlook.stages


def verdict(proofs: Sequence[Proof]) -> str:
    """The verdict on all of them: ``refuted`` by one, ``holds`` if all hold, else ``open``;
    ``none`` where no bound is claimed."""
    found = {p.verdict for p in proofs}
    if not found:
        return "none"
    return max(found, key=VERDICTS.index)
