"""What an edited workbook does, as text and as JSON values: changes, broken rules, effect."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from planner.analysis.edited import Judged
from planner.edits import Change
from planner.errors import Finding
from planner.messages import render, say
from planner.messages.numbers import grouped, rounded
from planner.present.telling import Text

WIDTH = 100
MOST_CHANGES = 40
"""Changes that are listed one by one."""


def judged_text(judged: Judged, lang: str) -> str:
    """Changes, what they break, and their effect, for the console."""
    parts = (_changes(judged, lang), _broken(judged, lang), _effect(judged, lang))
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _changes(judged: Judged, lang: str) -> list[str]:
    edited, plan = judged.edited, judged.edited.sealed.path.name
    if not edited.changes:
        return [say("edit_none", lang, plan=plan)]
    lines = [say("edit_head_changes", lang, count=len(edited.changes), plan=plan)]
    heads = [
        say("column.school", lang), say("column.item", lang), say("column.fund", lang),
        say("column.year", lang), say("edit_col_before", lang), say("edit_col_after", lang),
    ]  # fmt: skip
    shown = edited.changes[:MOST_CHANGES]
    rows = [[*_named(c), grouped(c.before, lang), grouped(c.after, lang)] for c in shown]
    lines += Text(lang, WIDTH).table(heads, rows, words=4)
    if more := len(edited.changes) - len(shown):
        lines.append("  " + say("edit_more", lang, count=more))
    return lines


def _named(change: Change) -> list[str]:
    """School, item, fund and year of a change; request and option stand in the first two."""
    key = [str(part) for part in change.key]
    return key if len(key) == 4 else [*key, "", ""]


def _broken(judged: Judged, lang: str) -> list[str]:
    if not judged.broken:
        return [say("edit_nothing_broken", lang)]
    lines = [say("edit_head_broken", lang, count=len(judged.broken))]
    lines += [f"  {broken_line(f, lang)}" for f in judged.broken]
    lines += Text(lang, WIDTH).say("edit_broken", file=judged.edited.path.name)
    return lines


def broken_line(finding: Finding, lang: str) -> str:
    """A broken rule on one line, with the amount by which it is broken."""
    over = excess(finding)
    code = "edit_short" if over is not None and over < 0 else "edit_over"
    amount = "" if not over else f" ({say(code, lang, over=abs(over))})"
    return render(finding, lang) + amount


def excess(finding: Finding) -> Decimal | None:
    """By how much a bound is passed (negative: by how much it is missed); ``None``: no number."""
    params = finding.params
    bound = next((params[k] for k in ("most", "least", "bound") if k in params), None)
    try:
        return Decimal(str(params["found"])) - Decimal(str(bound))
    except (KeyError, InvalidOperation):
        return None


def _effect(judged: Judged, lang: str) -> list[str]:
    text = Text(lang, WIDTH)
    lines = [text.head("edit_head_effect")]
    for code, pair, digits in (
        ("people", judged.people, 0),
        ("proposed", judged.people_proposed, 0),
        ("points", judged.value, 1),
    ):
        if code == "proposed" and not any(pair):
            continue
        before, after, size = (
            rounded(round(v, 6), digits, lang) for v in (*pair, abs(pair[1] - pair[0]))
        )
        sign = "" if before == after else "−" if pair[1] < pair[0] else "+"
        lines += text.say(f"edit_effect_{code}", before=before, after=after, change=sign + size)
    heads = [
        say("column.fund", lang), say("column.year", lang), say("edit_col_before", lang),
        say("edit_col_after", lang), say("edit_col_change", lang), say("edit_col_usable", lang),
    ]  # fmt: skip
    rows = [
        [row["fund"], str(row["year"]) if not row["school"] else row["school"],
         *(grouped(row[k], lang) for k in ("before", "after", "change", "usable"))]
        for row in _money(judged)
        if not row["school"] or row["change"]
    ]  # fmt: skip
    return [*lines, *text.table(heads, rows, words=2)]


def _money(judged: Judged) -> Iterator[dict[str, Any]]:
    for row in judged.money.itertuples():
        before, after = int(row.before), int(row.after)
        yield {
            "fund": row.fund, "school": row.school, "year": int(row.year), "before": before,
            "after": after, "change": after - before, "usable": int(row.usable),
        }  # fmt: skip


def judged_dict(judged: Judged) -> dict[str, Any]:
    """The same as JSON values; money in minor units."""
    edited = judged.edited
    changes: list[dict[str, Any]] = [
        dict(zip(("school", "item", "fund", "year"), c.key, strict=True))
        if len(c.key) == 4
        else dict(zip(("request", "option"), c.key, strict=True))
        for c in edited.changes
    ]
    for found, change in zip(changes, edited.changes, strict=True):
        found |= {"before": float(change.before), "after": float(change.after)}
    pairs = {
        "people": judged.people,
        "people_proposed": judged.people_proposed,
        "value": judged.value,
    }
    return {
        "plan": edited.sealed.path.as_posix(),
        "changes": changes,
        "broken": [
            f.as_dict() | {"over": None if excess(f) is None else str(excess(f))}
            for f in judged.broken
        ],
        **{k: {"before": a, "after": b} for k, (a, b) in pairs.items()},
        "money": list(_money(judged)),
    }
