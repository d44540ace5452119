"""What a decision is worth in pupil-years: told, and proven as far as it can be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_futures import CASES, PROMISE, content, lift_case, spoilt, two_schools

import planner
from planner.messages import LANGUAGES, say
from planner.messages.numbers import rounded
from planner.present.comparison import decided_text
from planner.present.content import Paragraph
from planner.run import folder


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decision's folder; in its second future nothing can be bought later."""
    place = tmp_path_factory.mktemp("worth")
    planner.futures(two_schools(place), place / "plan", gap=0)
    return place / "plan"


def unlike(place: Path) -> Path:
    """Two schools without a promise, b with thirty pupils; in the second, likelier future a counts
    a hundredfold."""
    text = CASES.replace("futures:", "rules: {a-by-2026: null}\nfutures:")
    text = text.replace("money: {weight: 3}", "plain: {}")
    text = text.replace("none: {weight: 1, set: {funds.f.amounts.2026: 0}}",
                        "a-first: {weight: 3, scenario: heavy.yaml}")  # fmt: skip
    path = two_schools(place, text)
    schools = PROMISE["schools.csv"].replace("10,1,1,5", "30,1,1,1")
    heavy = schools.replace("10,1,1,1", "10,1,1,100")
    for name, lines in (("schools.csv", schools), ("heavy.csv", heavy)):
        (place / name).write_text(lines, encoding="utf-8")
    overlay = "extends: base.yaml\ndata: {schools: heavy.csv}\n"
    (place / "heavy.yaml").write_text(overlay, encoding="utf-8")
    return path


def test_what_a_decision_is_worth_is_told_in_pupil_years(tmp_path: Path) -> None:
    """By hand: a's computer first serves 2 × 10 + 30 = 50 pupil-years, b's first 2 × 30 + 10 = 70.
    The decision buys a's, the plain future alone b's: with that decision there are 20 more in both
    futures, for fewer points, so deciding for all is worth −20; with the own plans 1 × 70 and
    3 × 50, a quarter each, 5 more. Columns mixed up, unweighted means (+10) or a difference that
    stops at nought differ."""
    found = planner.futures(unlike(tmp_path), tmp_path / "plan", gap=0)
    again = folder.read_decided(tmp_path / "plan")
    for made in (found, again):
        table = made.futures.set_index("case")
        assert table["people"].tolist() == [50, 50]
        assert table["base_people"].tolist() == [70, 70]
        assert table["base_people_less"].tolist() == [-20, -20]
        assert table["best_people"].tolist() == [70, 50]
        assert table["best_people_more"].tolist() == [20, 0]
        assert made.worth_people == {"information": 5, "stochastic": -20}
        assert made.worth["stochastic"][0] > 0
    body = json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))
    assert body["worth_people"] == {"information": 5, "stochastic": -20}
    assert body["cases"][1]["base_people"] == 70
    for lang in LANGUAGES:
        shown = {"people": "50", "base_people": "70", "base_people_change": "+20",
                 "best_people": "55", "best_people_change": "+5"}  # fmt: skip
        told = say("futures.worth_people", lang, first="plain", **shown)
        assert told in " ".join(decided_text(again, lang).split())
        last = content(tmp_path / "plan", lang).appendices[-1]
        assert told in [b.text for b in last.blocks if isinstance(b, Paragraph)]
        points = rounded(found.futures["value"][1] - found.futures["base_least"][1], 1, lang)
        under = say("futures.base.plan", lang, points=f"−{points}", people="+20")
        (rows,) = (t.rows for t in last.tables() if t.key == "decision.futures")
        assert rows[1].cells[1] == under


def test_no_pupil_years_are_told_of_a_decision_that_has_no_plan(written: Path) -> None:
    """Under the decision for «money» the other future has none: its figures are not known, and no
    mean is told of it; that knowing would be worth none more is told all the same."""
    found = folder.read_decided(written)
    table = found.futures.set_index("case")
    assert table["base_people"].isna().tolist() == [False, True]
    assert found.worth_people == {"information": 0}
    for lang in LANGUAGES:
        mean = rounded(0.75 * 30 + 0.25 * 20, 0, lang)
        shown = {"people": mean, "best_people": mean, "best_people_change": "0"}
        told = say("futures.worth_people", lang, first="money", **shown)
        assert "money" not in told
        assert told in " ".join(decided_text(found, lang).split())


def lift_worth(key: str, to: float) -> Any:
    """A change of what is told in pupil-years."""

    def change(_: Path, head: dict[str, Any]) -> None:
        head["worth_people"][key] = to

    return change


def base_people_made_up(_: Path, head: dict[str, Any]) -> None:
    """Pupil-years of a future that has no plan under the first one's decision."""
    head["cases"][1]["base_people"] = 10.0


def no_plan_of_its_own(_: Path, head: dict[str, Any]) -> None:
    """The first future without a plan under its own best plan's decision."""
    head["cases"][0] |= dict.fromkeys(folder.OF_BASE) | {"base": "open"}


def more_people_of_the_first(place: Path, head: dict[str, Any]) -> None:
    """More pupil-years of the first future's best plan, and all that follows from them: they are
    those of its plan under its own decision, which stand beside."""
    case = head["cases"][0]
    old = (case["best_people"], case["best_people_more"])
    case["best_people"], case["best_people_more"] = (n + 8.0 for n in old)
    head["worth_people"]["information"] += 0.75 * 8.0
    path = place / "futures.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    table.loc[0, "best_people"] = str(case["best_people"])
    table.loc[0, "best_people_more"] = str(case["best_people_more"])
    table.to_csv(path, index=False, encoding="utf-8-sig")


@pytest.mark.parametrize(
    "change",
    [
        lift_case("best_people", 1.0),
        lift_case("best_people_more", 1.0),
        lift_case("base_people", 1.0),
        lift_case("base_people_less", 1.0),
        lift_worth("information", 1.0),
        lift_worth("stochastic", 0.0),
        base_people_made_up,
        no_plan_of_its_own,
        more_people_of_the_first,
    ],
)
def test_pupil_years_that_cannot_be_are_found(written: Path, tmp_path: Path, change: Any) -> None:
    """Each change passes the hashes, so that only the proof itself can find it."""
    assert set(spoilt(written, tmp_path, change)) == {"audit_claim"}
