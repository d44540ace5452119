"""Criteria as data: what ``check`` says of a set of criteria and of measured points."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from reference import Reference
from scenario_samples import FILES, write_files
from tiny import fund, item, norm, refused, school, tiny

from planner.analysis.conflict import repairs
from planner.analysis.criteria import criteria
from planner.analysis.explain import explain_school
from planner.messages import LANGUAGES, render
from planner.present import figures
from planner.present.content import Paragraph, Table
from planner.present.executing import status_text
from planner.present.explanation import changed_in_words, why_text
from planner.present.papers.evidence import coverage_appendix
from planner.present.papers.view import View
from planner.present.summary import summary
from planner.run import folder
from planner.run.optimize import optimize
from planner.scenario.load import inspect
from planner.scenario.scenario import Scenario
from planner.solving.solution import Status
from planner.vocabulary.axes import Criteria, level_of

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
        ("b,t1,2022,1\nb,t1,2023,7\n", ["criterion_measured_late:3:year"]),
    ],
)
def test_measured_points(tmp_path: Path, points: str, said: list[str]) -> None:
    """Proves points stay within the criterion's most, a condition within 0 and 1, two years may
    stand but not one twice, a level that is not named is outside, a measurement in the plan's own
    years (from 2023) is said; each rule left out loses its finding."""
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


# ---- rules, against every plan of tiny scenarios ---------------------------------------------


def drawn(seed: int) -> Scenario:
    """Two schools, items and years, three criteria with points in proportion and in
    steps, some unmeasured; stock that wears out; a rule of points or of schools."""
    chance = random.Random(seed)
    names = ("a", "b")
    schools = [school(n, pupils=chance.randint(1, 9), classes=chance.randint(1, 2)) for n in names]
    items = [item("pc", price=1, life=chance.choice((1, 2, 9))), item("tv", price=2)]
    keys = ("criterion", "item", "points", "reached")
    pairs = [p for p in product(("t1", "t2", "m1"), ("pc", "tv")) if chance.random() < 0.6]
    brings = [(*p, chance.choice((5, 12, 30)), chance.choice((None, None, "0.5", "1")))
              for p in pairs]  # fmt: skip
    group = {"t1": "teaching", "t2": "teaching", "m1": "management"}
    measured = [(s, k) for s in names for k in group if chance.random() < 0.93]
    where: dict[str, Any] = {"criteria_group": "teaching"} if chance.random() < 0.6 else {}
    rule: dict[str, Any]
    if chance.random() < 0.5:
        rule = {"measure": "points", "where": where, "for_each": ["school"],
                "at_least": chance.choice((30, 45, 60))}  # fmt: skip
    else:
        where |= {"reaches": chance.choice((2, 3))}
        rule = {"measure": "schools", "where": where, "at_least": chance.randint(1, 2)}
    funds = {"cap": fund({2023: chance.randint(0, 4), 2024: chance.randint(0, 4)})}
    tables = {
        "criteria": [{"criterion": k, "name": k, "group": g, "most": chance.choice((40, 70, 90))}
                     for k, g in group.items()],
        "criterion_items": [dict(zip(keys, row, strict=True)) for row in brings],
        "indicators": [{"school": s, "criterion": k, "year": 2022,
                        "value": chance.choice((0, 5, 20, 35, 38))} for s, k in measured],
        "inventory": [{"school": s, "item": "pc", "quantity": 1, "acquired": 2022,
                       "usable_until": chance.choice((2023, 2030))}
                      for s in names if chance.random() < 0.5],
    }  # fmt: skip
    return tiny(schools=schools, items=items, norms=[norm("pc"), norm("tv", every=2)], funds=funds,
                tables=tables, rules={"r": rule}, years=(2023, 2024))  # fmt: skip


def agrees(seed: int) -> str:
    """The proven optimum is that of every plan looked at; gives how it ended."""
    scenario = drawn(seed)
    result, best = optimize(scenario, gap=0, threads=1), Reference(scenario).best()
    if best is None:
        assert result.status is Status.INFEASIBLE, seed
    else:
        assert result.status is Status.OPTIMAL, seed
        assert result.value == pytest.approx(best, abs=1e-6), seed
    return "none" if best is None else "some"


def test_the_best_of_all_plans_is_found() -> None:
    """A column that points cannot reach, a step too low, a school that is counted though it was
    not measured: each would show as another value, or as a plan where there is none."""
    ended = Counter(agrees(seed) for seed in range(5))
    assert min(ended["none"], ended["some"]) >= 1


def two(cap: int = 40, b: int = 40, **rule: Any) -> Scenario:
    """Schools a and b with 40 points, 10 more a unit of 4; four units can be bought."""
    tables = {
        "criteria": [CRITERIA[0] | {"most": 100}],
        "criterion_items": [{"criterion": "t1", "item": "pc", "points": 40}],
        "indicators": [
            {"school": s, "criterion": "t1", "year": 2022, "value": value}
            for s, value in (("a", 40), ("b", b))
        ],
    }
    schools = [school("a"), school("b", pupils=60)]
    return tiny(schools=schools, cap=cap, tables=tables, rules={"r": rule} if rule else {})


BOTH = {"measure": "schools", "where": {"reaches": 2}, "at_least": 2}
FALSE: dict[str, tuple[str, Any]] = {
    "ten points more": ("planner.vocabulary.axes.Criteria.unbounded",
                     lambda of, *given: RIGHT(of, *given) + 10),
    "a lower level": ("planner.vocabulary.axes.LEVEL_FROM", {2: Fraction(39), 3: Fraction(60)}),
    "no row": ("planner.formulation.scenario_rules.RuleRows._measured",
               lambda self, statement, keys: ([], None)),
}  # fmt: skip
RIGHT = Criteria.unbounded


@pytest.mark.parametrize("name", FALSE)
def test_a_falsified_reading_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Points, levels and rows are the audit's own: falsified in what makes plans, none comes out.
    All would be bought at a (100 points of value) and b stay at 40 points."""
    assert optimize(two(**BOTH)).value == pytest.approx(90)
    path, false = FALSE[name]
    module, owner, attribute = path.rsplit(".", 2)
    if owner[0].islower():  # a constant of a module, known by name in others
        for place in ("planner.vocabulary.axes", "planner.formulation.scenario_rules"):
            monkeypatch.setattr(f"{place}.{attribute}", false)
    else:
        monkeypatch.setattr(getattr(import_module(module), owner), attribute, false)
    assert refused(two(**BOTH))


