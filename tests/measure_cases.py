"""The cases of the measures: what a scenario's own rule may sum, solved and said by hand.

Each measure stands here with each bound that it may have, alone, in rows and as a share
(:data:`CASES`), and as a sentence in both languages (:data:`SAID`). Schools ``a`` (group 1, 100
pupils) and ``b`` (group 2, 60 pupils) need four computers each at 10: a unit is worth 25 points at
``a`` and 15 at ``b``. From 40 and without a rule all four go to ``a``: 100. ``free`` is what the
same scenario gives without the rule, so a rule that was not formulated would give that; other wrong
answers are said beside the case.
"""

from __future__ import annotations

from typing import Any

from rule_cases import SCHOOLS, TWO_YEARS
from test_requests import ask, cost
from tiny import item, school

UC = {"group": "under_construction"}


def share(part: str, **of: Any) -> dict[str, Any]:
    """A share of all, or of what ``of`` selects."""
    return {"share": part, "of": of} if of else {"share": part}


BUDGET = {"share": "0.5", "of": "budget"}
C = school("c", classes=1, pupils=10)
REQUESTS = {
    "requests": [ask("r", 9), ask("q", 8), ask("s", 3) | {"school": "b"}, ask("t", -1)],
    "request_costs": [cost("r", 10), cost("q", 10), cost("s", 10), cost("t", 5)],
}
ALONE = {"items": [], "norms": [], "tables": {"catalogue": [], **REQUESTS}, "cap": 30}


def scored(most: int = 100, **found: tuple[int, int]) -> dict[str, Any]:
    """School → points measured in teaching, to which each of its four units adds 10, and in
    management."""
    points = [(s, k, n) for s, both in found.items() for k, n in zip("tm", both, strict=True)]
    group = {"t": "teaching", "m": "management"}
    return {"tables": {
        "criteria": [{"criterion": k, "name": k, "group": g, "most": most}
                     for k, g in group.items()],
        "criterion_items": [{"criterion": "t", "item": "pc", "points": 40}],
        "indicators": [{"school": s, "criterion": k, "year": 2022, "value": n}
                       for s, k, n in points],
    }}  # fmt: skip


