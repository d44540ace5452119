"""Several futures as one model, searched with what each future teaches of it.

The extensive form (:mod:`planner.formulation.extensive`) is as large as all its futures together,
but each of them alone is an ordinary problem, and what they share is small. So

1. the relaxation of all begins where the relaxations of the futures ended, put together;
2. a plan is looked for near it, as for any problem (:mod:`planner.solving.neighbourhoods`), in a
   large model a decision first, made for one future with the others at the relaxation's shadow
   prices, and then the later years of each future by itself; meanwhile every school is decided by
   itself in all its futures at those prices: that bounds all plans more closely (Lagrangian
   relaxation of the money that schools share, once a future; the decision of now stays one);
3. the schools that lose most against their own best at those prices are decided anew together, in
   all their futures, the others staying as they are, until the gap is proven.

Whatever is still open then goes to the search of the whole, from the plan found and with its bound.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np

from planner.errors import SolverError
from planner.formulation.build import Formulation
from planner.formulation.extensive import Extensive
from planner.formulation.model import Model
from planner.solving import parameters
from planner.solving.choice import Choice, Method, RacingEngine, choose_engine
from planner.solving.highs import Engine, HighsEngine, ProgressSink, Task
from planner.solving.lagrangian import master
from planner.solving.lagrangian.search import LagrangianEngine
from planner.solving.lagrangian.structure import homes, take_apart
from planner.solving.neighbourhoods import (
    Blocks,
    Bounds,
    Losing,
    NeighbourhoodSearch,
    cores_of,
    is_provable,
    neighbourhoods,
    rins,
)
from planner.solving.program import (
    Program,
    Restrictions,
    ended,
    interrupts,
    listen,
    load,
    settle_threads,
    values,
)
from planner.solving.solution import (
    Limits,
    Outcome,
    Progress,
    Solution,
    Stage,
    Status,
    enough,
    never,
    proved,
    relative_gap,
)
from planner.solving.stages import solve_stages, stage_objectives
from planner.solving.sureness import BlockBounds
from planner.system import worker_pool
from planner.system.process import phase, starts_python
from planner.system.worker_pool import Beside
from planner.vocabulary.axes import Floats

FEASIBLE = 2
"""HiGHS' primal status of a solution that keeps every row."""


@dataclass(frozen=True)
class Relaxed:
    """The relaxation of all futures: ``[column]`` values, ``[row]`` shadow prices, its value, and
    the restrictions it was solved under."""

    columns: Floats
    prices: Floats
    value: float
    under: Restrictions


