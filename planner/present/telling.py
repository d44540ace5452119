"""What the sections of the summary share: language and width, and a plan's derived tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.analysis.fairness import fairness
from planner.analysis.unmet import last_rows, unmet
from planner.messages import say
from planner.messages.numbers import grouped, percent, pupil_years, rounded
from planner.plan.exact import exact
from planner.present.style import MoneyScale, money_scale
from planner.present.text_table import table, wrap

if TYPE_CHECKING:
    from planner.plan import Plan


@dataclass(frozen=True)
class Text:
    """The language and the width of a summary."""

    lang: str
    width: int

    def head(self, code: str, **params: Any) -> str:
        """A heading, on one line."""
        return say(code, self.lang, **params)

    def say(self, code: str, **params: Any) -> list[str]:
        """A sentence, wrapped and indented."""
        return wrap(say(code, self.lang, **params), self.width)

    def percent(self, ratio: float) -> str:
        """A ratio with one decimal; a dash where there is none."""
        return "–" if ratio is None or np.isnan(ratio) else percent(float(ratio), 1, self.lang)

    def number(self, value: float, digits: int = 0) -> str:
        """A number; a dash where there is none."""
        return "–" if np.isnan(value) else rounded(float(value), digits, self.lang)

    def people(self, value: float) -> str:
        """Equipped pupil-years."""
        return pupil_years(value, self.lang)

    def at_most(self, value: float) -> str:
        """An upper bound with one decimal, rounded up so that it stays one."""
        exact = Decimal(str(float(value)))
        return grouped(exact.quantize(Decimal("0.1"), rounding=ROUND_CEILING), self.lang)

    def table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        words: int = 1,
        totals: int = 0,
    ) -> list[str]:
        """A table; ``header`` holds codes or finished words."""
        names = [say(h, self.lang) if h.startswith(("label.", "summary.")) else h for h in header]
        return table(names, rows, self.width, words=words, totals=totals)


@dataclass(frozen=True)
class Told:
    """A plan with the derived tables that several sections use."""

    plan: Plan
    lang: str

    @cached_property
    def unmet(self) -> pd.DataFrame:
        """Lines that stay unmet, with their reasons."""
        return unmet(self.plan)

    @cached_property
    def last(self) -> pd.DataFrame:
        """Coverage rows of the year looked at."""
        return last_rows(self.plan)

    @cached_property
    def fairness(self) -> dict[str, dict[str, float]]:
        """Group (or ``all``) → its measures."""
        rows = fairness(self.plan).to_dict("records")
        return {str(r["group"]): {str(k): v for k, v in r.items() if k != "group"} for r in rows}

    @cached_property
    def people(self) -> pd.Series:
        """Equipped pupil-years by group."""
        schools = self.plan.schools
        return exact(self.plan).people_by_school.groupby(list(schools["group"])).sum()

    @property
    def last_year(self) -> int:
        """The last plan year."""
        return self.plan.scenario.settings.years[1]

    def prose(self, amount: int) -> str:
        """One amount in the unit it reads best in."""
        currency = self.plan.scenario.settings.currency
        return money_scale([amount], currency, self.lang).text(amount)

    def columns(self, amounts: Sequence[int]) -> MoneyScale:
        """The unit of a table's amounts."""
        return money_scale(amounts, self.plan.scenario.settings.currency, self.lang, most=6)

    def fund(self, name: str) -> str:
        """The name of a fund in documents."""
        fund = self.plan.scenario.settings.funds.get(name)
        return fund.name.say(self.lang) if fund is not None and fund.name else name
