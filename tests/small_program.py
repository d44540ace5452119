"""A small integer program of plain dictionaries, handed to HiGHS without a modelling layer."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable

import highspy

Terms = dict[int, float]
FREE = math.inf


class Program:
    """A mixed-integer program over numbered variables, decided to the last unit."""

    def __init__(self) -> None:
        self.low: list[float] = []
        self.high: list[float] = []
        self.whole: list[bool] = []
        self.rows: list[tuple[Terms, float, float]] = []

    def var(self, high: float, is_whole: bool = False, low: float = 0.0) -> int:
        self.low.append(low)
        self.high.append(high)
        self.whole.append(is_whole)
        return len(self.low) - 1

    def row(self, terms: Terms, low: float = -FREE, high: float = FREE) -> None:
        self.rows.append((terms, low, high))

    def best(self, points: Terms) -> float | None:
        """The most of ``points`` that any decision reaches; ``None`` where there is none."""
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.low), len(self.rows)
        model.sense_ = highspy.ObjSense.kMaximize
        model.col_cost_ = [points.get(k, 0.0) for k in range(len(self.low))]
        model.col_lower_, model.col_upper_ = self.low, self.high
        model.row_lower_ = [low for _, low, _ in self.rows]
        model.row_upper_ = [high for _, _, high in self.rows]
        kinds = highspy.HighsVarType
        model.integrality_ = [kinds.kInteger if w else kinds.kContinuous for w in self.whole]
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        sizes = itertools.accumulate((len(terms) for terms, _, _ in self.rows), initial=0)
        model.a_matrix_.start_ = list(sizes)
        model.a_matrix_.index_ = [k for terms, _, _ in self.rows for k in terms]
        model.a_matrix_.value_ = [v for terms, _, _ in self.rows for v in terms.values()]
        engine = highspy.Highs()
        for option, value in (
            ("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-9),
            ("mip_feasibility_tolerance", 1e-9), ("primal_feasibility_tolerance", 1e-9),
            ("dual_feasibility_tolerance", 1e-9),
        ):  # fmt: skip
            engine.setOptionValue(option, value)
        engine.passModel(model)
        engine.run()
        status = engine.getModelStatus()
        ends = highspy.HighsModelStatus
        if status in (ends.kInfeasible, ends.kUnboundedOrInfeasible):
            return None
        if status == ends.kModelEmpty:
            bad = any(low > 1e-9 or high < -1e-9 for _, low, high in self.rows)
            return None if bad else 0.0
        assert status == ends.kOptimal, status
        return float(engine.getInfo().objective_function_value)


def summed(parts: Iterable[tuple[Terms, float]]) -> Terms:
    """Σ factor × terms."""
    total: Terms = defaultdict(float)
    for terms, factor in parts:
        for k, v in terms.items():
            total[k] += factor * v
    return dict(total)
