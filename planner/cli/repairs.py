"""What ``planner run`` says of an infeasible scenario: its cheapest repairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


def found(scenario: Any, given: dict[str, Any]) -> list[Any]:
    """The repairs of a scenario, cheapest first."""
    from planner.analysis.repair import repairs

    return repairs(scenario, time_limit=given["time_limit"])


def shown(repair: Any, lang: str) -> str:
    """One repair on one line."""
    from planner.messages import say

    part = repair.kind == "rule" and max(repair.old, repair.new) <= 1
    old, new = ((f"{v:.0%}" if part else int(v)) for v in (repair.old, repair.new))
    people = round(repair.result.people)
    name, cost = repair.name, f"{repair.cost:.3f}"
    field = repair.field
    return say(
        "repair_line", lang, name=name, field=field, old=old, new=new, cost=cost, people=people
    )


def as_dict(repair: Any) -> dict[str, Any]:
    """One repair as JSON values."""
    keys = ("kind", "name", "field", "cost")
    body: dict[str, Any] = {k: getattr(repair, k) for k in keys}
    return body | {"old": str(repair.old), "new": str(repair.new), "people": repair.result.people}


def write(repair: Any, path: Path, number: int) -> Path:
    """Writes the amended scenario beside the old one; refused where the file exists."""
    target = path.with_name(f"{path.stem}-repair-{number}.yaml")
    if target.exists():
        raise click.UsageError(f"{target} exists")
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise click.UsageError("--apply-repair needs a YAML scenario")
    settings = repair.scenario.settings
    if repair.kind == "fund":
        amounts = settings.amounts(settings.funds[repair.name])
        lines = ["funds:", f"  {repair.name}:", "    amounts:"]
        lines += [f"      {year}: {money}" for year, money in sorted(amounts.items())]
    else:
        bound = getattr(settings.rules[repair.name], repair.field)
        value = f"{{share: {repair.new:f}}}" if hasattr(bound, "share") else f"{repair.new:f}"
        lines = ["rules:", f"  {repair.name}:", f"    {repair.field}: {value}"]
    target.write_text("\n".join([f"extends: {path.name}", *lines, ""]), encoding="utf-8")
    return target
