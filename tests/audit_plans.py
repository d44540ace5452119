"""A tiny scenario and its plan, computed by hand, for the tests of the audit.

Three schools and two items. School ``a`` has one old computer (usable until 2024) and buys one
in 2023 and one in 2024, and half a licence; ``b`` is ready in 2024 and buys a year ahead, which
its payments in two years allow; ``p`` is preparing and proposes for 2026, two years after the
plan. Every number below was worked out on paper from the rules
(ARCHITECTURE.md#standing-rules).
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import pandas as pd

from planner.scenario.scenario import Scenario, typed_frame
from planner.scenario.schema import Settings

D = Decimal


def frame(header: str, *lines: str) -> pd.DataFrame:
    """Text rows, cells parted by ``|``."""
    return made(header, *lines).copy()


@cache
def made(header: str, *lines: str) -> pd.DataFrame:
    columns = header.split("|")
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    return pd.DataFrame(rows, columns=[c.strip() for c in columns], dtype="str")


def settings(**changes: Any) -> Settings:
    """The settings of the tiny scenario, with some replaced."""
    base: dict[str, Any] = {
        "schema": 1,
        "title": "Tiny",
        "years": (2023, 2024),
        "tail_years": 1,
        "tiers": [(D("0.5"), D(2)), (D(1), D(1))],
        "funds": {
            "cap": {
                "nature": "capital",
                "amounts": {2023: 200, 2024: 400, 2025: 300},
                "reserve": D("0.1"),
                "carry_over": D("0.5"),
            },
            "rec": {
                "nature": "recurrent",
                "amounts": {2023: 100, 2024: 100, 2025: 50},
                "pays_upkeep": True,
            },
            "proj": {"role": "project"},
        },
    }
    return Settings.model_validate(base | changes)


def scenario(tables: dict[str, dict[str, list[Any]]] | None = None, **changes: Any) -> Scenario:
    """The tiny scenario; ``tables`` adds or replaces columns of its tables."""
    columns: dict[str, dict[str, list[Any]]] = {
        "schools": {
            "school": ["a", "b", "p"],
            "name": ["Trường A", "Trường B", "Trường P"],
            "level": ["primary"] * 3,
            "group": ["completed", "under_construction", "preparing"],
            "ready": [None, 2024, 2026],
            "pupils": [100, 50, 40],
            "classes": [4, 2, 2],
            "teachers": [0, 0, 0],
            "project_amount": [None, None, 300],
        },
        "catalogue": {
            "item": ["pc", "net"],
            "name": ["Máy tính", "Phần mềm"],
            "unit": ["bộ", "gói"],
            "pillar": ["infrastructure", "software"],
            "nature": [("capital",), ("recurrent",)],
            "price": [100, 40],
            "price_growth": [D("0.1"), D(0)],
            "life": [4, None],
            "upkeep": [D("0.05"), D(0)],
            "on_site": [True, False],
            "whole": [True, False],
            "weight": [D(3), D(1)],
            "requires": [(), ("pc",)],
            "setup": [30, 0],
            "payments": [(D("0.3"), D("0.7")), (D(1),)],
        },
        "norms": {
            "item": ["pc", "net"],
            "level": ["primary"] * 2,
            "per": ["classes", "school"],
            "every": [D(2), D(1)],
        },
        "inventory": {"school": ["a"], "item": ["pc"], "quantity": [1], "acquired": [2021]},
    }
    for name, extra in (tables or {}).items():
        columns[name] = columns.get(name, {}) | extra
    typed = {name: typed_frame(name, cells) for name, cells in columns.items()}
    return Scenario("tiny", settings(**changes), typed)


def tables() -> dict[str, pd.DataFrame]:
    """The plan, as it stands in its CSV files."""
    return {
        "allocation": frame(
            "line|school|group|item|fund|year|kind|request|option|quantity|unit_price|amount|schedule|standing",
            "1|a|completed|pc|cap|2023|purchase|||1|100|100|2023:30;2024:70|priority",
            "2|a|completed|pc|rec|2023|upkeep|||1|5|5||other",
            "3|a|completed|pc|cap|2024|purchase|||1|110|110|2024:33;2025:77|priority",
            "4|a|completed|pc|rec|2024|upkeep|||2|6|12||other",
            "5|a|completed|pc|rec|2025|upkeep|||2|6|12||other",
            "6|a|completed|net|rec|2023|purchase|||0.5|40|20||priority",
            "7|b|under_construction|pc|cap|2023|purchase|||1|100|100|2023:30;2024:70|supplement",
            "8|b|under_construction|pc|cap|2023|setup|||1|30|30||supplement",
            "9|b|under_construction|pc|rec|2025|upkeep|||1|6|6||other",
            "10|p|preparing|pc|proj|2026|purchase|||1|133|133||proposal",
            "11|p|preparing|pc|proj|2026|setup|||1|40|40||proposal",
        ),
        "coverage": frame(
            "school|group|item|year|need|stock|new|in_service|before|after|people",
            "a|completed|pc|2023|2|1|1|2|0.500000|1.000000|37.500",
            "a|completed|pc|2024|2|1|2|3|0.500000|1.000000|37.500",
            "a|completed|pc|2025|2|0|2|2|0.000000|1.000000|75.000",
            "a|completed|net|2023|1|0|0.5|0.5|0.000000|0.500000|12.500",
            "a|completed|net|2024|1|0|0.5|0.5|0.000000|0.500000|12.500",
            "a|completed|net|2025|1|0|0.5|0.5|0.000000|0.500000|12.500",
            "b|under_construction|pc|2023|1|0|0|0|0.000000|0.000000|0.000",
            "b|under_construction|pc|2024|1|0|1|1|0.000000|1.000000|37.500",
            "b|under_construction|pc|2025|1|0|1|1|0.000000|1.000000|37.500",
            "b|under_construction|net|2023|1|0|0|0|0.000000|0.000000|0.000",
            "b|under_construction|net|2024|1|0|0|0|0.000000|0.000000|0.000",
            "b|under_construction|net|2025|1|0|0|0|0.000000|0.000000|0.000",
            "p|preparing|pc|2023|1|0|0|0|0.000000|0.000000|0.000",
            "p|preparing|pc|2024|1|0|0|0|0.000000|0.000000|0.000",
            "p|preparing|pc|2025|1|0|0|0|0.000000|0.000000|0.000",
            "p|preparing|pc|2026|1|0|1|1|0.000000|1.000000|30.000",
            "p|preparing|net|2023|1|0|0|0|0.000000|0.000000|0.000",
            "p|preparing|net|2024|1|0|0|0|0.000000|0.000000|0.000",
            "p|preparing|net|2025|1|0|0|0|0.000000|0.000000|0.000",
            "p|preparing|net|2026|1|0|0|0|0.000000|0.000000|0.000",
        ),
        "ledger": frame(
            "fund|school|year|amount|reserve|usable|carried_in|purchases|setup|requests|upkeep|spent|carried_out|lapsed",
            "cap||2023|200|20|180|0|60|30|0|0|90|90|0",
            "cap||2024|400|40|360|90|173|0|0|0|173|0|277",
            "cap||2025|300|30|270|0|77|0|0|0|77|0|193",
            "rec||2023|100|0|100|0|20|0|0|5|25|0|75",
            "rec||2024|100|0|100|0|0|0|0|12|12|0|88",
            "rec||2025|50|0|50|0|0|0|0|18|18|0|32",
            "proj|p|2026|300|0|300|0|133|40|0|0|173|0|127",
        ),
        "obligations": frame(
            "year|fund|kind|origin|amount|funded",
            "2025|cap|instalment|plan|77|77",
            "2025|rec|upkeep|plan|18|18",
        ),
        "rules": frame(
            "rule|key|firmness|left|relation|bound|slack|unit",
            "fund_within_budget|cap,2023|policy|90|<=|180|90|money",
            "fund_within_budget|cap,2024|policy|173|<=|450|277|money",
            "fund_within_budget|cap,2025|policy|77|<=|270|193|money",
            "fund_within_budget|rec,2023|policy|25|<=|100|75|money",
            "fund_within_budget|rec,2024|policy|12|<=|100|88|money",
            "fund_within_budget|rec,2025|policy|18|<=|50|32|money",
            "carry_within_limit|cap,2023|law|90|<=|90|0|money",
            "preparing_from_project|proj,p|law|173|<=|300|127|money",
            "need_not_exceeded||law|0|=|0|0|count",
            "site_ready||law|0|=|0|0|count",
            "prerequisite_in_service||law|0|=|0|0|count",
            "works_before_purchase||law|0|=|0|0|count",
            "upkeep_funded||law|0|=|0|0|count",
        ),
        "schools": frame(
            "school|name|level|group|pupils|spent|upkeep|proposed|coverage_before|coverage_after|people",
            "a|Trường A|primary|completed|100|230|17|0|0.375000|0.875000|187.500",
            "b|Trường B|primary|under_construction|50|130|0|0|0.000000|0.750000|75.000",
            "p|Trường P|primary|preparing|40|0|0|173|0.000000|0.750000|30.000",
        ),
        "requests": frame("request|school|option|title|chosen|value|amount|copies|paid|points"),
    }


def claims() -> dict[str, Any]:
    """The plan's claims; value: 9 × 175 (a) + 3 × 75 (b) + 1 × 30 (p) = 1830 points."""
    stage = {"name": "value", "status": "optimal", "value": 1830.0, "bound": 1830.0, "gap": 0.0}
    return {
        "schema": 1,
        "scenario": "tiny",
        "status": "optimal",
        "value": 1830.0,
        "bound": 1830.0,
        "gap": 0.0,
        "people": 262.5,
        "people_proposed": 30.0,
        "people_by_pillar": {"infrastructure": 225.0, "software": 37.5},
        "stages": [stage],
        "settings": {
            "gap": 0.001, "time_limit": 60.0, "threads": None, "solver": "HiGHS",
            "method": "whole", "method_why": "small", "priority": "weighted",
        },
        "illustrative": False,
    }  # fmt: skip


