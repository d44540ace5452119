"""Criteria as data: what ``check`` says of a set of criteria and of measured points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scenario_samples import FILES, write_files
from tiny import fund, item, norm, school, tiny

from planner.analysis.criteria import criteria
from planner.messages import LANGUAGES, render
from planner.present.summary import summary
from planner.run.optimize import optimize
from planner.scenario.load import inspect
from planner.vocabulary.axes import level_of

SET = """criterion,name,group,most,mandatory,levels
p,Kế hoạch,teaching,,yes,lower_secondary
t1,Phòng máy,teaching,60,,
t2,Học liệu,teaching,40,,
m1,Sổ điểm,management,90,,
"""
COLUMNS = "criterion,item,points,reached\n"
BRINGS = COLUMNS + "t1,pc,30,\nt1,pc,10,0.5\n"
HEAD = "school,criterion,year,value\n"


def findings(tmp_path: Path, points: str = "", brings: str = BRINGS, of: str = SET) -> list[str]:
    """What reading says of the three tables, and that it can be said in both languages."""
    files = FILES | {"criteria.csv": of, "criterion_items.csv": brings}
    files |= {"indicators.csv": HEAD + points}
    names = "\n  criteria: criteria.csv\n  criterion_items: criterion_items.csv"
    place = "  indicators: indicators.csv"
    files["base.yaml"] = files["base.yaml"].replace(place, place + names)
    _, found, _ = inspect(write_files(tmp_path / "s", files) / "base.yaml")
    mine = [f for f in found if "criteri" in str(f.where) or "indicators" in str(f.where)]
    for lang in LANGUAGES:
        assert all("{" not in render(f, lang) for f in mine)
    return [f"{f.code}:{f.where.row}:{f.where.column}" for f in mine]


SUM = "criteria_group_sum:5:group"
"""Of the set above only the group of management does not sum to 100."""


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("b,t1,2022,60\nd,p,2022,1\n", []),
        ("b,t1,2022,60.5\n", ["indicator_above:2:value"]),
        ("d,p,2022,2\n", ["indicator_above:2:value"]),
        ("b,t1,2021,7\nb,t1,2022,5\n", []),
        ("b,t1,2022,7\nb,t1,2022,5\n", ["row_twice:3:school"]),
        ("b,p,2022,1\n", ["criterion_outside:2:criterion"]),
        ("b,t1,2022,1\nb,t3,2022,7\n", ["criterion_unlisted:3:criterion"]),
    ],
)
def test_measured_points(tmp_path: Path, points: str, said: list[str]) -> None:
    """Proves points stay within the criterion's most, a condition within 0 and 1, two years may
    stand but not one twice, a level that is not named is outside; each rule left out loses its
    finding."""
    assert sorted(findings(tmp_path, points)) == sorted([SUM, *said])


@pytest.mark.parametrize(
    ("brings", "said"),
    [
        ("t1,pc,60,\n", []),
        ("t1,pc,30,\nt1,pc,31,1\n", ["criterion_items_above:3:points"]),
        ("t9,pc,1,\n", ["id_unknown:2:criterion"]),
        ("t1,pd,1,\n", ["id_unknown:2:item"]),
        ("t1,pc,1,0.5\nt1,pc,2,0.5\n", ["row_twice:3:criterion"]),
    ],
)
def test_points_from_equipment(tmp_path: Path, brings: str, said: list[str]) -> None:
    """Proves equipment brings no more than a criterion has, and names what there is."""
    found = findings(tmp_path, "", COLUMNS + brings)
    assert sorted(found) == sorted([SUM, *said])


def test_a_group_sums_to_100_at_each_level(tmp_path: Path) -> None:
    """With t2 at primary schools alone lower secondary schools are measured out of 60: said, and of
    which levels. Summing the whole group (100) would say nothing."""
    of = SET.replace("t2,Học liệu,teaching,40,,", "t2,Học liệu,teaching,40,,primary")
    assert findings(tmp_path, of=of) == ["criteria_group_sum:3:group", SUM]


# ---- before and after, solved by hand --------------------------------------------------------

CRITERIA = [
    {"criterion": "t1", "name": "Phòng máy", "group": "teaching", "most": 60},
    {"criterion": "t2", "name": "Học liệu", "group": "teaching", "most": 40},
]


def estimated(
    cap: int, points: list[dict[str, Any]], measured: dict[str, float], **more: Any
) -> dict[str, float]:
    """Criterion → estimated points of school a, whose need is 10 pc at 1, 2 of them there."""
    tables = {
        "criteria": CRITERIA,
        "criterion_items": [{"criterion": "t1", "item": "pc"} | p for p in points],
        "indicators": [{"school": "a", "criterion": k, "year": 2022, "value": v}
                       for k, v in measured.items()],
        "inventory": [{"school": "a", "item": "pc", "quantity": 2, "acquired": 2020}],
    }  # fmt: skip
    tables |= more.pop("tables", {})
    scenario = tiny(
        schools=[school("a", pupils=10)], items=[item("pc", price=1, **more.pop("item", {}))],
        norms=[norm("pc", per="pupils", every=1)], cap=cap, tables=tables, **more,
    )  # fmt: skip
    found = criteria(optimize(scenario)).points
    return dict(zip(found["criterion"], found["after"], strict=True))


def test_points_rise_with_coverage_gained() -> None:
    """2 of 10 there, 4 bought: coverage 0.2 → 0.6, of 30 points 12 more than the 20 measured. By
    coverage reached it would be 38; t2, which no equipment brings, stays at 7."""
    assert estimated(4, [{"points": 30}], {"t1": 20, "t2": 7}) == {"t1": 32, "t2": 7}


def test_points_stay_within_the_most() -> None:
    """8 bought: 0.8 × 30 = 24 beyond 50 measured would be 74 of 60."""
    assert estimated(8, [{"points": 30}], {"t1": 50}) == {"t1": 60}


def test_a_step_counts_all_at_once() -> None:
    """A step at 0.7 of 10: with 4 bought 6 serve and nothing is gained, with 5 bought all 10
    points are; in proportion it would be 5 of them."""
    step = [{"points": 10, "reached": "0.7"}]
    assert estimated(4, step, {"t1": 20}) == {"t1": 20}
    assert estimated(5, step, {"t1": 20}) == {"t1": 30}


def test_what_is_renewed_is_no_gain_and_what_wears_out_is_lost() -> None:
    """Both pc wear out before the second year. Two bought then: coverage is 0.2 as it was, 20
    points as measured; counted against the year without a plan they would be 26. Nothing bought:
    14."""
    two = {"years": (2023, 2024), "item": {"life": 4}}
    bought = {"funds": {"cap": fund({2024: 2})}}
    assert estimated(0, [{"points": 30}], {"t1": 20}, **two, **bought) == {"t1": 20}
    assert estimated(0, [{"points": 30}], {"t1": 20}, **two) == {"t1": 14}


def test_levels_and_what_has_none() -> None:
    """a: 50 − 0 → 50 + 0.8 × 30 = 74 and 2 measured: level 2 before (52) and, at 76, level 3 after;
    75 exactly would be level 2. b was measured in t1 alone: no sum, no level; c not at all."""
    names = ("a", "b", "c")
    rows = [("a", "t1", 2021, 1), ("a", "t1", 2022, 50), ("a", "t2", 2022, 2), ("b", "t1", 2022, 9)]
    keys = ("school", "criterion", "year", "value")
    tables = {
        "criteria": [CRITERIA[0] | {"most": 80}, CRITERIA[1]],
        "criterion_items": [{"criterion": "t1", "item": "pc", "points": 30}],
        "indicators": [dict(zip(keys, row, strict=True)) for row in rows],
        "inventory": [{"school": "a", "item": "pc", "quantity": 2, "acquired": 2020}],
    }  # fmt: skip
    schools = [school(n, pupils=10) for n in names] + [school("m", pupils=10, level="preschool")]
    norms = [norm("pc", per="pupils", every=1)]
    result = optimize(tiny(schools=schools, items=[item("pc", price=1)], norms=norms, cap=28,
                           tables=tables))  # fmt: skip
    found = criteria(result)
    (row,) = found.schools.to_dict("records")
    assert [row[k] for k in ("school", "before", "after", "level_before", "level_after")] == [
        "a", 52, 76, 2, 3,
    ]  # fmt: skip
    assert found.unmeasured == (("b", "teaching", 1), ("c", "teaching", 2))
    assert level_of(75) == 2
    (sums,) = found.sums.to_dict("records")
    assert (sums["schools"], sums["before_2"], sums["after_3"]) == (1, 1, 1)
    text = " ".join(summary(result, "vi").split())
    assert "có thiết bị là điều kiện, chưa phải là sử dụng" in text
    assert "(2 trường): b, c." in text
