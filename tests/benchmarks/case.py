"""One case by one method, in a process of its own: ``python -m tests.benchmarks.case JSON``.

Writes the instance as files, reads it as ``planner run`` does, solves, proves and writes the
plan, and prints one JSON object with what each phase took.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from planner.system.process import listening, phase
from tests.benchmarks.instances import Case, scenario_of
from tests.benchmarks.measuring import Meter, TreeWatch, reset_peak, whole_peak, workers_cpu

BARE_OPTIONS = {
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
    "mip_feasibility_tolerance": 1e-9,
}
"""What the bare engine is told besides gap, time limit and threads: the product's tolerances."""


Told: TypeAlias = tuple[dict[str, Any], Any]
"""What there is to say of a solve, and its result where there is a plan."""


@dataclass(frozen=True)
class Asked:
    """What a child process is asked for."""

    case: Case
    method: str
    gap: float
    limit: float
    threads: int | None
    figures: bool
    without: tuple[str, ...] = ()

    @property
    def limits(self) -> Any:
        """As the product's own type."""
        from planner.solving.solution import Limits

        return Limits(self.gap, self.limit, self.threads)


class Trace:
    """Progress over time: (clock, stage, value, bound)."""

    def __init__(self) -> None:
        self.points: list[tuple[float, str, float | None, float | None]] = []

    def progress(self, at: Any) -> None:
        """A progress event of the product; lines that tidying counts are no points."""
        if at.stage != "tidy":
            self.add(at.stage, at.value, at.bound)

    def add(self, stage: str, value: float | None, bound: float | None) -> None:
        """A point, unless nothing changed."""
        if not self.points or self.points[-1][1:] != (stage, value, bound):
            self.points.append((time.perf_counter(), stage, value, bound))

    def since(self, began: float) -> list[tuple[float, str, float | None, float | None]]:
        """The points by seconds since the solve began."""
        return [(round(at - began, 3), *rest) for at, *rest in self.points]


def main(argument: str) -> None:
    """Runs what the JSON asks for and prints what came of it."""
    wanted = json.loads(argument)
    asked = Asked(**wanted | {"case": Case(**wanted["case"])})
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(run(asked, Path(place)), allow_nan=False))


def run(asked: Asked, place: Path) -> dict[str, Any]:
    """All phases of one case."""
    from planner.scenario.load import load
    from planner.scenario.write import write

    write(scenario_of(asked.case), place / "in")
    meter = Meter()
    reset_peak()
    with TreeWatch() as tree, listening(meter):
        scenario = load(place / "in" / "scenario.yaml")
        trace = Trace()
        told, result = METHODS[asked.method](scenario, asked, trace)
        if result is not None:
            _write(result, place / "plan", asked.figures)
    head = {"case": asked.case.as_dict(), "name": asked.case.name, "method": asked.method}
    limits = {"gap_asked": asked.gap, "time_limit": asked.limit, "threads": asked.threads}
    told["trace"] = trace.since(meter.firsts.get("solve", 0.0))
    told |= {"phases": meter.as_dict(), "process_mib": round(whole_peak(), 1)}
    told |= {"tree_mib": round(tree.mib, 1), "workers_cpu": round(workers_cpu(), 2)}
    return head | limits | {"without": list(asked.without)} | told


def _write(result: Any, folder: Path, figures: bool) -> None:
    from planner.present.summary import summary
    from planner.run import folder as folders

    written = folders.write(result, folder)
    summary(result, "vi")
    if figures:
        from planner.present.figures import save_all

        head = folders.read_claims(written)
        with folders.workplace(written) as made:
            save_all(result.plan, made / "figures", "vi")
            folders.add(written, made, head)


