"""Amending an approved plan: contracts as facts, past years, the fewest changes, the chain.

Each test says what it proves, and which wrong answer a broken rule would give. The small scenarios
are those of ``tiny``: one unit at school ``a`` is worth 25 points a year and costs 10.
"""

from __future__ import annotations

import csv
import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from living import A_YEAR, happened, living, living_folder, written
from tiny import item, lines, school, tiny

from planner.analysis.amending import amend, owed
from planner.analysis.conflict import repairs
from planner.cli import main
from planner.errors import InputError
from planner.run import folder
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario

DEAL = {"school": "a", "item": "pc", "fund": "cap", "year": 2023, "quantity": 2}
TWO = {"years": (2023, 2024), "cap": {2023: 40, 2024: 40}}


def two_years(*contracts: dict[str, Any], **more: Any) -> Scenario:
    tables = {"commitments": list(contracts)} | more.pop("tables", {})
    return tiny(**(TWO | {"tables": tables} | more))


# ---- contracts as facts


def test_a_past_year_is_closed() -> None:
    """With 2023 past and two units under contract there, the other two come in 2024: 2·25·2 + 2·25.
    Were the year open, all four would come in 2023 (200)."""
    plan = optimize(two_years(DEAL, closed_until=2023), gap=0).plan
    assert lines(plan) == [("a", "pc", "cap", 2023, 2.0), ("a", "pc", "cap", 2024, 2.0)]
    assert optimize(two_years(DEAL, closed_until=2023), gap=0).value == pytest.approx(150)
    assert optimize(two_years(DEAL), gap=0).value == pytest.approx(200)


def test_a_contract_costs_what_it_says() -> None:
    """Two units for 25 instead of 20, of 40 in all: 15 are left, which buy one more (were the price
    the catalogue's, two). The line is one, its amount the contract's and one unit at 10."""
    result = optimize(tiny(cap=40, tables={"commitments": [DEAL | {"amount": 25}]}), gap=0)
    (line,) = result.plan.allocation.to_dict("records")
    assert (line["quantity"], line["amount"], line["unit_price"]) == (3, 35, 12)
    assert result.plan.ledger["spent"].tolist() == [35]
    assert result.value == pytest.approx(75)


def test_a_cheap_contract_leaves_more() -> None:
    """Two units for 7 of 27: two more at 10 fit exactly. At 20 none would (27 − 20 < 10)."""
    result = optimize(tiny(cap=27, tables={"commitments": [DEAL | {"amount": 7}]}), gap=0)
    assert result.value == pytest.approx(100)
    assert result.plan.ledger["spent"].tolist() == [27]


def test_own_price_in_instalments_and_rules() -> None:
    """30 % and 70 % of 101: 30 in 2023, 71 in 2024, to the đồng; a rule on spending counts 101."""
    scenario = two_years(
        DEAL | {"amount": 101, "quantity": 4},
        items=[item("pc", payments=("0.3", "0.7"))],
        cap={2023: 30, 2024: 71},
        closed_until=2023,
        rules={"spent": {"measure": "spend", "at_most": 101}},
    )
    plan = optimize(scenario, gap=0).plan
    assert plan.ledger["spent"].tolist() == [30, 71]
    assert plan.allocation["schedule"].tolist() == ["2023:30;2024:71"]
    tight = scenario.with_("rules.spent.at_most", 100)
    assert optimize(tight, gap=0).status == "infeasible"
    short = scenario.with_("funds.cap.amounts", {2023: 29, 2024: 71})
    assert optimize(short, gap=0).status == "infeasible"


def test_what_is_delivered_late_serves_late() -> None:
    """Four units of 2023 delivered in 2024 serve one year (100 points), not two (200); and nothing
    more is bought on their line."""
    late = DEAL | {"quantity": 4, "serves": 2024}
    result = optimize(two_years(late), gap=0)
    assert result.value == pytest.approx(100)
    part = optimize(two_years(DEAL | {"serves": 2024}), gap=0)
    assert lines(part.plan) == [("a", "pc", "cap", 2023, 2.0), ("a", "pc", "cap", 2024, 2.0)]


def test_a_fact_needs_no_prerequisite() -> None:
    """Two computers were delivered, the network they stand on was not bought and never can be (no
    money): a plan all the same, and no third computer. A contract without a price of its own is a
    promise, which the rule denies."""
    tables = {"commitments": [DEAL | {"amount": 20}]}
    items = [item("pc", requires=("lan",)), item("lan", price=500)]
    result = optimize(tiny(cap=40, items=items, tables=tables), gap=0)
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 2.0)]
    promise = {"commitments": [DEAL]}
    assert optimize(tiny(cap=40, items=items, tables=promise), gap=0).status == "infeasible"


