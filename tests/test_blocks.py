"""The page in the browser says what the command line says: every screen as blocks and as HTML."""

from __future__ import annotations

import datetime
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import openpyxl
import pytest
import stand_in
from click.testing import CliRunner
from living import A_YEAR, living, living_folder, written
from lxml import html
from tiny import EQUAL, fund, item, school, tiny

import planner
from planner.analysis.amending import amend
from planner.analysis.conflict import Moved, Possible, repairs
from planner.analysis.explain import explain_school, prices
from planner.analysis.status import status
from planner.analysis.verdicts import Proof, judge
from planner.cli import group
from planner.errors import Finding, Place, Severity
from planner.messages import LANGUAGES, render, say
from planner.present import amendment, comparison, executing, explanation, summary, understanding
from planner.present.content import Block, Column, Paragraph, Row, Table
from planner.present.page import html_blocks, html_findings, html_notes
from planner.present.terminal import UNBROKEN, Heading, blocks, clean, table_lines
from planner.run import folder
from planner.run.edits import read_edited
from planner.run.optimize import optimize
from planner.run.result import Decided, Result
from planner.scenario.contracts import Lock
from planner.scenario.load import inspect
from planner.scenario.scenario import Scenario

THREE = Path(__file__).parents[1] / "scenarios" / "three-schools"
BA_DINH = THREE.with_name("ba-dinh")
Text, Blocks = Callable[[str], str], Callable[[str], list[Block]]
Shown = tuple[Scenario | stand_in.Plan, Text, Blocks]


@cache
def place() -> Path:
    return Path(mkdtemp(prefix="planner-test-page-"))


@pytest.fixture(scope="module", autouse=True)
def _gone_afterwards() -> Iterator[None]:
    yield
    shutil.rmtree(place(), ignore_errors=True)


@cache
def three() -> Result:
    """Three schools by strict priority, with a rule: a summary with stages."""
    rule = {"measure": "spend", "where": {"group": "completed"}, "at_most": 200_000_000}
    changes = {"priority.mode": "strict", "rules.most": rule}
    return optimize(planner.load(THREE).with_(changes), gap=0, threads=1)


@cache
def stored() -> folder.PlanFolder:
    return folder.read(folder.write(three(), place() / "three"))


@cache
def tidied() -> Result:
    """101 points and two lines; without the one of a single point there is one."""
    schools = [school("a"), school("z", pupils=1, classes=1, group="none")]
    return optimize(tiny(schools=schools, cap=50, solve={"gap": 1e-6}), tidy=0.02, threads=1)


@cache
def tidied_again() -> folder.PlanFolder:
    return folder.read(folder.write(tidied(), place() / "tidied"))


@cache
def living_plan() -> folder.PlanFolder:
    return folder.read(living_folder(place()))


@cache
def of_run() -> Shown:
    found = three()
    return (
        found.scenario,
        lambda lang: summary.summary(found, lang, width=UNBROKEN),
        lambda lang: summary.summary_blocks(found, lang),
    )


@cache
def of_a_district() -> Shown:
    """A made-up plan of a district: every section of a summary has something to say."""
    plan = stand_in.plan(24)
    found = stand_in.Result(plan, plan.scenario)
    return (
        plan.scenario,
        lambda lang: summary.summary(found, lang, width=UNBROKEN),  # type: ignore[arg-type]
        lambda lang: summary.summary_blocks(found, lang),  # type: ignore[arg-type]
    )


@cache
def of_understood() -> Shown:
    scenario = planner.load(THREE)
    found = understanding.understood(scenario)
    return (
        scenario,
        lambda lang: understanding.understood_text(found, scenario, lang, UNBROKEN),
        lambda lang: understanding.understood_blocks(found, scenario, lang),
    )


@cache
def of_understood_district() -> Shown:
    """The district itself: rules, requests, contracts, unverified norms and prices."""
    scenario = planner.load(BA_DINH / "approved.yaml")
    found = understanding.understood(scenario)
    return (
        scenario,
        lambda lang: understanding.understood_text(found, scenario, lang, UNBROKEN),
        lambda lang: understanding.understood_blocks(found, scenario, lang),
    )


@cache
def of_policies() -> Shown:
    rule = {"measure": "quantity", "where": {"item": "pc"}, "at_least": 2}
    items = [item("pc"), item("kit", weight=2)]
    result = optimize(tiny(items=items, cap=40, rules={"pcs": rule}))
    found = prices(result.plan, result.value, result.bound)
    return (
        result.scenario,
        lambda lang: explanation.policies_text(found, lang, UNBROKEN),
        lambda lang: explanation.policies_blocks(found, lang),
    )


