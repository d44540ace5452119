"""What the by-school method does at a country's size, shown on small instances."""

from __future__ import annotations

import errno
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from apart import bytes_of, run_engine, taken_apart

from planner.formulation import gains
from planner.formulation import model as model_room
from planner.formulation.build import formulate
from planner.scenario.new.synthetic import synthetic
from planner.solving import parameters
from planner.solving.lagrangian import master
from planner.solving.lagrangian import subproblems as shelf
from planner.solving.lagrangian.search import LagrangianEngine
from planner.solving.lagrangian.subproblems import BlockFile, SubproblemSolver
from planner.solving.program import settle_threads
from planner.solving.solution import Limits
from planner.system.process import give_back
from tests.benchmarks.instances import Case, scenario_of


@pytest.mark.slow
def test_chunks_in_a_file_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a country: the workers read chunks from a file, which goes with the engine."""
    model = formulate(synthetic(50, seed=1)).model
    alone = run_engine(model, 0.002, workers=1)
    monkeypatch.setattr(parameters, "WORKERS_FROM", 1)
    written: list[str] = []
    made = BlockFile.__init__

    def note(self: BlockFile, chunks: Any) -> None:
        made(self, chunks)
        written.append(self.path)
        assert Path(self.path).exists()

    monkeypatch.setattr(BlockFile, "__init__", note)
    assert bytes_of(run_engine(model, 0.002, workers=2)) == bytes_of(alone)
    assert len(written) == 1
    assert not Path(written[0]).exists()


def test_a_model_in_a_file_is_the_same_model() -> None:
    """Every array with the same numbers, types and order; nobody can write into one. Arrays that
    lie one after the other in a file are easily read from the wrong place."""
    model = formulate(synthetic(10)).model
    filed = model.in_file()
    assert run_engine(filed, 0.0, workers=1).columns.tobytes() == (
        run_engine(model, 0.0, workers=1).columns.tobytes()
    )
    held = dict(vars(filed)) | {f"stage {k}": v for k, v in enumerate(filed.stage_values)}
    plain = dict(vars(model)) | {f"stage {k}": v for k, v in enumerate(model.stage_values)}
    arrays = [name for name, value in plain.items() if isinstance(value, np.ndarray)]
    assert {"integer", "row_index", "coefficient", "stage 0"} <= set(arrays)
    for name in arrays:
        assert held[name].dtype == plain[name].dtype
        np.testing.assert_array_equal(held[name], plain[name])
        assert not held[name].flags.writeable
    give_back()  # what is let go is read again
    np.testing.assert_array_equal(filed.coefficient, model.coefficient)


def test_a_model_stays_in_memory_where_there_is_no_room_for_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A full disk costs memory, not the plan."""

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    model = formulate(synthetic(10)).model
    filed = model.in_file()
    assert filed.coefficient is model.coefficient
    assert filed.stage_values == model.stage_values


def test_an_engine_made_anew_goes_on_from_its_basis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks beyond the warm ones: the same bounds as warm ones, whoever else is priced beside
    them, and a second round at the same prices takes no step."""
    model = formulate(synthetic(50, seed=1)).model
    settle_threads(1)  # as every solve does: another test may have left the engine on two
    problem = taken_apart(model)
    chunks = problem.chunks(model.value, range(problem.packing.count))
    random = np.random.default_rng(0)
    rounds = [random.uniform(0, 2, len(problem.linking.rows)) for _ in range(3)]
    warm, half = SubproblemSolver(chunks), SubproblemSolver(dict(list(chunks.items())[::2]))
    expected = [warm.solve(prices, chunks, None) for prices in rounds]
    monkeypatch.setattr(parameters, "WARM_CHUNKS", 0)
    cold = SubproblemSolver(chunks)
    assert len(warm.warm) == len(chunks)
    for prices, known in zip(rounds, expected, strict=True):
        found, others = cold.solve(prices, chunks, None), half.solve(prices, half.chunks, None)
        for k, priced in found.items():
            assert not priced.failed
            np.testing.assert_allclose(priced.bounds, known[k].bounds, rtol=1e-7, atol=1e-6)
        assert all(found[k].columns.tobytes() == others[k].columns.tobytes() for k in others)
    assert not cold.warm
    costs = chunks[0].costs(rounds[-1])
    assert cold._run(0, chunks[0], costs).getInfo().simplex_iteration_count == 0


def test_without_room_for_a_file_chunks_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk costs memory, not the plan."""
    model = formulate(synthetic(10)).model
    alone = run_engine(model, 0.002, workers=1)
    monkeypatch.setattr(parameters, "WORKERS_FROM", 1)

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelf.tempfile, "mkstemp", full)
    assert bytes_of(run_engine(model, 0.002, workers=1)) == bytes_of(alone)


