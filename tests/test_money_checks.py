"""A what-if on money is checked for what money can make wrong, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny import fund, item, school, tiny

from planner.errors import InputError, Place, Severity
from planner.scenario import checks as checks_all
from planner.scenario.checks import across as checks
from planner.scenario.checks import funding as checks_money
from planner.scenario.checks import proposals as checks_locks
from planner.scenario.checks import proposals as checks_options
from planner.scenario.checks import proposals as checks_requests
from planner.scenario.checks import rules as checks_rules
from planner.scenario.contracts import TABLES
from planner.scenario.load import load
from planner.scenario.reading.sources import Log, Node
from planner.scenario.scenario import Scenario, only_money

BA_DINH = Path(__file__).parents[1] / "scenarios" / "ba-dinh"
MODULES = (
    checks, checks_money, checks_options, checks_requests, checks_locks, checks_rules,
)  # fmt: skip


class Sealed(dict[int, int]):
    """A fund's amounts whose years may be seen, and whose money may not."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("a check that is not in OF_AMOUNTS looked at money")

    __getitem__ = get = items = values = pop = _refuse


def checked(scenario: Scenario, tree: Node | None = None) -> checks.Checked:
    """What the checks look at, of a scenario that was read before."""
    tables = {name: scenario.table(name) for name in TABLES}
    return checks.Checked(scenario.settings, tables, {}, tree or Node({}, Place("t")), Log())


def test_no_other_check_looks_at_money() -> None:
    """Proves that ``OF_AMOUNTS`` is whole: on Ba Đình, with contracts, requests and six rules,
    every other check runs without seeing an amount. One that is added there and forgotten here
    would be left out of what-ifs."""
    base = load(BA_DINH)
    settings = base.settings
    sealed = {
        name: f.model_copy(update={"amounts": Sealed(settings.amounts(f))})
        for name, f in settings.funds.items()
    }
    c = checked(replace(base, settings=settings.model_copy(update={"funds": sealed})))
    with pytest.raises(AssertionError, match="OF_AMOUNTS"):
        checks_money.stock_upkeep_fits(c)
    for module in MODULES:
        for check in module.CHECKS:
            if check not in checks_money.OF_AMOUNTS:
                check(c)
    assert not c.log.failed


def upkept(money: int = 40) -> Scenario:
    """Four units in stock whose upkeep takes 4 a year from the one fund."""
    stock = [{"school": "a", "item": "pc", "quantity": 4, "acquired": 2020}]
    return tiny(
        items=[item("pc", upkeep=0.1)],
        funds={"cap": fund(money, pays_upkeep=True)},
        tables={"inventory": stock},
    )


@pytest.mark.parametrize("money", [3, 4])
def test_too_little_money_is_found(money: int) -> None:
    """Proves that 3 cannot carry an upkeep of 4, by the short list of checks as by the whole."""
    if money == 4:
        assert upkept().with_("funds.cap.amounts.2023", money).settings.funds["cap"].amounts
        return
    with pytest.raises(InputError) as raised:
        upkept().with_("funds.cap.amounts.2023", money)
    assert [f.code for f in raised.value.findings] == ["stock_upkeep_above_fund"]
    c = checked(upkept(money))
    checks_all.run(c)
    assert [f.code for f in c.log.findings] == ["stock_upkeep_above_fund"]


def test_upkeep_is_owed_while_stock_serves() -> None:
    """Proves what stock owes by year: 4 of 2020 serve four years, to 2023; 2 by their own last
    year to 2024; 1 of 2021 to 2024. So 7, 3 and nothing; money of 6, 2 and 0 is short twice."""
    stock = [
        {"school": "a", "item": "pc", "quantity": 4, "acquired": 2020},
        {"school": "a", "item": "pc", "quantity": 2, "acquired": 2020, "usable_until": 2024},
        {"school": "a", "item": "pc", "quantity": 1, "acquired": 2021},
    ]
    scenario = tiny(
        items=[item("pc", upkeep=0.1, life=4)],
        years=(2023, 2025),
        funds={"cap": fund({2023: 6, 2024: 2, 2025: 0}, pays_upkeep=True)},
        tables={"inventory": stock},
    )
    c = checked(scenario)
    checks_money.stock_upkeep_fits(c)
    found = [(f.params["year"], f.params["owed"], f.params["usable"]) for f in c.log.findings]
    assert found == [("2023", 7, 6), ("2024", 3, 2)]


@pytest.mark.parametrize(
    ("changes", "short"),
    [
        ({"funds.district-capital.amounts.2024": 9}, True),  # of the envelope: written out
        ({"funds.city-digital.amounts": {2023: 1, 2024: 1, 2025: 1}}, True),
        ({"funds.socialised.amounts.2025": None}, False),
        ({"funds.city-digital.reserve": 0.1}, False),
        ({"tail_years": 1}, False),
        ({"envelope.it_share": 0.01}, False),
    ],
)
def test_what_counts_as_money_alone(changes: dict[str, Any], short: bool) -> None:
    """Proves which what-ifs take the short list: other money in the years that a fund has."""
    base = load(BA_DINH)
    assert only_money(base.settings, base.with_(changes).settings) is short


def test_a_year_taken_away_is_missed() -> None:
    """Proves that the whole list runs where a fund loses a year: two requests cost money then."""
    with pytest.raises(InputError) as raised:
        load(BA_DINH).with_("funds.city-digital.amounts.2025", None)
    errors = [f for f in raised.value.findings if f.severity == Severity.ERROR]
    assert {f.code for f in errors} == {"fund_has_no_year"}


def test_what_ifs_leave_no_trace() -> None:
    """Proves that the settings kept parsed are not changed by a what-if: the second one has
    none of the first."""
    base = tiny(schools=[school("a")], funds={"cap": fund({2023: 40})})
    first = base.with_({"funds.cap.amounts.2023": 10, "funds.cap.reserve": 0.5})
    second = base.with_("funds.cap.amounts.2023", 20)
    assert first.settings.funds["cap"].reserve > 0
    assert second.settings.funds["cap"].reserve == 0
    assert second.settings.funds["cap"].amounts == {2023: 20}
    assert base.with_("discount", 0).settings == base.settings
