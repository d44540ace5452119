"""What falls out of service, and what as many again would cost: by hand, and unit by unit."""

from __future__ import annotations

import random
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tiny import fund, item, norm, school, tiny

import planner
from planner.analysis.replacements import Replacements
from planner.plan import Plan
from planner.present import figures
from planner.present.papers.package import view_content
from planner.present.papers.view import View
from planner.present.summary import summary
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario

LIVES = 3
STOCK = (
    ("a", 3, 2019, None),  # served 2019–2021: gone before the plan
    ("a", 4, 2020, None),  # until 2022
    ("a", 7, 2022, 2024),
    ("a", 2, 2023, 2026),
    ("b", 1, 2020, None),
)
KEYS = ("school", "quantity", "acquired", "usable_until")


def mixed(every: float = 1, **more: Any) -> Scenario:
    """Two schools with stock of mixed age; ``b`` lacks four units, for which there is money.

    A unit costs 10 in 2023, then 11 and 12; the last year with a price is 2025. Two are a lot.
    """
    pc = item("pc", price_growth="0.1", life=LIVES, lot=2)
    rows = [dict(zip(KEYS, row, strict=True), item="pc") for row in STOCK]
    return tiny(
        schools=[school("a"), school("b")],
        items=[pc],
        norms=[norm("pc", every=every)],
        cap={2023: 40, 2024: 0},
        years=(2023, 2024),
        tail_years=1,
        tables={"inventory": rows},
        **more,
    )


def rows_of(found: Replacements) -> list[tuple[Any, ...]]:
    """(year, origin, units, bought, amount) of the one item."""
    table = found.table
    names = ("year", "origin", "units", "bought", "amount")
    return list(zip(*(table[n].tolist() for n in names), strict=True))


OF_STOCK = [(2023, "stock", 5, 6, 60), (2025, "stock", 7, 8, 96), (2027, "stock", 2, 2, 24)]


def test_stock_of_mixed_age_and_what_the_plan_buys() -> None:
    """2023: four of ``a`` and one of ``b``, two lots and one, 6 × 10. 2025: seven, 8 × 12. 2027,
    beyond the last price: two at that of 2025. The plan's four of 2023 serve to 2025: 2026.

    Wrong: lots over all schools together (2023: 5 → 6 only by luck, see below), the price going on
    to grow (2027: 15), the last year of service taken for the first without (2022), or the three
    that were gone in 2022 counted again.
    """
    found = planner.replacements(optimize(mixed()))
    assert rows_of(found) == sorted([*OF_STOCK, (2026, "plan", 4, 4, 48)])
    assert found.earlier == 3
    assert (found.priced, found.held) == (2025, True)
    # Five of the stock fall out by 2024. ``b`` gets four new ones for its one; ``a``, which lost
    # four, none: one is renewed. The fewer of both sums would be four.
    assert found.renewed == 1
    assert found.sums("stock") == (14, 180)
    assert found.sums("stock", range(2023, 2025)) == (5, 60)


def test_lots_are_each_schools_own() -> None:
    """Of one unit at each of two schools, two lots are bought: 4 × 10; not one of both (20)."""
    pc = item("pc", life=1, lot=2)
    rows = [{"school": s, "item": "pc", "quantity": 1, "acquired": 2022} for s in "ab"]
    schools = [school("a"), school("b")]
    found = planner.replacements(
        optimize(tiny(schools=schools, items=[pc], tables={"inventory": rows}))
    )
    assert rows_of(found) == [(2023, "stock", 2, 4, 40)]


def test_the_need_plays_no_part() -> None:
    """Twice the need, or a tenth of it: the same units of stock fall out. Were the need looked at,
    what is not needed any more would be left out."""
    for every in (0.5, 10):
        found = planner.replacements(optimize(mixed(every)))
        assert [r for r in rows_of(found) if r[1] == "stock"] == OF_STOCK


