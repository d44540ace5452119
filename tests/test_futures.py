"""One decision for several futures: read, decided, written, proven, and refused in words."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import planner
from planner.analysis.answers import read_future
from planner.cli.commands import check, report, run, show
from planner.formulation import extensive as extensive_form
from planner.messages import LANGUAGES, say
from planner.messages.numbers import rounded
from planner.present.comparison import decided_text
from planner.present.content import Paragraph, ReportContent, Table
from planner.present.papers import package
from planner.present.papers.agreement import check_plan
from planner.present.papers.view import View
from planner.run import deciding, folder
from planner.scenario import cases
from planner.scenario.scenario import Scenario
from planner.solving import parameters
from planner.system import worker_pool

SPOKEN = ["vi", pytest.param("en", marks=pytest.mark.slow)]
"""Both languages; what is said in one is nearly always right in the other."""
TAIL = {"cvar": 0.5}
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


@pytest.mark.parametrize(
    "aim",
    ["expected", "regret", *(pytest.param(a, marks=pytest.mark.slow) for a in ("worst", TAIL))],
)
def test_alike_futures_give_the_plain_plan(aim: Any) -> None:
    """Whatever the weights: nothing is lost by not knowing which of two like futures comes."""
    plain = planner.solve(THREE, gap=0)
    found = planner.futures(three({"one": {"weight": 2}, "two": {}}, aim=aim), gap=0)
    assert found.value == pytest.approx(plain.value)
    assert found.regret == pytest.approx((0, 0), abs=1e-6)
    assert found.worth["information"] == pytest.approx((0, 0), abs=1e-6)
    assert set(found.decision["role"]) == {"core"}


def test_one_future_gives_its_plan() -> None:
    """One future alone is an ordinary scenario."""
    found = planner.futures(three({"only": MORE}), gap=0)
    plain = planner.solve(found.scenario.cases["only"], gap=0)
    assert found.value == pytest.approx(plain.value)
    assert found.plan_of("only").spent == plain.plan.spent


@pytest.mark.slow
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


def test_the_futures_that_the_readme_shows_can_be_read(tmp_path: Path) -> None:
    """Both examples, over the district that they name; a key that is none, or money of the decided
    year, would be a finding."""
    text = Path("README.md").read_text(encoding="utf-8")
    shutil.copytree("scenarios/ba-dinh", tmp_path / "district")
    loaded = []
    for number, block in enumerate(re.findall(r"```yaml\n(futures:.*?)```", text, re.DOTALL)):
        path = tmp_path / "district" / f"shown-{number}.yaml"
        path.write_text(f"extends: base.yaml\n{block}", encoding="utf-8")
        loaded.append(planner.load(path))
    three, four = loaded
    assert list(three.cases) == ["expected", "less-money", "late"]
    names = ["as-planned-base", "as-planned-dear", "less-base", "less-dear"]
    assert list(four.cases) == names
    assert list(cases.weights_of(four).values()) == [6, 3, 2, 1]


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


def test_what_tidying_the_decision_gave_up_is_proven_in_every_plan(tmp_path: Path) -> None:
    """b's computer is worth a thousandth of a's, and is promised nowhere: the decision leaves it
    out. What each future may give up after that is less than was asked for, and its plan says how
    much; a plan that claims the whole of it is refused by the audit."""
    text = """\
extends: base.yaml
funds: {f: {amounts: {2025: 20, 2026: 0}}}
tidy: {within: 0.01}
futures: {decide_until: 2025, cases: {one: {}, two: {}}}
"""
    path = two_schools(tmp_path, text)
    schools = PROMISE["schools.csv"].replace("none,10,", "none,5000,", 1)
    (tmp_path / "schools.csv").write_text(schools, encoding="utf-8")
    found = planner.futures(path, tmp_path / "plan", gap=0.001)
    assert planner.audit(tmp_path / "plan").empty
    assert found.decision["school"].tolist() == ["a"]
    again = folder.read_decided(tmp_path / "plan")
    assert sum(again.before.values()) > again.value
    before = rounded(sum(again.before.values()), 1, "en")
    assert f"fewer lines {before}" in " ".join(decided_text(again, "en").split())


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


def lift_pair(key: str, by: float) -> Any:
    """A change of the lower end of an interval in ``plan.json``."""

    def change(_: Path, head: dict[str, Any]) -> None:
        (head if key == "regret" else head["worth"])[key][0] += by

    return change


def no_base(_: Path, head: dict[str, Any]) -> None:
    """Nothing said of a future under the first one's decision."""
    del head["cases"][1]["base"]


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


