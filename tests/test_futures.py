"""One decision for several futures: read, decided, written, proven, and refused in words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

import planner
from planner.cli.commands import check, run
from planner.messages import LANGUAGES, say
from planner.run import folder
from planner.scenario.scenario import Scenario
from planner.solving import parameters
from planner.system import worker_pool

THREE = "scenarios/three-schools"
PROMISE = {
    "base.yaml": """\
schema: 1
title: {vi: Hai trường, en: Two schools}
years: [2025, 2026]
illustrative: true
data: {schools: schools.csv, catalogue: catalogue.csv, norms: norms.csv}
funds: {f: {amounts: {2025: 10, 2026: 10}}}
rules:
  a-by-2026: {measure: coverage, where: {item: pc, school: a, year: 2026}, at_least: 1}
""",
    "schools.csv": (
        "school,name,level,group,pupils,classes,teachers,weight\n"
        "a,A,primary,none,10,1,1,1\nb,B,primary,none,10,1,1,5\n"
    ),
    "catalogue.csv": (
        "item,name,unit,pillar,nature,price,price_high,whole\n"
        "pc,PC,set,infrastructure,capital,10,12,yes\n"
    ),
    "norms.csv": "item,level,per,every\npc,primary,school,1\n",
}
"""Two schools need one computer each, and money buys one a year; b is worth five times a, which the
scenario promises to have by 2026. So the best plan buys b's first and a's in 2026; where there is
no money in 2026 only a's may be bought in 2025."""
CASES = """\
extends: base.yaml
futures:
  decide_until: 2025
  cases:
    money: {weight: 3}
    none: {weight: 1, set: {funds.f.amounts.2026: 0}}
"""


def two_schools(place: Path, futures: str = CASES) -> Path:
    """The files of :data:`PROMISE` with futures; the path of the scenario."""
    for name, text in PROMISE.items():
        (place / name).write_text(text, encoding="utf-8")
    path = place / "futures.yaml"
    path.write_text(futures, encoding="utf-8")
    return path


def three(cases: Any, **more: Any) -> Scenario:
    """The three schools with futures, 2025 decided now."""
    return planner.load(THREE, {"futures": {"decide_until": 2025, "cases": cases, **more}})


LESS = {"set": {"funds.district.amounts.2026": 10_000_000}}
MORE = {"set": {"funds.district.amounts.2026": 120_000_000}}


def test_a_decision_keeps_the_promise_of_every_future(tmp_path: Path) -> None:
    """By hand: 2025 a's computer (1 × 10 pupils × 2 years × weight 1), 2026 b's where there is
    money. Whoever decides for the expected future alone buys b's, and breaks the promise: a wrong
    joint model would follow it, a wrong comparison would call it worth points."""
    found = planner.futures(two_schools(tmp_path), gap=0)
    assert found.status == "optimal"
    assert found.decision[["school", "item", "quantity", "optima", "role"]].values.tolist() == [
        ["a", "pc", 1.0, 1, "insurance"]
    ]
    alone = {n: planner.solve(c, gap=0).value for n, c in found.scenario.cases.items()}
    table = found.futures.set_index("case")
    assert table["best"].round(6).to_dict() == {n: round(v, 6) for n, v in alone.items()}
    assert table["base"].to_dict() == {"money": "plan", "none": "infeasible"}
    assert "stochastic" not in found.worth
    assert table.loc["none", "value"] == pytest.approx(alone["none"])
    regret = alone["money"] - table.loc["money", "value"]
    assert found.regret == pytest.approx((regret, regret))
    assert found.worth["information"] == pytest.approx((0.75 * regret, 0.75 * regret))
    assert found.waiting[["school", "cases", "why"]].values.tolist() == [["b", "money", "money"]]