@cache
def of_a_school() -> Shown:
    """One that got something and lacks more, which money would bring."""
    schools = [school("a", classes=2, group="none"), school("b", classes=2)]
    weights = {"weights": EQUAL | {"completed": 2}}
    result = optimize(tiny(schools=schools, cap=30, priority=weights))
    found = explain_school(result.plan, "a", result.value, result.bound)
    return (
        result.scenario,
        lambda lang: explanation.why_text(found, lang, UNBROKEN),
        lambda lang: explanation.why_blocks(found, lang),
    )


@cache
def of_repairs() -> Shown:
    floor = {"measure": "coverage", "where": {"item": "pc"}, "at_least": 1}
    scenario = tiny(cap=20, rules={"all": floor})
    found = repairs(scenario)
    return (
        scenario,
        lambda lang: explanation.repairs_text(found, scenario, lang, UNBROKEN),
        lambda lang: explanation.repairs_blocks(found, scenario, lang),
    )


@cache
def of_an_edit() -> Shown:
    """A workbook in which a quantity was raised beyond the money."""
    sealed = stored().path
    path = place() / "edited.xlsx"
    book = openpyxl.load_workbook(sealed / "plan.xlsx")
    sheet = book["Phân bổ"]
    at = [cell.value for cell in sheet[2]].index("quantity") + 1
    sheet.cell(3, at).value += 1
    book.save(path)
    found = judge(read_edited(path, sealed))
    assert found.broken
    return (
        stored().scenario,
        lambda lang: explanation.judged_text(found, lang, UNBROKEN),
        lambda lang: explanation.judged_blocks(found, lang),
    )


@cache
def of_shadow_prices() -> Shown:
    less = planner.load(THREE).with_("funds.district.amounts.2025", 90_000_000)
    found = planner.solve(less, relax=True)
    return (
        less,
        lambda lang: "\n".join(explanation.price_lines(found, lang, UNBROKEN)),
        lambda lang: explanation.price_blocks(found, lang),
    )


@cache
def of_a_comparison() -> Shown:
    less = three().scenario.with_("funds.district.amounts.2025", 60_000_000)
    found = planner.compare(three(), optimize(less, gap=0, threads=1))
    return (
        less,
        lambda lang: comparison.text(found, lang, UNBROKEN),
        lambda lang: comparison.comparison_blocks(found, lang),
    )


@cache
def of_a_frontier() -> Shown:
    scenario = planner.load(THREE)
    found = planner.frontier(scenario, fund="district", start=0, stop=0.1, points=2, workers=0)
    return (
        scenario,
        lambda lang: comparison.frontier_text(found, lang, UNBROKEN),
        lambda lang: comparison.frontier_blocks(found, lang),
    )


@cache
def of_alternatives() -> Shown:
    result = optimize(tiny(items=[item("pc"), item("kit", weight=2)], cap=40), threads=1)
    found = planner.alternatives(result, within=0.2, threads=1)
    return (
        result.scenario,
        lambda lang: comparison.alternatives_text(found, lang, UNBROKEN),
        lambda lang: comparison.alternatives_blocks(found, lang),
    )


@cache
def decided() -> Decided:
    less = {"set": {"funds.district.amounts.2026": 10_000_000}}
    futures = {"decide_until": 2025, "cases": {"same": {"weight": 3}, "less": less}}
    return planner.futures(planner.load(THREE, {"futures": futures}), gap=0)


@cache
def of_futures() -> Shown:
    found = decided()
    return (
        found.scenario,
        lambda lang: comparison.decided_text(found, lang, UNBROKEN),
        lambda lang: comparison.decided_blocks(found, lang),
    )


@cache
def of_a_status() -> Shown:
    found = status(living_plan(), written(A_YEAR, place() / "executed.csv"))
    assert isinstance(found.at, datetime.date)
    return (
        found.scenario,
        lambda lang: executing.status_text(found, lang, UNBROKEN),
        lambda lang: executing.status_blocks(found, lang),
    )


@cache
def amended() -> Result:
    less = living().with_("funds.cap.amounts", {2023: 10_000, 2024: 4000, 2025: 3000})
    sheet = written(A_YEAR, place() / "executed.csv")
    return amend(living_plan(), less, executed=sheet, at="2024-01-10", points=3, within=0.05)


