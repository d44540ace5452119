"""The names of all rules, and the keys of their rows.

No arithmetic lives here. The formulation names its rows with these names, duals and repairs
cite them, the audit proves them (with code of its own), and the documents explain them.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any


class StandingRule(StrEnum):
    """Standing rules, each with its algebra in ARCHITECTURE.md#standing-rules; a scenario's own
    rules carry the names it gives them."""

    FUND = "fund_within_budget"
    CARRY = "carry_within_limit"
    PROJECT = "preparing_from_project"
    SITE = "site_ready"
    PREREQUISITE = "prerequisite_in_service"
    UPKEEP = "upkeep_funded"
    NEED = "need_not_exceeded"
    WORKS = "works_before_purchase"
    ONCE = "one_delivery"
    LEAST = "least_delivery"
    OPTION = "one_option_per_request"
    REQUIRES = "request_requires"
    GRANT = "grant_within_envelope"
    COMMITTED = "committed"
    BANNED = "banned"
    CLOSED = "year_closed"
    CAPACITY = "capacity_within"
    ONE_SOURCE = "one_source"
    LOCKED = "locked"


class Link(StrEnum):
    """Rows that only define quantities; no one can break them, so they are not rules."""

    SERVICE = "coverage_within_service"
    WORKS_SERVICE = "service_after_works"
    DELIVERED = "service_after_delivery"
    AFTER = "service_after_prerequisite"
    WHOLE = "prerequisite_whole"
    OPENING = "service_after_opening"
    OPENED = "floor_needs_opening"
    WORKS_PAID = "works_paid_with_purchase"
    WORKS_ONCE = "works_once"
    BEGINS = "begins_with_purchase"
    USEFUL = "useful_first"
    LOWER = "useful_after_lower"
    TURN = "useful_in_turn"
    USEFUL_LEAST = "useful_after_least"
    FLOOR = "lowest_coverage"
    PURCHASE_DELIVERED = "purchase_delivered"
    SOURCE = "paid_from_source"
    BROUGHT = "brought_in_delivery"
    FILLED = "need_filled"
    EXCUSED = "filled_by_others"
    LEAST_SERVICE = "service_after_least"
    POINTS = "points_from_coverage"
    STEP = "points_in_step"
    LEVEL = "level_reached"
    AIM = "aim"
    CHANGED = "line_changed"
    MOVED = "money_moved"


class AimKind(StrEnum):
    """What several futures are worth together."""

    EXPECTED = "expected"
    WORST = "worst"
    REGRET = "regret"
    CVAR = "cvar"


TIDY_STAGE = "tidy"
"""What progress calls the search for a plan with fewer lines; its value is how many there are."""
AMEND_STAGE = "amend"
"""What progress calls the search for the fewest changes; its value is how many lines change."""
KEEP_STAGE = "keep"
"""What progress calls the short search for a plan to keep, where a solve is stopped without one."""
FLOOR_STAGE = "floor"
"""The stage of ``maxmin`` that is a coverage, 0–1, not points."""
VALUE_STAGE = "value"
"""The stage that holds all points where none comes before another."""
WISHES_STAGE = "wishes"
"""The last stage of ``strict``: what missed wishes cost. The others are groups, or
``tier-1:completed``, which no rule can be called for its colon."""
STAGES = (FLOOR_STAGE, VALUE_STAGE, WISHES_STAGE)
"""Stages that are not named after a group."""


class Firmness(StrEnum):
    """Whether and how a rule may give."""

    LAW = "law"
    POLICY = "policy"
    WISH = "wish"


def lock_key(lock: Any) -> str:
    """The row key of a lock: ``a,pc,cap,2024`` (or less) of a purchase, ``request,option``."""
    purchase = (lock.school, lock.item, lock.fund, lock.year)
    parts = (lock.request, lock.option) if lock.request else purchase
    return ",".join(str(p) for p in parts if p)


def row_name(rule: str, key: Iterable[object]) -> str:
    """``fund_within_budget[district-capital,2024]``."""
    parts = ",".join(str(k) for k in key)
    return f"{rule}[{parts}]" if parts else str(rule)
