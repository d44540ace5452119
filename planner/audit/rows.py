"""Rows of the table ``rules``: left side, bound and slack of every linking rule."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from planner.audit.cells import number_text
from planner.audit.tables import Row


class Spent(Protocol):
    """Anything that has spent money."""

    @property
    def spent(self) -> int:
        """Minor units."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One row of a rule: ``left`` ``relation`` ``bound``, in the rule's unit."""

    rule: str
    key: str
    firmness: str
    left: Fraction
    relation: str
    bound: Fraction
    unit: str

    @property
    def slack(self) -> Fraction:
        """What is left until the bound; negative: the rule is missed by so much."""
        room = self.bound - self.left
        if self.relation == "=":
            return -abs(room)
        return -room if self.relation == ">=" else room

    def row(self) -> Row:
        """The row as it must stand in the file."""
        return (
            self.rule, self.key, self.firmness, number_text(self.left), self.relation,
            number_text(self.bound), number_text(self.slack), self.unit,
        )  # fmt: skip


def money_row(rule: str, key: str, entry: Spent, bound: int, firmness: str = "law") -> RuleRow:
    """A standing rule that keeps spending within a bound."""
    return RuleRow(rule, key, firmness, Fraction(entry.spent), "<=", Fraction(bound), "money")


def family_row(rule: str, violated: int) -> RuleRow:
    """The one row of a family of local rules: how many of its rows are violated."""
    return RuleRow(rule, "", "law", Fraction(violated), "=", Fraction(0), "count")