TEACHING = {"criteria_group": "teaching"}
CASES: dict[str, tuple[float, float, dict[str, Any], dict[str, Any]]] = {
    # name: value, free, rule, other arguments of ``tiny``
    # ---- spend
    "spend at most": (80, 100, {"where": {"school": "a"}, "at_most": 20}, {}),
    "spend at least": (80, 100, {"where": UC, "at_least": 20}, {}),
    "spend at least, up to the next unit (not 90)": (80, 100, {"where": UC, "at_least": 11}, {}),
    "spend exactly, of requests": (
        9 + 8 - 1, 20, {"where": {"kind": "request"}, "exactly": 25}, ALONE),
    "spend each school": (90, 100, {"for_each": ["school"], "at_most": 30}, {}),
    "spend each year (50 + 25 of a unit each)": (
        150 + 25 + 30, 260, {"for_each": ["year"], "at_most": 30}, TWO_YEARS),
    "spend each school and year": (
        100 + 60 + 50 + 30, 320, {"for_each": ["school", "year"], "at_most": 20},
        TWO_YEARS | {"cap": {2023: 80, 2024: 40}}),
    "spend a year of each group": (
        100 + 60 + 50 + 30, 260, {"where": {"year": 2023}, "for_each": ["group"], "at_most": 20},
        TWO_YEARS),
    "spend at least a share": (90, 100, {"where": UC, "at_least": share("0.25")}, {}),
    "spend at most a share": (80, 100, {"where": {"school": "a"}, "at_most": share("0.5")}, {}),
    "spend a share of a selection": (
        80, 100, {"where": UC, "at_least": share("0.5", school="a")}, {}),
    "spend a share of the budget": (80, 100, {"where": UC, "at_least": BUDGET}, {}),
    "spend a share each year (once over both years: 245)": (
        200 - 50 + 30 + 25 + 45, 260, {"where": UC, "for_each": ["year"],
        "at_least": share("0.25")}, TWO_YEARS),
    # ---- quantity
    "quantity at most": (70, 100, {"where": {"school": "a"}, "at_most": 1}, {}),
    "quantity at least": (90, 100, {"where": UC, "at_least": 1}, {}),
    "quantity exactly": (70, 100, {"where": UC, "exactly": 3}, {}),
    "quantity each school": (90, 100, {"for_each": ["school"], "at_least": 1}, {}),
    "quantity each group and item": (90, 100, {"for_each": ["group", "item"], "at_most": 3}, {}),
    "quantity each level (both are primary)": (
        75, 100, {"for_each": ["level"], "at_most": 3}, {}),
    "quantity at most a share": (
        80, 100, {"where": {"school": "a"}, "at_most": share("0.5")}, {}),
    "quantity exactly a share": (
        80, 100, {"where": {"school": "a"}, "exactly": share("0.5")}, {}),
    "quantity a share of a selection": (
        80, 100, {"where": UC, "at_least": share("1", school="a")}, {}),
    # ---- coverage
    "coverage at least": (80, 100, {"where": UC | {"item": "pc"}, "at_least": "0.5"}, {}),
    "coverage each school": (
        90, 100, {"where": {"item": "pc"}, "for_each": ["school"], "at_least": "0.25"}, {}),
    "coverage each item": (
        80, 100, {"where": UC, "for_each": ["item"], "at_least": "0.5"}, {}),
    "coverage weighed by need (the mean of both schools: 75)": (
        70, 100, {"where": {"item": "pc", "school": ["b", "c"]}, "at_least": "0.6"},
        {"schools": [*SCHOOLS, C]}),
    "coverage each year (in 2024 alone: 260)": (
        200 - 50 + 30 + 25 + 45, 260,
        {"where": UC | {"item": "pc"}, "for_each": ["year"], "at_least": "0.25"}, TWO_YEARS),
    "coverage skips a school without need": (
        90, 100, {"where": {"item": "pc"}, "for_each": ["school"], "at_least": "0.25"},
        {"schools": [*SCHOOLS, school("d", classes=0)]}),
    "coverage skips a school that is not ready (else infeasible)": (
        100, 100, {"where": {"item": "pc"}, "for_each": ["school"], "at_least": "0.75"},
        {"schools": [SCHOOLS[0], SCHOOLS[1] | {"ready": 2024}],
         "items": [item("pc", on_site=True)]}),
    # ---- points
    "points of one school (two units)": (
        80, 100, {"where": TEACHING | {"school": "b"}, "at_least": 60},
        scored(a=(40, 55), b=(40, 55))),
    "points each school": (
        90, 100, {"where": TEACHING, "for_each": ["school"], "at_least": 50},
        scored(a=(40, 55), b=(40, 55))),
    "points each school and group (the sum of both would do)": (
        90, 100, {"for_each": ["school", "criteria_group"], "at_least": 50},
        scored(a=(40, 55), b=(40, 55))),
    "points by criterion": (
        90, 100, {"where": {"criterion": "t"}, "for_each": ["school"], "at_least": 50},
        scored(a=(40, 55), b=(40, 55))),
    "points within the most (a mean of 60 with 80 and 40: 100)": (
        80, 100, {"where": TEACHING, "at_least": 60}, scored(60, a=(40, 55), b=(40, 55))),
    "points each year (at the end alone: 260)": (
        75 + 15 + 100 + 60, 260, {"where": TEACHING, "for_each": ["school", "year"],
        "at_least": 50}, TWO_YEARS | scored(a=(40, 55), b=(40, 55))),
    "points skips a school that is not measured (else 90)": (
        100, 100, {"where": TEACHING, "for_each": ["school"], "at_least": 50},
        scored(a=(40, 55))),
    # ---- schools
    "schools at level 2": (
        90, 100, {"where": TEACHING | {"reaches": 2}, "at_least": 2},
        scored(a=(40, 55), b=(40, 55))),
    "schools at level 3, above 75 (three units, 75: 45 + 25)": (
        60, 100, {"where": TEACHING | {"reaches": 3, "school": "b"}, "at_least": 1},
        scored(a=(40, 55), b=(45, 55))),
    "schools at a level in every group (a has it in one: 100)": (
        90, 100, {"where": {"reaches": 2}, "at_least": 1}, scored(a=(40, 30), b=(40, 55))),
    "schools each group": (
        90, 100, {"where": TEACHING | {"reaches": 2}, "for_each": ["group"], "at_least": 1},
        scored(a=(40, 55), b=(40, 55))),
    # ---- requests
    "requests at most": (9, 20, {"at_most": 1}, ALONE),
    "requests at least": (19, 20, {"at_least": 4}, ALONE | {"cap": 35}),
    "requests exactly": (17, 20, {"exactly": 2}, ALONE),
    "requests each school": (12, 20, {"for_each": ["school"], "at_most": 1}, ALONE),
    "requests named": (
        3, 20, {"where": {"request": ["r", "q"]}, "at_most": 0}, ALONE),
    "requests at most a share": (
        12, 20, {"where": {"school": "a"}, "at_most": share("0.5")}, ALONE),
    "requests a share of a selection": (
        12, 20, {"where": {"school": "b"}, "at_least": share("1", school="a")}, ALONE),
}  # fmt: skip

