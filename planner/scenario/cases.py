"""Futures that a scenario knows: each is a whole scenario, made of this one, an overlay file and
settings of its own; and what they must agree in, for what is decided now is decided once.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from planner.errors import Finding, InputError, Place
from planner.money import grown, share
from planner.names import StandingRule
from planner.scenario.reading.sources import nearest
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Case, Futures, Settings

TIMES = re.compile(r"\s*[×*]\s*|\s+x\s+")
"""What stands between the axes of a line of cases."""
PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")
"""A share of the money that a fund has."""
MONEY = re.compile(r"funds\.(.+)\.amounts(?:\.(\d{4}))?")
FRAME = (
    "years", "tail_years", "currency", "tiers", "discount", "upkeep",
    *(name for name in Settings.model_fields if name in set(StandingRule)), "priority",
)  # fmt: skip
"""Settings that all futures share: points, years and standing rules mean the same in all."""
SIGNED = ("commitments", "locks", "bans")
"""Tables that say what was decided before: up to the decision's last year one for all."""
PRICED = (
    "price",
    "price_low",
    "price_high",
    "price_growth",
    "setup",
    "upkeep",
    "source",
    "verified",
)
"""Columns of the catalogue in which futures may differ, as far as the years decided now do not."""


@dataclass(frozen=True)
class Named:
    """A future by name: its weight, the parts that make it, and the keys they stand under."""

    name: str
    weight: Decimal
    parts: tuple[Case, ...]
    keys: tuple[str, ...]


def named_cases(futures: Futures) -> list[Named] | str:
    """The futures in order; a line of axes as all their combinations, whose weights multiply, or
    the name in it that is no axis."""
    if not isinstance(futures.cases, str):
        return [
            Named(name, case.weight, (case,), (f"futures.cases.{name}",))
            for name, case in futures.cases.items()
        ]
    axes = [a.strip() for a in TIMES.split(futures.cases)]
    if odd := [a for a in axes if not futures.axes.get(a)]:
        return odd[0]
    found = []
    for combined in itertools.product(*(futures.axes[a].items() for a in axes)):
        weight = Decimal(1)
        for _, case in combined:
            weight *= case.weight
        found.append(Named(
            "-".join(name for name, _ in combined), weight, tuple(c for _, c in combined),
            tuple(f"futures.axes.{a}.{n}" for a, (n, _) in zip(axes, combined, strict=True)),
        ))  # fmt: skip
    return found


def weights_of(scenario: Scenario) -> dict[str, float]:
    """Future → its weight, of any sum."""
    assert scenario.settings.futures is not None
    named = named_cases(scenario.settings.futures)
    assert not isinstance(named, str)
    return {case.name: float(case.weight) for case in named}


def read_cases(
    scenario: Scenario,
    laid_over: Callable[[Sequence[str]], tuple[Scenario | None, list[Finding]]],
    place: Callable[[str], Place],
) -> tuple[dict[str, Scenario], list[Finding]]:
    """The futures of a scenario, and every finding of theirs.

    Parameters
    ----------
    laid_over
        The scenario with overlay files laid over it, and what is wrong with that.
    place
        Where a dotted key of the settings stands.
    """
    futures = scenario.settings.futures
    assert futures is not None
    named = named_cases(futures)
    first, last = scenario.settings.years
    findings: list[Finding] = []
    if not first <= futures.decide_until <= last:
        how = {"year": str(futures.decide_until), "first": str(first), "last": str(last)}
        findings.append(Finding("futures_until_outside", place("futures.decide_until"), how))
    if scenario.settings.priority.mode == "maxmin":
        findings.append(Finding("futures_maxmin", place("priority.mode")))
    if isinstance(named, str):
        near = nearest(named, futures.axes) or ", ".join(futures.axes) or "-"
        how = {"name": named, "nearest": near}
        return {}, [*findings, Finding("futures_axis_unknown", place("futures.cases"), how)]
    if not named:
        return {}, [*findings, Finding("futures_none", place("futures.cases"))]
    if findings:
        return {}, findings
    plain = replace(scenario, settings=scenario.settings.model_copy(update={"futures": None}))
    cases: dict[str, Scenario] = {}
    for case in named:
        found, wrong = _case(plain, futures.decide_until, case, laid_over)
        where = place(case.keys[0])
        findings += [replace(f, where=_inside(f.where, where, case.name)) for f in wrong]
        if found is not None:
            cases[case.name] = replace(found, id=f"{scenario.id}-{case.name}")
    if not findings:
        findings = differences(cases, futures.decide_until, place)
    return cases, findings


def _inside(found: Place, where: Place, name: str) -> Place:
    """Where a finding of a future stands: at its own file and key, with the future's name."""
    file = where.file if not found.file or found.file == "with_" else found.file
    return replace(found, file=f"{file} ({name})", row=found.row or where.row)


