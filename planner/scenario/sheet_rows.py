"""Columns of the sheets that hold settings; light, so that the reference starts at once."""

from __future__ import annotations

from planner.scenario.schema import Frozen


class SettingRow(Frozen):
    """A key of the settings and its value."""

    key: str
    """Key; a key inside another is written with a dot, e.g. ``envelope.it_share``."""
    value: str
    """Value; a list is divided by ``;``."""


class FundRow(Frozen):
    """A source of money."""

    fund: str
    """Id of the fund."""
    name: str = ""
    """Name in documents."""
    name_en: str = ""
    """English name."""
    role: str = ""
    """``general`` or ``project`` (building projects of preparing schools)."""
    nature: str = ""
    """``capital``, ``recurrent`` or empty (any item)."""
    amounts: str = ""
    """``envelope``, or empty: the sheet of fund amounts says them."""
    reserve: str = ""
    """Share kept back each year, 0–1."""
    carry_over: str = ""
    """Largest share that may move to the next year, 0–1."""
    pays_upkeep: str = ""
    """Whether yearly upkeep is charged to this fund."""
    where: str = ""
    """What it may pay for, e.g. ``owner=ward-a; pillar=software``."""
    firmness: str = ""
    """``law`` or ``policy``."""
    repair_weight: str = ""
    """Relative cost of changing its amounts in a repair."""


class FundAmountRow(Frozen):
    """Money of a fund in a year."""

    fund: str
    """Id of the fund."""
    year: str
    """The year."""
    amount: str
    """Money, minor units."""


class RuleRow(Frozen):
    """A rule of the scenario."""

    rule: str
    """Name of the rule."""
    title: str = ""
    """Heading in documents."""
    title_en: str = ""
    """English heading."""
    measure: str
    """``spend``, ``quantity``, ``coverage`` or ``requests``."""
    where: str = ""
    """What is summed, e.g. ``group=under_construction; year=2023|2024``."""
    for_each: str = ""
    """One row for each combination, e.g. ``year; fund``."""
    at_most: str = ""
    """Upper bound: a number; a share where ``share_of`` is filled in."""
    at_least: str = ""
    """Lower bound."""
    exactly: str = ""
    """Both bounds at once."""
    share_of: str = ""
    """``budget``, ``all`` or a selection: the bounds are shares of it."""
    firmness: str = ""
    """``law``, ``policy`` or ``wish``."""
    penalty: str = ""
    """For a wish: points lost per unit missed."""
    repair_weight: str = ""
    """Relative cost of changing this rule in a repair."""


ROWS: dict[str, type[Frozen]] = {
    "settings": SettingRow,
    "funds": FundRow,
    "fund_amounts": FundAmountRow,
    "rules": RuleRow,
}
"""The sheets of settings and the columns they take."""
