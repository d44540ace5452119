"""One engine on one written model, in a process of its own: ``python -m tests.benchmarks.solvers
JSON``.

Only what the engine needs is loaded, so that memory is its own. Every engine gets the same file,
gap, seconds and threads, and its own defaults in all else. What it claims (how it ended, value,
bound) is told as it says it, beside the columns that it found by the names of the file;
:mod:`tests.benchmarks.engines` judges both.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.benchmarks.measuring import TreeWatch, workers_cpu

BA_DINH = Path(__file__).parents[2] / "scenarios" / "ba-dinh"
FREE = 1e19
"""From here on a number is what an engine says for none (SCIP: 1e20)."""
FOLLOWS = 1e-6
"""Relative: how far the points of a plan's columns may be below those of its tables."""
DECIDED = ("buy", "works", "deliver", "choose", "grant")
"""Columns that a plan decides; the others follow."""
PROVEN, STOPPED, INFEASIBLE, NO_PLAN = "optimal", "stopped", "infeasible", "no plan"
"""How an engine says that it ended; *optimal* is also within the gap asked for."""


@dataclass(frozen=True)
class Task:
    """What an engine is asked for."""

    engine: str
    case: str
    model: Path
    gap: float
    limit: float
    threads: int


@dataclass
class Answer:
    """What an engine says, and what it found."""

    says: str
    value: float | None = None
    bound: float | None = None
    columns: dict[str, float] = field(default_factory=dict)
    version: str = ""
    options: str = ""
    read: float = 0.0
    """Seconds until the engine began: reading the file, and turning it into what it takes."""
    seconds: float = 0.0
    """Seconds from there to its end."""
    trace: list[tuple[float, float | None, float | None]] = field(default_factory=list)
    """Seconds, value and bound, as the engine told of them."""


class Clock:
    """Seconds since a solve began, and what was told in them."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.told: list[tuple[float, float | None, float | None]] = []

    def tell(self, value: float | None, bound: float | None) -> None:
        """A line of progress, unless it says what the last one did."""
        now = finite(value), finite(bound)
        if now != (None, None) and (not self.told or self.told[-1][1:] != now):
            self.told.append((round(self.seconds, 3), *now))

    @property
    def seconds(self) -> float:
        """Since the solve began."""
        return time.perf_counter() - self.began


def finite(number: float | None) -> float | None:
    """A number, none where it stands for infinity."""
    return None if number is None or not abs(number) < FREE else float(number)


def scenario_named(name: str) -> Any:
    """``80-rules`` is a seeded instance; else a scenario by path, or a future of Ba Đình."""
    from planner.scenario.load import load
    from tests.benchmarks.instances import VARIANTS, Case, scenario_of

    size, _, variant = name.partition("-")
    if size.isdigit() and variant in VARIANTS:
        return scenario_of(Case(int(size), variant))
    return load(name if Path(name).exists() else BA_DINH / f"{name}.yaml")


def product(task: Task) -> Answer:
    """The product's own ``auto``, from a scenario in memory to an audited plan, without tidying."""
    from planner.formulation.build import formulate
    from planner.formulation.model import legal_names
    from planner.run import optimize as running

    began = time.perf_counter()
    scenario = scenario_named(task.case)
    read = time.perf_counter() - began
    solved = []
    solve_whole = running.solve_whole

    def heard(*given: Any, size: Any = 1.0, **more: Any) -> Any:
        solution, outlook = solve_whole(*given, size=size, **more)
        if solution.columns is not None:
            solved.append(solution.columns * size)
        return solution, outlook

    clock = Clock()
    with patch.object(running, "solve_whole", heard):
        result = running.optimize(
            scenario, gap=task.gap, time_limit=task.limit, threads=task.threads, tidy=0,
            method="auto", progress=lambda line: clock.tell(line.value, line.bound),
        )  # fmt: skip
    answer = Answer(_said(str(result.status)), version=f"planner {version('planner')}")
    answer.read, answer.seconds, answer.trace = read, clock.seconds, clock.told
    answer.options = f"method {result.settings['method']}, tidy 0"
    answer.bound = finite(result.bound)
    if result.maybe_plan is not None:
        model = formulate(scenario).model
        best = max(solved, key=lambda columns: float(model.value @ columns))
        answer.value = float(result.value)
        answer.columns = _named(legal_names(model.column_labels()), best)
        if answer.value - float(model.value @ best) > FOLLOWS * max(1.0, abs(answer.value)):
            answer.columns = followed(task.model, answer.columns)
    return answer


