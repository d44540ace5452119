"""Selections (``where``): which schools, items, funds and lines a statement speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.audit.facts import Facts, School, text_of
from planner.scenario.contracts import Item

LINE_KEYS = frozenset({"item", "pillar", "nature", "fund", "year", "kind", "request"})
"""Keys that speak of a line; every other key names a column of ``schools``."""

Selection = dict[str, frozenset[str]]


def selection(where: Mapping[str, Any]) -> Selection:
    """A selector as sets of accepted texts."""
    found: Selection = {}
    for key, value in where.items():
        accepted = value if isinstance(value, list | tuple) else [value]
        found[key] = frozenset(text_of(v) for v in accepted)
    return found


def school_fits(chosen: Selection, school: School) -> bool:
    """Whether the keys of ``chosen`` that speak of schools accept ``school``."""
    return all(
        school.texts.get(key, "") in accepted
        for key, accepted in chosen.items()
        if key not in LINE_KEYS
    )


def item_fits(chosen: Selection, item: Item) -> bool:
    """Whether the keys ``item`` and ``pillar`` accept ``item``."""
    return ("item" not in chosen or item.item in chosen["item"]) and (
        "pillar" not in chosen or item.pillar in chosen["pillar"]
    )


def year_fits(chosen: Selection, year: int) -> bool:
    """Whether the key ``year`` accepts ``year``."""
    return "year" not in chosen or str(year) in chosen["year"]


def line_nature(of_fund: str | None, item: Item | None) -> str:
    """Nature of a line: the fund's, else the item's only one, else none."""
    if of_fund is not None:
        return of_fund
    natures = item.nature if item is not None else ()
    return natures[0] if len(natures) == 1 else ""


class Eligibility:
    """Which fund may pay for what."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._where = {name: selection(fund.where) for name, fund in facts.funds.items()}
        self._payers: dict[tuple[str, str], str | None] = {}

    def serves(self, fund: str, school: School) -> bool:
        """Whether the fund's role and school keys fit ``school``."""
        project = self._facts.funds[fund].role == "project"
        return project == school.preparing and school_fits(self._where[fund], school)

    def buys(self, fund: str, school: School, item: Item, year: int) -> bool:
        """Whether the fund may pay for a purchase of ``item`` at ``school`` in ``year``."""
        return self.accepts(fund, school) and self.admits(fund, item, year)

    def accepts(self, fund: str, school: School) -> bool:
        """Whether the school keys of the fund's ``where`` fit ``school``."""
        return school_fits(self._where[fund], school)

    def carries(self, fund: str, item: Item) -> bool:
        """Whether the item keys of the fund's ``where`` fit the upkeep of ``item``."""
        return item_fits(self._where[fund], item)

    def admits(self, fund: str, item: Item, year: int) -> bool:
        """Whether the fund's nature and the other keys of its ``where`` fit the purchase."""
        nature = self._facts.funds[fund].nature
        chosen = self._where[fund]
        return (
            (nature is None or nature in item.nature)
            and ("nature" not in chosen or line_nature(nature, item) in chosen["nature"])
            and item_fits(chosen, item)
            and year_fits(chosen, year)
        )

    def payer(self, school: School, item: Item) -> str | None:
        """The fund that is charged with the upkeep of ``item`` at ``school``."""
        key = (school.id, item.item)
        if key not in self._payers:
            self._payers[key] = next(
                (
                    name
                    for name, fund in self._facts.funds.items()
                    if fund.pays_upkeep
                    and fund.role == "general"
                    and school_fits(self._where[name], school)
                    and item_fits(self._where[name], item)
                ),
                None,
            )
        return self._payers[key]
