"""The ``.html``: one file with figures inline, a school table to sort and search, no network."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from planner.present.content_types import NUMERIC, ReportContent, Table, leads
from planner.present.content_view import View

SHOWN = ("money", "coverage", "obligations")


def write_html(content: ReportContent, view: View, path: Path) -> None:
    """Writes the page; all texts of users are escaped, and no script runs but the page's own."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment
    from markupsafe import Markup

    templates = files("planner.present") / "templates"
    script = (templates / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    page = environment.from_string((templates / "report.html").read_text(encoding="utf-8")).stream(
        c=content, numeric=NUMERIC, figures=_figures(view), row_class=_row_class,
        script=Markup(script), script_hash=digest,
    )  # fmt: skip
    page.enable_buffering(200)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(page)


def _row_class(part: Table, at: int) -> Any:
    from markupsafe import Markup

    names = ["b"] * (part.rows[at].kind != "line") + ["lead"] * leads(part, at)
    return Markup(f' class="{" ".join(names)}"') if names else ""


def _figures(view: View) -> list[Any]:
    """Figures of the whole plan as inline SVG; none in an owner's package."""
    if view.owner:
        return []
    from markupsafe import Markup

    from planner.present.drawing import drawing
    from planner.present.figures import FIGURES

    pictures = []
    for name in SHOWN:
        with drawing():
            memory = io.StringIO()
            quiet = {"Creator": "planner", "Date": None}
            FIGURES[name](view.plan, view.lang).savefig(memory, format="svg", metadata=quiet)
        drawn = memory.getvalue()
        drawn = re.sub(r'((?:id|href)="#?|url\(#)', rf"\1{name}-", drawn[drawn.index("<svg") :])
        pictures.append(Markup(drawn))
    return pictures