def followed(model: Path, columns: dict[str, float]) -> dict[str, float]:
    """The same purchases, with what follows from them (who gains by which unit) found anew on the
    written model: a search that is stopped may hold a plan whose gains nobody has counted yet."""
    import highspy

    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    engine.readModel(str(model))
    names = engine.getLp().col_names_
    for k, name in enumerate(names):
        if name.partition("(")[0] in DECIDED:
            engine.changeColBounds(k, columns.get(name, 0.0), columns.get(name, 0.0))
    engine.run()
    return _named(names, engine.getSolution().col_value)


def _said(status: str) -> str:
    if status in ("optimal", "within_gap"):
        return PROVEN
    return {"infeasible": INFEASIBLE, "no_plan": NO_PLAN}.get(status, STOPPED)


def _named(names: Any, values: Any) -> dict[str, float]:
    pairs = zip(names, map(float, values), strict=True)
    return {name: x for name, x in pairs if x}


def highs(task: Task) -> Answer:
    """HiGHS alone."""
    import highspy

    began = time.perf_counter()
    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    options = {"threads": task.threads, "time_limit": task.limit, "mip_rel_gap": task.gap}
    for name, value in options.items():
        engine.setOptionValue(name, value)
    engine.readModel(str(task.model))
    read, clock = time.perf_counter() - began, Clock()

    def heard(_kind: Any, _text: str, out: Any, *_: Any) -> None:
        clock.tell(out.mip_primal_bound, out.mip_dual_bound)

    engine.setCallback(heard, None)
    for kind in ("kCallbackMipLogging", "kCallbackMipImprovingSolution"):
        engine.startCallback(getattr(highspy.cb.HighsCallbackType, kind))
    engine.run()
    seconds, info, ended = clock.seconds, engine.getInfo(), engine.getModelStatus().name
    has = info.primal_solution_status == 2
    answer = Answer({"kOptimal": PROVEN, "kInfeasible": INFEASIBLE}.get(ended, STOPPED))
    answer.says = NO_PLAN if answer.says == STOPPED and not has else answer.says
    answer.version, answer.options = f"HiGHS {engine.version()}", _listed(options)
    answer.read, answer.seconds, answer.trace = read, seconds, clock.told
    if clock.told or answer.says == PROVEN:  # (who has not told of a bound says 0)
        answer.bound = finite(info.mip_dual_bound)
    if has:
        answer.value = info.objective_function_value
        answer.columns = _named(engine.getLp().col_names_, engine.getSolution().col_value)
    return answer


def _listed(options: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in options.items())


def scip(task: Task) -> Answer:
    """SCIP by PySCIPOpt, which searches with one thread."""
    import pyscipopt

    began = time.perf_counter()
    engine = pyscipopt.Model()
    engine.hideOutput()
    options = {"limits/gap": task.gap, "limits/time": task.limit}
    engine.setParams(options)
    engine.readProblem(str(task.model))
    read, clock = time.perf_counter() - began, Clock()
    kinds = pyscipopt.SCIP_EVENTTYPE.BESTSOLFOUND, pyscipopt.SCIP_EVENTTYPE.DUALBOUNDIMPROVED

    class Heard(pyscipopt.Eventhdlr):
        def eventinit(self) -> None:
            for kind in kinds:
                self.model.catchEvent(kind, self)

        def eventexit(self) -> None:
            for kind in kinds:
                self.model.dropEvent(kind, self)

        def eventexec(self, event: Any) -> None:
            value = self.model.getPrimalbound() if self.model.getNSols() else None
            clock.tell(value, self.model.getDualbound())

    engine.includeEventhdlr(Heard(), "heard", "tells of plans and bounds")
    engine.optimize()
    seconds, ended, has = clock.seconds, engine.getStatus(), engine.getNSols() > 0
    proven = dict.fromkeys(("optimal", "gaplimit"), PROVEN) | {"infeasible": INFEASIBLE}
    answer = Answer(proven.get(ended, STOPPED if has else NO_PLAN))
    answer.version = f"SCIP {engine.version()}, PySCIPOpt {version('pyscipopt')}"
    answer.options = _listed(options) + ", one thread"
    answer.read, answer.seconds, answer.trace = read, seconds, clock.told
    answer.bound = finite(engine.getDualbound())
    if has:
        best = engine.getBestSol()
        answer.value = engine.getSolObjVal(best)
        found = {v.name: engine.getSolVal(best, v) for v in engine.getVars()}
        answer.columns = {name: x for name, x in found.items() if x}
    return answer