def test_alike_futures_give_the_plain_plan() -> None:
    """Whatever the weights: nothing is lost by not knowing which of two like futures comes."""
    plain = planner.solve(THREE, gap=0)
    for aim in ("expected", "worst", "regret", {"cvar": 0.5}):
        found = planner.futures(three({"one": {"weight": 2}, "two": {}}, aim=aim), gap=0)
        assert found.value == pytest.approx(plain.value), aim
        assert found.regret == pytest.approx((0, 0), abs=1e-6)
        assert found.worth["information"] == pytest.approx((0, 0), abs=1e-6)
        assert set(found.decision["role"]) == {"core"}


def test_one_future_gives_its_plan() -> None:
    """One future alone is an ordinary scenario."""
    found = planner.futures(three({"only": MORE}), gap=0)
    plain = planner.solve(found.scenario.cases["only"], gap=0)
    assert found.value == pytest.approx(plain.value)
    assert found.plan_of("only").spent == plain.plan.spent


def test_futures_solved_side_by_side_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers for each future, as for large ones: the tables are those of one process."""
    path = two_schools(tmp_path)
    here = planner.futures(path, gap=0)
    monkeypatch.setattr(parameters, "WHOLE_BELOW", 0)
    monkeypatch.setattr(worker_pool, "cores", lambda: 2)
    apart = planner.futures(path, gap=0)
    for name in ("futures", "decision", "waiting"):
        pd.testing.assert_frame_equal(getattr(here, name), getattr(apart, name))
    stopped = planner.futures(path, gap=0, stop=lambda: True)
    assert stopped.status == "no_plan"


def test_more_futures_never_raise_the_worst() -> None:
    """The worst of three futures is at most the worst of two of them."""
    two = planner.futures(three({"same": {}, "more": MORE}, aim="worst"), gap=0)
    all_three = planner.futures(three({"same": {}, "more": MORE, "less": LESS}, aim="worst"), gap=0)
    assert all_three.value <= two.value + 1e-6


def test_a_line_of_axes_makes_every_combination_and_multiplies_weights() -> None:
    """3 × 2 futures in the order of the axes; 80% is of the later years' money alone."""
    axes = {
        "money": {"same": {"weight": 3}, "less": {"set": {"funds.district.amounts": "50%"}}},
        "price": {"base": {"weight": 2}, "dear": {"set": {"prices": "high", "prices_from": 2026}}},
    }
    for line in ("money × price", "money * price", "money x price"):
        loaded = three(line, axes=axes)
        assert list(loaded.cases) == ["same-base", "same-dear", "less-base", "less-dear"]
    amounts = loaded.cases["less-dear"].settings.funds["district"].amounts
    assert amounts == {2025: 100_000_000, 2026: 30_000_000}
    found = planner.futures(loaded, gap=0)
    assert found.futures["weight"].tolist() == pytest.approx([6 / 12, 3 / 12, 2 / 12, 1 / 12])


def test_prices_change_from_a_year(tmp_path: Path) -> None:
    """The base price of 10 in 2025, the high one of 12 in 2026; the audit, which works prices out
    by itself, agrees."""
    path = two_schools(tmp_path).with_name("base.yaml")
    dear = {"prices": "high", "prices_from": 2026, "funds.f.amounts.2026": 12}
    plan = planner.solve(planner.load(path, dear), gap=0).plan
    assert plan.allocation.set_index("year")["unit_price"].to_dict() == {2025: 10, 2026: 12}


def test_tidying_keeps_what_is_decided(tmp_path: Path) -> None:
    """b's computer is worth a thousandth of a's, so that tidying would give its line up; but it is
    promised in the other future, where there is no money later. Goals that look at the bounds of
    the future's own model drop it in one plan, and the decisions differ."""
    text = """\
extends: base.yaml
funds: {f: {amounts: {2025: 20, 2026: 0}}}
tidy: {within: 0.01}
futures:
  decide_until: 2025
  cases:
    free: {}
    promised: {set: {rules.b: {measure: coverage, where: {item: pc, school: b}, at_least: 1}}}
"""
    path = two_schools(tmp_path, text)
    schools = PROMISE["schools.csv"].replace("none,10,", "none,5000,", 1)
    (tmp_path / "schools.csv").write_text(schools, encoding="utf-8")
    planner.futures(path, tmp_path / "plan", gap=0.001)
    assert planner.audit(tmp_path / "plan").empty
    for case in ("free", "promised"):
        lines = planner.read(tmp_path / "plan" / "futures" / case).plan.allocation
        assert lines["school"].astype(str).tolist() == ["a", "b"]