class FuturesSearch:
    """The search of an extensive form; once more, near the plan found, where whole money broke a
    row that is tightened since.

    Parameters
    ----------
    extensive
        The futures as one model.
    engine
        An engine of that model: its restrictions, and what says whether to stop, are looked at in
        every solve.
    side
        What solves futures apart from each other.
    """

    def __init__(self, extensive: Extensive, engine: Engine, side: SideBySide) -> None:
        self.extensive, self.engine, self.side = extensive, engine, side
        model = extensive.model
        self.whole = (
            engine if isinstance(engine, HighsEngine) else HighsEngine(model, engine.limits)
        )
        self.relaxed: Relaxed | None = None
        self.bounds: BlockBounds | None = None
        self.plan: Floats | None = None
        self._gone: Callable[[], bool] = never

    @classmethod
    def of(
        cls, extensive: Extensive, engine: Engine, limits: Limits, side: SideBySide
    ) -> FuturesSearch | None:
        """``None`` where the model as a whole is searched as fast: it is small, or has several
        stages, or a gap is asked for that only the engine's own search proves."""
        model = extensive.model
        if len(extensive.forms) < 2 or not is_provable(engine, limits):
            return None
        if _is_by_school(engine):
            return cls(extensive, engine, side)
        least, most = parameters.FUTURES_FROM, parameters.FUTURES_TO
        if not isinstance(engine, HighsEngine | RacingEngine) or not least <= model.columns <= most:
            return None
        return cls(extensive, engine, side)

    @phase("solve")
    def solve(self, limits: Limits, progress: ProgressSink | None) -> Solution:
        """A plan within the gap, or the best that the time limit allows, with a proven bound."""
        model, engine = self.extensive.model, self.engine
        ((name, objective),) = stage_objectives(model)
        task = Task(objective, limits, None, progress, name)
        if isinstance(engine, LagrangianEngine) and _is_by_school(engine):
            return self._by_school(task, engine)
        relaxed = self._relax(task)
        if not isinstance(relaxed, Relaxed):
            return Solution(relaxed, None, (), task.seconds())
        search = _Near(self, task, relaxed)
        search.run()
        self.plan = search.plan
        solution = search.solution(name)
        proven = solution.status in (Status.OPTIMAL, Status.WITHIN_GAP)
        if proven or engine.stop() or task.left().time_limit <= parameters.SHORTEST:
            return solution
        return self._whole_search(task, solution, search.bound)

    # ------------------------------------------------------------------ the relaxation of all

    def relax_early(self, limits: Limits, gone: Callable[[], bool]) -> None:
        """Solves the relaxation before it is asked for, unless nobody will."""
        if _is_by_school(self.engine):
            return
        ((name, objective),) = stage_objectives(self.extensive.model)
        self._gone = gone
        try:
            self._relax(Task(objective, limits, None, None, name))
        finally:
            self._gone = never

    def _relax(self, task: Task) -> Relaxed | Status:
        """The relaxation under the restrictions of now, or how it ended without a solution: what
        was found under wider ones is kept, as a bound and as what is near."""
        now = self.engine.restrictions
        if self.relaxed is not None and _within(now, self.relaxed.under):
            return self.relaxed
        self.relaxed = self.bounds = None
        model = self.extensive.model
        basis = self._joined_basis(task)
        if basis is Status.INFEASIBLE:
            return Status.INFEASIBLE
        highs = self._program(now.program(model), task.objective, task)
        if basis is not None:
            highs.setBasis(basis)
        highs.run()
        how = ended(highs)
        if how != "optimal":
            return Status.INFEASIBLE if how == "infeasible" else Status.NO_PLAN
        solution = highs.getSolution()
        prices = np.array(solution.row_dual, dtype=np.float64)[: model.rows]
        columns = values(highs)
        self.relaxed = Relaxed(columns, prices, float(task.objective @ columns), now)
        task.report(-np.inf, self.relaxed.value)
        return self.relaxed

    def _program(self, program: Program, objective: Floats, task: Task) -> Any:
        """A relaxation, loaded, that ends with the time limit or when somebody wants it to."""
        highs = load(program, objective, mip=False, threads=settle_threads(task.limits.threads))
        highs.setOptionValue("time_limit", task.left().time_limit)
        stop, gone = self.engine.stop, self._gone

        def heard(_kind: Any, _message: str, _out: Any, answer: Any, _data: Any) -> None:
            answer.user_interrupt = stop() or gone()

        listen(highs, heard, *interrupts())
        return highs

    def _joined_basis(self, task: Task) -> Any:
        """The bases of the futures' own relaxations as one of all; ``None`` where one of them has
        none, or ``infeasible``, which proves that all together are."""
        extensive, now = self.extensive, self.engine.restrictions
        model = extensive.model
        rows = np.cumsum([0] + [form.model.rows for form in extensive.forms])

        def own(future: int) -> Any:
            mine, place = extensive.forms[future].model, extensive.places[future]
            some = slice(rows[future], rows[future + 1])
            program = Program(
                now.lower[place], now.upper[place], mine.integer, now.row_lower[some],
                now.row_upper[some], mine.row_index, mine.column_index, mine.coefficient,
            )  # fmt: skip
            points = task.objective[place]
            if not points.any():
                points = extensive.weights[future] * mine.stage_values[0]
            highs = self._program(program, points, task)
            highs.run()
            how = ended(highs)
            return highs.getBasis() if how == "optimal" else how

        with ThreadPoolExecutor(cores_of(task.limits.threads)) as pool:
            found = list(pool.map(own, range(len(extensive.forms))))
        if "infeasible" in found:
            return Status.INFEASIBLE
        if any(isinstance(basis, str) for basis in found):
            return None
        kinds = highspy.HighsBasisStatus
        columns = [kinds.kLower] * model.columns
        for place, basis in zip(extensive.places, found, strict=True):
            for column, status in zip(place.tolist(), basis.col_status, strict=True):
                if columns[column] != kinds.kBasic:
                    columns[column] = status
        own_rows = [status for basis in found for status in basis.row_status]
        others = model.rows + len(now.cuts) - len(own_rows)
        joined = highspy.HighsBasis()
        joined.col_status, joined.row_status = columns, own_rows + [kinds.kBasic] * others
        joined.valid, joined.alien = True, True
        return joined

    # ------------------------------------------------------------------ what is left open

    def _whole_search(self, task: Task, near: Solution, bound: float) -> Solution:
        """The engine's own search of the whole, from the plan found."""

        def report(at: Any) -> None:
            assert task.progress is not None
            known = min((b for b in (at.bound, bound) if b is not None), default=None)
            task.progress(replace(at, seconds=task.seconds(), bound=known))

        engine = self.whole
        engine.restrictions, engine.stop = self.engine.restrictions, self.engine.stop
        found = solve_stages(
            engine, task.left(), start=near.columns, progress=task.progress and report,
            cuts=engine.restrictions.cuts,
        )  # fmt: skip
        if found.columns is None:
            return replace(found if near.columns is None else near, seconds=task.seconds())
        (stage,) = found.stages
        value = stage.value
        if near.columns is not None and near.stages[0].value > value:
            return replace(near, seconds=task.seconds())
        bound = max(value, min(bound, stage.bound))
        status = proved(value, bound, stage.status is not Status.STOPPED, task.limits.gap)
        stage = replace(stage, status=status, bound=bound, seconds=task.seconds())
        self.plan = found.columns
        return replace(found, status=status, stages=(stage,), seconds=task.seconds())

    def _by_school(self, task: Task, engine: LagrangianEngine) -> Solution:
        """By school, each in all its futures, begun at the futures' own shadow prices."""
        engine.begin_at(task.objective, lambda: self._sampled_prices(task.limits))
        cuts = engine.restrictions.cuts
        return solve_stages(engine, task.left(), progress=task.progress, cuts=cuts)

    def _sampled_prices(self, limits: Limits) -> Floats:
        """``[row]`` shadow prices that a sample of the schools has in each future alone."""
        extensive, threads = self.extensive, settle_threads(limits.threads)
        prices, start = np.zeros(extensive.model.rows), 0
        for form, weight in zip(extensive.forms, extensive.weights, strict=True):
            mine = form.model
            problem = take_apart(Restrictions.of(mine).program(mine), homes(mine))
            if problem is not None:
                ((_, points),) = stage_objectives(mine)
                own = master.sample_multipliers(problem, weight * points, threads)
                prices[start + problem.linking.rows] = own
            start += mine.rows
        return prices