@cache
def of_an_amendment() -> Shown:
    found = amended()
    return (
        found.scenario,
        lambda lang: amendment.amendment_text(found, lang, UNBROKEN),
        lambda lang: amendment.amendment_blocks(found, lang),
    )


SCREENS = [
    of_run, of_a_district, of_understood, of_understood_district, of_policies, of_a_school,
    of_repairs, of_an_edit, of_shadow_prices, of_a_comparison, of_a_frontier, of_alternatives,
    of_futures, of_a_status, of_an_amendment,
]  # fmt: skip


def words(text: str) -> Counter[str]:
    """How often each word is said; the rules drawn in tables are none."""
    return Counter(w for w in text.split() if w.strip("-"))


def as_lines(parts: list[Block], lang: str, currency: str) -> list[str]:
    """What blocks would be on a console, without depths and empty lines."""
    lines = []
    for part in parts:
        told = part.text if isinstance(part, Paragraph) else ""
        lines += [told] if told else table_lines(part, lang, currency, UNBROKEN)  # type: ignore[arg-type]
    return [" ".join(line.split()) for text in lines for line in text.split("\n")]


@pytest.mark.parametrize("shown", SCREENS)
def test_the_page_says_what_the_screen_says(shown: Callable[[], Shown]) -> None:
    """Every line of the text is one of the blocks, in its order, and nothing else is: a section
    that is dropped, told twice or in other words would be a line too few or too many. The words
    that a browser shows of them are those of the text, each as often; what is written is HTML that
    a parser reads as it was meant, without styles, scripts or marks of the author's."""
    scenario, text, blocks_of = shown()
    for lang in LANGUAGES:
        said, parts = text(lang), blocks_of(lang)
        told = [" ".join(line.split()) for line in said.split("\n") if line.strip()]
        assert as_lines(parts, lang, scenario.settings.currency) == told
        made = html_blocks(parts, lang, scenario.settings.currency)
        tree = html.fragment_fromstring(made, create_parent="main")
        assert words(" ".join(tree.itertext())) == words(said)
        assert {e.tag for e in tree.iter()} <= TAGS
        assert {name for e in tree.iter() for name in e.attrib} <= MARKS
        labels = [e.get("aria-label") for e in tree.iter("div")]
        assert len(labels) == len(set(labels))
        assert sum(map(len, map(list, tree.iter("h3")))) == 0
        for rows in tree.iter("table"):
            wide = {sum(int(c.get("colspan", 1)) for c in row) for row in rows.iter("tr")}
            assert wide == {len(rows.find("thead/tr"))}


TAGS = {
    "main", "section", "h3", "p", "div", "table", "caption", "thead", "tbody", "tfoot", "tr",
    "th", "td",
}  # fmt: skip
MARKS = {"class", "scope", "colspan", "tabindex", "role", "aria-label"}


def test_a_stored_plan_says_what_was_said_when_it_was_made() -> None:
    """A folder read back has no result; its summary is the one of the run, stages, what tidying
    gave up and all. A claim that is not put back (a bound, a stage, the pillars, the lines before)
    would leave its sentence out or say «–»."""
    for result, again in ((three(), stored()), (tidied(), tidied_again())):
        told = replace(result, seconds=round(result.seconds, 3))
        for lang in LANGUAGES:
            said = (summary.summary_blocks(subject, lang) for subject in (again, told))
            once, now = (html_blocks(parts, lang, "VND") for parts in said)
            assert once == now
    kept, own = summary.stored(tidied_again()).tidied, tidied().tidied
    assert kept is not None
    assert own is not None
    assert (kept.stages, kept.before) == (own.stages, own.before)
    assert amendment.amendment_blocks(stored()) == []


def test_stored_amendments_and_decisions_say_what_was_said() -> None:
    """The same of an amended plan, with what it changes, and of a decision for several futures."""
    result, found = amended(), decided()
    again = folder.read(folder.write(result, place() / "amended"))
    told = replace(result, seconds=round(result.seconds, 3))
    kept = folder.read_decided(folder.write(found, place() / "decided"))
    for lang in LANGUAGES:
        for once, now in (
            (summary.summary_blocks(again, lang), summary.summary_blocks(told, lang)),
            (amendment.amendment_blocks(again, lang), amendment.amendment_blocks(told, lang)),
            (comparison.decided_blocks(kept, lang), comparison.decided_blocks(found, lang)),
        ):
            assert html_blocks(once, lang, "VND") == html_blocks(now, lang, "VND") != ""