def other_optima(place: Path, _: Any) -> None:
    """Another future than the one whose own plan buys the line, none of them, or twice as many."""
    path = place / "decision.csv"
    text = path.read_text(encoding="utf-8")
    assert ",1,none,insurance" in text
    path.write_text(text.replace(",1,none,insurance", ",1,late,insurance"), encoding="utf-8")


def more_waits(place: Path, _: Any) -> None:
    """Twice the money of what waits."""
    path = place / "waiting.csv"
    text = path.read_text(encoding="utf-8")
    assert ",10,money" in text
    path.write_text(text.replace(",10,money", ",20,money"), encoding="utf-8")


def nothing_waits(place: Path, _: Any) -> None:
    """What waits taken out."""
    path = place / "waiting.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")


def other_listed(place: Path, _: Any) -> None:
    """A future's weight in its table is not that of ``plan.json``."""
    path = place / "futures.csv"
    text = path.read_text(encoding="utf-8")
    assert ",0.25," in text
    path.write_text(text.replace(",0.25,", ",0.35,"), encoding="utf-8")


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
        (lift_pair("information", 1.0), "audit_claim"),
        (lift_pair("regret", -1.0), "audit_claim"),
        (no_base, "audit_claim"),
        (aim_worst, "audit_claim"),
        (fewer_lines, "audit_decision_differs"),
        (all_core, "audit_claim"),
        (other_optima, "audit_claim"),
        (more_waits, "audit_claim"),
        (nothing_waits, "audit_claim"),
        (other_listed, "audit_claim"),
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


def test_a_folder_is_read_back_as_it_was_decided(written: Path) -> None:
    """Every table and figure that texts, figures and papers show, without a solve."""
    made = planner.futures(written.parent / "futures.yaml", gap=0)
    again = folder.read_decided(written)
    for name in ("decision", "waiting", "futures"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(made, name))
    assert (again.until, again.status, again.regret) == (2025, "optimal", made.regret)
    for lang in LANGUAGES:
        assert decided_text(again, lang) == decided_text(made, lang)


@pytest.mark.parametrize("lang", SPOKEN)
def test_the_text_names_schools_items_and_what_they_wait_for(written: Path, lang: str) -> None:
    """By hand: a's computer is insurance, which only the plan of «none» buys now; b's waits for
    money, and is bought in «money» alone. A table of ids, or another future's reason, differs."""
    text = decided_text(folder.read_decided(written), lang)
    assert max(map(len, text.splitlines())) <= 100
    rows = [" ".join(line.split()) for line in text.splitlines()]
    reason = say("futures.waits_for.money", lang)
    assert any(row.startswith("A PC none 1 10") for row in rows), text
    assert any(row.startswith(f"B PC {reason} money 1 10") for row in rows), text


def test_why_something_waits_is_told_apart() -> None:
    """A reason holds only where no future that buys is in it like one that does not: three futures,
    of which the price tells those that buy; with two ways to differ, both or neither do. Years
    after the plan tell nothing: every future here differs in them."""

    def why(money: list[str], prices: list[int], cases: set[str], ready: int = 0) -> str:
        facts = [
            SimpleNamespace(
                axes=SimpleNamespace(
                    first=2025, usable_from=lambda _: [ready], school_at={"a": 0},
                    item_at={"pc": 0}, plan_count=2,
                ),
                declared={"f": {1: m, 2: at}}, price=np.array([[1, p, *[9] * at]]),
            )
            for at, (m, p) in enumerate(zip(money, prices, strict=True))
        ]  # fmt: skip
        joint = SimpleNamespace(
            forms=[SimpleNamespace(facts=f) for f in facts], names=("x", "y", "z")[: len(facts)]
        )
        return deciding._why(joint, "a", "pc", cases, 2025)  # type: ignore[arg-type]

    assert why(["1", "1", "1"], [1, 1, 2], {"x", "y"}) == "price"
    assert why(["1", "1", "2"], [1, 1, 1], {"x", "y"}) == "money"
    assert why(["1", "1", "2"], [1, 2, 1], {"x"}) == "money_price"
    assert why(["1", "1", "1"], [1, 1, 1], {"x"}) == "other"
    assert why(["1", "1", "2"], [1, 1, 1], {"x"}) == "other"
    assert why(["1", "1", "2"], [1, 1, 1], {"x", "y", "z"}) == "later"
    assert why(["1", "1", "2"], [1, 1, 1], {"x"}, ready=1) == "handover"


