"""The summary: what is said agrees with the tables, and lines up on any console."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import replace

import pytest
import stand_in

from planner.messages import LANGUAGES, TOPICS, sentences
from planner.present.summary import summary, worst_schools
from planner.present.terminal import cut, display_width, table, wrap


@pytest.fixture(scope="module")
def plan() -> stand_in.Plan:
    return stand_in.plan(24)


def told(plan: stand_in.Plan, lang: str = "en", width: int = 100, **changes: object) -> str:
    return summary(stand_in.Result(plan, plan.scenario, **changes), lang, width=width)  # type: ignore[arg-type]


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_part_is_there(plan: stand_in.Plan, lang: str) -> None:
    """All that the issue lists has its heading, in both languages."""
    heads = {
        "vi": ["KẾT QUẢ", "TIỀN THEO NGUỒN", "TỶ LỆ ĐÁP ỨNG", "CÔNG BẰNG", "10 TRƯỜNG",
               "CHƯA ĐÁP ỨNG", "NGHĨA VỤ SAU", "TỆP KẾT QUẢ", "Dữ liệu minh họa"],
        "en": ["RESULT", "MONEY BY FUND", "COVERAGE AND", "FAIRNESS", "THE 10 SCHOOLS",
               "WHAT STAYS UNMET", "OBLIGATIONS", "FILES", "Illustrative data"],
    }[lang]  # fmt: skip
    text = summary(stand_in.Result(plan, plan.scenario), lang, files=["plans/base"])
    assert [h for h in heads if h not in text] == []
    assert "plans/base" in text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_line_is_wider_than_the_console(plan: stand_in.Plan, lang: str, width: int) -> None:
    """Widths are counted as a console shows them; no control codes, NFC throughout."""
    text = told(plan, lang, width)
    assert max(map(display_width, text.splitlines())) <= width
    assert text == unicodedata.normalize("NFC", text)
    assert not any(unicodedata.category(c) == "Cc" for c in text if c != "\n")


def test_status_in_words(plan: stand_in.Plan) -> None:
    """The gap is rounded up: 0.0301% is «0.04%», never the smaller claim of 0.03%."""
    assert "better by more than 0.04%" in flat(told(plan, gap=0.000301))
    assert "better by more than 0.01%" in flat(told(plan, gap=1e-9))
    assert "This is the best plan" in told(plan, status="optimal", gap=0.0)
    assert "better by up to 3.20%" in flat(told(plan, status="stopped", gap=0.032))
    unknown = flat(told(plan, status="stopped", gap=None, bound=None))
    assert "nothing is known yet" in unknown
    assert "no plan can pass" not in unknown


@pytest.mark.parametrize("status", ["infeasible", "no_plan", "unbounded", "numerics"])
def test_without_a_plan_only_the_status_is_told(plan: stand_in.Plan, status: str) -> None:
    """No plan: no tables, and nothing is asked of the plan that does not exist."""
    nothing = stand_in.Result(None, plan.scenario, status=status, value=None, bound=None, gap=None)
    for lang in LANGUAGES:
        text = summary(nothing, lang)
        assert len(text.splitlines()) < 8


def test_money_totals_leave_out_tail_years_and_projects(plan: stand_in.Plan) -> None:
    """Spent is the sum over plan years and general funds; with projects or 2026 it would be
    more."""
    book = plan.ledger[(plan.ledger["school"] == "") & (plan.ledger["year"] <= 2025)]
    spent = book["spent"].sum() / 10**9
    assert f"The plan spends {spent:,.1f} billion VND" in told(plan)
    assert book["spent"].sum() < plan.ledger["spent"].sum()


def test_money_carried_over_is_left_once(plan: stand_in.Plan) -> None:
    """10 of 2023 carried into 2024 and unused there: 10 lapse, not 20, and 10 are left."""
    book = plan.ledger[plan.ledger["fund"] == "capital"].head(2).reset_index(drop=True)
    book = book.assign(amount=100, reserve=0, usable=100, spent=[90, 100], purchases=[90, 100])
    book = book.assign(carried_in=[0, 10], carried_out=[10, 0], lapsed=[0, 10])
    text = flat(told(replace(plan, ledger=book)))
    assert "spends 190 VND of the 200 VND given (95.0%)" in text
    assert "10 VND is left, of which 10 VND lapses" in text


def test_proposals_stay_outside_the_totals(plan: stand_in.Plan) -> None:
    """The total row holds funded schools only; proposals follow on their own row."""
    lines = told(plan).splitlines()
    total = next(line for line in lines if "Total funded" in line)
    outside = next(line for line in lines if "Group 3, outside" in line)
    assert total.split()[2] == "18"
    spent = plan.schools["spent"].sum() / 10**6
    assert f"{spent:,.1f}" in total
    assert f"{plan.schools['proposed'].sum() / 10**6:,.1f}" in outside


def test_worst_schools_by_coverage_then_size(plan: stand_in.Plan) -> None:
    """Ten schools of lowest coverage; of equals the larger comes first."""
    worst = worst_schools(plan)
    assert list(worst["coverage_after"]) == sorted(plan.schools["coverage_after"])[:10]
    level = plan.schools.assign(coverage_after=0.5)
    first = worst_schools(replace(plan, schools=level)).iloc[0]
    assert first["pupils"] == level["pupils"].max()


def test_stages_are_told_when_there_are_several(plan: stand_in.Plan) -> None:
    """A strict solve lists each stage with its own bound and gap; stages may be mappings."""
    stage = {"name": "tier-1:completed", "status": "optimal", "value": 5.0, "bound": 5.0, "gap": 0}
    assert "Tier 1, Group 1 (completed)" not in told(plan, stages=(stage,))
    assert "Tier 1, Group 1 (completed)" in told(plan, stages=(stage, {**stage, "name": "tier 2"}))


def test_upkeep_after_the_end(plan: stand_in.Plan) -> None:
    """Only what this plan creates is in the first sentence; proposals are told apart."""
    text = flat(told(plan))
    assert "what this plan buys costs 7.2 billion VND to run" in text
    assert "declared funds bear 6.0 billion VND" in text
    assert "another 900.0 million VND to run" in text


def test_no_need_left_is_said(plan: stand_in.Plan) -> None:
    """Everything covered: the sentence says so and no table of reasons follows."""
    met = plan.coverage.assign(in_service=plan.coverage["need"], after=1.0)
    text = told(replace(plan, coverage=met))
    assert "every need of the funded schools is met" in text


def test_display_width_of_vietnamese() -> None:
    """Composed or decomposed, a word takes the same columns; an East Asian letter takes two."""
    word = "Trường"
    assert display_width(unicodedata.normalize("NFD", word)) == display_width(word) == 6
    assert display_width("学") == 2
    assert cut("Trường Tiểu học", 8) == "Trường…"


def test_columns_line_up() -> None:
    """Numbers end in the same column whatever letters stand before them."""
    rows = [["Trường Đặng", "1"], ["a", "1.000"]]
    lines = table(["Tên", "Số"], rows, 40)
    assert len({display_width(line) for line in lines[2:]}) == 1
    assert all(display_width(x) <= 20 for x in wrap("một hai ba " * 9, 20))


def test_sentences_are_complete() -> None:
    """Both languages, NFC, and the same parameters in both."""
    from string import Formatter

    for code, pair in sentences().items():
        fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in pair]
        assert all(pair), code
        assert fields[0] == fields[1], code
        assert all(unicodedata.is_normalized("NFC", text) for text in pair), code


def test_sentences_are_those_of_their_files() -> None:
    """Proves that cutting a file at its tables loses no word: every table that TOML itself reads is
    there, the same and in the same order; one cut at a bracket inside a text would differ."""
    read = {}
    for path in sorted(TOPICS.glob("*.toml")):
        read |= tomllib.loads(path.read_text(encoding="utf-8"))
    assert [(code, sentences().entry(code)) for code in sentences()] == list(read.items())


def test_a_plan_without_lines_is_told(plan: stand_in.Plan) -> None:
    """Requests alone, or nothing bought: every section copes with empty tables."""
    empty = replace(
        plan,
        **{
            n: getattr(plan, n).iloc[:0]
            for n in ("allocation", "coverage", "ledger", "obligations")
        },
        schools=plan.schools.assign(coverage_before=None, coverage_after=None),
    )
    for lang in LANGUAGES:
        assert "nan" not in told(empty, lang, people=0.0, people_proposed=0.0)


def test_a_gap_that_whole_money_leaves_is_not_called_a_stop() -> None:
    """Proves the words of ``stopped`` hold too where nothing was stopped: what rounding to whole
    money costs can pass the gap asked for in half a second."""
    for code in ("summary.status.stopped", "label.status.stopped"):
        vi, en = sentences()[code]
        assert "stopped" not in en
        assert "dừng" not in vi
