"""The model as plain columns and rows: solver-neutral, named, kept in arrays.

A :class:`Model` is a linear program in columnar form. Blocks of columns and rows carry their
keys as arrays, so a name such as ``buy[TH-07,lan,district-capital,2024]`` is only written
when somebody asks for it; at a country's size there are millions of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from planner.names import FLOOR_STAGE, row_name
from planner.system.process import give_back, in_file
from planner.vocabulary.axes import Bools, Floats, Ints, Places

if TYPE_CHECKING:
    import pandas as pd

SORTED = 1_000_000
"""Entries that are sorted together."""
Entries = tuple[Places, Places, Floats]
"""Row, column and coefficient of some places of the matrix."""
Array = np.ndarray[Any, np.dtype[Any]]
Keys = Mapping[str, Array]


def arrays_in_file(arrays: Sequence[Array]) -> list[Array]:
    """The same arrays, read only, in a file; as they are where there is no room for one."""
    # the widest first, so that each begins at a multiple of its own size
    order = sorted(range(len(arrays)), key=lambda k: -arrays[k].itemsize)
    held = in_file([np.ascontiguousarray(arrays[k]).data for k in order])
    if held is None:
        return list(arrays)
    found, at = list(arrays), 0
    for k in order:
        given = arrays[k]
        found[k] = np.frombuffer(held, given.dtype, given.size, at).reshape(given.shape)
        at += given.nbytes
    return found


@dataclass(frozen=True)
class Block:
    """Consecutive columns of one kind, or rows of one rule, with their keys."""

    name: str
    start: int
    stop: int
    keys: Keys
    money: bool = False
    """Whether it is measured in the model's money (``scale`` minor units)."""
    size: Any = 1.0
    """Otherwise: what one unit of a member is in people's units (a lot of 5 is 5 units)."""

    def key(self, index: int) -> tuple[Any, ...]:
        """The key of one member by its absolute index; whole numbers as Python's own."""
        at = index - self.start
        return tuple(values[at : at + 1].tolist()[0] for values in self.keys.values())

    @property
    def indices(self) -> Ints:
        """Absolute indices of the members."""
        return np.arange(self.start, self.stop)


class Shape(NamedTuple):
    """Which columns and which rows a model has, as fingerprints of their names and keys.

    Two models that differ in numbers alone (bounds, coefficients, points) have the same shape:
    what is indexed by the columns or rows of one means the same in the other.
    """

    columns: str
    rows: str