def test_proposals_stand_apart_and_begin_with_the_building() -> None:
    """Proposed into a building of 2026, one unit for three years falls out in 2029, at the price
    of 2026 (13). From the year of the decision, or as the plan's own, it would be elsewhere."""
    pc = item("pc", price_growth="0.1", life=LIVES)
    schools = [school("p", group="preparing", ready=2026, project_amount=25)]
    funds = {"cap": fund({2023: 900}), "project": {"role": "project"}}
    found = planner.replacements(optimize(tiny(schools=schools, items=[pc], funds=funds)))
    assert rows_of(found) == [(2029, "proposal", 1, 1, 13)]


def test_what_a_request_brings_falls_out_too() -> None:
    """A request taken up twice brings 2 × 3 units, which its site takes from 2024 on: 2027."""
    pc = item("pc", life=LIVES, on_site=True)
    brought = {"request": "r", "option": "x", "item": "pc", "quantity": 3, "year": 2023}
    asked = {"request": "r", "option": "x", "school": "a", "title": "", "value": 9, "copies": 2}
    tables = {
        "requests": [asked],
        "request_costs": [
            {"request": "r", "option": "x", "fund": "cap", "year": 2023, "amount": 5}
        ],
        "request_items": [brought],
    }
    scenario = tiny(
        schools=[school("a", group="under_construction", ready=2024, classes=8)],
        items=[pc],
        cap={2023: 10},
        tail_years=1,
        tables=tables,
    )
    result = optimize(scenario)
    assert rows_of(planner.replacements(result)) == [(2027, "plan", 6, 6, 60)]
    assert planner.replacements(result).lines() == {("pc", 2027): (1,)}


def test_what_serves_for_good_never_falls_out() -> None:
    """Neither of the stock nor of the plan; but a stated last year ends what has no life."""
    row = {"school": "a", "item": "pc", "quantity": 1, "acquired": 2020}
    for until, wanted in ((None, []), (2023, [(2024, "stock", 1, 1, 10)])):
        inventory = [row | {"usable_until": until}]
        found = planner.replacements(optimize(tiny(cap=20, tables={"inventory": inventory})))
        assert rows_of(found) == wanted
        assert found.held == bool(wanted)


def test_of_some_schools_only() -> None:
    """``b`` alone: its one unit of stock, its four of the plan."""
    found = planner.replacements(optimize(mixed()), ["b"])
    assert rows_of(found) == [(2023, "stock", 1, 2, 20), (2026, "plan", 4, 4, 48)]


def test_the_folder_says_the_same(tmp_path: Path) -> None:
    """From a folder, whose cells are rounded, come the same rows; and a plan is taken as it is.
    What is bought by the đồng is counted from its amount: from cells of six decimals 100 at 3 each
    would cost 99.999999, or whatever they round to."""
    scenario = tiny(items=[item("pc", 3, whole=False, life=1)], cap=10)
    result = optimize(scenario)
    wanted = rows_of(planner.replacements(result))
    assert wanted == [(2024, "plan", pytest.approx(10 / 3), pytest.approx(10 / 3), 10)]
    path = planner.write(result, tmp_path / "plan", figures=False)
    assert rows_of(planner.replacements(path)) == wanted
    assert rows_of(planner.replacements(planner.read(path).plan)) == wanted


def test_amounts_beyond_machine_integers_are_exact() -> None:
    """A billion units at 10¹⁵ are 10²⁴: a machine integer would be anything else."""
    row = {"school": "a", "item": "pc", "quantity": 10**9, "acquired": 2020}
    scenario = tiny(items=[item("pc", 10**15, life=5)], tables={"inventory": [row]})
    found = planner.replacements(optimize(scenario))
    assert [int(a) for a in found.table["amount"]] == [10**24]
    assert found.sums("stock") == (10**9, 10**24)


# ---- Said, drawn and printed.


def test_the_summary_says_it() -> None:
    """Five by 2024 for 60, nine afterwards for 120; one of the five has a new one; four of the
    plan's in 2026. Nothing is said where all serves for good."""
    text = " ".join(summary(optimize(mixed()), "en").split())
    assert "5 units in 2023–2024 (60 VND to replace), 9 afterwards (120 VND)" in text
    assert "For 1 of the 5 the plan has new units" in text
    assert "4 units fall out of service in 2026–2026 (48 VND to replace)" in text
    assert "after 2025 at that of 2025" in text
    assert "out of service" not in summary(optimize(tiny(cap=20)), "en")
    assert "hết thời hạn sử dụng: 5 đơn vị" in " ".join(summary(optimize(mixed())).split())