def test_works_of_a_contract() -> None:
    """Site works for 3 instead of 8, beside a contract for two: 40 − 20 − 3 buys one more."""
    items = [item("pc", setup=8)]
    tables = {"commitments": [DEAL | {"works": 3}]}
    result = optimize(tiny(cap=33, items=items, tables=tables), gap=0)
    works = result.plan.allocation[result.plan.allocation["kind"] == "setup"]
    assert works["amount"].tolist() == [3]
    assert result.value == pytest.approx(75)


def test_a_contract_by_the_dong_says_its_units() -> None:
    """Of an item that is not whole, 25 at a price of 10 are two and a half units."""
    tables = {"commitments": [DEAL | {"quantity": 1, "amount": 25}]}
    result = optimize(tiny(cap=25, items=[item("pc", whole=False)], tables=tables), gap=0)
    assert lines(result.plan) == [("a", "pc", "cap", 2023, 2.5)]
    assert result.value == pytest.approx(62.5)


def test_a_request_paid_in_the_past() -> None:
    """An option that is paid in a closed year is gone, unless it is locked."""
    tables = {
        "requests": [{"request": "r", "school": "a", "option": "o", "title": "xin", "value": 9}],
        "request_costs": [
            {"request": "r", "option": "o", "fund": "cap", "year": 2023, "amount": 1}
        ],
    }
    past = two_years(tables=tables, closed_until=2023)
    assert optimize(past, gap=0).plan.requests["chosen"].tolist() == ["no"]
    lock = {"locks": [{"request": "r", "option": "o", "quantity": 1}]}
    kept = two_years(tables=tables | lock, closed_until=2023)
    assert optimize(kept, gap=0).plan.requests["chosen"].tolist() == ["yes"]


# ---- the fewest changes


def plan_of(scenario: Scenario, place: Path) -> Path:
    return folder.write(optimize(scenario, threads=1), place / "approved")


def test_nothing_happened_nothing_changes(tmp_path: Path) -> None:
    """The same scenario on its first day: the plan as it was, proven to be the nearest. (A search
    that began from a new best plan would shuffle lines of the same worth.)"""
    approved = living_folder(tmp_path)
    result = amend(approved, points=0)
    assert (result.amended.changed, result.amended.bound_of_changes) == (0, 0)
    assert result.amended.changes.empty
    before = folder.read(approved).plan.allocation
    assert result.plan.allocation.astype(str).equals(before.astype(str))


def test_what_was_done_as_planned_changes_nothing(tmp_path: Path) -> None:
    """The first year was contracted and delivered as it was planned, in its year: with that year
    closed, the rest is as it was."""
    approved = living_folder(tmp_path)
    rows = [
        happened(line, status, units, money, f"2023-0{month}-01")
        for line, units, money in ((2, 4, 4000), (5, 1, 2000), (6, "", 501), (7, 3, 3000),
                                   (11, 1, 2000), (12, "", 501))
        for month, status, money in ((3, "contracted", money), (4, "delivered", ""))
    ]  # fmt: skip
    told = written(rows, tmp_path / "executed.csv")
    result = amend(approved, executed=told, at="2024-01-01", points=0)
    assert result.scenario.settings.closed_until == 2023
    assert result.amended.changed == 0
    assert result.amended.changes.empty


SCHOOLS = [school("a"), school("b", pupils=60), school("c", pupils=30, classes=3)]


def worth(units: np.ndarray[Any, Any]) -> Any:
    """``[plan]`` points of units by school and year (of two): a unit serves from its year on."""
    each = np.array([100 / 4, 60 / 4, 30 / 3])
    return (units * each[:, None] * np.array([2, 1])).sum(axis=(1, 2))