def _product(scenario: Any, asked: Asked, trace: Trace) -> Told:
    """The product itself (``optimize``), by the method named."""
    from planner.run.optimize import optimize

    more = {}
    if "method" in inspect.signature(optimize).parameters:
        more["method"] = asked.method
    elif asked.method not in ("auto", "whole"):
        raise SystemExit(f"the product has no method {asked.method}")
    result = optimize(
        scenario,
        gap=asked.gap,
        time_limit=asked.limit,
        threads=asked.threads,
        progress=trace.progress,
        **more,
    )
    has_plan = result.maybe_plan is not None
    told = _told(result) | {"audit": "clean" if has_plan else "no plan"}
    return told, result if has_plan else None


def _told(result: Any) -> dict[str, Any]:
    plan = result.maybe_plan
    stages = [
        {"name": s.name, "status": str(s.status), "seconds": round(s.seconds, 3)}
        | {k: _finite(getattr(s, k)) for k in ("value", "bound", "gap")}
        for s in result.stages
    ]
    return {
        "status": str(result.status),
        "value": _finite(result.value),
        "bound": _finite(result.bound),
        "gap": _finite(result.gap),
        "people": _finite(result.people),
        "spent": plan.spent if plan is not None else None,
        "stages": stages,
    }


def _finite(number: Any) -> float | None:
    return float(number) if number is not None and abs(float(number)) < 1e300 else None


def _bare(scenario: Any, asked: Asked, trace: Trace) -> Told:
    """The same model given whole to HiGHS by bare arrays, with HiGHS' own defaults."""
    from planner.formulation.build import formulate

    form = formulate(scenario)
    model = reduced(form.model, asked.without)
    highs, stages, columns = _engine(model, asked), [], None
    began = time.perf_counter()
    for number, (name, objective) in enumerate(_stage_objectives(model)):
        left = asked.limit - (time.perf_counter() - began)
        share = max(left / (len(model.stages) - number), 0.1)
        with phase("solve"):
            columns, value, bound, status = _solve(
                highs, objective, share, trace, name, start=columns
            )
        if columns is None:
            break
        stages.append((name, status, value, bound))
        kept = objective.nonzero()[0].astype("int32")
        highs.addRow(value - 1e-6 * max(1, abs(value)), 1e30, len(kept), kept, objective[kept])
    held = Held(form)
    del form, model, highs
    return _audited(held, columns, stages, asked)


def _stage_objectives(model: Any) -> Any:
    from planner.solving.stages import stage_objectives

    return list(stage_objectives(model))


def _engine(model: Any, asked: Asked) -> Any:
    import highspy
    import numpy as np

    with phase("hand-over"):
        highs = highspy.Highs()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = model.columns, model.rows
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = np.zeros(model.columns)
        lp.col_lower_, lp.col_upper_ = model.column_lower, model.column_upper
        lp.row_lower_, lp.row_upper_ = model.row_lower, model.row_upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        counts = np.bincount(model.row_index, minlength=model.rows)
        lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        lp.a_matrix_.index_ = model.column_index.astype(np.int32)
        lp.a_matrix_.value_ = model.coefficient
        if model.integer.any():
            kinds = np.array([highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger])
            lp.integrality_ = kinds[model.integer.astype(int)].tolist()
        options = BARE_OPTIONS | {"mip_rel_gap": asked.gap, "log_to_console": False}
        if asked.threads:
            options["threads"] = asked.threads
        for name, value in options.items():
            highs.setOptionValue(name, value)
        highs.passModel(lp)
    return highs


def _solve(
    highs: Any, objective: Any, limit: float, trace: Trace, stage: str, start: Any
) -> tuple[Any, float, float, str]:
    import highspy
    import numpy as np

    def heard(kind: Any, _text: str, out: Any, _answer: Any, _data: Any) -> None:
        value, bound = out.mip_primal_bound, out.mip_dual_bound
        trace.add(stage, _known(value), _known(bound))

    highs.setCallback(heard, None)
    highs.startCallback(highspy.cb.HighsCallbackType.kCallbackMipLogging)
    index = np.arange(len(objective), dtype=np.int32)
    highs.changeColsCost(len(index), index, objective)
    highs.setOptionValue("time_limit", limit)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = start.tolist()
        highs.setSolution(known)
    highs.run()
    info = highs.getInfo()
    if info.primal_solution_status != 2:
        return None, float("nan"), float("inf"), highs.getModelStatus().name
    columns = np.array(highs.getSolution().col_value)
    value = float(objective @ columns)
    bound = info.mip_dual_bound if abs(info.mip_dual_bound) < 1e300 else float("inf")
    if not highs.getLp().integrality_:
        bound = value if highs.getModelStatus().name == "kOptimal" else float("inf")
    trace.add(stage, value, max(bound, value))
    return columns, value, max(value, bound), highs.getModelStatus().name


