"""Shadow prices of a relaxation as text: what one unit more of each bound would add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.messages import say
from planner.present.text_table import table
from planner.rules import Rule

if TYPE_CHECKING:
    from planner.result import Result

SHOWN = 25
"""Prices listed; ``relaxation/rows.csv`` holds them all."""
NOISE = 1e-12
"""Size below which a shadow price is none."""


def price_lines(result: Result, lang: str, width: int = 100) -> list[str]:
    """The rules that cost points, each with its price; rows that only define are left out."""
    if result.relaxation is None:
        return []
    rows = result.relaxation.rows
    rules = {*(str(r) for r in Rule), *result.scenario.settings.rules}
    named = rows["name"].str.split("[", n=1).str[0].isin(rules)
    rows = rows[named & (rows["dual"].abs() > NOISE)]
    if rows.empty:
        return [say("prices.none", lang)]
    shown = [
        [r.name_, f"{r.bound:.10g}", f"{r.dual:.6g}"]
        for r in rows.rename(columns={"name": "name_"}).head(SHOWN).itertuples(index=False)
    ]
    header = [say(f"prices.{c}", lang) for c in ("row", "bound", "dual")]
    lines = [say("prices.head", lang), *table(header, shown, width)]
    if len(rows) > SHOWN:
        lines.append(say("prices.more", lang, count=len(rows) - SHOWN))
    return lines