# --------------------------------------------------------------------------------------------------
# Figure and papers.


@pytest.mark.parametrize("lang", SPOKEN)
def test_the_figure_parts_money_by_the_futures_that_would_buy(written: Path, lang: str) -> None:
    """One bar of 10, in the best plan of one future of two; the item by its name."""
    found = folder.read_decided(written)
    ax = planner.plots.decision(found, lang=lang)
    (bar,) = ax.patches
    assert (bar.get_gid(), bar.get_width()) == ("optima:1", 10)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["PC"]
    told = say("futures.fig.insurance", lang, count=1, all=2)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [told]


def content(found: Path, lang: str = "vi") -> ReportContent:
    """The papers of a folder; ``FOLDER`` or ``FOLDER/futures/<case>``."""
    plan, decided, future = read_future(found)
    return package.view_content(View(plan, lang, decided=decided, future=future))


@pytest.mark.parametrize("lang", SPOKEN)
@pytest.mark.parametrize("case", ["money", "none"])
def test_papers_say_what_is_decided_now(written: Path, lang: str, case: str) -> None:
    """The last appendix of either future's papers holds the one line decided, as insurance of 10,
    and b's as what waits; the letter asks for the decided years and names the future."""
    found = content(written if case == "money" else written / "futures" / case, lang)
    last = found.appendices[-1]
    assert last.key == "decision"
    parts = {t.key: t for t in last.tables()}
    assert set(parts) == {"decision.futures", "decision.lines.insurance", "decision.waiting"}
    (line, total) = parts["decision.lines.insurance"].rows
    at = parts["decision.lines.insurance"].at("amount")
    assert (line.cells[0], line.cells[at], line.cells[-1]) == ("A", 10, "none")
    assert total.cells[at] == 10
    assert line.lines == total.lines != ()
    (waits,) = parts["decision.waiting"].rows
    assert waits.cells[0] == "B"
    assert say("futures.waits_for.money", lang) in waits.cells
    letter = " ".join(b.text for b in found.letter.blocks if isinstance(b, Paragraph))
    assert f"«{case}»" in letter or f"“{case}”" in letter
    assert say("report.ask.approve", lang, lists="", money="")[:15] in letter
    assert last.number in letter


def test_a_plain_plan_has_no_such_appendix(written: Path) -> None:
    """The same plan away from its decision is a plan like any other."""
    away = written.parent / "away"
    shutil.copytree(written / "futures" / "money", away)
    assert "decision" not in [a.key for a in content(away).appendices]


def test_every_form_agrees_and_nothing_is_put_into_the_sealed_folder(written: Path) -> None:
    """All four forms are reopened and compared; the papers of a future stand beside the decision,
    whose own folder is proven as before (inside it they would be files that nobody sealed)."""
    for source, name in (
        (written, "plan-report"), (written / "futures" / "none", "plan-none-report"),
    ):  # fmt: skip
        ran = CliRunner().invoke(report, [str(source), "--lang", "vi"])
        assert ran.exit_code == 0, ran.output
        made = {p.suffix for p in (written.parent / name).iterdir()}
        assert made == {".docx", ".xlsx", ".pdf", ".html"}
    assert planner.audit(written).empty


def test_a_wrong_amount_of_the_decision_is_found(written: Path) -> None:
    """The appendix's amounts are those of the plan's lines."""
    plan, decided, future = read_future(written)
    assert decided is not None
    view = View(plan, decided=decided, future=future)
    found = package.view_content(view)
    check_plan(found, view)
    *others, last = found.appendices
    blocks = []
    for block in last.blocks:
        if isinstance(block, Table) and block.key == "decision.lines.insurance":
            at = block.at("amount")
            cells = (*block.rows[0].cells[:at], 11, *block.rows[0].cells[at + 1 :])
            first, *rest = block.rows
            blocks.append(replace(block, rows=(replace(first, cells=cells), *rest)))
        else:
            blocks.append(block)
    wrong = replace(found, appendices=(*others, replace(last, blocks=tuple(blocks))))
    with pytest.raises(planner.AuditError):
        check_plan(wrong, view)
    other = decided.decision.assign(amount=11)
    with pytest.raises(planner.AuditError):
        package.view_content(replace(view, decided=replace(decided, decision=other)))


