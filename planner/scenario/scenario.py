"""The frozen scenario: settings plus typed tables, with everything defaults could fill filled.

Typed tables are :class:`pandas.DataFrame` with the columns of their contract in order:
required integers ``int64``, optional ones ``Int64``, text ``str`` (missing = ``""``), yes/no
``bool``, decimals and lists ``object`` (:class:`~decimal.Decimal`, ``tuple``; missing =
``None``). They are shared, never copied: treat them as read-only.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from planner.errors import Finding, InputError, Place
from planner.messages import card, language, render
from planner.scenario import checks as checks_all
from planner.scenario.checks import across, funding
from planner.scenario.contracts import TABLES, Item, Norm, column_dtype
from planner.scenario.reading import settings, sources
from planner.scenario.reading.sources import Folder, Log, Node, shortened
from planner.scenario.reading.typed_rows import known_dtype
from planner.scenario.schema import DataPaths, Settings


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
        data[name] = pd.array(values, dtype=known_dtype(dtype))
    for name in columns:
        if name not in data:
            data[name] = pd.array(columns[name], dtype="str")
    return pd.DataFrame(data, copy=False)


@cache
def empty_table(table: str) -> pd.DataFrame:
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
    cases: Mapping[str, Scenario] = field(default_factory=dict)
    """Futures by name, each a scenario; empty where ``settings.futures`` says none."""

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
        return empty_table(name)

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
        if frame.empty:
            return
        model = TABLES[name]
        fields = [f for f in model.model_fields if f in frame.columns]
        for cells in zip(*(frame[f].tolist() for f in fields), strict=True):
            known = zip(fields, (None if v is pd.NA else v for v in cells), strict=True)
            yield model.model_construct(**dict(known))

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


MADE_IN = "with_"
"""The place that findings and origins name for a value given in Python."""


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """``scenario`` with dotted settings keys replaced; raises ``InputError`` with all findings."""
    odd = [k for k in changes if not isinstance(k, str)]
    if odd:
        raise TypeError(f"with_ takes dotted settings keys as text, not {odd[0]!r}")
    refused = [k for k in changes if k.split(".")[0] in ("data", "extends")]
    if refused:
        raise InputError([Finding("what_if_tables", Place(MADE_IN, key=k)) for k in refused])
    made = [k for k in changes if k.split(".")[0] == "futures" and k != "futures.aim"]
    if made:
        raise InputError([Finding("what_if_futures", Place(MADE_IN, key=k)) for k in made])
    log = Log()
    declared = {"funds": scenario.settings.funds.keys(), "rules": scenario.settings.rules.keys()}
    settings.overrides_name_what_is_there(changes, declared, MADE_IN, log)
    tree = None if log.failed else _tree(scenario, changes, log)
    typed = settings.validated(tree, log) if tree is not None else None
    if typed is not None and tree is not None:
        tables = {name: scenario.table(name) for name in TABLES}
        checked = across.Checked(typed, tables, {}, tree, log)
        short = only_money(scenario.settings, typed)
        for check in funding.OF_AMOUNTS if short else (checks_all.run,):
            check(checked)
    if typed is None or log.failed:
        raise InputError(shortened(log.findings))
    # Python warnings for money given here in a year too far: nothing would ever use it.
    for finding in log.findings:
        if finding.where.file == MADE_IN and finding.code == "fund_year_outside":
            warnings.warn(render(finding, language()), stacklevel=4)
    origins = dict(scenario.origins) | dict.fromkeys(changes, MADE_IN)
    own = {k: v for k, v in changes.items() if k != "futures.aim"}
    cases = {n: changed(c, own) if own else c for n, c in scenario.cases.items()}
    return replace(scenario, settings=typed, origins=origins, cases=cases)


def only_money(before: Settings, now: Settings) -> bool:
    """Whether the settings differ in nothing but how much money a year of a fund brings."""
    funds = now.funds
    if before.funds.keys() != funds.keys():
        return False
    moved = {k: f.model_copy(update={"amounts": funds[k].amounts}) for k, f in before.funds.items()}
    if before.model_copy(update={"funds": moved}) != now:
        return False
    return all(before.amounts(f).keys() == now.amounts(funds[k]).keys()
               for k, f in before.funds.items())  # fmt: skip


def _tree(scenario: Scenario, changes: Mapping[str, Any], log: Log) -> Node | None:
    """The settings as a tree, envelopes written out where a year of theirs is replaced."""
    tree, findings = _parsed(settings_yaml(scenario.settings, None), scenario.id)
    log.findings.extend(findings)
    if tree is None:
        return None
    folder = Folder(Path(), log)
    written: dict[str, Any] = {}
    for name, fund in scenario.settings.funds.items():
        years = f"funds.{name}.amounts."
        if fund.amounts == "envelope" and any(k.startswith(years) for k in changes):
            written |= {f"{years}{y}": m for y, m in scenario.settings.amounts(fund).items()}
    given = {k: plain(v, k) for k, v in changes.items()}
    return sources.pruned(sources.overridden(tree, written | given, folder, log, MADE_IN))


@lru_cache(maxsize=8)
def _parsed(text: str, name: str) -> tuple[Node | None, tuple[Finding, ...]]:
    """Settings as a tree that nobody changes, and what was found wrong in them.

    A session asks for the same settings again and again, and parsing them takes longer than a
    warm relaxation.
    """
    log = Log()
    return sources.parse(text, name, log), tuple(log.findings)


def plain(value: Any, key: str = "") -> Any:
    """A value of Python or numpy as the readers take it; money in whole minor units."""
    if isinstance(value, Mapping):
        return {str(k): plain(v, f"{key}.{k}") for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v, key) for v in value]
    if hasattr(value, "to_dict"):  # a Series: index to values
        return plain(value.to_dict(), key)
    if hasattr(value, "tolist"):  # of numpy: a scalar or an array
        return plain(value.tolist(), key)
    if isinstance(value, (float, Decimal)):
        exact = Decimal(repr(value)) if isinstance(value, float) else value
        if exact.is_finite() and (
            (".amounts." in key or ".public_investment." in key)
            or exact == exact.to_integral_value()
        ):
            return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
        return exact
    return value


# --------------------------------------------------------------------------------------------------
# Settings as YAML.


def settings_yaml(settings: Settings, tables: list[str] | None = None) -> str:
    """The settings as YAML, every key with its value; ``tables`` are named under ``data``."""
    plain = settings.model_dump(by_alias=True, exclude_none=True)
    if tables is not None:
        plain["data"] = {t: f"{t}.csv" for t in tables}
    return "\n".join(setting_lines(plain)) + "\n"


def setting_lines(
    mapping: Mapping[Any, Any],
    indent: str = "",
    prefix: str = "",
    origins: Mapping[str, str] = MappingProxyType({}),
    default: str = "",
) -> Iterator[str]:
    """YAML lines; with ``default``, who set each key, or that nobody did, as a remark."""
    for key, value in mapping.items():
        dotted = f"{prefix}{key}"
        name = str(key) if isinstance(key, int) or str(key).isidentifier() else quoted(str(key))
        inside = any(o.startswith(dotted + ".") for o in origins)
        said = f"  # {origins.get(dotted, default)}" if default else ""
        if isinstance(value, Mapping) and value and (inside or dotted not in origins):
            yield f"{indent}{name}:{'' if inside else said}"
            yield from setting_lines(value, indent + "  ", dotted + ".", origins, default)
        else:
            yield f"{indent}{name}: {scalar(value)}{said}"


def scalar(value: Any) -> str:
    """A value in YAML's flow style; decimals keep every digit."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k)}: {scalar(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(scalar(v) for v in value) + "]"
    return quoted(str(value))


def quoted(value: str) -> str:
    """A double-quoted YAML text."""
    return (
        json.dumps(value, ensure_ascii=False)
        .replace("\x85", "\\N")
        .replace("\u2028", "\\L")
        .replace("\u2029", "\\P")
    )