@pytest.mark.slow
def test_the_best_of_all_plans_is_found_at_length() -> None:
    """The same, of many."""
    ended = Counter(agrees(seed) for seed in range(100, 400))
    assert min(ended["none"], ended["some"]) >= 30


def test_why_a_school_is_not_at_the_next_level() -> None:
    """All four units go to a, 80 points; b has 40 and lacks 10, one unit of four: 10 more money,
    and nobody loses anything. Level 3 of a is reached, so it has no next one; were b measured at 5,
    its four units (45) could not reach 50, and nothing would be offered."""
    plan = optimize(two())
    found = explain_school(plan.plan, "b", plan.value, plan.bound)
    level = next(n for n in found.needs if n.kind == "level")
    assert (level.item, level.need, level.in_service, level.reason) == (
        "teaching", 50, 40, "outbid",
    )  # fmt: skip
    assert level.by_money is not None
    assert level.by_money.money == 10
    assert level.added.to_dict("records") == [{"item": "pc", "quantity": 1.0, "amount": 10}]
    told = why_text(found, "vi", 200)
    assert (
        "Mức 2 ở nhóm tiêu chí «Dạy, học»: ước tính năm 2023 được 40,0 điểm, còn thiếu 10,0" in told
    )
    assert "pc +1" in told
    of_a = explain_school(plan.plan, "a", plan.value, plan.bound)
    assert not [n for n in of_a.needs if n.kind == "level"]
    plan = optimize(two(b=5))
    found = explain_school(plan.plan, "b", plan.value, plan.bound)
    assert [n.reason for n in found.needs if n.kind == "level"] == ["beyond"]


