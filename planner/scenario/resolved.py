"""``planner show --resolved``: the merged settings, each key with the place that set it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from planner.messages import say
from planner.scenario.write import scalar

if TYPE_CHECKING:
    from planner.scenario.scenario import Scenario


def lines(scenario: Scenario, lang: str) -> Iterator[str]:
    """YAML lines ``key: value  # who set it``; keys nobody set are marked as defaults."""
    plain = scenario.settings.model_dump(by_alias=True, exclude_none=True)
    plain["data"] = {k: v for k, v in plain.get("data", {}).items() if v is not None}
    yield from _walk(plain, "", "", scenario.origins, say("show_default", lang))


def _walk(
    mapping: Mapping[Any, Any], indent: str, prefix: str, origins: Mapping[str, str], default: str
) -> Iterator[str]:
    for key, value in mapping.items():
        dotted = f"{prefix}.{key}" if prefix else str(key)
        name = scalar(key) if isinstance(key, int) or not str(key).isidentifier() else str(key)
        inside = any(o.startswith(dotted + ".") for o in origins)
        if isinstance(value, Mapping) and value and (inside or dotted not in origins):
            yield f"{indent}{name}:" if inside else f"{indent}{name}:  # {default}"
            yield from _walk(value, indent + "  ", dotted, origins, default)
        else:
            yield f"{indent}{name}: {scalar(value)}  # {origins.get(dotted, default)}"


def as_dict(scenario: Scenario) -> dict[str, Any]:
    """Settings, who set what, and the inputs' hashes, as JSON values."""
    return {
        "scenario": scenario.id,
        "settings": scenario.settings.model_dump(mode="json", by_alias=True, exclude_none=True),
        "origins": dict(scenario.origins),
        "inputs": dict(scenario.inputs),
        "tables": {n: len(f) for n, f in scenario.tables.items() if len(f)},
    }
