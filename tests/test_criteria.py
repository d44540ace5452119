"""Criteria as data: what ``check`` says of a set of criteria and of measured points."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_samples import FILES, write_files

from planner.messages import LANGUAGES, render
from planner.scenario.load import inspect

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