def test_what_a_large_solve_let_go_is_taken_apart_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts and plans of blocks go, the multipliers stay: the same solve begins where the last one
    ended (an engine that forgot would begin at nought), also where a linking row moved, which the
    parts then know (parts kept would not). A column held elsewhere makes other blocks, of which
    nothing is known."""
    monkeypatch.setattr(parameters, "WORKERS_FROM", 1)
    model = formulate(synthetic(8)).model
    engine, limits = LagrangianEngine(model, Limits(), workers=1), Limits(0.02, 60.0, 1)
    first = engine.solve(model.value, limits)
    learnt = engine._memory
    assert engine._problem is None
    assert learnt is not None
    assert learnt.pool is None
    monkeypatch.setattr(master, "sample_multipliers", lambda p, *_: np.zeros(len(p.linking.rows)))
    again = engine.solve(model.value, limits)
    assert engine._memory is learnt
    assert np.any(learnt.multipliers)
    assert again.value >= (1 - 0.02) * first.value
    assert again.bound >= first.value
    linking = int(taken_apart(model).linking.rows[0])
    moved = model.row_upper.copy()
    moved[linking] /= 2
    engine.restrictions = replace(engine.restrictions, row_upper=moved)
    problem = engine.apart()
    assert problem is not None
    assert problem.program.row_upper[linking] == moved[linking]
    assert engine._memory is learnt
    engine._problem = None
    held = model.column_upper.copy()
    held[0] = model.column_lower[0]
    engine.restrictions = replace(engine.restrictions, upper=held)
    assert engine.apart() is not None
    assert engine._memory is None
    engine.close()


def test_parts_do_not_depend_on_how_much_is_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Structure, chunks and sums of a matrix read seven entries and one chunk at a time."""
    model = formulate(scenario_of(Case(40, "rules"))).model
    columns = np.random.default_rng(0).random(model.columns)

    def everything() -> list[Any]:
        problem = taken_apart(model)
        chunks = problem.chunks(model.value, range(problem.packing.count))
        flat = [v for chunk in chunks.values() for v in (*vars(chunk.program).values(),)]
        links = [v for c in chunks.values() for v in (c.link_row, c.link_column, c.starts)]
        sums = [problem.program.activity(columns), problem.linking.activity(columns)]
        sums.append(problem.linking.reduced(columns, np.ones(len(problem.linking.rows))))
        return [*vars(problem.structure).values(), *flat, *links, *sums]

    whole = everything()
    monkeypatch.setattr(parameters, "ENTRIES_TOGETHER", 7)
    monkeypatch.setattr(parameters, "CHUNKS_TOGETHER", 1)
    pieces = everything()
    assert len(whole) == len(pieces)
    for one, other in zip(whole, pieces, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_a_model_does_not_depend_on_how_much_of_it_is_made_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Entries sorted in ranges of rows and spans drawn a few at a time: the same model."""
    scenario = scenario_of(Case(40, "rules"))
    whole = formulate(scenario).model
    monkeypatch.setattr(model_room, "SORTED", 50)
    monkeypatch.setattr(gains, "SPANS", 3)
    pieces = formulate(scenario).model
    for name, one in vars(whole).items():
        if isinstance(one, np.ndarray):
            assert one.tobytes() == getattr(pieces, name).tobytes(), name
    assert whole.value.tobytes() == pieces.value.tobytes()


def test_a_row_that_rounding_broke_costs_one_more_master_problem() -> None:
    """With a target, the second search makes its plan of what the first one found: no chunk is
    priced again. The row that moved is obeyed, also by the master problem's own copy of it."""
    model = formulate(scenario_of(Case(40, "rules"))).model
    engine = LagrangianEngine(model, Limits(), workers=1)
    first = engine.solve(model.value, Limits(0.002, 60, 1))
    problem = engine.apart()
    assert problem is not None
    assert first.columns is not None
    rows = problem.linking.rows
    spent = model.activity(first.columns)[rows]
    at = int(np.argmin(np.abs(model.row_upper[rows] - spent)))
    engine.set_row_upper(int(rows[at]), float(spent[at]) - 1.0)
    target = first.value * 0.99
    assert engine._solvers is not None
    engine._solvers.solve = forbidden  # type: ignore[method-assign]
    second = engine.solve(model.value, Limits(0.002, 60, 1, target))
    assert second.value >= target
    assert second.columns is not None
    assert model.activity(second.columns)[rows[at]] <= spent[at] - 1.0 + 1e-6
    assert second.bound > first.bound


def forbidden(*_: Any, **__: Any) -> Any:
    raise AssertionError("priced again")
