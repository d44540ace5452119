"""Options that several verbs share, and the kinds of value that options take."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def pairs(_: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
    """``KEY=VALUE`` options as a mapping; a usage error names the one without ``=``."""
    found = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise click.UsageError(f"{option.opts[0]} needs KEY=VALUE, got: {text}")
        found[key.strip()] = value
    return found


class Change(click.ParamType):
    """``-50%`` or ``-0.5``: a relative change or a plain number."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """The number, or a usage error."""
        if isinstance(value, float):
            return value
        text = str(value).strip().replace("−", "-").replace(",", ".")
        try:
            number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"not a number or a percentage: {value}", param, ctx)
        if not math.isfinite(number):
            self.fail(f"not a finite number: {value}", param, ctx)
        return number


lang: Decorator = click.option(
    "--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Language."
)
as_json: Decorator = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on stdout."
)
overrides: Decorator = click.option(
    "--set",
    "overrides",
    multiple=True,
    callback=pairs,
    metavar="KEY=VALUE",
    help="Replace a setting, e.g. funds.district-capital.reserve=0.2; repeatable.",
)
no_figures: Decorator = click.option("--no-figures", is_flag=True, help="Write no figures.")
gap_type = click.FloatRange(0, 1)
seconds_type = click.FloatRange(min=0.01)