@pytest.mark.parametrize("lang", SPOKEN)
def test_requests_alone_are_decided_and_presented(tmp_path: Path, lang: str) -> None:
    """Lorie and Savage's projects while the second year brings 20 or 12: whole projects have no
    number of units, and nothing waits. Each is called by its title, in texts, figure and papers."""
    futures = {"decide_until": 2025, "cases": {
        "as-published": {}, "less": {"set": {"funds.capital.amounts.2026": 12}},
    }}  # fmt: skip
    base = planner.load("scenarios/capital-budget", {"futures": futures})
    planner.futures(base, tmp_path / "plan", gap=0)
    assert planner.audit(tmp_path / "plan").empty
    found = folder.read_decided(tmp_path / "plan")
    assert found.waiting.empty
    titles = base.table("requests").set_index("request")["title"]
    last = content(tmp_path / "plan", lang).appendices[-1]
    rows = [
        row.cells for t in last.tables() if t.key.startswith("decision.lines") for row in t.rows
    ]
    named = [cells[1] for cells in rows if cells[3]]
    assert sorted(named) == sorted(titles[r] for r in found.decision["request"])
    assert all(cells[4] is None for cells in rows)
    insured = found.decision[found.decision["role"] == "insurance"]
    assert all(titles[r] in decided_text(found, lang) for r in insured["request"])
    ax = planner.plots.decision(found, lang=lang)
    assert [t.get_text() for t in ax.get_yticklabels()] == [say("label.kind.request", lang)]
    written = planner.report(tmp_path / "plan", tmp_path / "papers", forms=["xlsx"], lang=lang)
    assert [p.name for p in written] == ["to-trinh.xlsx"]


def test_check_and_show_say_the_futures(tmp_path: Path) -> None:
    """How many, until when, by what aim, with shares of the weights and what each changes."""
    path = two_schools(tmp_path)
    for verb in (check, show):
        ran = CliRunner().invoke(verb, [str(path), "--lang", "en"])
        assert ran.exit_code == 0, ran.output
        told = " ".join(ran.output.replace("#", " ").split())
        assert say("check_futures", "en", count=2, until="2025", aim="weighted mean") in told
        assert "none funds.f.amounts.2026: 0 25.0%" in told
        assert "money as the scenario 75.0%" in told
    body = json.loads(CliRunner().invoke(check, [str(path), "--json"]).stdout)["understood"]
    assert body["decide_until"] == 2025
    assert [(f["future"], f["weight"]) for f in body["futures"]] == [
        ("money", 0.75),
        ("none", 0.25),
    ]
    plain = json.loads(CliRunner().invoke(check, [THREE, "--json"]).stdout)["understood"]
    assert (plain["futures"], plain["decide_until"]) == ([], None)


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


@pytest.mark.parametrize("lang", SPOKEN)
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


def test_a_decision_that_the_proof_denies_is_not_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A joint model whose futures decide apart would write plans that each hold and a decision that
    does not: the run ends with an error, and nothing is written."""
    path = two_schools(tmp_path)
    monkeypatch.setattr(extensive_form, "BY_YEAR", ())  # every purchase in each future for itself
    with pytest.raises(planner.AuditError, match="audit_decision_differs"):
        planner.futures(path, tmp_path / "plan", gap=0)
    assert not (tmp_path / "plan").exists()


def test_what_is_bought_by_the_dong_is_the_same_in_every_future(tmp_path: Path) -> None:
    """A continuous item takes what money leaves, to the last đồng, now and later: its amount of now
    is one number in both futures, and the first one's own decision has a plan in the other."""
    path = two_schools(tmp_path)
    extra = {
        "catalogue.csv": "rec,Records,set,infrastructure,capital,3,,no\n",
        "norms.csv": "rec,primary,pupils,1\n",
    }
    for name, line in extra.items():
        (tmp_path / name).write_text(PROMISE[name] + line, encoding="utf-8")
    money = {"funds.f.amounts": {2025: 17, 2026: 13}, "rules.a-by-2026": None}
    found = planner.futures(planner.load(path, money), gap=0)
    bought = [
        plan.allocation.query("item == 'rec' and year == 2025")["amount"].tolist()
        for plan in (found.plan_of("money"), found.plan_of("none"))
    ]
    assert bought[0] == bought[1] != []
    assert set(found.futures["base"]) == {"plan"}
