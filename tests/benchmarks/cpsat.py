"""A written model in whole numbers, for CP-SAT, which knows no others; and what that loses.

Whole columns stay as they are. Any other column is counted in steps of 1/``STEPS``, so that only
values on this grid are looked for. Each row is multiplied by the denominators of its numbers: it
then says the same, exactly; where that outgrows 64 bits, numbers are rounded and the row is widened
by what that may shift. Points are rounded up, so that a bound on them stays one.

``ortools``' own reader takes whole steps (``mip_var_scaling`` is 1): half a unit is lost, and with
it the optimum, which is why it is not used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.benchmarks.written import ZERO, Column, Row, Written

STEPS = 10_000
"""Parts of one unit of a column that is not whole."""
MOST = 2**60
"""What no row exceeds in whole numbers, whatever its columns are; CP-SAT ends at 2**62."""
POINTS = 2**53
"""The same of the sum that is maximised."""


@dataclass(frozen=True)
class Whole:
    """A written model whose numbers are whole: columns are counted in ``1/steps``."""

    names: list[str]
    steps: list[int]
    low: list[int]
    high: list[int]
    rows: list[tuple[list[int], list[int], int | None, int | None]]
    """Columns, coefficients, two ends."""
    points: dict[int, int]
    unit: Fraction
    """Points of the written model that one of these is."""
    offset: Fraction
    rounded: int
    """Rows that had to be rounded and widened."""
    grid: int
    """Columns on the grid."""
    lost: Fraction
    """Most points that the grid costs by columns that may always be lowered to it."""
    open: int
    """Columns on the grid that may not: what those cost nobody has proven."""

    @classmethod
    def of(cls, written: Written) -> Whole:
        """Raises :class:`ValueError` for a model that is minimised, or a column without an end."""
        if not written.maximise:
            raise ValueError("only what is maximised is turned into whole numbers")
        names = list(written.columns)
        at = {name: k for k, name in enumerate(names)}
        columns = [_ended(name, column, written) for name, column in written.columns.items()]
        steps = [1 if column.whole else STEPS for column in columns]
        ends = [
            (math.ceil(column.low * q), math.floor(column.high * q))
            for column, q in zip(columns, steps, strict=True)
        ]
        low, high = [e[0] for e in ends], [e[1] for e in ends]
        made = [_row(row, at, steps, low, high) for row in written.rows.values()]
        shares = {at[n]: c / steps[at[n]] for n, c in written.points.items()}
        reach = sum(abs(c) * max(abs(low[k]), abs(high[k])) for k, c in shares.items())
        unit = Fraction(1, 10 ** max(0, int(math.log10(POINTS / max(1, reach)))))
        firm = {c for row in written.rows.values() for c in _not_lowered(row)}
        free = [n for n, c in written.columns.items() if not c.whole]
        lowered = [n for n in free if n not in firm and written.points.get(n, ZERO) >= 0]
        return cls(
            names, steps, low, high, [row for row, _ in made],
            {k: math.ceil(c / unit) for k, c in shares.items()}, unit, written.offset,
            sum(was for _, was in made), len(free),
            sum((written.points.get(n, ZERO) for n in lowered), ZERO) / STEPS,
            len(free) - len(lowered),
        )  # fmt: skip

    def said(self) -> str:
        """What the conversion did and what it lost, in words."""
        return (
            f"own conversion to whole numbers: {self.grid} columns in steps of 1/{STEPS}, which "
            f"costs at most {float(self.lost):,.1f} points by {self.grid - self.open} of them and "
            f"is not proven for {self.open}; {len(self.rows) - self.rounded} of {len(self.rows)} "
            f"rows exact, {self.rounded} rounded and widened; points in {float(self.unit):.0e}"
        )

    def columns(self, counted: list[int]) -> dict[str, float]:
        """The written model's columns, those that are not 0."""
        found = zip(self.names, self.steps, counted, strict=True)
        return {name: x / q for name, q, x in found if x}

    def bound(self, told: float) -> float:
        """A bound of the written model from one of this: what the grid may cost is added."""
        return float(Fraction(told) * self.unit + self.offset + self.lost)

    def model(self) -> Any:
        """As CP-SAT takes it, and its columns."""
        from ortools.sat.python import cp_model

        model = cp_model.CpModel()
        ends = zip(self.low, self.high, strict=True)
        columns = [model.new_int_var(a, b, f"x{k}") for k, (a, b) in enumerate(ends)]
        for places, numbers, low, high in self.rows:
            total = cp_model.LinearExpr.weighted_sum([columns[k] for k in places], numbers)
            model.add_linear_constraint(
                total,
                cp_model.INT_MIN if low is None else low,
                cp_model.INT_MAX if high is None else high,
            )
        mine = [columns[k] for k in self.points]
        model.maximize(cp_model.LinearExpr.weighted_sum(mine, list(self.points.values())))
        return model, columns


def _ended(name: str, column: Column, written: Written) -> Column:
    """The column with an end above: where it has none, no plan needs it beyond what its one row
    can miss, as it costs."""
    low, high = column.low, column.high
    if low is not None and high is not None:
        return column
    mine = [row for row in written.rows.values() if any(c == name for c, _ in row.terms)]
    if low is None or len(mine) != 1 or written.points.get(name, ZERO) > 0:
        raise ValueError(f"{name} has no end")
    reach, own = [ZERO, ZERO], ZERO
    for other, a in mine[0].terms:
        if other == name:
            own = a
            continue
        theirs = written.columns[other]
        if theirs.low is None or theirs.high is None:
            raise ValueError(f"{name} has no end")
        pair = sorted((a * theirs.low, a * theirs.high))
        reach = [reach[0] + pair[0], reach[1] + pair[1]]
    ends = [end for end in (mine[0].low, mine[0].high) if end is not None]
    far = max(abs(r - end) for r in reach for end in ends)
    return column._replace(high=low + math.ceil(far / abs(own)) + 1)


def _row(
    row: Row, at: dict[str, int], steps: list[int], low: list[int], high: list[int]
) -> tuple[tuple[list[int], list[int], int | None, int | None], bool]:
    """A row in whole numbers, and whether it had to be rounded."""
    places = [at[c] for c, _ in row.terms]
    size = [max(abs(low[k]), abs(high[k])) for k in places]
    ends = (row.low, row.high)
    fine = max((steps[k] for k in places), default=1)
    known = [a.denominator for _, a in row.terms] + [e.denominator for e in ends if e is not None]
    times = math.lcm(*known) * fine
    numbers = [
        a.numerator * (times // (a.denominator * steps[k]))
        for (_, a), k in zip(row.terms, places, strict=True)
    ]
    reach = sum(abs(n) * s for n, s in zip(numbers, size, strict=True))
    reach = max([reach, *(abs(int(end * times)) for end in ends if end is not None)])
    shift, scale = ZERO, Fraction(times)
    rounded = reach > MOST
    if rounded:
        less = Fraction(1, -(-reach // MOST))
        exact = [n * less for n in numbers]
        numbers, scale = [round(x) for x in exact], times * less
        moved = zip(numbers, exact, size, strict=True)
        shift = sum((abs(n - x) * s for n, x, s in moved), ZERO)
    first = None if row.low is None else math.ceil(row.low * scale - shift)
    last = None if row.high is None else math.floor(row.high * scale + shift)
    return (places, numbers, first, last), rounded


def _not_lowered(row: Row) -> list[str]:
    """The columns that a row may not let go down."""
    return [
        c
        for c, a in row.terms
        if (row.low is not None and a > 0) or (row.high is not None and a < 0)
    ]