class _Near:
    """One search near the relaxation; ``plan``, ``value`` and ``bound`` are its results."""

    def __init__(self, search: FuturesSearch, task: Task, relaxed: Relaxed) -> None:
        self.search, self.task, self.relaxed = search, task, relaxed
        self.objective = task.objective
        self.plan: Floats | None = None
        self.near: Floats | None = None
        self.value = -np.inf
        self.bound = relaxed.value
        self.stop = search.engine.stop

    def left(self) -> float:
        """Seconds until the time limit."""
        return self.task.limits.time_limit - self.task.seconds()

    def late(self) -> bool:
        """Whether to give up."""
        return self.left() <= 0 or self.stop()

    @property
    def wanted(self) -> float:
        """What a plan must be worth to be proven within the gap."""
        return enough(self.bound, self.task.limits.gap * parameters.COMPONENT_GAP)

    @property
    def done(self) -> bool:
        """Whether the plan is good enough, or nobody waits any more."""
        return self.value >= min(self.wanted, self.task.limits.target) or self.late()

    def run(self) -> None:
        """Looks for a plan near the relaxation, then anew at schools that lose most."""
        with Beside(self._block_bounds, self.task.limits.threads) as beside:
            self.near = self.search.plan
            self._nearer()
            if self.plan is None:
                self._first_plan()
            if not self.done:
                self.bound = min(self.bound, beside.answer())
                self.task.report(self.value, self.bound)
        self._nearer()
        for _ in range(parameters.RINS_ROUNDS - 1):
            if relative_gap(self.value, self.bound) > self.task.limits.gap * parameters.RINS_WITHIN:
                self._nearer()
        if self.plan is not None and not self.done:
            self._improve()

    def solution(self, stage: str) -> Solution:
        """What was found and proven."""
        seconds = self.task.seconds()
        if self.plan is None:
            return Solution(Status.NO_PLAN, None, (), seconds)
        bound = max(self.bound, self.value)
        status = proved(self.value, bound, False, self.task.limits.gap)
        found = Stage(stage, status, self.value, bound, seconds)
        return Solution(status, self.plan, (found,), seconds)

    def _block_bounds(self, given_up: Callable[[], bool]) -> float:
        """What no plan is worth more than, by every school in whole units at the shadow prices."""
        search = self.search
        bounds = search.bounds
        if bounds is None:
            model, threads = search.extensive.model, settle_threads(self.task.limits.threads)
            bounds = BlockBounds(
                model, self.relaxed.under, self.objective, threads, self.relaxed.prices
            )
            at_once = min(2, cores_of(self.task.limits.threads))
            slack = parameters.FUTURES_BLOCKS * self.task.limits.gap * max(1.0, abs(self.bound))
            if bounds.prepare(lambda: given_up() or self.late(), at_once, slack):
                search.bounds = bounds
        return bounds.level

    def _report(self, at: Progress) -> None:
        """A line of a neighbourhood's search: its own bound is none of the whole problem's."""
        self.task.report(max(-np.inf if at.value is None else at.value, self.value), self.bound)

    def _take(self, found: Outcome) -> bool:
        """Keeps a plan that is better than the one known."""
        if found.columns is None or found.value <= self.value:
            return False
        self.plan, self.value = found.columns, found.value
        self.task.report(self.value, self.bound)
        return True

    def _inside(
        self, bounds: Bounds, start: Floats | None, gap: float, plans: int | None
    ) -> Outcome:
        """What the engine finds with the columns' bounds drawn closer."""
        if self.late():
            return Outcome(Status.NO_PLAN)
        engine, limits = self.search.whole, self.task.limits
        held, stop = self.search.engine.restrictions, engine.stop
        small = Limits(
            gap, self.left(), limits.threads, self.wanted, parameters.NEIGHBOURHOOD_NODES, plans
        )
        engine.restrictions = replace(held, lower=bounds[0], upper=bounds[1])
        engine.stop = self.stop
        try:
            return engine.solve(self.objective, small, start=start, progress=self._report)
        except SolverError:  # a trial: what fails in it says nothing of the whole problem
            return Outcome(Status.NO_PLAN)
        finally:
            engine.restrictions, engine.stop = held, stop

    def _first_plan(self) -> None:
        """A plan at most the relaxation rounded up: in a large model a decision first, then each
        future's later years; else, and where that leads nowhere, all at once."""
        search, gap, near = self.search, self.task.limits.gap, self.relaxed.columns
        model = search.extensive.model
        apart = model.columns >= parameters.FUTURES_APART_FROM
        for bounds in neighbourhoods(search.engine, near, None, Blocks.of(model)):
            if apart and not search.engine.restrictions.cuts:
                self._decision_first(bounds)
            if self.plan is None:
                self._take(self._inside(bounds, None, gap * parameters.NEIGHBOURHOOD_SLACK, 1))
        self.near = self.plan

    def _decision_first(self, bounds: Bounds) -> None:
        """A decision in whole units, then the later years of each future by itself; futures that it
        leaves without a plan are taken in, and the decision is made anew."""
        weights = self.search.extensive.weights
        deciders, decided, lost = self._decider(bounds)
        while decided is not None and not self.late():
            lost = lost or self._with_later_years(decided)
            if not lost or len(deciders) == parameters.FUTURES_DECIDERS:
                return
            deciders = [*deciders, max(lost, key=lambda k: weights[k])]
            decided = self._decided_by(deciders, bounds)
            if decided is not None:
                _, lost = self._relaxed_worth(decided)

    def _decider(self, bounds: Bounds) -> tuple[list[int], Floats | None, list[int]]:
        """(future, its decision, futures that it leaves without a plan): one future after another
        decides, the likeliest first, until their relaxations come near enough; the best of them."""
        weights, gap = self.search.extensive.weights, self.task.limits.gap
        best: tuple[list[int], Floats | None, list[int]] = [], None, []
        value = -np.inf
        for future in np.argsort(-weights, kind="stable")[: parameters.FUTURES_DECIDERS].tolist():
            decided = self._decided_by([future], bounds)
            if self.late():
                break
            if decided is None:
                continue
            worth, lost = self._relaxed_worth(decided)
            if best[1] is None or worth > value:
                best, value = ([future], decided, lost), worth
            if relative_gap(value, self.bound) <= parameters.FUTURES_DECIDED * gap:
                break
        return best

    def _decided_by(self, deciders: Sequence[int], bounds: Bounds) -> Floats | None:
        """``[column]`` of all: a decision in whole units, the best for some futures near the
        relaxation where every row of the others has its shadow price; later columns tell nothing.
        """
        extensive, now = self.search.extensive, self.search.engine.restrictions
        model, limits = extensive.model, self.task.limits
        program = replace(now, lower=bounds[0], upper=bounds[1]).program(model)
        starts = np.cumsum([0] + [form.model.rows for form in extensive.forms])
        rows = np.concatenate([np.arange(starts[k], starts[k + 1]) for k in sorted(deciders)])
        mine = np.isin(program.row_index, rows)
        paid = np.where(mine, 0.0, self.relaxed.prices[program.row_index] * program.coefficient)
        costs = self.objective - np.bincount(program.column_index, paid, program.columns)
        among = extensive.shared.copy()
        for k in deciders:
            among[extensive.places[k]] = True
        columns = np.flatnonzero(among)
        part = program.part(columns, np.flatnonzero(mine), rows)
        highs = load(part, costs[columns], mip=True, threads=settle_threads(limits.threads))
        slack = parameters.FUTURES_DECISION * limits.gap * max(1.0, abs(self.bound))
        for option, value in (
            ("mip_rel_gap", 0.0), ("mip_abs_gap", slack), ("time_limit", max(self.left(), 0.01)),
            ("mip_max_nodes", parameters.NEIGHBOURHOOD_NODES),
        ):  # fmt: skip
            highs.setOptionValue(option, value)
        listen(highs, self._interrupt, *interrupts())
        highs.run()
        if highs.getInfo().primal_solution_status != FEASIBLE:
            return None
        found = self.relaxed.columns.copy()
        found[columns] = values(highs)
        return np.where(model.integer, np.rint(found), found)

    def _interrupt(self, _kind: Any, _message: str, _out: Any, answer: Any, _data: Any) -> None:
        answer.user_interrupt = self.stop()

    def _kept(self, decided: Floats, future: int) -> Model:
        """A future's model that keeps a decision, under the row bounds of now."""
        extensive, now = self.search.extensive, self.search.engine.restrictions
        start = sum(form.model.rows for form in extensive.forms[:future])
        model = extensive.forms[future].model
        lower, upper = extensive.decided_bounds(decided, future)
        rows = slice(start, start + model.rows)
        return replace(
            model, column_lower=lower, column_upper=upper,
            row_lower=now.row_lower[rows], row_upper=now.row_upper[rows],
        )  # fmt: skip

    def _relaxed_worth(self, decided: Floats) -> tuple[float, list[int]]:
        """(aim, futures): what a decision may come to by the relaxations of its futures, and those
        that it leaves without any."""
        extensive = self.search.extensive
        threads = settle_threads(self.task.limits.threads)

        def most(future: int) -> float:
            model = self._kept(decided, future)
            program = Restrictions.of(model).program(model)
            highs = load(program, model.stage_values[0], mip=False, threads=threads)
            listen(highs, self._interrupt, *interrupts())
            highs.run()
            solved = ended(highs) == "optimal"
            return float(highs.getInfo().objective_function_value) if solved else -np.inf

        with ThreadPoolExecutor(cores_of(self.task.limits.threads)) as pool:
            worth = np.array(list(pool.map(most, range(len(extensive.forms)))))
        lost = np.flatnonzero(~np.isfinite(worth)).tolist()
        if lost:
            return -np.inf, lost
        return extensive.aim.of(worth, extensive.weights, extensive.model.stages[0]), []

    def _with_later_years(self, decided: Floats) -> list[int]:
        """Takes the plan that a decision and the best found later years of each future make; the
        futures without any, where there are such."""
        extensive, limits = self.search.extensive, self.task.limits
        futures = range(len(extensive.forms))
        share = self.left() * cores_of(limits.threads) / len(futures)
        gap = parameters.FUTURES_LATER * limits.gap
        asked = replace(limits, gap=gap, time_limit=max(share, parameters.SHORTEST))
        needs = {k: (self._kept(decided, k), asked) for k in futures}
        found = self.search.side.each(later_years, needs)
        plan = decided.copy()
        if lost := [k for k in futures if found[k] is None]:
            return lost
        for place, own in zip(extensive.places, found, strict=True):
            plan[place] = own
        plan[extensive.shared] = decided[extensive.shared]
        plan = extensive.levelled(plan)
        self._take(Outcome(Status.STOPPED, float(self.objective @ plan), self.bound, plan))
        return []

    def _nearer(self) -> None:
        """Decides anew what the plan and the relaxation differ in."""
        if self.near is None or self.done:
            return
        bounds = rins(self.search.engine, self.relaxed.columns, self.near)
        slack = self.task.limits.gap * parameters.RINS_SLACK
        if self._take(self._inside(bounds, self.near, slack, None)):
            self.near = self.plan

    def _improve(self) -> None:
        """Decides anew, in all futures, the schools that lose most against their own best: two lots
        of them side by side, and more at a time where that gains little."""
        bounds, now = self.search.bounds, self.search.engine.restrictions
        if bounds is None or bounds.problem is None or now.cuts:
            return  # (it knows nothing of the cuts)
        limits = self.task.limits
        losing = Losing(
            bounds, now, self.objective, limits.threads,
            parameters.FUTURES_SLACK * limits.gap * max(1.0, abs(self.bound)),
            parameters.FUTURES_NODES, self.stop,
        )  # fmt: skip
        random = np.random.default_rng(0)
        size, tried = parameters.FUTURES_NEIGHBOURHOOD, 0
        while not self.done and 2 * size <= bounds.problem.program.columns:
            assert self.plan is not None
            loss = losing.losses(self.plan)
            blurred = (loss + parameters.ROUNDING) * random.uniform(0.2, 1.0, len(loss))
            before = self.value
            found = losing.better(self.plan, blurred, size, self.wanted, self.left(), lots=2)
            if found is not None:
                value = float(self.objective @ found)
                self._take(Outcome(Status.STOPPED, value, self.bound, found))
            tried += 1
            little = self.value - before < 0.1 * (self.wanted - before)
            if little or tried == parameters.NEIGHBOURHOODS_A_SIZE:
                size, tried = 2 * size, 0