# --------------------------------------------------------------------------------------------------
# The folder, and its proof.


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decision's folder."""
    place = tmp_path_factory.mktemp("futures")
    planner.futures(two_schools(place), place / "plan", gap=0)
    return place / "plan"


def test_a_folder_holds_a_whole_plan_of_each_future(written: Path) -> None:
    """It is proven as a whole, and each future's plan by itself."""
    assert planner.audit(written).empty
    for case in ("money", "none"):
        assert planner.audit(written / "futures" / case).empty
    lines = pd.read_csv(written / "decision.csv")
    for case in ("money", "none"):
        own = pd.read_csv(written / "futures" / case / "allocation.csv")
        now = own[(own["year"] <= 2025) & (own["kind"] == "purchase")]
        assert now["amount"].tolist() == lines["amount"].tolist()


def spoilt(written: Path, place: Path, change: Any) -> list[str]:
    """Codes of what the audit finds once a sealed folder was changed and sealed anew."""
    copy = place / "copy"
    shutil.copytree(written, copy)
    head = json.loads((copy / "plan.json").read_text(encoding="utf-8"))
    change(copy, head)
    head["files"] = folder.hashes(copy)
    (copy / "plan.json").write_text(json.dumps(head), encoding="utf-8")
    return planner.audit(copy)["code"].tolist()


def lift(key: str, by: float) -> Any:
    """A change of a number in ``plan.json``."""

    def change(_: Path, head: dict[str, Any]) -> None:
        head[key] += by

    return change


def lift_case(key: str, by: float) -> Any:
    """A change of a number of the first future in ``plan.json``."""

    def change(_: Path, head: dict[str, Any]) -> None:
        head["cases"][0][key] += by

    return change


def aim_worst(_: Path, head: dict[str, Any]) -> None:
    """Another aim than the value is of."""
    head["aim"]["kind"] = "worst"


def fewer_lines(place: Path, _: Any) -> None:
    """The line of the decision taken out."""
    path = place / "decision.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")


def all_core(place: Path, _: Any) -> None:
    """Insurance called no regret."""
    path = place / "decision.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("insurance", "core"), encoding="utf-8")


def other_future(place: Path, _: Any) -> None:
    """A future's plan that took another decision: proven by itself, but not the same."""
    base = planner.load(place / "futures" / "money" / "inputs" / "scenario.yaml")
    target = place / "futures" / "money"
    shutil.rmtree(target)
    folder.write(planner.solve(base, gap=0), target)
    head = json.loads((target / "plan.json").read_text(encoding="utf-8"))
    assert head["scenario"] == "scenario"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lift("value", 5.0), "audit_claim"),
        (lift("bound", -5.0), "audit_claim"),
        (lift("gap", 0.1), "audit_claim"),
        (lift_case("weight", 0.1), "audit_claim"),
        (lift_case("value", 1.0), "audit_claim"),
        (lift_case("regret_most", -1.0), "audit_claim"),
        (lift_case("regret_least", 1.0), "audit_claim"),
        (aim_worst, "audit_claim"),
        (fewer_lines, "audit_decision_differs"),
        (all_core, "audit_claim"),
        (other_future, "audit_decision_differs"),
    ],
)
def test_what_is_changed_is_found(written: Path, tmp_path: Path, change: Any, code: str) -> None:
    """Each change passes the hashes, so that only the proof itself can find it."""
    assert code in spoilt(written, tmp_path, change)


def test_a_changed_file_is_found(written: Path, tmp_path: Path) -> None:
    """Hashes cover the futures' folders, too."""
    copy = tmp_path / "copy"
    shutil.copytree(written, copy)
    path = copy / "futures" / "none" / "allocation.csv"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert "folder_file_changed" in planner.audit(copy)["code"].tolist()