FOUND = re.compile(r"Integer solution of (\S+) found .*\((\S+) seconds\)")
"""CBC: a better plan."""
POSSIBLE = re.compile(r"best solution, best possible (\S+) \((\S+) seconds\)")
"""CBC: how its search stands."""


def cbc(task: Task) -> Answer:
    """The CBC that comes with PuLP; of a file to be maximised it must be told so (``-max``)."""
    import pulp

    options = {"-ratioGap": task.gap, "-seconds": task.limit, "-threads": task.threads}
    with tempfile.TemporaryDirectory() as place:
        found = Path(place, "found")
        told = [str(x) for pair in options.items() for x in pair]
        command = [pulp.PULP_CBC_CMD.pulp_cbc_path, str(task.model), "-max", "-timeMode", "elapsed"]
        command += [*told, "-solve", "-solution", str(found)]
        clock = Clock()
        log = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        seconds = clock.seconds
        lines = found.read_text(encoding="utf-8").splitlines() if found.exists() else [""]
    answer = cbc_answer(log, lines)
    answer.options = "-max, -timeMode elapsed, " + _listed(options)
    answer.seconds = seconds
    return answer


def cbc_answer(log: str, lines: list[str]) -> Answer:
    """What CBC's log and its file of columns say, of a model that is maximised."""
    ended = lines[0]
    answer = Answer(STOPPED)
    if ended.startswith("Optimal"):
        answer.says = PROVEN
    elif "nfeasible" in ended:
        answer.says = INFEASIBLE
    elif "no integer solution" in ended or not ended:
        answer.says = NO_PLAN
    known = re.search(r"^Version: (\S+)", log, re.MULTILINE)
    answer.version = f"CBC {known[1] if known else '?'}, PuLP {version('pulp')}"
    if answer.says in (PROVEN, STOPPED):
        value = re.search(r"objective value (\S+)", ended)
        answer.value = float(value[1]) if value else None
        answer.columns = {
            words[-3]: float(words[-2]) for line in lines[1:] if len(words := line.split()) >= 4
        }
    if answer.says != INFEASIBLE:
        stated = re.findall(r"^Upper bound:\s+(\S+)", log, re.MULTILINE)
        answer.bound = float(stated[-1]) if stated else None
        if answer.says == PROVEN and answer.bound is None:
            answer.bound = answer.value
    told = [(float(at), -float(v), None) for v, at in FOUND.findall(log)]
    told += [(float(at), None, -float(b)) for b, at in POSSIBLE.findall(log)]
    for at, v, b in sorted(told, key=lambda line: line[0]):
        last = answer.trace[-1] if answer.trace else (0.0, None, None)
        answer.trace.append((at, last[1] if v is None else v, last[2] if b is None else b))
    return answer