def test_the_figure_stacks_origins_by_year() -> None:
    """Bars of stock in 2023, 2025 and 2027, of the plan in 2026, and the units above each."""
    ax = planner.plots.replacements(optimize(mixed()), lang="en")
    bars = {c.get_label() or c.patches[0].get_gid(): c.patches for c in ax.containers}
    drawn = [
        (p.get_gid(), round(p.get_x() + p.get_width() / 2), p.get_height())
        for patches in bars.values()
        for p in patches
    ]
    assert [t.get_text() for t in ax.get_xticklabels()] == [str(y) for y in range(2023, 2028)]
    assert drawn == [("stock", 0, 60), ("stock", 2, 96), ("stock", 4, 24), ("plan", 3, 48)]
    assert {"5", "7", "2", "4"} <= {t.get_text() for t in ax.texts}


def test_far_years_are_one_bar_and_none_are_a_sentence() -> None:
    """What falls out in 2090 does not stretch the figure over seventy bars; nothing is drawn of
    what serves for good."""
    row = {"school": "a", "item": "pc", "quantity": 2, "acquired": 2020}
    far = [row | {"usable_until": 2089}, row | {"usable_until": 2070}]
    ax = planner.plots.replacements(optimize(tiny(tables={"inventory": far})), lang="en")
    assert ax.get_xticklabels()[-1].get_text() == "≥ 2043"
    assert [p.get_height() for p in ax.patches] == [40]
    figure = figures.replacements(optimize(tiny(cap=20)).plan, "en")
    assert not figure.axes[0].patches
    assert "Nothing falls out" in figure.axes[0].texts[0].get_text()


@pytest.mark.parametrize("lang", ["vi", pytest.param("en", marks=pytest.mark.slow)])
def test_the_papers_have_a_table_by_year_and_item(tmp_path: Path, lang: str) -> None:
    """A row a year and item, subtotals a year; with lines of the plan behind its own units. Every
    form is opened again and compared."""
    path = planner.write(optimize(mixed()), tmp_path / "plan", figures=False)
    content = view_content(View(planner.read(path), lang))
    tables = {t.key: t for a in content.appendices for t in a.tables()}
    rows = [(r.kind, r.cells[0], *r.cells[2:]) for r in tables["money.replacements"].rows]
    assert rows == [
        ("subtotal", "2023", None, 60, None, 0, 60),
        ("line", "pc", 5, 60, 0, 0, 60),
        ("subtotal", "2025", None, 96, None, 0, 96),
        ("line", "pc", 7, 96, 0, 0, 96),
        ("subtotal", "2026", None, 0, None, 48, 48),
        ("line", "pc", 0, 0, 4, 48, 48),
        ("subtotal", "2027", None, 24, None, 0, 24),
        ("line", "pc", 2, 24, 0, 0, 24),
        ("total", rows[-1][1], None, 180, None, 48, 228),
    ]
    assert [r.lines for r in tables["money.replacements"].rows[4:6]] == [(1,), (1,)]
    planner.report(planner.read(path), tmp_path / "papers", lang=lang, forms=["xlsx", "html"])


# ---- Unit by unit.