def later_years(
    form: Formulation, how: How, _name: str, need: tuple[Model, Limits]
) -> Floats | None:
    """``[column]`` of a future whose decision stands in its columns' bounds; ``None`` where no plan
    is found."""
    model, limits = need
    limits = replace(limits, threads=how.limits.threads)
    engine = HighsEngine(model, limits)
    engine.stop = how.stop
    try:
        return NeighbourhoodSearch(engine).solve(limits, None).columns
    except SolverError:  # a trial
        return None
    finally:
        engine.close()


def _is_by_school(engine: Engine) -> bool:
    """Whether an engine takes a model apart for good, and not for a trial beside its own search."""
    return isinstance(engine, LagrangianEngine) and not isinstance(engine, RacingEngine)


def _within(now: Restrictions, wider: Restrictions) -> bool:
    """Whether restrictions have the columns' bounds of others, and allow nothing that those
    forbid."""
    return (
        now.cuts[: len(wider.cuts)] == wider.cuts
        and np.array_equal(now.lower, wider.lower)
        and np.array_equal(now.upper, wider.upper)
        and bool((now.row_lower >= wider.row_lower).all())
        and bool((now.row_upper <= wider.row_upper).all())
    )


# --------------------------------------------------------------------------------------------------
# Futures apart from each other are solved side by side where there are cores for it.


