"""The frozen scenario: settings plus typed tables, with everything defaults could fill filled.

Typed tables are :class:`pandas.DataFrame` with the columns of their contract in order:
required integers ``int64``, optional ones ``Int64``, text ``str`` (missing = ``""``), yes/no
``bool``, decimals and lists ``object`` (:class:`~decimal.Decimal`, ``tuple``; missing =
``None``). They are shared, never copied: treat them as read-only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

import pandas as pd

from planner.messages.language import card
from planner.scenario.contracts import TABLES, Item, Norm, column_dtype
from planner.scenario.schema import DataPaths, Settings
from planner.scenario.what_if import changed


def typed_frame(table: str, columns: Mapping[str, list[Any]]) -> pd.DataFrame:
    """Lists of parsed values as a typed frame; columns left out take their default.

    Extra columns (attributes of ``schools``) follow as text.
    """
    model = TABLES[table]
    length = len(next(iter(columns.values()), []))
    data: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        values = columns.get(name, [info.default if not info.is_required() else ""] * length)
        dtype = column_dtype(model, name)
        if dtype == "str":
            values = ["" if v is None else v for v in values]
        data[name] = pd.Series(values, dtype=dtype, index=range(length))
    for name in columns:
        if name not in data:
            data[name] = pd.Series(columns[name], dtype="str", index=range(length))
    return pd.DataFrame(data)


@cache
def _empty(table: str) -> pd.DataFrame:
    """A table that was not given: typed, without rows. Scenarios ask for each many times."""
    return typed_frame(table, {})


@dataclass(frozen=True, eq=False, repr=False)
class Scenario:
    """A checked scenario; it never changes.

    Equal scenarios have equal settings and tables, wherever the tables are kept.

    Examples
    --------
    >>> import planner
    >>> base = planner.load("scenarios/three-schools")
    >>> base
    <Scenario scenario: 3 schools, 1 items, 2025–2026>
    >>> base.settings.funds["district"].amounts
    {2025: 100000000, 2026: 60000000}
    >>> base == planner.load("scenarios/three-schools")
    True
    """

    id: str
    """Name of the scenario: the stem of its file."""
    settings: Settings
    """All keys, defaults filled in."""
    tables: Mapping[str, pd.DataFrame]
    """Typed tables by name; a table that was not given is empty."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Dotted settings key → place that set it (file:line)."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Input file (relative) → SHA-256."""

    def table(self, name: str) -> pd.DataFrame:
        """A typed table; empty where the scenario has none.

        Parameters
        ----------
        name : str
            As ``planner schema`` lists them (``schools``, ``inventory``, ``catalogue``, …);
            money is in minor units, ``Int64`` columns may lack values.

        Raises
        ------
        KeyError
            There is no table of that name.

        Examples
        --------
        >>> import planner
        >>> planner.load("scenarios/three-schools").table("catalogue")["price"].tolist()
        [20000000]
        """
        if name in self.tables:
            return self.tables[name]
        return _empty(name)

    @cached_property
    def schools(self) -> pd.DataFrame:
        """The table ``schools``, attributes included.

        Examples
        --------
        >>> import planner
        >>> planner.load("scenarios/three-schools").schools["pupils"].tolist()
        [400, 300, 200]
        """
        return self.table("schools")

    def rows(self, name: str) -> Iterator[Any]:
        """The rows of a small table as models of its contract.

        Examples
        --------
        >>> import planner
        >>> [n.every for n in planner.load("scenarios/three-schools").rows("norms")]
        [Decimal('100')]
        """
        frame = self.table(name)
        model = TABLES[name]
        fields = [f for f in model.model_fields if f in frame.columns]
        for values in zip(*(frame[f] for f in fields), strict=True):
            pairs = zip(fields, values, strict=True)
            yield model.model_construct(**{k: _plain(v) for k, v in pairs})

    @cached_property
    def items(self) -> dict[str, Item]:
        """The catalogue by item id, in the file's order.

        Examples
        --------
        >>> import planner
        >>> list(planner.load("scenarios/three-schools").items)
        ['lab']
        """
        return {row.item: row for row in self.rows("catalogue")}

    @cached_property
    def norms(self) -> tuple[Norm, ...]:
        """The norms in the file's order.

        Examples
        --------
        >>> import planner
        >>> planner.load("scenarios/three-schools").norms[0].per
        'pupils'
        """
        return tuple(self.rows("norms"))

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """Extra columns of ``schools``: what rules may select by.

        Examples
        --------
        >>> import planner
        >>> planner.load("scenarios/three-schools").attributes
        ()
        """
        return tuple(c for c in self.schools.columns if c not in TABLES["schools"].model_fields)

    def with_(self, key: str | Mapping[str, Any], value: Any = None) -> Scenario:
        """The same scenario with other settings: a what-if without files.

        Parameters
        ----------
        key
            A dotted settings key (``funds.district-capital.amounts.2024``), or a mapping of
            such keys to values.
        value
            As in YAML; ``None`` removes the key. Fractions of money (``0.8 * x``) are rounded
            half up to whole minor units. Setting one year of a fund whose amounts are
            ``envelope`` keeps what the envelope gives for the others.

        Returns
        -------
        Scenario
            Checked anew; this one stays as it is.

        Raises
        ------
        InputError
            With every finding, each at the key that was given.
        TypeError
            A key is not text.

        Warns
        -----
        UserWarning
            A value is allowed but idle, e.g. money in a year that the plan does not know.

        Examples
        --------
        >>> import planner
        >>> base = planner.load("scenarios/three-schools")
        >>> base.with_("discount", 0.05).settings.discount
        Decimal('0.05')
        >>> cut = base.with_({"funds.district.amounts.2025": 0.8 * 100_000_000, "tail_years": 1})
        >>> cut.settings.funds["district"].amounts
        {2025: 80000000, 2026: 60000000}
        """
        return changed(self, key if isinstance(key, Mapping) else {key: value})

    def _repr_html_(self) -> str:
        return card(self)

    def __repr__(self) -> str:
        schools, items = len(self.schools), len(self.table("catalogue"))
        first, last = self.settings.years
        return f"<Scenario {self.id}: {schools} schools, {items} items, {first}–{last}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scenario):
            return NotImplemented
        mine, theirs = (s.settings.model_copy(update={"data": DataPaths()}) for s in (self, other))
        return mine == theirs and all(self.table(name).equals(other.table(name)) for name in TABLES)

    __hash__ = None  # type: ignore[assignment]


def _plain(value: Any) -> Any:
    """A cell as a plain Python value; missing integers become ``None``."""
    if value is pd.NA:
        return None
    if isinstance(value, (str, bool, Decimal, tuple)) or value is None:
        return value
    return value.item() if hasattr(value, "item") else value