def drawn(seed: int) -> Scenario:
    """Two or three schools, three items: with a lot, by the đồng, for good or not."""
    dice = random.Random(seed)
    names = ("pc", "lan", "soft")
    items = [
        item(n, dice.randint(3, 12), life=dice.choice([None, 1, 2, 4]), lot=dice.choice([1, 2, 3]),
             price_growth=dice.choice(["0", "0.07", "-0.1"]))
        if n != "soft"
        else item(n, dice.randint(3, 12), life=dice.choice([1, 3]), whole=False)
        for n in names
    ]  # fmt: skip
    schools = [school(s, classes=dice.randint(1, 6)) for s in "abc"[: dice.randint(2, 3)]]
    if dice.random() < 0.5:
        schools.append(school("p", group="preparing", ready=2025, project_amount=30))
    rows = [
        {
            "school": dice.choice(schools)["school"], "item": dice.choice(names),
            "quantity": dice.randint(1, 5), "acquired": dice.randint(2018, 2023),
            "usable_until": None,
        }
        for _ in range(dice.randint(0, 8))
    ]  # fmt: skip
    for row in rows:
        if dice.random() < 0.3:
            row["usable_until"] = row["acquired"] + dice.randint(0, 6)
    return tiny(
        schools=schools,
        items=items,
        funds={"cap": fund({2023: 60, 2024: 40}), "project": {"role": "project"}},
        years=(2023, 2024),
        tail_years=dice.randint(0, 2),
        tables={"inventory": rows},
        solve={"gap": 0.2, "time_limit": 20},
    )


def by_the_unit(plan: Plan) -> dict[tuple[str, int, str], tuple[Fraction, int]]:
    """(item, year, origin) → units and cost: every unit is asked year by year whether it serves."""
    scenario, years = plan.scenario, range(1990, 2140)
    first = scenario.settings.years[0]
    owner = {r["school"]: r for r in scenario.schools.to_dict("records")}
    lots: Counter[tuple[str, str, int, str]] = Counter()

    def look(school: str, name: str, served: list[int], origin: str, units: Fraction) -> None:
        for year in years:
            if year >= first and year - 1 in served and year not in served:
                lots[school, name, year, origin] += units  # type: ignore[assignment]

    for row in scenario.rows("inventory"):
        life = scenario.items[row.item].life or 500
        end = row.usable_until or row.acquired + life - 1
        served = [y for y in range(1990, 3000) if row.acquired <= y <= end]
        look(row.school, row.item, served, "stock", Fraction(row.quantity))
    for line in plan.allocation.to_dict("records"):
        if line["kind"] != "purchase":
            continue
        mine = scenario.items[line["item"]]
        begin = line["year"]
        if owner[line["school"]]["group"] == "preparing":
            begin = max(begin, int(owner[line["school"]]["ready"]))
        served = list(range(begin, begin + (mine.life or 500)))
        units = Fraction(int(line["quantity"]) if mine.whole else 0)
        if not mine.whole:
            units = Fraction(line["amount"], int(line["unit_price"]))
        origin = "proposal" if owner[line["school"]]["group"] == "preparing" else "plan"
        look(line["school"], line["item"], served, origin, units)
    found: dict[tuple[str, int, str], tuple[Fraction, Fraction]] = {}
    for (_, name, year, origin), units in lots.items():
        mine = scenario.items[name]
        bought = Fraction(units)
        while mine.whole and bought % mine.lot:
            bought += 1
        before = found.get((name, year, origin), (Fraction(0), Fraction(0)))
        found[name, year, origin] = before[0] + units, before[1] + bought
    last = max([scenario.settings.all_years[-1], *(2025 for s in owner if s == "p")])
    costs = {}
    for (name, year, origin), (units, bought) in found.items():
        mine = scenario.items[name]
        price = Decimal(mine.price) * (1 + mine.price_growth) ** (min(year, last) - first)
        price = price.quantize(Decimal(1), ROUND_HALF_UP)
        costs[name, year, origin] = units, int(bought * int(price) + Fraction(1, 2))
    return costs


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(s, marks=pytest.mark.slow) for s in range(6, 60))]
)
def test_against_every_unit_in_every_year(seed: int) -> None:
    """The table is what units say that are asked one by one, year by year."""
    plan = optimize(drawn(seed)).plan
    table = planner.replacements(plan).table
    keys = zip(table["item"], table["year"], table["origin"], strict=True)
    values = zip(table["units"], table["amount"], strict=True)
    wanted = by_the_unit(plan)
    assert dict(zip(keys, values, strict=True)) == {
        k: (pytest.approx(float(units)), cost) for k, (units, cost) in wanted.items()
    }
