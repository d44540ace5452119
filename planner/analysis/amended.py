"""A repair as a scenario file that ``extends`` the old one."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planner.analysis.repair import Repair
from planner.interrupts import kept_back
from planner.scenario.schema import Share


def amended(repair: Repair, source: Path, overrides: Mapping[str, str] | None = None) -> str:
    """YAML that makes ``source`` (a scenario file or workbook beside it) the repaired scenario.

    What ``--set`` changed for the run is written too: the repair was found with it.
    """
    with kept_back():
        from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 120
    key = "extends" if source.suffix.lower() in (".yaml", ".yml") else "data"
    body: dict[str, Any] = {
        key: source.name if key == "extends" else {"workbook": source.name},
    }
    for dotted, text in (overrides or {}).items():
        _put(body, dotted.split("."), YAML(typ="safe").load(text))
    for path, value in _values(repair):
        _put(body, path, value)
    out = io.StringIO()
    yaml.dump(body, out)
    return out.getvalue()


def _values(repair: Repair) -> list[tuple[list[str | int], Any]]:
    """Settings keys of the changes and their new values."""
    settings = repair.scenario.settings
    found: list[tuple[list[str | int], Any]] = []
    for change in repair.changes:
        lever = change.lever
        if lever.kind == "fund":
            # all years: an amount that came from the envelope is replaced as a whole
            amounts = settings.amounts(settings.funds[lever.name])
            found += [(["funds", lever.name, "amounts", y], m) for y, m in sorted(amounts.items())]
            continue
        bound = getattr(settings.rules[lever.name], lever.field)
        path: list[str | int] = ["rules", lever.name, lever.field]
        exact = int(change.new) if change.new == int(change.new) else float(change.new)
        found.append(([*path, "share"] if isinstance(bound, Share) else path, exact))
    return found


def _put(body: dict[Any, Any], path: list[Any], value: Any) -> None:
    path = [int(p) if isinstance(p, str) and p.isdigit() else p for p in path]
    for part in path[:-1]:
        below = body.get(part)
        body[part] = below if isinstance(below, dict) else {}
        body = body[part]
    body[path[-1]] = value