def test_other_verbs_ask_for_one_future(written: Path) -> None:
    """A decision's folder has no plan of its own: whoever needs one is told which to name."""
    with pytest.raises(planner.InputError) as caught:
        planner.read(written)
    (finding,) = caught.value.findings
    assert finding.code == "folder_of_futures"
    assert finding.params["example"] == "plan/futures/money"
    planner.read(written / "futures" / "money")


# --------------------------------------------------------------------------------------------------
# What is refused.


def codes(cases: Any, more: Mapping[str, Any] | None = None, **rest: Any) -> list[str]:
    """What is wrong with the three schools once they have such futures."""
    futures = {"decide_until": 2025, "cases": cases, **rest}
    return planner.check(THREE, {"futures": futures, **(more or {})})["code"].tolist()


@pytest.mark.parametrize(
    ("cases", "code"),
    [
        ({"a": {}, "b": {"set": {"funds.district.amounts.2025": 5}}}, "future_money_now"),
        ({"a": {}, "b": {"set": {"funds.district.reserve": 0.1}}}, "future_fund_differs"),
        ({"a": {}, "b": {"set": {"discount": 0.1}}}, "future_other_frame"),
        ({"a": {}, "b": {"set": {"years": [2025, 2027]}}}, "future_other_frame"),
        ({"a": {}, "b": {"set": {"tial_years": 2}}}, "key_unknown"),
        ({"a": {}, "b": {"set": {"data.schools": "x.csv"}}}, "what_if_tables"),
        ({"a": {}, "b": {"scenario": "nowhere.yaml"}}, "file_missing"),
        ({}, "futures_none"),
        ("money × slip", "futures_axis_unknown"),
    ],
)
def test_futures_that_cannot_be_decided_together_are_findings(cases: Any, code: str) -> None:
    """Each says what differs in which future, and what to do."""
    assert code in codes(cases)


def test_prices_of_the_decided_year_are_one(tmp_path: Path) -> None:
    """High prices from the first year on: the remedy names the key and the year."""
    text = CASES.replace("funds.f.amounts.2026: 0", "prices: high")
    found = planner.check(two_schools(tmp_path, text))
    assert found["code"].tolist() == ["future_price_now"]
    assert "prices_from: 2026" in found["message"][0]


def test_years_outside_and_maxmin_are_refused() -> None:
    """The year of the decision is one of the plan; the worst-off school first has no joint form."""
    assert codes({"a": {}}, decide_until=2030) == ["futures_until_outside"]
    assert codes({"a": {}}, {"priority.mode": "maxmin"}) == ["futures_maxmin"]


def test_a_future_without_a_plan_is_named(tmp_path: Path) -> None:
    """No money at all: the promise cannot be kept in that future, whatever is decided now."""
    both = "{measure: coverage, where: {item: pc, school: b, year: 2025}, at_least: 1}"
    changes = f"rules.a-by-2026.where.year: 2025, rules.b-too: {both}"
    text = CASES.replace("funds.f.amounts.2026: 0", changes)
    path = two_schools(tmp_path, text)
    ran = CliRunner().invoke(run, [str(path), "--out", str(tmp_path / "o"), "--lang", "en"])
    assert ran.exit_code == 4
    assert "«none» alone" in ran.output
    assert not (tmp_path / "o").exists()