def _known(number: float) -> float | None:
    return number if abs(number) < 1e30 else None


def reduced(model: Any, without: tuple[str, ...]) -> Any:
    """The model without the terms of some links: their rows say nothing of 0 and bind nothing."""
    from dataclasses import replace

    import numpy as np

    dropped = np.zeros(model.rows, dtype=bool)
    for block in model.row_blocks:
        if block.name in without:
            dropped[block.start : block.stop] = True
    if not dropped.any():
        return model
    keep = ~dropped[model.row_index]
    return replace(
        model,
        row_lower=np.where(dropped, np.minimum(model.row_lower, 0.0), model.row_lower),
        row_upper=np.where(dropped, np.maximum(model.row_upper, 0.0), model.row_upper),
        row_index=model.row_index[keep],
        column_index=model.column_index[keep],
        coefficient=model.coefficient[keep],
    )


def _ranked(scenario: Any, asked: Asked, trace: Trace) -> Told:
    """The ranking by value per đồng; its value is compared with the others' bounds."""
    from planner.formulation.build import formulate
    from planner.solving.warm import feasible
    from tests.benchmarks.greedy import greedy

    form = formulate(scenario)
    with phase("solve"):
        columns = greedy(form)
    model = form.model
    value = float(model.value @ columns)
    trace.add("ranking", value, None)
    sound = feasible(model, columns)
    held = Held(form)
    del form, model
    told, result = _audited(held, columns, [("ranking", "ranked", value, float("inf"))], asked)
    return told | {"status": "ranked", "feasible": sound}, result


class Held:
    """A formulation that is let go where the product lets its own go: before the tables where
    there is no second solve to come, at the latest before the audit."""

    def __init__(self, form: Any) -> None:
        self.form = form

    def decided(self, columns: Any) -> Any:
        """The decisions; the formulation is gone."""
        from planner.plan.decisions import decide

        decisions, self.form = decide(self.form, columns), None
        return decisions


def _audited(held: Held, columns: Any, stages: list[Any], asked: Asked) -> Told:
    """Whole money, tables and audit of columns found outside of the product's own solve."""
    from planner.errors import AuditError
    from planner.plan import build_plan
    from planner.run.optimize import _result
    from planner.solving.solution import Solution, Stage, Status

    names = {"kOptimal": Status.WITHIN_GAP}
    told_stages = tuple(
        Stage(n, names.get(s, Status.STOPPED), v, max(b, v), 0.0) for n, s, v, b in stages
    )
    if columns is None:
        return {"status": "no_plan", "audit": "no plan"}, None
    status = Status.STOPPED
    if all(s.status is Status.WITHIN_GAP for s in told_stages):
        status = Status.WITHIN_GAP
    decisions = held.decided(columns)
    scenario, outlook = decisions.facts.scenario, build_plan(decisions)
    del decisions
    solution = Solution(status, None, told_stages, 0.0)
    try:
        result = _result(scenario, solution, outlook, {"gap": asked.gap})
    except AuditError as error:
        told = {"status": str(status), "value": outlook.value}
        codes = sorted({str(f.code) for f in error.findings})
        return told | {"audit": f"{len(error.findings)} findings: {codes}"}, None
    return _told(result) | {"audit": "clean"}, result


METHODS = {
    "auto": _product,
    "whole": _product,
    "by-school": _product,
    "bare": _bare,
    "greedy": _ranked,
}
"""How a case can be solved; the first three are the product's own ``method``."""

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main(sys.argv[1])