@pytest.mark.parametrize("seed", range(6))
def test_the_fewest_changes_by_brute_force(seed: int, tmp_path: Path) -> None:
    """Three schools, two years, another cap in each: of all plans in whole units, those within
    ``within`` of the best, and of them the fewest lines that differ from the approved plan, then
    the least units moved, then the most value. A search that stops early, keeps too much or counts
    a moved line once has another number."""
    draw = np.random.default_rng(seed)
    scenario = tiny(schools=SCHOOLS, years=(2023, 2024), cap={2023: 50, 2024: 40})
    approved = plan_of(scenario, tmp_path)
    money = [int(n) * 10 for n in draw.integers(2, 6, size=2)]
    within = float(draw.choice([0.0, 0.05, 0.15, 0.3]))
    now = scenario.with_("funds.cap.amounts", {2023: money[0], 2024: money[1]})
    result = amend(approved, now, within=within, points=0, gap=0)

    needs = (4, 4, 3)
    every = np.array(list(itertools.product(*(range(n + 1) for n in needs for _ in range(2)))))
    plans = every.reshape(-1, 3, 2)
    fits = (plans.sum(axis=2) <= np.array(needs)).all(axis=1)
    fits &= (10 * plans.sum(axis=1) <= np.array(money)).all(axis=1)
    plans = plans[fits]
    before = np.zeros((3, 2))
    for s, _, _, year, units in lines(folder.read(approved).plan):
        before["abc".index(s), year - 2023] = units
    value = worth(plans)
    near = plans[value >= value.max() - within * max(1.0, value.max()) - 1e-6]
    changed = (near != before).sum(axis=(1, 2))
    found = np.zeros((3, 2))
    for s, _, _, year, units in lines(result.plan):
        found["abc".index(s), year - 2023] = units
    assert result.amended.value == pytest.approx(value.max())
    assert result.amended.changed == int((found != before).sum()) == changed.min()
    assert result.amended.bound_of_changes == changed.min()
    same = near[((near != before) == (found != before)).all(axis=(1, 2))]
    moved = np.abs(same - before).sum(axis=(1, 2))
    assert np.abs(found - before).sum() == moved.min()
    assert result.value == pytest.approx(worth(same[moved == moved.min()]).max())


def test_giving_up_more_changes_less(tmp_path: Path) -> None:
    """Along the trade-off curve no point changes more lines than one that gives up less."""
    scenario = tiny(schools=SCHOOLS, years=(2023, 2024), cap={2023: 50, 2024: 40})
    approved = plan_of(scenario, tmp_path)
    now = scenario.with_("funds.cap.amounts", {2023: 30, 2024: 30})
    curve = amend(approved, now, within=0.1, points=5, gap=0).amended.curve
    assert curve["within"].tolist() == [0.0, 0.025, 0.05, 0.1, 0.2]
    assert curve["changed"].is_monotonic_decreasing
    assert (curve["bound"] <= curve["changed"]).all()
    assert (curve["given_up"] <= curve["within"] + 1e-9).all()


# ---- what has happened


def amended_folder(tmp_path: Path, **more: Any) -> Path:
    """The plan of ``living`` amended in January 2024, as it went."""
    approved = living_folder(tmp_path)
    told = written(A_YEAR, tmp_path / "executed.csv")
    result = amend(approved, executed=told, at="2024-01-31", points=0, **more)
    return folder.write(result, tmp_path / "amended")


def bought(path: Path) -> dict[tuple[str, str, int], tuple[float, int]]:
    lines_ = folder.read(path).plan.allocation
    mine = lines_[lines_["kind"] == "purchase"]
    keys = zip(mine["school"], mine["item"], mine["year"], strict=True)
    facts = zip(mine["quantity"].astype(float), mine["amount"], strict=True)
    return dict(zip(keys, facts, strict=True))


def test_contracts_stay_as_they_are(tmp_path: Path) -> None:
    """Four computers at 3950, of which three came in 2023 and one has not: they serve from 2024; a
    server at 1900; two computers at 1800 (one cancelled). The server of b, for which nothing was
    signed, is gone from 2023 and comes in 2024."""
    path = amended_folder(tmp_path)
    found = bought(path)
    assert found["a", "pc", 2023] == (4, 3950)
    assert found["a", "srv", 2023] == (1, 1900)
    assert found["b", "pc", 2023] == (2, 1800)
    assert ("b", "srv", 2023) not in found
    assert found["b", "srv", 2024] == (1, 2000)
    scenario = folder.read(path).scenario
    serves = {(r.school, r.item): r.serves for r in scenario.rows("commitments")}
    assert serves == {("a", "pc"): 2024, ("a", "srv"): 2024, ("b", "pc"): 2024}
    causes = {
        (row.school, row.item, row.kind): row.cause
        for row in folder_changes(path)
        if row.kind == "purchase"
    }
    assert causes["a", "pc", "purchase"] == "contract"
    assert causes["b", "srv", "purchase"] == "past"


def folder_changes(path: Path) -> list[Any]:
    from planner.run.result import amended_in

    said = amended_in(path, folder.read_claims(path))
    assert said is not None
    return list(said.changes.itertuples())