def test_findings_are_the_lines_of_check(tmp_path: Path) -> None:
    """Each finding is a row with the words of its line, marked with where it is; the numbers of
    errors and warnings are the table's caption. Nothing found: no table."""
    shutil.copytree(THREE, tmp_path / "three")
    table = tmp_path / "three" / "schools.csv"
    body = table.read_text(encoding="utf-8")
    table.write_text(body.replace(",400,", ",nhiều <b>,"), encoding="utf-8")
    _, found, _ = inspect(tmp_path / "three", {"tial_years": "2"})
    found += [Finding(CODE, Place("s.xlsx", "A & B", 3, "C"), {"school": '"'}, LIGHT)]
    for lang in LANGUAGES:
        tree = html.fragment_fromstring(html_findings(found, lang))
        counted = {"errors": len(found) - 1, "warnings": 1}
        counted_in_all = say("check_findings", lang, **counted)
        assert tree.findtext(".//caption") == counted_in_all
        rows = tree.findall(".//tbody/tr")
        told = [": ".join(filter(None, (c.text_content() for c in row))) for row in rows]
        lines = [f"{say(f'check_{f.severity}', lang)}: {render(f, lang)}" for f in found]
        assert told == [clean(line) for line in lines]
    last = dict(rows[-1].attrib)
    assert last == {
        "class": "warning", "data-severity": "warning", "data-code": CODE,
        "data-file": "s.xlsx", "data-sheet": "A & B", "data-row": "3", "data-column": "C",
        "data-cell": "C3",
    }  # fmt: skip
    assert rows[0].get("data-sheet") == found[0].where.file != ""
    assert html_findings([], "vi") == html_notes([], "vi") == ""
    part = html.fragment_fromstring(html_findings(found[:1], "en", of=found))
    assert (part.findtext(".//caption"), len(part.findall(".//tbody/tr"))) == (counted_in_all, 1)
    noted = html.fragment_fromstring(html_notes(found[-1:], "vi"))
    (row,) = noted.findall(".//tbody/tr")
    assert (row.get("class"), row.findtext("td")) == ("note", say("check_note", "vi"))
    assert noted.findtext(".//caption").startswith("1 ")


CODE = "project_amount_missing"
LIGHT = Severity.WARNING
HOSTILE = '<script>alert("1")</script>\u202e\u0007 & \'"><img src=x onerror=a>'


def test_what_users_wrote_is_never_html() -> None:
    """Names of a school, an item and a fund, and the title, are shown as they were typed, without
    marks that turn the direction of a line; none of them becomes an element or ends an
    attribute."""
    scenario = tiny(
        schools=[school("a") | {"name": HOSTILE}],
        items=[item("pc") | {"name": HOSTILE}],
        funds={"cap": fund(40, name={"vi": HOSTILE, "en": HOSTILE})},
        title={"vi": HOSTILE, "en": HOSTILE},
    )
    found = optimize(scenario, threads=1)
    school_why = explain_school(found.plan, "a", found.value, found.bound)
    for parts in (
        summary.summary_blocks(found, "vi"),
        understanding.understood_blocks(understanding.understood(scenario), scenario, "vi"),
        explanation.why_blocks(school_why, "vi"),
    ):
        made = html_blocks(parts, "vi", "VND")
        tree = html.fragment_fromstring(made, create_parent="main")
        assert {e.tag for e in tree.iter()} <= TAGS
        assert {name for e in tree.iter() for name in e.attrib} <= MARKS
        assert clean(HOSTILE) in clean(" ".join(tree.itertext()))
        assert not set("\u202e\u0007") & set(made)
    made = html_findings([Finding(CODE, Place(HOSTILE), {"school": HOSTILE})], "vi")
    tree = html.fragment_fromstring(made)
    assert {e.tag for e in tree.iter()} <= TAGS
    assert tree.find(".//tbody/tr").get("data-file") == clean(HOSTILE)


