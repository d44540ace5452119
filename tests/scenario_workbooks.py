"""The sample scenario as a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xlsxwriter
from scenario_samples import FILES

SETTINGS = [
    ["key", "value"],
    ["schema", 1],
    ["title.vi", "Kịch bản thử"],
    ["title.en", "Test scenario"],
    ["years", "2023; 2025"],
    ["tail_years", 2],
    ["illustrative", "có"],
    ["envelope.public_investment.2023", 100_000_000_000],
    ["envelope.public_investment.2024", "100.000.000.000"],
    ["envelope.public_investment.2025", 120_000_000_000],
    ["envelope.education_share", "60%"],
    ["envelope.it_share", 0.05],
    ["priority.mode", "weighted"],
    ["priority.weights", "{completed: 9, under_construction: 3, preparing: 1, none: 3}"],
    ["tiers", "0,5: 2; 1: 1"],
]
FUNDS = [
    ["Mã nguồn vốn", "name", "name_en", "role", "nature", "amounts", "reserve", "pays_upkeep"],
    ["cap", "Vốn đầu tư", "Capital", "", "Chi đầu tư", "envelope", 0.1, ""],
    ["rec", "", "", "", "recurrent", "", "", "có"],
    ["projects", "", "", "project", "", "", "", ""],
]
AMOUNTS = [
    ["fund", "year", "amount"],
    ["rec", 2023, 900_000_000],
    ["rec", 2024, "900.000.000"],
    ["rec", "2025", 900_000_000],
]
RULES = [
    ["rule", "measure", "where", "for_each", "at_least", "share_of", "firmness", "penalty"],
    ["group-2-floor", "spend", "group=under_construction", "year", "20%", "all", "", ""],
    ["pc-floor", "coverage", "item=pc", "", 0.1, "", "wish", 2],
]
Rows = list[list[Any]]


def sample_sheets(settings: bool = True) -> dict[str, Rows]:
    """Sheets of the sample by name; with or without the settings."""
    sheets: dict[str, Rows] = {}
    if settings:
        sheets = {"settings": SETTINGS, "funds": FUNDS, "fund_amounts": AMOUNTS, "Quy tắc": RULES}
    for name, text in FILES.items():
        if name.endswith(".csv"):
            mark = ";" if name == "catalogue.csv" else ","
            rows = list(csv.reader(io.StringIO(text), delimiter=mark))
            sheets[name[:-4]] = [[_typed(c) for c in row] for row in rows]
    return {k: [list(r) for r in v] for k, v in sheets.items()}


def _typed(cell: str) -> Any:
    return int(cell) if cell.isdigit() and not cell.startswith("0") else cell


def write_book(path: Path, sheets: Mapping[str, Rows], hidden: tuple[str, ...] = ()) -> Path:
    """Write sheets into a workbook; text stays text."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(r, c, value)
                elif value is not None:
                    sheet.write(r, c, value)
    book.close()
    return path