class ForeignError(ValueError):
    """Something that belongs to another model was used on this one: a defect of ours."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} of another model")


@dataclass(frozen=True)
class Model:
    """Columns, rows and coefficients; rows and columns are found again by their blocks.

    ``stage_values`` holds points per unit of each column, to be maximised, one array for each
    priority stage in ``stages``; ``spend`` is money per unit in units of ``scale`` minor
    units, and so are all money rows. ``people`` are equipped pupil-years of funded schools per unit
    of each column; nothing aims at them.
    """

    column_blocks: tuple[Block, ...]
    row_blocks: tuple[Block, ...]
    column_lower: Floats
    column_upper: Floats
    integer: Bools
    row_lower: Floats
    row_upper: Floats
    row_index: Places
    column_index: Places
    coefficient: Floats
    stage_values: tuple[Floats, ...]
    spend: Floats
    lateness: Floats
    scale: int
    stages: tuple[str, ...] = ()
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    people: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def value(self) -> Floats:
        """Points per unit of each column over all stages that are points."""
        total = np.zeros(self.columns)
        for name, points in zip(self.stages, self.stage_values, strict=True):
            if name != FLOOR_STAGE:
                total += points
        return total

    def in_file(self) -> Model:
        """The same model with its arrays in a file (:func:`planner.system.process.in_file`)."""
        single = [f.name for f in fields(self) if isinstance(getattr(self, f.name), np.ndarray)]
        arrays = arrays_in_file([*(getattr(self, name) for name in single), *self.stage_values])
        named: dict[str, Any] = dict(zip(single, arrays, strict=False))
        return replace(self, **named, stage_values=tuple(arrays[len(single) :]))

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.column_lower)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    @cached_property
    def shape(self) -> Shape:
        """Which columns and rows these are; see :class:`Shape`."""
        return Shape(*(_fingerprint(b, self.labels) for b in (self.column_blocks, self.row_blocks)))

    def sizes(self, blocks: tuple[Block, ...], count: int) -> Floats:
        """What one unit of each column (or row) is in units, or in minor units of money."""
        found = np.ones(count)
        for block in blocks:
            found[block.start : block.stop] = self.scale if block.money else block.size
        return found

    def column_block(self, kind: str) -> Block | None:
        """The columns of a kind, if it has any."""
        return next((b for b in self.column_blocks if b.name == kind), None)

    def row_block(self, rule: str) -> Block | None:
        """The rows of a rule, if it has any."""
        return next((b for b in self.row_blocks if b.name == rule), None)

    def activity(self, columns: Floats) -> Floats:
        """``[row]`` Σ coefficient × column."""
        weights = self.coefficient * columns[self.column_index]
        summed = np.bincount(self.row_index, weights=weights, minlength=self.rows)
        return summed.astype(np.float64)

    def row_labels(self) -> list[str]:
        """``[row]`` stable names."""
        return [self._name(b, i) for b in self.row_blocks for i in range(b.start, b.stop)]

    def column_labels(self) -> list[str]:
        """``[column]`` stable names."""
        return [self._name(b, i) for b in self.column_blocks for i in range(b.start, b.stop)]

    def row_label(self, index: int) -> str:
        """A row's stable name."""
        return self._label(self.row_blocks, index)

    def column_label(self, index: int) -> str:
        """A column's stable name."""
        return self._label(self.column_blocks, index)

    def _label(self, blocks: tuple[Block, ...], index: int) -> str:
        return self._name(next(b for b in blocks if b.start <= index < b.stop), index)

    def _name(self, block: Block, index: int) -> str:
        parts = []
        for axis, values in block.keys.items():
            value = values[index - block.start]
            parts.append(self.labels[axis][int(value)] if axis in self.labels else str(value))
        return row_name(block.name, parts)


