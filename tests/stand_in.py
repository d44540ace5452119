"""A made-up plan in the shape of :class:`planner.plan.Plan`, for tests of what is shown.

It is not solved by anything: purchases are drawn with a fixed seed, but the tables agree with
each other (ledgers balance, coverage follows from stock and purchases).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from planner.scenario.scenario import Scenario, typed_frame
from planner.scenario.schema import GROUPS, Settings

ITEMS = (
    ("lab-pc", "Máy vi tính phòng Tin học", "Lab computers", "infrastructure", 12_500_000),
    ("teacher-pc", "Máy vi tính giáo viên", "Teachers' computers", "infrastructure", 14_000_000),
    ("display", "Màn hình tương tác lớp học", "Classroom displays", "infrastructure", 45_000_000),
    ("lan", "Mạng nội bộ (LAN)", "LAN", "infrastructure", 80_000_000),
    ("wifi", "Bộ phát wifi", "Wi-Fi access points", "infrastructure", 5_000_000),
    ("fibre", "Đường truyền cáp quang", "Fibre line", "infrastructure", 9_000_000),
    ("server", "Máy chủ", "Server", "infrastructure", 95_000_000),
    ("sms", "Phần mềm quản lý nhà trường", "School management software", "software", 15_000_000),
    ("lms", "Hệ thống học trực tuyến (LMS) và tài khoản", "LMS", "software", 18_000_000),
    ("admin", "Bồi dưỡng đội ngũ quản trị phần mềm", "Administrators", "software", 2_000_000),
    ("records", "Số hóa hồ sơ, học bạ", "Records digitisation", "digital_practice", 30_000_000),
    ("training", "Tập huấn CNTT cho giáo viên", "IT training", "digital_practice", 1_500_000),
    ("exam", "Kiểm tra, đánh giá trên máy", "Testing", "digital_practice", 20_000_000),
    ("degree", "Nâng chuẩn trình độ giáo viên", "Qualification", "digital_practice", 12_000_000),
    ("printer", "Máy in", "Printers", "infrastructure", 7_000_000),
)
LEVELS = ("preschool", "primary", "lower_secondary")
WORDS = ("Mầm non", "Tiểu học", "Trung học cơ sở")


@dataclass(frozen=True)
class Plan:
    """Same attributes as the real plan."""

    scenario: Scenario
    allocation: pd.DataFrame
    coverage: pd.DataFrame
    ledger: pd.DataFrame
    obligations: pd.DataFrame
    schools: pd.DataFrame
    rules: pd.DataFrame = field(default_factory=pd.DataFrame)
    requests: pd.DataFrame = field(default_factory=pd.DataFrame)
    sizes_before: dict[int, int] | None = None


@dataclass(frozen=True)
class Result:
    """Same attributes as the real result."""

    plan: Any
    scenario: Scenario
    status: str = "within_gap"
    value: float | None = 123456.75
    bound: float | None = 123500.25
    gap: float | None = 0.000352
    stages: tuple[Any, ...] = ()
    people: float | None = 54321.0
    people_proposed: float | None = 1234.5
    people_by_pillar: dict[str, float] = field(
        default_factory=lambda: {
            "infrastructure": 30000.0,
            "software": 14321.0,
            "digital_practice": 10000.0,
        }
    )
    seconds: float = 3.25
    tidied: Any = None


def settings(**changes: Any) -> Settings:
    given: dict[str, Any] = {
        "schema": 1,
        "title": {"vi": "Đầu tư CNTT trường học quận Ba Đình", "en": "School IT of Ba Đình"},
        "years": (2023, 2025),
        "tail_years": 3,
        "illustrative": True,
        "funds": {
            "capital": {
                "name": {"vi": "Vốn đầu tư công của quận", "en": "District capital fund"},
                "nature": "capital",
                "amounts": {2023: 18 * 10**9, 2024: 20 * 10**9, 2025: 15 * 10**9},
                "reserve": "0.1",
                "carry_over": "0.2",
            },
            "recurrent": {
                "name": {"vi": "Chi thường xuyên (sự nghiệp)", "en": "Recurrent budget"},
                "nature": "recurrent",
                "amounts": dict.fromkeys(range(2023, 2029), 6 * 10**9),
                "pays_upkeep": True,
            },
            "projects": {
                "name": {"vi": "Dự án xây dựng trường", "en": "Building projects"},
                "role": "project",
            },
        },
    }
    return Settings(**{**given, **changes})


def scenario(n: int = 60, **changes: Any) -> Scenario:
    k = np.arange(n)
    group = [GROUPS[min(int(4 * i / n), 3)] for i in k]
    ready = {"completed": 2021, "under_construction": 2024, "preparing": 2026, "none": None}
    level = [LEVELS[i % 3] for i in k]
    schools = typed_frame(
        "schools",
        {
            "school": [f"s{i:04d}" for i in k],
            "name": [f"{WORDS[i % 3]} số {i + 1:02d} $x_{i}$" for i in k],
            "level": level,
            "group": group,
            "ready": [ready[g] for g in group],
            "pupils": [300 + 37 * int(i % 23) for i in k],
            "classes": [10 + int(i % 17) for i in k],
            "teachers": [20 + int(i % 31) for i in k],
            "owner": [f"ward-{'abc'[i % 3]}" for i in k],
            "project_amount": [900_000_000 if g == "preparing" else None for g in group],
        },
    )
    software = {"software", "digital_practice"}
    catalogue = typed_frame(
        "catalogue",
        {
            "item": [i[0] for i in ITEMS],
            "name": [i[1] for i in ITEMS],
            "unit": ["bộ"] * len(ITEMS),
            "pillar": [i[3] for i in ITEMS],
            "nature": [("recurrent",) if i[3] in software else ("capital",) for i in ITEMS],
            "price": [i[4] for i in ITEMS],
            "life": [5] * len(ITEMS),
            "upkeep": [Decimal("0.1")] * len(ITEMS),
            "on_site": [i[3] not in software for i in ITEMS],
            "name_en": [i[2] for i in ITEMS],
        },
    )
    norms = typed_frame(
        "norms",
        {
            "item": [i[0] for i in ITEMS for _ in LEVELS],
            "level": [lv for _ in ITEMS for lv in LEVELS],
            "per": ["pupils"] * (3 * len(ITEMS)),
            "every": [Decimal(60)] * (3 * len(ITEMS)),
        },
    )
    return Scenario(
        id="stand-in",
        settings=settings(**changes),
        tables={"schools": schools, "catalogue": catalogue, "norms": norms},
    )


def plan(n: int = 60, seed: int = 7, **changes: Any) -> Plan:
    made = scenario(n, **changes)
    rng = np.random.default_rng(seed)
    coverage = _coverage(made, rng)
    allocation = _allocation(made, coverage)
    schools = _schools(made, coverage, allocation)
    return Plan(made, allocation, coverage, _ledger(made, allocation), _obligations(), schools)


def _coverage(made: Scenario, rng: np.random.Generator) -> pd.DataFrame:
    s = made.schools
    rows = []
    chance = {"completed": 0.9, "under_construction": 0.6, "preparing": 0.4, "none": 0.5}
    for school, group, pupils in zip(s["school"], s["group"], s["pupils"], strict=True):
        for item in made.items:
            if rng.random() < 0.12:
                continue
            need = -(-int(pupils) // 60)
            stock = int(rng.integers(0, need + 1)) // 2
            new = int(rng.binomial(need - stock, chance[group]))
            years = list(made.settings.all_years)
            for t in years:
                add = new if (t > 2023 if group != "preparing" else t >= 2026) else 0
                rows.append(
                    {
                        "school": school,
                        "group": group,
                        "item": item,
                        "year": t,
                        "need": need,
                        "stock": stock,
                        "new": add,
                        "in_service": stock + add,
                        "before": stock / need,
                        "after": (stock + add) / need,
                        "people": float(pupils) * add / need / len(made.items),
                    }
                )
    return pd.DataFrame(rows)


def _allocation(made: Scenario, coverage: pd.DataFrame) -> pd.DataFrame:
    bought = coverage[(coverage["year"] == 2026) & (coverage["new"] > 0)]
    standing = {
        "completed": "priority",
        "under_construction": "supplement",
        "preparing": "proposal",
        "none": "other",
    }
    rows: list[dict[str, Any]] = []
    for k, r in enumerate(bought.to_dict("records")):
        item = made.items[r["item"]]
        year = 2026 if r["group"] == "preparing" else 2024 if k % 3 else 2025
        fund = "projects" if r["group"] == "preparing" else item.nature[0]
        amount = int(r["new"]) * item.price
        first = amount * 3 // 10
        split = fund == "recurrent" and k % 5 == 0
        rows.append(
            {
                "school": r["school"], "group": r["group"], "item": r["item"], "fund": fund,
                "year": year, "kind": "purchase", "request": "", "option": "",
                "quantity": int(r["new"]), "unit_price": item.price, "amount": amount,
                "schedule": f"{year}:{first};{year + 1}:{amount - first}" if split else "",
                "standing": standing[r["group"]],
            }
        )  # fmt: skip
    if rows:
        rows.append(
            {**rows[0], "kind": "upkeep", "fund": "recurrent", "amount": 250_000_000,
             "schedule": "", "standing": "other"}
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    frame.insert(0, "line", range(1, len(frame) + 1))
    return frame


def _ledger(made: Scenario, allocation: pd.DataFrame) -> pd.DataFrame:
    from planner.analysis.unmet import payments

    paid = payments(Plan(made, allocation, *[pd.DataFrame()] * 4))  # type: ignore[arg-type]
    rows = []
    for name in ("capital", "recurrent"):
        for year in sorted(made.settings.funds[name].amounts):
            mine = paid[(paid["fund"] == name) & (paid["year"] == year)]
            kinds = mine.groupby("kind")["amount"].sum()
            spent = int(mine["amount"].sum())
            usable = max(int(spent * 1.07), 10**9)
            amount = usable * 10 // 9
            rows.append(
                {
                    "fund": name, "school": "", "year": int(year), "amount": amount,
                    "reserve": amount - usable, "usable": usable, "carried_in": 0,
                    "purchases": int(kinds.get("purchase", 0)), "setup": 0, "requests": 0,
                    "upkeep": int(kinds.get("upkeep", 0)), "spent": spent,
                    "carried_out": 0, "lapsed": usable - spent,
                }
            )  # fmt: skip
    proposals = allocation[allocation["standing"] == "proposal"]
    for school, amount in proposals.groupby("school")["amount"].sum().items():
        most = max(900_000_000, int(amount))
        rows.append(
            {
                "fund": "projects", "school": school, "year": 2026, "amount": most,
                "reserve": 0, "usable": most, "carried_in": 0, "purchases": int(amount),
                "setup": 0, "requests": 0, "upkeep": 0, "spent": int(amount),
                "carried_out": 0, "lapsed": most - int(amount),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _obligations() -> pd.DataFrame:
    rows = []
    for k, year in enumerate((2026, 2027, 2028)):
        rows.append((year, "recurrent", "upkeep", "stock", 800_000_000, 800_000_000))
        rows.append((year, "recurrent", "upkeep", "plan", 2_400_000_000, 2_000_000_000))
        rows.append((year, "", "upkeep", "proposal", 300_000_000, 0))
        if k == 0:
            rows.append((year, "recurrent", "instalment", "plan", 1_500_000_000, 1_500_000_000))
    names = ["year", "fund", "kind", "origin", "amount", "funded"]
    return pd.DataFrame(rows, columns=names)


def _schools(made: Scenario, coverage: pd.DataFrame, allocation: pd.DataFrame) -> pd.DataFrame:
    s = made.schools
    late = s["group"].eq("preparing").map({True: 2026, False: 2025})
    year_of = dict(zip(s["school"], late, strict=True))
    last = coverage[coverage["year"] == coverage["school"].map(year_of)]
    mean = last.groupby("school")[["before", "after"]].mean()
    people = coverage.groupby("school")["people"].sum()
    bought = allocation[allocation["kind"] != "upkeep"]
    proposal = bought["standing"] == "proposal"
    spent = bought[~proposal].groupby("school")["amount"].sum()
    proposed = bought[proposal].groupby("school")["amount"].sum()
    upkeep = allocation[allocation["kind"] == "upkeep"].groupby("school")["amount"].sum()

    def money(series: pd.Series) -> pd.Series:
        return s["school"].map(series).fillna(0).astype("int64")

    return pd.DataFrame(
        {
            "school": s["school"], "name": s["name"], "level": s["level"], "group": s["group"],
            "pupils": s["pupils"], "spent": money(spent), "upkeep": money(upkeep),
            "proposed": money(proposed), "coverage_before": s["school"].map(mean["before"]),
            "coverage_after": s["school"].map(mean["after"]),
            "people": s["school"].map(people).fillna(0.0),
        }
    )  # fmt: skip