def test_no_decision_for_all_is_said(tmp_path: Path) -> None:
    """In one future a's computer is promised by 2025, in the other b's: each has a plan, and
    together there is none."""
    text = """\
extends: base.yaml
rules: {a-by-2026: {where: {year: 2025}}}
futures:
  decide_until: 2025
  cases:
    a-first: {}
    b-first: {set: {rules.a-by-2026.where.school: b}}
"""
    path = two_schools(tmp_path, text)
    ran = CliRunner().invoke(run, [str(path), "--out", str(tmp_path / "o"), "--lang", "en"])
    assert ran.exit_code == 4
    assert say("futures.none_for_all", "en") in ran.output
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_run_says_what_was_decided(tmp_path: Path, lang: str) -> None:
    """The text of a run names every future, and the JSON is the folder's own claims."""
    path = two_schools(tmp_path)
    asked = [str(path), "--out", str(tmp_path / "o"), "--no-figures", "--lang", lang]
    ran = CliRunner().invoke(run, asked)
    assert ran.exit_code == 0, ran.output
    head = say("futures.stochastic_infeasible", lang, first="money", cases="none")
    assert head[:40] in " ".join(ran.output.split())
    ran = CliRunner().invoke(run, [*asked, "--json"])
    body = json.loads(ran.stdout)
    assert body["kind"] == "futures"
    assert [c["name"] for c in body["cases"]] == ["money", "none"]
    assert CliRunner().invoke(run, [*asked, "--relax"]).exit_code == 2


def test_check_proves_which_future_breaks_which_policy(tmp_path: Path) -> None:
    """Alone: the promise of both schools by 2025 needs 20 where there are 10. Together: a's by 2025
    in one future and b's in the other; without the promise there is a decision."""
    both = "{measure: coverage, where: {item: pc, school: b, year: 2025}, at_least: 1}"
    changes = f"rules.a-by-2026.where.year: 2025, rules.b-too: {both}"
    path = two_schools(tmp_path, CASES.replace("funds.f.amounts.2026: 0", changes))
    asked = [str(path), "--prove", "--lang", "en"]
    ran = CliRunner().invoke(check, asked)
    assert ran.exit_code == 4
    assert "none: no plan keeps every rule (proven)." in ran.output
    assert "a-by-2026" in ran.output
    assert "b-too" in ran.output
    each = ["--set", "rules.a-by-2026.where.year=2025",
            "--set", "futures.cases.none.set={rules.a-by-2026.where.school: b}"]  # fmt: skip
    ran = CliRunner().invoke(check, [*asked, *each, "--json"])
    assert ran.exit_code == 4
    assert json.loads(ran.stdout)["possible"] == [
        {"case": "money", "answer": True, "rules": []},
        {"case": "none", "answer": True, "rules": []},
        {"case": "", "answer": False, "rules": ["a-by-2026"]},
    ]
    plain = CliRunner().invoke(check, [THREE, "--prove", "--lang", "en"])
    assert plain.exit_code == 0
    assert "there is a plan" in plain.output


def test_scenarios_in_memory_are_futures_too() -> None:
    """The Python door takes scenarios by name; what differs now is refused as in a file."""
    base = planner.load(THREE)
    less = base.with_("funds.district.amounts.2026", 10_000_000)
    here = planner.futures(base, cases={"same": base, "less": less}, weights={"same": 3}, gap=0)
    there = planner.futures(three({"same": {"weight": 3}, "less": LESS}), gap=0)
    pd.testing.assert_frame_equal(here.futures, there.futures)
    pd.testing.assert_frame_equal(here.decision, there.decision)
    dear = base.with_("funds.district.amounts.2025", 10_000_000)
    with pytest.raises(planner.InputError, match="future_money_now"):
        planner.futures(base, cases={"same": base, "dear": dear})
    with pytest.raises(planner.InputError, match="futures_missing"):
        planner.futures(base)


def test_a_what_if_reaches_every_future() -> None:
    """Money of 2026 changed in Python is changed in all futures; the futures themselves are not to
    be made there, but for the aim."""
    known = three({"same": {}, "less": LESS})
    more = known.with_("funds.district.amounts.2025", 60_000_000)
    assert {c.settings.funds["district"].amounts[2025] for c in more.cases.values()} == {60_000_000}
    worst = known.with_("futures.aim", "worst")
    assert planner.futures(worst, gap=0).settings["aim"] == "worst"
    with pytest.raises(planner.InputError, match="what_if_futures"):
        known.with_("futures.decide_until", 2026)