HEADER = "|".join(tables()["allocation"].columns)
REQUESTS: dict[str, dict[str, list[Any]]] = {
    "requests": {
        "request": ["r", "r", "q"],
        "school": ["a", "a", "b"],
        "option": ["1", "2", "1"],
        "title": ["Phòng học", "Thư viện", "Sân"],
        "value": [D(4), D("-2.5"), D(0)],
        "requires": [("q",), (), ()],
        "mandatory": [False, False, True],
    },
    "request_costs": {
        "request": ["r", "r", "q"],
        "option": ["1", "1", "1"],
        "fund": ["cap", "rec", "cap"],
        "year": [2023, 2024, 2024],
        "amount": [7, 8, 9],
    },
    "request_items": {
        "request": ["r"], "option": ["1"], "item": ["pc"], "quantity": [1], "year": [2024],
    },
}  # fmt: skip
ASKED = [
    "a|completed||cap|2023|request|r|1|||7||priority",
    "a|completed||rec|2024|request|r|1|||8||priority",
    "b|under_construction||cap|2024|request|q|1|||9||supplement",
]
REQUESTED = frame(
    "request|school|option|title|chosen|value|amount|copies|paid|points",
    "r|a|1|Phòng học|yes|4|15|1|15|36",
    "r|a|2|Thư viện|no|-2.5|0|0|0|0",
    "q|b|1|Sân|yes|0|9|1|9|0",
)


def asked(*rows: str) -> pd.DataFrame:
    """An allocation of request lines."""
    return frame(HEADER, *(f"{n}|{row}" for n, row in enumerate(rows, start=1)))