def _fingerprint(blocks: tuple[Block, ...], labels: Mapping[str, Sequence[str]]) -> str:
    """A hash of what blocks are called, in which order, and of their keys."""
    digest, axes = blake2b(digest_size=16), set()
    for block in blocks:
        digest.update(f"{block.name}\0{block.start}\0{block.stop}\0".encode())
        for axis, values in block.keys.items():
            axes.add(axis)
            digest.update(f"{axis}\0".encode())
            if values.dtype.kind in "iub":
                digest.update(values.astype(np.int64).tobytes())
            else:
                digest.update("\0".join(map(str, values.tolist())).encode())
    for axis in sorted(axes & labels.keys()):
        digest.update("\0".join((axis, *labels[axis], "")).encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Start:
    """``[column]`` an assignment of one model's columns, from which a solve of that model (with
    whatever bounds) may begin."""

    of: str
    values: Floats

    @classmethod
    def on(cls, model: Model, values: Any) -> Start:
        """An assignment of a model's columns; raises :class:`ForeignError` where their number
        is another."""
        values = np.asarray(values, dtype=np.float64)
        if len(values) != model.columns:
            raise ForeignError("a start")
        return cls(model.shape.columns, values)

    def belongs_to(self, model: Model) -> bool:
        """Whether the model has these columns."""
        return self.of == model.shape.columns


@dataclass(frozen=True)
class Duals:
    """Shadow prices of one model: ``rows`` points per unit of each row's bound, ``columns`` per
    unit of each column (NaN where the engine gives none)."""

    of: Shape
    rows: Floats
    columns: Floats

    @classmethod
    def on(cls, model: Model, rows: Floats, columns: Floats) -> Duals:
        """Shadow prices of a model and of rows added after its own, which are left out."""
        if len(rows) < model.rows or len(columns) != model.columns:
            raise ForeignError("shadow prices")
        return cls(model.shape, rows[: model.rows], columns)

    def of_model(self, model: Model) -> Duals:
        """The same, once it is sure that they belong to the model."""
        if self.of != model.shape:
            raise ForeignError("shadow prices")
        return self

    def slope(self, moves: Moves) -> float:
        """Points per unit by which ``moves`` moves bounds: each price times its own bound's."""
        if self.of != moves.of:
            raise ForeignError("moved bounds")
        mine = np.where(self.rows >= 0, moves.row_upper, moves.row_lower)
        moving = moves.column_upper != 0
        capped = np.maximum(self.columns[moving], 0.0) @ moves.column_upper[moving]
        return float(self.rows @ mine + capped)


@dataclass(frozen=True)
class Moves:
    """How fast the bounds of one model move with a number that its rules speak of."""

    of: Shape
    row_lower: Floats
    row_upper: Floats
    column_upper: Floats

    @classmethod
    def between(cls, now: Model, then: Model) -> Moves:
        """What the bounds of a model move by; both are of one shape."""
        if now.shape != then.shape:
            raise ForeignError("moved bounds")
        return cls(
            now.shape,
            _change(now.row_lower, then.row_lower),
            _change(now.row_upper, then.row_upper),
            _change(now.column_upper, then.column_upper),
        )


def _change(now: Floats, then: Floats) -> Floats:
    """What bounds move by; one that is infinite does not."""
    moving = np.isfinite(now) & (now != then)
    return np.where(moving, then, 0.0) - np.where(moving, now, 0.0)


# What files of models may hold as names.

_RESERVED = frozenset(
    (
        *("min", "max", "minimize", "maximize", "minimum", "maximum", "minimise", "maximise", "st"),
        *("subject", "such", "bounds", "bound", "general", "generals", "gen", "integer"),
        *("integers", "int", "binary", "binaries", "bin", "semi", "sos", "sos1", "sos2", "free"),
        *("inf", "infinity", "end"),
    )
)
_LETTERS = str.maketrans({"đ": "d", "Đ": "D", "[": "(", "]": ")"})
_LONGEST = 100
"""Characters of a name that every reader of such files takes."""


def legal_names(labels: Iterable[str]) -> list[str]:
    """Names that LP and MPS files may hold, different from each other and still to be read:
    ``buy[TH-07,lan,cap,2024]`` becomes ``buy(TH_07,lan,cap,2024)``; letters lose their marks."""
    found: dict[str, None] = {}
    for label in labels:
        text = unicodedata.normalize("NFKD", label.translate(_LETTERS))
        text = "".join(c for c in text if not unicodedata.combining(c))
        text = re.sub(r"[^A-Za-z0-9_.(),]", "_", text)[:_LONGEST]
        if re.match(r"[0-9.(),]|[eE]([0-9.]|$)", text) or text.casefold() in _RESERVED:
            text = f"_{text}"
        name, number = text, 1
        while name in found:
            number += 1
            name = f"{text[: _LONGEST - 8]}_{number}"
        found[name] = None
    return list(found)


class Mark(NamedTuple):
    """How far a builder is: columns, rows, and how many parts of each kind it holds."""

    columns: int
    rows: int
    parts: tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """What a builder was given from a mark on, to be given to another one."""

    since: Mark
    columns: tuple[Block, ...]
    rows: tuple[Block, ...]
    column_bounds: tuple[tuple[Floats, Floats, Bools], ...]
    row_bounds: tuple[tuple[Floats, Floats], ...]
    entries: tuple[Entries, ...]


class ModelBuilder:
    """Collects blocks of columns, rows and coefficients, then freezes them into a Model."""

    def __init__(self) -> None:
        self._columns: list[Block] = []
        self._rows: list[Block] = []
        self._column_parts: list[tuple[Floats, Floats, Bools]] = []
        self._row_parts: list[tuple[Floats, Floats]] = []
        self._entries: list[Entries] = []
        self._objective: dict[str, list[tuple[Ints, Floats]]] = {}
        self.column_count = 0
        self.row_count = 0

    def add_columns(
        self,
        kind: str,
        keys: Keys | pd.DataFrame,
        lower: Any,
        upper: Any,
        *,
        integer: Any = False,
        money: bool = False,
        size: Any = 1.0,
    ) -> Ints:
        """New columns of a kind; returns their indices. Bounds are scalars or arrays."""
        narrow, start = _narrow(keys), self.column_count
        count = len(next(iter(narrow.values())))
        self.column_count += count
        block = Block(kind, start, self.column_count, narrow, money, size)
        self._columns.append(block)
        kinds = np.broadcast_to(integer, count)
        self._column_parts.append((_floats(lower, count), _floats(upper, count), kinds))
        return block.indices

    def add_rows(
        self, rule: str, keys: Keys | pd.DataFrame, lower: Any, upper: Any, *, money: bool = False
    ) -> Ints:
        """New rows of a rule; returns their indices. Bounds are scalars or arrays."""
        narrow, start = _narrow(keys), self.row_count
        count = len(next(iter(narrow.values())))
        self.row_count += count
        block = Block(str(rule), start, self.row_count, narrow, money)
        self._rows.append(block)
        self._row_parts.append((_floats(lower, count), _floats(upper, count)))
        return block.indices

    def add_entries(self, rows: Any, columns: Any, coefficients: Any) -> None:
        """Coefficients; several for one row and column add up."""
        rows, columns = np.asarray(rows, np.int32), np.asarray(columns, np.int32)
        self._entries.append((rows, columns, _floats(coefficients, len(rows))))

    def add_objective(self, name: str, columns: Ints, coefficients: Any) -> None:
        """Adds to ``spend``, ``lateness``, ``people`` or ``stage:<number>`` of columns."""
        pair = (columns, _floats(coefficients, len(columns)))
        self._objective.setdefault(name, []).append(pair)

    def add_value(self, columns: Ints, points: Any, stage: Ints) -> None:
        """Adds points to the value of columns, each in its priority stage."""
        points = _floats(points, len(columns))
        for number in np.unique(stage):
            mine = stage == number
            self.add_objective(f"stage:{number}", columns[mine], points[mine])

    def mark(self) -> Mark:
        """Where what is added next begins."""
        return Mark(self.column_count, self.row_count, tuple(map(len, self._parts)))

    @property
    def _parts(self) -> tuple[list[Any], ...]:
        return self._columns, self._rows, self._column_parts, self._row_parts, self._entries

    def since(self, mark: Mark) -> Part:
        """Columns, rows and entries that were added after a mark; points and money are none."""
        return Part(mark, *(tuple(p[n:]) for p, n in zip(self._parts, mark.parts, strict=True)))

    def add(self, part: Part) -> None:
        """Adds a part again; its rows may begin elsewhere, its columns may not."""
        if part.columns and self.column_count != part.since.columns:
            raise ForeignError("a part")
        first = part.since.rows
        by = self.row_count - first

        def there(block: Block) -> Block:
            return replace(block, start=block.start + by, stop=block.stop + by)

        self._columns += part.columns
        self._rows += [there(block) for block in part.rows]
        self._column_parts += part.column_bounds
        self._row_parts += part.row_bounds
        for rows, columns, coefficients in part.entries:
            moved = np.where(rows >= first, rows + by, rows).astype(np.int32) if by else rows
            self._entries.append((moved, columns, coefficients))
        self.column_count += sum(b.stop - b.start for b in part.columns)
        self.row_count += sum(b.stop - b.start for b in part.rows)

    def freeze(self, scale: int, stages: tuple[str, ...], labels: Mapping[str, Any]) -> Model:
        """The finished model; equal entries are summed and sorted by row, then column."""
        rows, columns, coefficients = self._summed_entries()
        lower, upper, integer = _joined(self._column_parts, 3)
        row_lower, row_upper = _joined(self._row_parts, 2)
        return Model(
            column_blocks=tuple(b for b in self._columns if b.stop > b.start),
            row_blocks=tuple(b for b in self._rows if b.stop > b.start),
            column_lower=lower,
            column_upper=upper,
            integer=integer.astype(bool),
            row_lower=row_lower,
            row_upper=row_upper,
            row_index=rows,
            column_index=columns,
            coefficient=coefficients,
            stage_values=tuple(self._objective_array(f"stage:{k}") for k in range(len(stages))),
            spend=self._objective_array("spend"),
            lateness=self._objective_array("lateness"),
            scale=scale,
            stages=stages,
            labels=labels,
            people=self._objective_array("people"),
        )

    def _summed_entries(self) -> Entries:
        """All entries, sorted and summed rule by rule and taken out of the builder, so that few
        of them stand twice in memory."""
        total = sum(len(rows) for rows, _, _ in self._entries)
        rows, columns = np.zeros(total, np.int32), np.zeros(total, np.int32)
        coefficients, stop = np.zeros(total), 0
        given = 0
        for group in _apart(self._entries):
            if stop - given > SORTED:  # what was summed is let go, and stands in holes
                give_back()
                given = stop
            for part in map(_summed, _by_rows(group)):
                some = slice(stop, stop + len(part[0]))
                rows[some], columns[some], coefficients[some] = part
                stop = some.stop
        return rows[:stop], columns[:stop], coefficients[:stop]

    def _objective_array(self, name: str) -> Floats:
        total = np.zeros(self.column_count)
        for columns, coefficients in self._objective.get(name, []):
            np.add.at(total, columns, coefficients)
        return total


def matched(old: Sequence[Block], new: Sequence[Block], count: int) -> Ints:
    """``[column]`` or ``[row]`` of a model with the blocks ``new``, ``count`` of them in all: where
    one of the same name and key stands in a model with the blocks ``old``, or −1."""
    found = np.full(count, -1, dtype=np.int64)
    known = defaultdict[str, list[Block]](list)
    for block in old:
        known[block.name].append(block)
    for block in new:
        mine = known[block.name]
        same = next((b for b in mine if _same_keys(b, block)), None)
        if same is not None:
            mine.remove(same)
            found[block.start : block.stop] = same.indices
            continue
        at = {b.key(k): k for b in mine for k in b.indices.tolist()}
        for k in block.indices.tolist():
            found[k] = at.get(block.key(k), -1)
    return found


def _same_keys(one: Block, other: Block) -> bool:
    """Whether two blocks have the same keys in the same order."""
    return one.keys.keys() == other.keys.keys() and all(
        np.array_equal(values, other.keys[axis]) for axis, values in one.keys.items()
    )


def with_entries(entries: Entries, rows: Ints, new: Entries) -> Entries:
    """A model's entries with those of some consecutive rows in place of what stood there."""
    first, stop = np.searchsorted(entries[0], [int(rows[0]), int(rows[-1]) + 1]).tolist()
    row, column, coefficient = _summed([new])
    return (
        np.concatenate([entries[0][:first], row, entries[0][stop:]]),
        np.concatenate([entries[1][:first], column, entries[1][stop:]]),
        np.concatenate([entries[2][:first], coefficient, entries[2][stop:]]),
    )


def most_needed(
    columns: Ints | Places,
    entries: tuple[Ints | Places, Ints | Places, Floats],
    bounds: tuple[Floats, Floats],
    sides: tuple[Floats, Floats],
) -> Floats:
    """Upper bounds of some columns; finite, where no plan needs more, also of one without a bound.

    A column without an upper bound (a miss) never exceeds what its row can miss. It stands in one
    row alone, at a cost: the distance from the row's bounds to the farthest that all other columns
    can move it is enough.

    Parameters
    ----------
    entries
        Row, column and coefficient of every entry.
    bounds, sides
        ``[column]`` and ``[row]``: lower and upper bounds.
    """
    row, column, coefficient = entries
    lower, upper = bounds
    found = upper[columns].copy()
    for at in np.flatnonzero(~np.isfinite(found)).tolist():
        mine = np.flatnonzero(column == columns[at])
        if len(mine) != 1:
            continue
        i = row[mine[0]]
        others = np.flatnonzero((row == i) & np.isfinite(upper[column]))
        a, k = coefficient[others], column[others]
        moved = np.array([a * lower[k], a * upper[k]])
        reach = np.array([moved.min(axis=0).sum(), moved.max(axis=0).sum()])
        ends = np.array([sides[0][i], sides[1][i]])
        far = np.abs(reach[:, None] - ends[None, np.isfinite(ends)]).max(initial=0.0)
        found[at] = far / abs(float(coefficient[mine[0]])) + 1.0
    return found


def _apart(entries: list[Entries]) -> Iterator[list[Entries]]:
    """Takes the entries out of a list, in groups that have no row in common, by rows."""
    entries.sort(key=lambda part: part[0].min(initial=0), reverse=True)
    while entries:
        group = [entries.pop()]
        end = group[0][0].max(initial=-1)
        while entries and entries[-1][0].min(initial=0) <= end:
            group.append(entries.pop())
            end = max(end, group[-1][0].max(initial=-1))
        yield group


def _by_rows(group: list[Entries]) -> Iterator[list[Entries]]:
    """The entries of a group by ranges of rows, each with about ``SORTED`` of them."""
    count = sum(len(rows) for rows, _, _ in group)
    first = min(int(rows.min(initial=np.iinfo(np.int32).max)) for rows, _, _ in group)
    stop = max(int(rows.max(initial=-1)) for rows, _, _ in group) + 1
    ends = np.linspace(first, max(stop, first), 2 + count // SORTED).astype(np.int64)
    if len(ends) == 2:
        yield group
        return
    for low, high in pairwise(ends.tolist()):
        inside = [(rows >= low) & (rows < high) for rows, _, _ in group]
        parts = zip(group, inside, strict=True)
        yield [(rows[at], columns[at], entries[at]) for (rows, columns, entries), at in parts]


def _summed(parts: list[Entries]) -> Entries:
    """Entries sorted by row, then column; equal places are summed, zeros left out."""
    rows, columns, coefficients = _joined(parts, 3)
    order = np.lexsort((columns, rows))
    rows, columns, coefficients = rows[order], columns[order], coefficients[order]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    starts = np.flatnonzero(new)
    summed = np.add.reduceat(coefficients, starts) if len(starts) else coefficients
    keep = summed != 0
    return rows[starts][keep], columns[starts][keep], summed[keep]


def _narrow(keys: Keys | pd.DataFrame) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    """Whole numbers in the smallest type that holds them: names are made of them, no sums."""
    narrow = {str(axis): np.asarray(values) for axis, values in keys.items()}
    for axis, values in narrow.items():
        if values.dtype.kind == "i" and len(values):
            ends = np.min_scalar_type(values.min()), np.min_scalar_type(-abs(int(values.max())) - 1)
            narrow[axis] = values.astype(np.promote_types(*ends))
    return narrow


def _floats(values: Any, size: int) -> Floats:
    return np.broadcast_to(np.asarray(values, dtype=np.float64), size)


def _joined(parts: Sequence[tuple[Any, ...]], width: int) -> tuple[Any, ...]:
    if not parts:
        return tuple(np.zeros(0) for _ in range(width))
    return tuple(np.concatenate([p[k] for p in parts]) for k in range(width))
