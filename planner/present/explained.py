"""The price of policies as text, JSON, CSV."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.messages import say
from planner.messages.numbers import pupil_years, rounded
from planner.present.style import money_scale
from planner.present.text_table import table as text_table
from planner.present.text_table import wrap

if TYPE_CHECKING:
    from planner.analysis.policies import Price, Prices

SHOWN = 3
"""Items named as bought more, and as bought less."""
NOISE = 1e-6
"""Part of what the plan spends below which money that moved is rounding."""


def text(prices: Prices, lang: str = "vi", width: int = 110) -> str:
    """The prices as a table and what it means."""
    found = prices.found
    lines = [say("explain.policies.head", lang)]
    if not found:
        return "\n".join([*lines, "  " + say("explain.policies.none", lang)]) + "\n"
    head = [say(f"explain.col.{c}", lang) for c in ("kind", "name", "points", "people")]
    rows = [
        [say(f"explain.kind.{p.kind}", lang), name(p, lang), points(p, lang), people(p, lang)]
        for p in found
    ]
    lines += text_table(head, rows, width, words=2)
    lines += ["", "  " + say("explain.col.instead", lang)]
    for p in found:
        lines += wrap(f"{name(p, lang)}: {instead(p, prices, lang)}", width, "    ")
    lines += ["", *wrap(say("explain.policies.note", lang), width)]
    return "\n".join(lines) + "\n"


def name(price: Price, lang: str) -> str:
    """What is priced, as people call it."""
    return say(f"explain.priority.{price.name}", lang) if price.kind == "priority" else price.name


def points(price: Price, lang: str) -> str:
    """An interval, or «at most» where it contains zero."""
    if math.isnan(price.high):
        return say("explain.unknown", lang, status=price.status)
    low, high = (rounded(v, 1, lang) for v in (price.low, price.high))
    if high in ("0,0", "0.0", "-0,0", "-0.0"):
        return say("explain.nothing", lang)
    if price.at_most:
        return say("explain.at_most", lang, high=high)
    return high if low == high else say("explain.between", lang, low=low, high=high)


def people(price: Price, lang: str) -> str:
    """Pupil-years won without it, with a sign."""
    if math.isnan(price.people):
        return "–"
    size = pupil_years(abs(price.people), lang)
    return size if size == "0" else ("+" if price.people > 0 else "−") + size


def instead(price: Price, prices: Prices, lang: str) -> str:
    """What would be bought instead: the largest changes by item."""
    sums, scenario = price.by_item(), prices.plan.scenario
    if sums.empty:
        return say("explain.no_change", lang)
    noise = NOISE * prices.plan.spent
    sums = sums[(sums["amount"].abs() > noise) | (sums["quantity"].abs() >= 1)]
    scale = money_scale(sums["amount"].abs(), scenario.settings.currency, lang, most=6)
    parts: list[str] = []
    for sign, code in ((1, "more"), (-1, "less")):
        rows = [r for r in sums.to_dict("records") if r["amount"] * sign > 0]
        for row in rows[:SHOWN]:
            item = scenario.items.get(row["item"])
            label = row["item"] if item is None else item.name_en if lang == "en" else item.name
            label = label or row["item"]
            units = abs(float(row["quantity"]))
            if units >= 1:
                parts.append(
                    say(f"explain.{code}", lang, quantity=rounded(units, 0, lang), item=label)
                )
            else:
                money = scale.text(abs(int(row["amount"])))
                parts.append(say(f"explain.{code}_money", lang, money=money, item=label))
    return "; ".join(parts) or say("explain.no_change", lang)


def as_dict(prices: Prices) -> list[dict[str, Any]]:
    """The prices as JSON values: points and pupil-years as numbers, money in minor units."""
    return [
        {
            "kind": p.kind,
            "name": p.name,
            "status": p.status,
            "gap": _known(p.gap),
            "points_low": _known(p.low),
            "points_high": _known(p.high),
            "at_most": bool(p.at_most),
            "people": _known(p.people),
            "people_proposed": _known(p.people_proposed),
            "spent": p.spent,
            "instead": p.by_item().to_dict("records"),
            "seconds": round(p.seconds, 3),
        }
        for p in prices.found
    ]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def write_csv(prices: Prices, folder: Path) -> list[Path]:
    """``policies.csv`` (a row a promise) and ``instead.csv`` (a row a line that changes)."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "policies.csv", folder / "instead.csv"]
    prices.table.to_csv(paths[0], index=False, encoding="utf-8-sig")
    parts = [
        p.instead.assign(kind=p.kind, name=p.name) for p in prices.found if not p.instead.empty
    ]
    columns = ["kind", "name", "school", "item", "year", "fund", "quantity", "amount"]
    lines = pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)
    lines.to_csv(paths[1], index=False, encoding="utf-8-sig")
    return paths