WISHES: dict[str, tuple[float, str, dict[str, Any], dict[str, Any]]] = {
    # name: value, price, rule, other arguments; obeyed it would cost 20 points
    "money, cheap to miss: 20 × 0.5": (90, "0.5", {"measure": "spend", "where": UC,
                                                  "at_least": 20}, {}),
    "money, dear to miss": (80, "2", {"measure": "spend", "where": UC, "at_least": 20}, {}),
    "money above": (90, "0.5", {"measure": "spend", "where": {"school": "a"}, "at_most": 20}, {}),
    "units": (94, "3", {"measure": "quantity", "where": UC, "at_least": 2}, {}),
    "units exactly": (94, "3", {"measure": "quantity", "where": UC, "exactly": 2}, {}),
    "percentage points: 50 × 0.1": (95, "0.1", {"measure": "coverage", "at_least": "0.5",
                                                "where": UC | {"item": "pc"}}, {}),
    "percentage points, dear": (80, "1", {"measure": "coverage", "at_least": "0.5",
                                          "where": UC | {"item": "pc"}}, {}),
    "points: 20 × 0.5": (90, "0.5", {"measure": "points", "at_least": 60,
                                    "where": TEACHING | {"school": "b"}},
                         scored(a=(40, 55), b=(40, 55))),
    "schools": (94, "6", {"measure": "schools", "at_least": 2, "where": TEACHING | {"reaches": 2}},
                scored(a=(40, 55), b=(40, 55))),
    "requests": (20 - 2, "2", {"measure": "requests", "at_least": 4}, ALONE),
    "a share, missed by 20 đồng": (90, "0.5", {"measure": "spend", "where": UC,
                                              "at_least": share("0.5")}, {}),
}  # fmt: skip

