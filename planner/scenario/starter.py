"""What ``planner new`` writes: a workbook to fill in, and a YAML file that points to it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from planner.beside import beside, name_beside, naming, standing, through
from planner.scenario.contracts import TABLES
from planner.scenario.scenario import Scenario, typed_frame
from planner.scenario.schema import Text
from planner.scenario.synthetic import synthetic
from planner.scenario.template import Given, write_workbook

WORKBOOK = {"vi": "so-lieu.xlsx", "en": "data.xlsx"}
EXAMPLES = 6
"""Example schools in the starter."""
SHEET_ROWS = 1_048_000
"""Rows of data that a sheet of an XLSX workbook takes, headers left out."""


@contextmanager
def complete(folder: Path) -> Iterator[Path]:
    """A folder to write into, beside ``folder``: it becomes ``folder`` when all is written,
    and vanishes when anything fails. ``folder`` must be new or empty; an empty one is filled,
    the file that makes it a scenario last."""
    folder = through(folder)
    with naming(folder), standing(folder.parent), _beside(folder) as new:
        yield new
        if folder.exists():
            # The folder itself stays: it may be the one that the user stands in.
            for part in sorted(new.iterdir(), key=lambda p: p.suffix == ".yaml"):
                os.rename(part, folder / part.name)
        else:
            os.chmod(new, 0o777 & ~_umask())
            os.rename(new, folder)


def _beside(folder: Path) -> AbstractContextManager[Path]:
    return beside(folder.parent, name_beside(folder.name))


def _umask() -> int:
    """The process's mask of permissions, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def starter(folder: Path, lang: str, schools: int) -> Path:
    """Write the example scenario with ``schools`` empty rows; the workbook's path."""
    return written(synthetic(EXAMPLES, 1, examples=True), folder, lang, schools)


def around(given: Mapping[str, Given], folder: Path, lang: str, source: str) -> Path:
    """Write a first scenario around raw tables; what they do not hold is illustrative.

    Stock stays empty unless it is given; with a catalogue of its own, so do the norms.
    """
    example = synthetic(max(1, len(given["schools"].rows)), 1)
    own = {"inventory", *(["norms"] if "catalogue" in given else [])} - set(given)
    tables = {t: typed_frame(t, {}) if t in own else f for t, f in example.tables.items()}
    title = Text(vi=f"Kịch bản từ {source}", en=f"Scenario from {source}")
    settings = example.settings.model_copy(update={"rules": {}, "title": title})
    return written(Scenario("scenario", settings, tables), folder, lang, given=given)


def too_long(scenario: Scenario) -> str:
    """A table that no sheet can hold; empty where all fit."""
    return next((t for t in TABLES if len(scenario.table(t)) > SHEET_ROWS), "")


def written(
    scenario: Scenario,
    folder: Path,
    lang: str,
    blank: int = 0,
    given: Mapping[str, Given] | None = None,
) -> Path:
    """Write ``scenario.yaml`` and the workbook it points to into ``folder``; the workbook."""
    folder.mkdir(parents=True, exist_ok=True)
    name = WORKBOOK[lang]
    write_workbook(scenario, folder / name, lang, blank, given)
    text = (
        "# Kịch bản: số liệu và cài đặt nằm trong sổ Excel; khóa ghi ở đây được ưu tiên.\n"
        "# The data and the settings are in the workbook; keys written here come first.\n"
        "schema: 1\n"
        f"data: {{workbook: {name}}}\n"
        "# tail_years: 3\n"
        "# priority: {mode: strict, by: tier}\n"
        "# solve: {gap: 0.001, time_limit: 60}\n"
    )
    (folder / "scenario.yaml").write_text(text, encoding="utf-8", newline="\n")
    return folder / name