def _case(
    plain: Scenario,
    until: int,
    case: Named,
    laid_over: Callable[[Sequence[str]], tuple[Scenario | None, list[Finding]]],
) -> tuple[Scenario | None, list[Finding]]:
    """One future: the overlay files of its parts in order, then their settings."""
    found: Scenario | None = plain
    if files := [part.scenario for part in case.parts if part.scenario]:
        found, wrong = laid_over(files)
        if found is None or wrong:
            return None, wrong
    assert found is not None
    for part in case.parts:
        try:
            if changes := _changes(found, until, part.set):
                found = found.with_(changes)
        except InputError as error:
            return None, list(error.findings)
    return found, []


def _changes(scenario: Scenario, until: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as dotted keys; a share of a fund's money as the amounts it makes."""
    changes: dict[str, Any] = {}
    for key, value in given.items():
        money = MONEY.fullmatch(key)
        part = PART.fullmatch(value.strip()) if isinstance(value, str) else None
        fund = scenario.settings.funds.get(money[1]) if money else None
        if money and fund is not None and part:
            times = Decimal(part[1].replace(",", ".")) / 100
            for year, amount in scenario.settings.amounts(fund).items():
                if (money[2] and int(money[2]) == year) or (not money[2] and year > until):
                    changes[f"funds.{money[1]}.amounts.{year}"] = share(amount, times)
        elif money and not money[2] and isinstance(value, Mapping):
            changes |= {f"{key}.{year}": amount for year, amount in value.items()}
        else:
            changes[key] = value
    return changes


def differences(
    cases: Mapping[str, Scenario], until: int, place: Callable[[str], Place]
) -> list[Finding]:
    """Where a future differs from the first one in what is decided now, or in what points, schools
    and years mean."""
    (first, base), *others = cases.items()
    findings: list[Finding] = []
    for name, other in others:
        where = place(f"futures.cases.{name}")

        def wrong(code: str, at: Place = where, case: str = name, **how: Any) -> None:
            findings.append(Finding(code, at, {"case": case, "first": first, **how}))

        mine, theirs = base.settings, other.settings
        for key in FRAME:
            if getattr(mine, key) != getattr(theirs, key):
                wrong("future_other_frame", what=key)
        for what, here, there in (
            ("schools", list(base.schools["school"]), list(other.schools["school"])),
            ("catalogue", list(base.items), list(other.items)),
            ("funds", list(mine.funds), list(theirs.funds)),
            ("requests", *_options(base, other)),
        ):
            if here != there:
                wrong("future_other_names", what=what)
        if any(f.code == "future_other_names" for f in findings):
            continue
        _money_now(base, other, until, wrong)
        _prices_now(base, other, until, wrong)
        for table in SIGNED:
            if not _decided(base, table, until).equals(_decided(other, table, until)):
                wrong("future_signed_differs", what=table, until=str(until))
    return findings


def _options(base: Scenario, other: Scenario) -> tuple[list[Any], list[Any]]:
    """The options of requests of two futures, sorted."""
    keys = ["request", "option"]
    one, two = (s.table("requests")[keys].to_numpy().tolist() for s in (base, other))
    return sorted(one), sorted(two)


def _decided(scenario: Scenario, table: str, until: int) -> Any:
    """The rows of a table that speak of the years decided now."""
    frame = scenario.table(table)
    late = (frame["year"].fillna(until) <= until).to_numpy(dtype=bool)
    return frame[late].drop(columns=["source"], errors="ignore").reset_index(drop=True)


def _money_now(base: Scenario, other: Scenario, until: int, wrong: Callable[..., None]) -> None:
    for fund, mine in base.settings.funds.items():
        theirs = other.settings.funds[fund]
        for key in ("role", "nature", "reserve", "carry_over", "pays_upkeep", "where"):
            if getattr(mine, key) != getattr(theirs, key):
                wrong("future_fund_differs", fund=fund, what=key)
        here, there = base.settings.amounts(mine), other.settings.amounts(theirs)
        for year in base.settings.plan_years:
            if year <= until and here.get(year) != there.get(year):
                money = {"here": here.get(year, 0), "there": there.get(year, 0)}
                wrong("future_money_now", fund=fund, year=str(year), **money)


def _prices_now(base: Scenario, other: Scenario, until: int, wrong: Callable[..., None]) -> None:
    start = base.settings.years[0]
    for item, mine in base.items.items():
        theirs = other.items[item]
        for key in type(mine).model_fields:
            if key not in PRICED and getattr(mine, key) != getattr(theirs, key):
                wrong("future_item_differs", item=item, what=key)
        for year in range(start, until + 1):
            here, there = (_price(s, row, year) for s, row in ((base, mine), (other, theirs)))
            if here != there:
                how = {"item": item, "year": str(year), "next": str(until + 1)}
                wrong("future_price_now", here=here[0], there=there[0], **how)
                break


def _price(scenario: Scenario, item: Any, year: int) -> tuple[int, int]:
    """(unit price, site works) of an item in a year, minor units."""
    choice = scenario.settings.prices_in(year)
    chosen = {"low": item.price_low, "high": item.price_high}.get(choice)
    years = year - scenario.settings.years[0]
    price = item.price if chosen is None else chosen
    return grown(price, item.price_growth, years), grown(item.setup, item.price_growth, years)