@pytest.mark.parametrize("seed", range(4))
def test_what_is_executed_never_moves(seed: int, tmp_path: Path) -> None:
    """Whatever is contracted at whatever price, and however the money of 2024 changes, each
    contract is a line of the amended plan with its units and its money."""
    draw = np.random.default_rng(seed)
    approved = living_folder(tmp_path)
    base = folder.read(approved).plan.allocation
    mine = base[(base["kind"] == "purchase") & (base["year"] == 2023)]
    rows, due = [], {}
    for line, school_, item_, units, amount in zip(
        *(mine[c].tolist() for c in ("line", "school", "item", "quantity", "amount")), strict=True
    ):
        signed = int(draw.integers(0, int(units) + 1))
        if signed:
            money = int(amount * signed / units * draw.uniform(0.8, 1.2))
            rows.append(happened(line, "contracted", signed, money, "2023-05-05"))
            due[school_, item_, 2023] = (signed, money)
    told = written(rows, tmp_path / "executed.csv")
    now = living().with_("funds.cap.amounts.2024", int(draw.integers(4000, 10_000)))
    result = amend(approved, now, executed=told, at="2024-01-31", points=0)
    found = bought(folder.write(result, tmp_path / "amended"))
    past = {key: line for key, line in found.items() if key[2] == 2023}
    assert past == due


def test_contracts_beyond_the_money_are_said(tmp_path: Path) -> None:
    """A contract for 14,000 where the fund has 10,000 in 2023: no plan, and the repairs say how
    much the fund lacks. (Absorbed, the ledger would be overrun in silence.)"""
    approved = living_folder(tmp_path)
    told = written([happened(2, "contracted", 4, 14_000, "2023-05-05")], tmp_path / "executed.csv")
    result = amend(approved, executed=told, at="2024-01-31", points=0)
    assert result.status == "infeasible"
    # what is owed: 14,000 and 10,000 that there are
    assert owed(result.scenario).values.tolist() == [["cap", 2023, 14_000, 10_000, 4000]]
    found = repairs(result.scenario, seconds=20)
    changes = [change for repair in found.found for change in repair.changes]
    assert [(c.lever.name, c.lever.field, c.new) for c in changes] == [("cap", "2023", 14_000)]


def test_a_fact_that_the_new_scenario_does_not_know(tmp_path: Path) -> None:
    """School b is under contract and not in the new scenario: exit 3, with its name."""
    approved = living_folder(tmp_path)
    told = written(A_YEAR, tmp_path / "executed.csv")
    schools = living().schools
    tables = {**living().tables, "schools": schools[schools["school"] != "b"]}
    now = Scenario("scenario", living().settings, tables)
    with pytest.raises(InputError, match="amend_fact_unknown") as error:
        amend(approved, now, executed=told, at="2024-01-31", points=0)
    assert {f.params["name"] for f in error.value.findings} == {"b"}


# ---- the chain


def chain_of_three(tmp_path: Path) -> Path:
    """Amended in January, in May (another contract) and in July (less money)."""
    first = amended_folder(tmp_path)
    line = folder.read(first).plan.allocation
    mine = line[(line["school"] == "b") & (line["item"] == "srv") & (line["kind"] == "purchase")]
    told = list(csv.DictReader((first / "executed.csv").open(encoding="utf-8-sig")))
    more = happened(0, "contracted", 1, 2100, "2024-05-04", "HD-9", kind="purchase", school="b",
                    item="srv", fund="cap", year=int(mine["year"].iloc[0]))  # fmt: skip
    rows = [{"line": "", **row} for row in told] + [more]
    may = amend(first, executed=written(rows, tmp_path / "may.csv"), points=0)
    second = folder.write(may, tmp_path / "second")
    july = living().with_("funds.cap.amounts.2024", 1500)
    third = amend(second, july, at="2024-07-01", points=0)
    return folder.write(third, tmp_path / "third")


def test_a_chain_of_three(amended_chain: Path, tmp_path: Path) -> None:
    """Three amendments, one on the other, are proven from the last folder alone; what was signed in
    the first two stands in the third at its price."""
    shutil.copytree(amended_chain, tmp_path / "elsewhere")
    findings, _, _ = folder.prove(tmp_path / "elsewhere")
    assert not findings
    assert (tmp_path / "elsewhere" / "amends" / "amends" / "amends" / "plan.json").is_file()
    found = bought(tmp_path / "elsewhere")
    assert found["a", "pc", 2023] == (4, 3950)
    assert found["b", "srv", 2024] == (1, 2100)