SAID: list[tuple[dict[str, Any], str, str]] = [
    (
        {"measure": "spend", "where": {"group": "under_construction"}, "for_each": ["year"],
         "at_least": {"share": "0.20"}},
        "Mỗi năm, nhóm 2 nhận ít nhất 20% tổng chi",
        "Each year, group 2 gets at least 20% of total spending",
    ),
    (
        {"measure": "spend", "for_each": ["school"], "at_most": 3_000_000_000},
        "Mỗi trường nhận không quá 3.000.000.000 đồng",
        "Each school gets at most 3,000,000,000 VND",
    ),
    (
        {"measure": "spend", "where": {"group": ["completed", "none"], "pillar": "software"},
         "for_each": ["school", "year"], "at_least": 5, "at_most": 10},
        "Mỗi năm, mỗi trường thuộc nhóm 1 và nhóm không có dự án nhận ít nhất 5 đồng và không quá "
        "10 đồng cho trụ cột «Phần mềm và quản trị»",
        "Each year, each school of group 1 and the group without a project gets at least 5 VND and "
        "at most 10 VND for the pillar “Software”",
    ),
    (
        {"measure": "spend", "where": {"fund": "cap", "year": [2023, 2024]},
         "at_most": {"share": "0.125", "of": "budget"}},
        "Tổng chi từ nguồn Vốn đầu tư năm 2023 và 2024 không quá 12,5% tiền của các nguồn vốn",
        "Total spending from Capital in 2023 and 2024 is at most 12.5% of the funds' money",
    ),
    (
        {"measure": "spend", "where": {"kind": "upkeep"}, "for_each": ["owner"], "at_most": 7},
        "Mỗi «chủ ngân sách», tổng chi để vận hành, duy trì không quá 7 đồng",
        "Each “owner”, total spending for upkeep is at most 7 VND",
    ),
    (
        {"measure": "quantity", "where": {"item": "pc", "level": "primary"}, "for_each": ["year"],
         "exactly": 4},
        "Mỗi năm, số lượng mua «Máy vi tính» cho cấp tiểu học đúng 4 đơn vị",
        "Each year, the number of units bought of “Computers” for primary level is exactly 4 units",
    ),
    (
        {"measure": "quantity", "where": {"owner": "p1"},
         "at_least": {"share": "0.5", "of": {"item": "pc"}}},
        "Số lượng mua cho trường có chủ ngân sách là p1 ít nhất 50% số lượng mua «Máy vi tính»",
        "The number of units bought for schools whose owner is p1 is at least 50% of the number of "
        "units bought of “Computers”",
    ),
    (
        {"measure": "coverage", "where": {"item": "pc", "year": 2025}, "for_each": ["level"],
         "at_least": "0.8", "firmness": "wish", "price": 150},
        "Mỗi cấp học, tỷ lệ đáp ứng nhu cầu về «Máy vi tính» năm 2025 ít nhất 80%; được phép chưa "
        "đạt, mỗi điểm phần trăm thiếu trừ 150 điểm",
        "Each level, coverage of the need for “Computers” in 2025 is at least 80%; it may be "
        "missed at 150 points for each percentage point",
    ),
    (
        {"measure": "requests", "where": {"school": "a"}, "at_least": 2},
        "Số đề nghị được chọn của Trường a ít nhất 2",
        "The number of requests chosen of Trường a is at least 2",
    ),
    (
        {"measure": "points", "where": {"criteria_group": "teaching", "group": "completed"},
         "for_each": ["school"], "at_least": 60},
        "Mỗi trường, điểm đo, ước tính sau kế hoạch, ở nhóm tiêu chí «Dạy, học» của nhóm 1 cuối kỳ "
        "kế hoạch ít nhất 60 điểm",
        "Each school, the measured score, as estimated after the plan, in the group of criteria "
        "“Teaching and learning” of group 1 at the end of the plan is at least 60 points",
    ),
    (
        {"measure": "points", "where": {"criterion": "t1", "year": 2024}, "at_least": 1},
        "Điểm đo bình quân, ước tính sau kế hoạch, theo tiêu chí «t1 Phòng máy» năm 2024 ít nhất 1 "
        "điểm",
        "The mean measured score, as estimated after the plan, by the criterion “t1 Phòng máy” in "
        "2024 is at least 1 point",
    ),
    (
        {"measure": "schools", "where": {"reaches": 3}, "at_least": 5, "firmness": "wish",
         "price": 10},
        "Số trường đạt mức 3, ước tính sau kế hoạch, ở mọi nhóm tiêu chí cuối kỳ kế hoạch ít nhất "
        "5; được phép chưa đạt, mỗi trường thiếu trừ 10 điểm",
        "The number of schools that reach level 3, as estimated after the plan, in every group of "
        "criteria at the end of the plan is at least 5; it may be missed at 10 points for each "
        "school",
    ),
]  # fmt: skip
"""A rule, and the sentence that it is in Vietnamese and in English."""