def cp_sat(task: Task) -> Answer:
    """CP-SAT on the model in whole numbers (:mod:`tests.benchmarks.cpsat`)."""
    from ortools.sat.python import cp_model

    from tests.benchmarks.cpsat import Whole
    from tests.benchmarks.written import Written

    began = time.perf_counter()
    whole = Whole.of(Written.read(task.model))
    model, columns = whole.model()
    engine = cp_model.CpSolver()
    parameters = engine.parameters
    parameters.max_time_in_seconds, parameters.num_workers = task.limit, task.threads
    parameters.relative_gap_limit = task.gap
    read, clock = time.perf_counter() - began, Clock()
    best: list[float | None] = [None]

    def points(told: float) -> float:
        return float(told * whole.unit + whole.offset)

    class Heard(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            best[0] = points(self.objective_value)
            clock.tell(best[0], whole.bound(self.best_objective_bound))

    engine.best_bound_callback = lambda told: clock.tell(best[0], whole.bound(told))
    ended = engine.solve(model, Heard())
    seconds = clock.seconds
    kinds = {cp_model.OPTIMAL: PROVEN, cp_model.FEASIBLE: STOPPED, cp_model.INFEASIBLE: INFEASIBLE}
    answer = Answer(kinds.get(ended, NO_PLAN), version=f"OR-Tools {version('ortools')}")
    answer.options = _listed(
        {"relative_gap_limit": task.gap, "max_time_in_seconds": task.limit}
        | {"num_workers": task.threads}
    ) + "; " + whole.said()  # fmt: skip
    answer.read, answer.seconds, answer.trace = read, seconds, clock.told
    if clock.told:  # (who has not told of a bound says 0)
        answer.bound = clock.told[-1][2]
    if answer.says in (PROVEN, STOPPED):
        answer.bound = whole.bound(engine.best_objective_bound)
        answer.value = points(engine.objective_value)
        answer.columns = whole.columns([engine.value(x) for x in columns])
    return answer


def cp_sat_reader(task: Task) -> Answer:
    """CP-SAT behind OR-Tools' own reader and its own conversion, every setting of it as it is."""
    from ortools.linear_solver.python import model_builder

    began = time.perf_counter()
    model = model_builder.Model()
    model.import_from_mps_file(str(task.model))
    engine = model_builder.Solver("sat")
    engine.set_time_limit_in_seconds(task.limit)
    options = {"num_workers": task.threads, "relative_gap_limit": task.gap}
    engine.set_solver_specific_parameters(" ".join(f"{k}:{v}" for k, v in options.items()))
    read, clock = time.perf_counter() - began, Clock()
    ended = engine.solve(model).name
    seconds = clock.seconds
    answer = Answer(
        {"OPTIMAL": PROVEN, "FEASIBLE": STOPPED, "INFEASIBLE": INFEASIBLE}.get(ended, NO_PLAN)
    )
    answer.version = f"OR-Tools {version('ortools')}"
    answer.options = _listed(options) + ", OR-Tools' own reader and conversion"
    answer.read, answer.seconds = read, seconds
    if answer.says in (PROVEN, STOPPED):
        answer.value, answer.bound = engine.objective_value, engine.best_objective_bound
        found = {v.name: engine.value(v) for v in model.get_variables()}
        answer.columns = {name: x for name, x in found.items() if x}
    return answer


ENGINES: dict[str, tuple[Callable[[Task], Answer], str]] = {
    "auto": (product, "planner"),
    "HiGHS": (highs, "highspy"),
    "SCIP": (scip, "pyscipopt"),
    "CBC": (cbc, "pulp"),
    "CP-SAT": (cp_sat, "ortools"),
    "CP-SAT-reader": (cp_sat_reader, "ortools"),
}
"""Engine → how it is run, and the module that it needs."""


def installed(engine: str) -> bool:
    """Whether an engine can be run here."""
    if find_spec(ENGINES[engine][1]) is None:
        return False
    if engine != "CBC":
        return True
    import pulp

    return os.access(pulp.PULP_CBC_CMD.pulp_cbc_path, os.X_OK)


def solve(task: Task) -> Answer:
    """The answer of a task's engine."""
    return ENGINES[task.engine][0](task)


def main(argument: str, into: Path) -> None:
    """Runs what the JSON asks for; the answer, with memory and processor, goes to a file."""
    asked = json.loads(argument)
    task = Task(**asked | {"model": Path(asked["model"])})
    with TreeWatch() as tree:
        answer = solve(task)
    mine = os.times()
    told = vars(answer) | {"mib": round(tree.mib, 1)}
    told["cpu"] = round(mine.user + mine.system + workers_cpu(), 2)
    into.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