def test_what_was_told_may_not_be_forgotten(tmp_path: Path) -> None:
    """A table that lacks rows which the amended plan knew: each is a finding."""
    first = amended_folder(tmp_path)
    told = written([], tmp_path / "none.csv")
    with pytest.raises(InputError, match="amend_fact_lost") as error:
        amend(first, executed=told, at="2024-07-01", points=0)
    rows = list(csv.DictReader((first / "executed.csv").open(encoding="utf-8-sig")))
    assert len(error.value.findings) == len(rows) > 5


def _claim(key: str, value: Any) -> Callable[[Path], None]:
    def forge(path: Path) -> None:
        head = json.loads((path / "plan.json").read_text(encoding="utf-8"))
        head["amend"][key] = value
        (path / "plan.json").write_text(json.dumps(head), encoding="utf-8")

    return forge


def _text(name: str, old: str, new: str) -> Callable[[Path], None]:
    def forge(path: Path) -> None:
        body = (path / name).read_text(encoding="utf-8")
        assert old in body
        (path / name).write_text(body.replace(old, new, 1), encoding="utf-8")

    return forge


FORGED = {
    "the plan before": (_text("amends/allocation.csv", "3950", "3951"), "audit_chain"),
    "its plan.json": (_text("amends/plan.json", "optimal", "stopped"), "audit_chain"),
    "its hash": (_claim("plan", "0" * 64), "audit_chain"),
    "one before that": (_text("amends/amends/requests.csv", "yes", "no"), "audit_chain"),
    "a contract's price": (_text("amends/executed.csv", "1900", "1800"), "audit_fact_altered"),
    "a contract's units": (
        _text("amends/executed.csv", "contracted,3,", "contracted,2,"),
        "audit_fact",
    ),
    "how many lines": (_claim("changed", 99), "audit_claim"),
    "the fewest": (_claim("bound_of_changes", 99), "audit_claim"),
    "the day": (_claim("at", "2029-01-31"), "audit_claim"),
    "the best plan": (_claim("value_before", 9e9), "audit_claim"),
    "an amount changed": (_text("changes.csv", "1000", "1001"), "audit_claim"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_chain_is_found(name: str, amended_chain: Path, tmp_path: Path) -> None:
    """What is altered and sealed anew is found by what it contradicts."""
    forge, code = FORGED[name]
    path = tmp_path / "forged"
    shutil.copytree(amended_chain, path)
    forge(path)
    head = json.loads((path / "plan.json").read_text(encoding="utf-8"))
    head["files"] = folder.hashes(path)
    (path / "plan.json").write_text(json.dumps(head), encoding="utf-8")
    findings, _, _ = folder.prove(path)
    assert any(f.code.startswith(code) for f in findings), [f.code for f in findings]


@pytest.fixture(scope="module")
def amended_chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return chain_of_three(tmp_path_factory.mktemp("chain"))


# ---- the verb


def planner(*words: object) -> int:
    """The exit code of the command line."""
    with pytest.raises(SystemExit) as ended:
        main([str(w) for w in words])
    return int(ended.value.code or 0)


def test_the_verb_says_what_is_owed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Contracts beyond the money: exit 4, what they take and what there is, the repairs; and no
    folder."""
    approved = living_folder(tmp_path)
    told = written([happened(2, "contracted", 4, 14_000, "2023-05-05")], tmp_path / "executed.csv")
    out = tmp_path / "out"
    words = ("--executed", told, "--at", "2024-01-31", "--out", out, "--lang", "en")
    assert planner("amend", approved, *words) == 4
    said = capsys.readouterr()
    line = "the contracts alone take 14,000 from “Capital” in 2023, which has 10,000: 4,000 are"
    assert line in said.err
    assert "14,000" in said.out
    assert not out.exists()


def test_the_verb_writes_beside_the_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``FOLDER-amended`` by default, proven; never over the plan itself (exit 2)."""
    approved = living_folder(tmp_path)
    told = written(A_YEAR, tmp_path / "executed.csv")
    words = ("--executed", told, "--at", "31/01/2024", "--no-figures", "--points", "0")
    assert planner("amend", approved, *words, "--json") == 0
    body = json.loads(capsys.readouterr().out)
    assert body["folder"].endswith("plan-amended")
    assert planner("audit", tmp_path / "plan-amended") == 0
    assert planner("amend", approved, *words, "--out", approved) == 2


def test_from_inside_the_folder_it_goes_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``planner amend .`` writes ``plan-amended`` beside the plan, as the other verbs do; a name
    made of the dot would lie inside the sealed folder and break it."""
    approved = living_folder(tmp_path)
    monkeypatch.chdir(approved)
    assert planner("amend", ".", "--no-figures", "--points", "0") == 0
    assert planner("audit", tmp_path / "plan-amended") == 0
    assert planner("audit", ".") == 0