def test_what_a_line_is() -> None:
    """By hand: depth and what follows make headings, leads, items and notes; a table says no
    heading again that stands before it; a note begins a section of its own."""
    heads = (Column("a", "Tên"), Column("b", "Số", "count"))
    part = Table("", heads, (Row("head",  ("x",)), Row("line", ("y", 2)), Row("total", ("z", 2))),
                 heading="Đầu")  # fmt: skip
    lines = [
        Heading("Tên"), "lời", "", "Đầu", *table_lines(part, "vi", "VND", UNBROKEN),
        "  sau", "    một", "", "ghi chú", "", "  - hai",
    ]  # fmt: skip
    found = blocks(lines)
    styles = [p.style if isinstance(p, Paragraph) else p.heading for p in found]
    assert styles == ["heading", "note", "heading", "", "lead", "item", "note", "item"]
    made = html_blocks(found, "vi", "VND")
    tree = html.fragment_fromstring(made, create_parent="main")
    sections = [" ".join(" ".join(s.itertext()).split()) for s in tree.iter("section")]
    assert sections == ["Tên lời", "Đầu Tên Số x y 2 z 2 sau một", "ghi chú - hai"]
    assert [c.text for c in tree.iterfind(".//td[@class='n']")] == ["2", "2"]
    assert tree.findtext(".//tr[@class='head']/th[@colspan='2']") == "x"
    assert tree.findtext(".//tfoot/tr[@class='total']/th") == "z"
    (alone,) = blocks(table_lines(part, "vi", "VND", UNBROKEN))
    assert "<caption>Đầu</caption>" in html_blocks([alone], "vi", "VND")


def said(parts: list[Block]) -> list[tuple[str, str]]:
    return [(p.style, p.text) for p in parts if isinstance(p, Paragraph)]


def test_what_proofs_say() -> None:
    """What ``audit`` and ``check --prove`` print is what their blocks say: each verdict under the
    sentence on the whole, as the console indents it."""
    printed = CliRunner().invoke(group, ["audit", str(stored().path), "--lang", "en"]).output
    rows = sum(map(len, stored().plan.text_tables().values()))
    clean_, trust = printed.strip().split("\n")
    assert said(explanation.proven_blocks(0, rows, lang="en")) == [
        ("note", clean_),
        ("note", trust),
    ]
    assert str(rows) in clean_
    (failed,) = said(explanation.proven_blocks(2, rows, lang="en"))
    assert failed == ("note", say("door_audit_failed", "en", count=2))
    proof = Proof("value", 10.0, "refuted", 12.0, 11.0)
    head, verdict = said(explanation.proven_blocks(0, rows, [proof], "en"))
    assert head == ("heading", clean_)
    assert verdict == ("body", "“value”: the bound 10.0 is refuted: a plan reaches 11.0.")
    unproven = said(explanation.proven_blocks(0, rows, [], "en"))
    assert unproven[1:] == [("note", say("door_proof_none", "en"))]
    asked = [Possible("less", False, ("cap",)), Possible("", None)]
    told = [text for _, text in said(understanding.possible_blocks(asked, "en"))]
    assert told == understanding.possible_lines(asked, "en")
    assert told[0].startswith(say("possible.one_no", "en", case="less") + " ")
    assert told[1] == say("possible.all_open", "en", case="")


def test_locks_that_must_move_are_said_once() -> None:
    """A line and the sum it is the only part of are one sentence: the sum (``a,pc``) is left out
    where a line below it is said; the workbook is named last."""
    line = Lock(school="a", item="pc", fund="cap", year=2023, quantity=Decimal(4))
    whole = Lock(school="a", item="pc", quantity=Decimal(4))
    moved = [Moved(line, Decimal(2)), Moved(whole, Decimal(2))]
    for lang in LANGUAGES:
        parts = said(explanation.moved_blocks(moved, lang, "back.xlsx"))
        assert [style for style, _ in parts] == ["heading", "body", "note"]
        assert "locked[a,pc,cap,2023]: 4 → 2" in parts[1][1]
        assert "back.xlsx" in parts[2][1]


def test_what_to_do_first_leads_long_lists() -> None:
    """Four findings or more begin with what to do next, numbered; fewer are their own list."""
    params = {"school": "a", "group": "none", "year": 1}
    codes = ("project_amount_missing", "ready_missing", "ready_after_completion",
             "project_amount_unused")  # fmt: skip
    found = [Finding(code, Place("a.csv", row=2), params) for code in codes]
    assert understanding.steps_blocks(found[:3], "vi") == []
    for lang in LANGUAGES:
        parts = said(understanding.steps_blocks(found, lang))
        assert [style for style, _ in parts] == ["heading", "item", "item", "item", "heading"]
        assert "\n".join(text for _, text in parts) == understanding.steps_text(found, lang)
        assert parts[1][1].startswith("1. ")