def test_a_floor_of_points_can_be_repaired() -> None:
    """60 points for b take two units; with one in all, the floor falls to 50, or the money rises by
    10. Read as percentage points the change would be a hundred times as large."""
    rule = {"measure": "points", "where": {"school": "b"}, "at_least": 60}
    poor = two(10, **rule)
    assert optimize(poor).status is Status.INFEASIBLE
    found = repairs(poor)
    texts = [changed_in_words(r.changes, poor, "vi") for r in found.found]
    assert any("60 → 50 (−10 điểm)" in text for text in texts)
    assert any(r.result.plan.spent == 20 for r in found.found)


# ---- what a million buys, in the plan and of what was delivered -------------------------------


def test_what_a_million_buys(tmp_path: Path) -> None:
    """Four units at a, 40 đồng: 100 pupil-years and 40 points, so 2.5 million and 1 million for a
    million. Two of them delivered at 15 each are worth 50 and 20 for 30 đồng. Counted at the plan's
    price, or all four as delivered, the rates would be the plan's."""
    result = optimize(two())
    (row,) = criteria(result).by_item.to_dict("records")
    assert (row["amount"], row["people"], row["points"]) == (40, 100, 40)
    assert (row["people_per_million"], row["points_per_million"]) == (2.5e6, 1e6)
    plan = folder.write(result, tmp_path / "plan")
    sheet = tmp_path / "executed.csv"
    sheet.write_text(
        "line,status,quantity,amount,date\n1,contracted,4,60,2023-03-01\n1,delivered,2,,2023-04-01\n",
        encoding="utf-8",
    )
    found = criteria(folder.read(plan), sheet)
    (kind,) = found.bought.to_dict("records")
    assert (kind["item"], kind["level"], kind["group"]) == ("pc", "primary", "completed")
    (row,) = found.by_item.to_dict("records")
    assert (row["amount"], row["done_amount"]) == (40, 30)
    assert (row["done_people"], row["done_points"]) == (50, 20)
    assert row["done_people_per_million"] == pytest.approx(50e6 / 30)
    assert found.status is not None
    assert "MỖI 1.000.000 đồng MUA ĐƯỢC BAO NHIÊU" in status_text(found.status, "vi")
    assert "MỖI 1.000.000 đồng MUA ĐƯỢC BAO NHIÊU" in summary(result, "vi")


def test_the_figure_of_what_a_million_buys() -> None:
    """The bar is the rate of all funded schools, the dot that of the level; drawn where there are
    criteria alone."""
    plan = optimize(two()).plan
    (ax,) = figures.effectiveness(plan).axes
    (bar,) = [p for p in ax.patches if p.get_gid() == "people:pc"]
    assert bar.get_width() == pytest.approx(2.5e6)
    assert [float(x) for line in ax.lines for x in line.get_xdata()] == [2.5e6]
    assert "1.000.000,00 điểm" in [text.get_text() for text in ax.texts]
    assert "effectiveness" in figures.figure_names(plan)
    assert "effectiveness" not in figures.figure_names(optimize(tiny(cap=10)).plan)


def test_the_papers_show_what_was_measured(tmp_path: Path) -> None:
    """Appendix V: a criterion's means (40 → 60: a 80, b 40), its levels, and the mark that nobody
    has checked it; the table of indicators holds none of it a second time."""
    view = View(folder.read(folder.write(optimize(two()), tmp_path / "plan")), "vi")
    blocks = coverage_appendix(view, "V").blocks
    tables = {b.key: b for b in blocks if isinstance(b, Table)}
    rows = [r.cells for r in tables["coverage.criteria"].rows]
    assert rows == [("Dạy, học", None, None, None, None), ("t1 Phòng máy", 2, 100.0, 40.0, 60.0)]
    (levels,) = [r.cells for r in tables["coverage.levels"].rows]
    assert levels == ("Dạy, học", 2, 40.0, 60.0, 2, 0, 0, 1, 0, 1)
    assert "coverage.indicators" not in tables
    notes = " ".join(b.text for b in blocks if isinstance(b, Paragraph))
    assert "chưa đối chiếu" in notes
    assert "có thiết bị là điều kiện, chưa phải là sử dụng" in notes