@dataclass(frozen=True)
class How:
    """How models are solved: limits, engine and method, whom to ask whether to stop, whom to tell
    of progress, and the address of a cluster that works along."""

    limits: Limits
    solver: str
    method: Method
    stop: Callable[[], bool]
    progress: ProgressSink | None
    cluster: str | None = None

    def engine(self, model: Model) -> tuple[Engine, Choice]:
        """An engine for a model, by the method asked for."""
        engine, choice = choose_engine(
            model, self.limits, solver=self.solver, method=self.method, cluster=self.cluster
        )
        engine.stop = self.stop
        return engine, choice

    def named(self, name: str) -> ProgressSink | None:
        """Progress whose stage says which future it is of."""
        if self.progress is None:
            return None
        tell = self.progress
        return lambda at: tell(replace(at, stage=f"{name} · {at.stage}"))


Apart = Callable[[Formulation, How, str, Any], Any]
"""What is done with a future by itself: its formulation and name, and what the task needs."""


class SideBySide:
    """Futures apart from each other, solved side by side where there are cores for it; the workers
    stay from task to task until it is closed.

    Parameters
    ----------
    forms, names
        ``[future]``
    how
        How their models are solved.
    """

    def __init__(self, forms: Sequence[Formulation], names: Sequence[str], how: How) -> None:
        self.forms, self.names, self.how = forms, names, how
        self._pool: worker_pool.WorkerPool | None = None

    def __enter__(self) -> SideBySide:
        return self

    def __exit__(self, *how: object) -> None:
        if self._pool is not None:
            self._pool.__exit__(*how)

    def each(self, task: Apart, needs: Mapping[int, Any]) -> list[Any]:
        """``task`` of some futures (future → what it needs), in order; ``None`` where it was
        stopped before it had ended."""
        how, forms = self.how, self.forms
        cores = min(cores_of(how.limits.threads), len(needs))
        large = forms[0].model.columns >= parameters.WHOLE_BELOW
        if cores < 2 or not large or not starts_python():
            return [
                None if how.stop() else task(forms[k], how, self.names[k], more)
                for k, more in needs.items()
            ]
        if self._pool is None:
            self._pool = worker_pool.WorkerPool(min(cores_of(how.limits.threads), len(forms)))
        own = replace(how, limits=replace(how.limits, threads=1), stop=never, progress=None)
        began = time.perf_counter()
        waiting = [
            self._pool.submit(task, forms[k], own, self.names[k], more) for k, more in needs.items()
        ]
        while not all(f.done() for f in waiting):
            wait(waiting, timeout=0.5)
            done = sum(f.done() for f in waiting)
            if how.progress is not None:
                stage = f"{done}/{len(needs)}"
                how.progress(Progress(stage, time.perf_counter() - began, None, None))
            if how.stop():
                self._pool.kill()
                self._pool = None
                break
        return [_answer(f) for f in waiting]


def _answer(future: Future[Any]) -> Any:
    """What a task gave; ``None`` of one that was given up. What else went wrong is raised here."""
    if future.cancelled() or not future.done():
        return None
    if isinstance(future.exception(), BrokenProcessPool):
        return None
    return future.result()
