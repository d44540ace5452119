"""The ``.html``: one file with figures inline, a school table to sort and search, no network."""

from __future__ import annotations

import io
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from planner.present.content_types import NUMERIC, ReportContent, plain
from planner.present.content_view import View

COLUMNS = (
    "name",
    "level",
    "group",
    "pupils",
    "spent",
    "proposed",
    "coverage_before",
    "coverage_after",
)
SHOWN = ("money", "coverage", "obligations")


def write_html(content: ReportContent, view: View, path: Path) -> None:
    """Writes the page; all texts of users are escaped."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    source = (files("planner.present") / "templates" / "report.html").read_text(encoding="utf-8")
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    page = environment.from_string(source).render(
        c=content, numeric=NUMERIC, figures=_figures(view), schools=_schools(content, view)
    )
    path.write_text(page, encoding="utf-8", newline="\n")


def _figures(view: View) -> list[Any]:
    """Figures of the whole plan as inline SVG; none in an owner's package."""
    if view.owner:
        return []
    from markupsafe import Markup

    from planner.present.figures import FIGURES
    from planner.present.figures.canvas import RC, mpl

    pictures = []
    for name in SHOWN:
        with mpl.rc_context(RC):
            memory = io.StringIO()
            quiet = {"Creator": "planner", "Date": None}
            FIGURES[name](view.plan, view.lang).savefig(memory, format="svg", metadata=quiet)
        drawn = memory.getvalue()
        drawn = re.sub(r'(id="|#)(?=[\w.-]+["\)])', rf"\1{name}-", drawn[drawn.index("<svg") :])
        pictures.append(Markup(drawn))
    return pictures


def _schools(content: ReportContent, view: View) -> dict[str, Any]:
    rows = []
    for r in view.schools.to_dict("records"):
        cells: list[tuple[Any, str]] = []
        for key in COLUMNS:
            value = r[key]
            if key in ("level", "group"):
                word = view.label("level" if key == "level" else "group_short", value)
                cells.append((word, word))
            elif key == "name":
                cells.append((plain(value), plain(value)))
            else:
                kind: Any = "percent" if key.startswith("coverage") else "money"
                missing = bool(pd.isna(value))
                kind = "count" if key == "pupils" else kind
                cells.append(
                    (-1 if missing else value, "" if missing else content.text(value, kind))
                )
        rows.append(cells)
    from planner.messages import say

    return {"heads": [say(f"label.column.{k}", view.lang) for k in COLUMNS], "rows": rows}
