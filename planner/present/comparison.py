"""What a comparison and a frontier say: their tables and sentences, as text, Markdown, JSON and a
workbook; :mod:`planner.present.notebook` makes cards of the same."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xlsxwriter

from planner.analysis import frontier as tracing
from planner.analysis.answers import STEM, sure_money
from planner.analysis.compare import by_weight, typed
from planner.analysis.frontier import FRONTIER as POINTS
from planner.analysis.frontier import KINKS
from planner.errors import Finding, InputError, Place
from planner.messages import say
from planner.messages.numbers import DASH, money, percent, pupil_years, rounded, signed, trimmed
from planner.present.content import (
    Block,
    Cell,
    Cells,
    Row,
    Table,
    fund_name,
    listing,
    money_scale,
)
from planner.present.terminal import UNBROKEN, Heading, Screen, blocks, clean, table_lines, wrap
from planner.run.folder import plan_id

if TYPE_CHECKING:
    from planner.analysis.answers import Alternatives
    from planner.analysis.compare import Comparison
    from planner.analysis.frontier import Frontier
    from planner.run.result import Decided
    from planner.scenario.scenario import Scenario

MOST = 20
"""Lines listed; all of them are in the JSON and the workbook."""
TABLES = ("summary", "money", "coverage", "people", "schools", "lines")


def text(comparison: Comparison, lang: str = "vi", width: int = 110) -> str:
    """The comparison as plain text."""
    return "\n".join(_compared(comparison, lang, width)) + "\n"


def comparison_blocks(comparison: Comparison, lang: str = "vi") -> list[Block]:
    """The same as tables and paragraphs."""
    return blocks(_compared(comparison, lang, UNBROKEN))


def _compared(comparison: Comparison, lang: str, width: int) -> list[str]:
    currency = _currency(comparison)
    lines: list[str] = [Heading(say("compare.title", lang, name=comparison.reference.name))]
    lines += [line for told in chain_sentences(comparison, lang) for line in wrap(told, width)]
    if comparison.empty:
        return [*lines, "", "  " + say("compare.same", lang)]
    for part in sections(comparison, lang):
        lines += ["", part.heading, *table_lines(part, lang, currency, width)]
    return lines


def markdown(comparison: Comparison, lang: str = "vi") -> str:
    """The comparison as Markdown tables."""
    lines = [f"# {_escaped(say('compare.title', lang, name=comparison.reference.name))}"]
    lines += [f"\n{_escaped(told)}" for told in chain_sentences(comparison, lang)]
    if comparison.empty:
        return "\n\n".join([*lines, say("compare.same", lang)]) + "\n"
    for part in sections(comparison, lang):
        lines.append(f"\n## {part.heading}\n")
        texts = [part.texts(row, lang, _currency(comparison)) for row in part.rows]
        head, *body = (
            [_escaped(t) for t in row] for row in ([c.head for c in part.columns], *texts)
        )
        sides = [":--"] * part.words() + ["--:"] * (len(head) - part.words())
        lines += ["| " + " | ".join(row) + " |" for row in (head, sides, *body)]
    return "\n".join(lines) + "\n"


def chain_sentences(comparison: Comparison, lang: str) -> list[str]:
    """Which plan is of another scenario altogether, and how much both have; which plan amends
    which, as of what day; how many amendments lie between."""
    told = []
    for name, schools, items in comparison.apart:
        counts = {"schools": len(schools), "items": len(items)}
        code = "compare.apart" if schools else "compare.nothing_common"
        told.append(say(code, lang, plan=name, reference=comparison.reference.name, **counts))
    for plan, base, at, steps in comparison.chain:
        day = at if lang == "en" else "/".join(reversed(at.split("-")))
        more = {} if steps == 1 else {"between": steps - 1}
        code = "compare.amends" if steps == 1 else "compare.amends_through"
        told.append(say(code, lang, plan=plan, base=base, date=day, **more))
    return told


def _escaped(value: str) -> str:
    """Text that Markdown shows as it is."""
    for mark in "\\|`*_<>[]":
        value = value.replace(mark, "\\" + mark)
    return clean(value)


def _currency(comparison: Comparison) -> str:
    return comparison.reference.plan.scenario.settings.currency


def sections(comparison: Comparison, lang: str) -> list[Table]:
    """The tables that people read; those without rows are left out."""
    found = [
        plans_table(comparison, lang),
        coverage_table(comparison.coverage, lang),
        people_table(comparison, lang),
        money_table(comparison, lang),
        changes_table(comparison, lang),
        lines_table(comparison, lang, MOST),
    ]
    if len(comparison.plans) == 2:  # one plan beside the reference needs no name in every row
        for k, part in enumerate(found[1:], 1):
            rows = tuple(Row(row.kind, row.cells[1:]) for row in part.rows)
            found[k] = replace(part, columns=part.columns[1:], rows=rows)
    return [part for part in found if part.rows]


def _table(key: str, shape: str, rows: Sequence[Cells], lang: str, **how: Any) -> Table:
    """A table under its heading; ``shape``: ``"plan value:points"``, texts need no kind."""
    return listing("compare", shape, rows, lang, say(f"compare.head.{key}", lang), **how)


def plans_table(comparison: Comparison, lang: str) -> Table:
    """Each plan's status, points, pupil-years and money."""
    rows: list[Cells] = [
        (
            str(r["plan"]),
            say(f"label.status.{r['status']}", lang),
            r["value"],
            r["people"],
            r["spent"],
        )
        for r in comparison.summary.to_dict("records")
    ]
    scale = money_scale(comparison.summary["spent"], _currency(comparison), lang, most=6)
    shape = "plan status value:points people:people spent:amount"
    return _table("plans", shape, rows, lang, scale=scale)


def coverage_table(coverage: pd.DataFrame, lang: str) -> Table:
    """Mean coverage of each group beside that under the reference."""
    rows: list[Cells] = [
        (str(r["plan"]), say(f"label.group_short.{r['group']}", lang), r["after_reference"],
         r["after"], r["difference"])
        for r in coverage.to_dict("records")
    ]  # fmt: skip
    shape = "plan group coverage_reference:percent coverage:percent points:share_change"
    return _table("coverage", shape, rows, lang)


def people_table(comparison: Comparison, lang: str) -> Table:
    """Equipped pupil-years by group with a total."""
    rows: list[Cells] = [
        (plan, say(f"label.group_short.{group}" if group else "compare.total", lang), *sums)
        for plan, group, sums in _sums(comparison.people, "group", "people")
    ]
    shape = "plan group coverage_reference:people to:people difference:people_change"
    return _table("people", shape, rows, lang)


def money_table(comparison: Comparison, lang: str) -> Table:
    """Money by fund with a total; differences are exact to the minor unit."""
    scenario = comparison.reference.plan.scenario
    rows: list[Cells] = [
        (plan, fund_name(scenario, fund, lang) or say("compare.total", lang), *map(int, sums))
        for plan, fund, sums in _sums(comparison.money, "fund", "amount")
    ]
    shape = "plan fund coverage_reference:minor_change to:minor_change difference:minor_change"
    return _table("money", shape, rows, lang)


def _sums(frame: pd.DataFrame, key: str, value: str) -> Iterator[tuple[str, str, list[float]]]:
    """Plan, key and sums of the value under the reference, the plan, and their difference; an
    empty key for each plan's total."""
    for plan, part in frame.groupby("plan", sort=False):
        sums = part.groupby(key, sort=False)[[f"{value}_reference", value, "difference"]].sum()
        sums.loc[""] = sums.sum()
        for name, row in sums.iterrows():
            yield str(plan), str(name), row.tolist()


def changes_table(comparison: Comparison, lang: str) -> Table:
    """How many lines changed, how and why, the most frequent first."""
    lines = comparison.lines.groupby(["plan", "change", "cause"], sort=False)
    found = lines["difference"].agg(["size", "sum"]).reset_index()
    found = found.sort_values(["plan", "size"], ascending=[True, False], kind="stable")
    rows: list[Cells] = [
        (str(r["plan"]), *_change(r, lang), int(r["size"]), int(r["sum"]))
        for r in found.to_dict("records")
    ]
    return _table("changes", "plan change cause lines:count difference:minor_change", rows, lang)


def _change(row: Mapping[Any, Any], lang: str) -> list[str]:
    """What happened to a line, and why."""
    return [say(f"compare.{k}.{row[k]}", lang) for k in ("change", "cause")]


def lines_table(comparison: Comparison, lang: str, most: int, *, places: bool = True) -> Table:
    """The lines that differ most; ``places``: with their year, units and fund in both plans."""

    def place(row: Mapping[Any, Any], suffix: str) -> str:
        """``2024: 3 × district-capital``; a dash where there is no line."""
        if not row[f"fund{suffix}"]:
            return DASH
        units = Decimal(str(row[f"quantity{suffix}"])).quantize(Decimal("0.01"), ROUND_HALF_UP)
        shown = f"{trimmed(units, lang)} × " if row["kind"] == "purchase" else ""
        return f"{row[f'year{suffix}']}: {shown}{row[f'fund{suffix}']}"

    rows: list[Cells] = [
        (str(r["plan"]), str(r["school"]), str(r["item"] or r["request"]), *_change(r, lang),
         *([place(r, "_reference"), place(r, "")] if places else []), int(r["difference"]))
        for r in by_weight(comparison.lines).head(most).to_dict("records")
    ]  # fmt: skip
    between = " from to" if places else ""
    shape = f"plan school item change cause{between} difference:minor_change"
    return _table("lines", shape, rows, lang)


def named_lines(found: Comparison, lines: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The same lines with what schools, items and funds are called, in the base first."""
    names: dict[str, dict[str, str]] = {"school": {}, "item": {}, "fund": {}}
    for plan in reversed(found.plans):
        scenario = plan.plan.scenario
        schools = scenario.schools
        names["school"] |= dict(zip(schools["school"], schools["name"], strict=True))
        names["item"] |= {k: item.label(lang) for k, item in scenario.items.items()}
        names["fund"] |= {k: fund_name(scenario, k, lang) for k in scenario.settings.funds}
    columns = ("school", "item", "fund", "fund_reference")
    known = {c: names[c.partition("_")[0]] for c in columns}
    return lines.assign(**{c: [known[c].get(x, x) for x in lines[c]] for c in columns})


# ---- A frontier: its title, the sentence on the next tỷ, a row a point.


def frontier_title(frontier: Frontier, lang: str) -> str:
    """What is traced, by the name that people know."""
    name = frontier.path.name
    if frontier.path.axis == "money":
        every = say("frontier.all", lang)
        name = every if name == "all" else fund_name(frontier.scenario, name, lang)
    return say(f"frontier.title.{frontier.path.axis}", lang, name=name)


def next_sentence(frontier: Frontier, lang: str) -> str:
    """«The next 1 tỷ buys …»; empty where it is not known."""
    more = frontier.next_billion
    if more is None:
        return ""
    currency = frontier.scenario.settings.currency
    whole = round(more["money"])
    billion = {"vi": "1 tỷ đồng", "en": "1 billion VND"}[lang]
    points = {
        k: rounded(more[v], 1, lang)
        for k, v in (("value", "value"), ("low", "value_at_least"), ("high", "value_at_most"))
    }
    code = "frontier.next_sure" if points["low"] == points["high"] else "frontier.next"
    return say(
        code, lang, people=pupil_years(more["people"], lang),
        money=billion if currency == "VND" else money(whole, lang, currency), **points,
    )  # fmt: skip


def frontier_text(frontier: Frontier, lang: str, width: int = 118) -> str:
    """The frontier as plain text."""
    return "\n".join(_frontier(frontier, lang, width)) + "\n"


def frontier_blocks(frontier: Frontier, lang: str) -> list[Block]:
    """The same as a table and paragraphs."""
    return blocks(_frontier(frontier, lang, UNBROKEN))


def _frontier(frontier: Frontier, lang: str, width: int) -> list[str]:
    part = frontier_table(frontier, lang)
    currency = frontier.scenario.settings.currency
    words = part.at("status") + 1
    lines = [frontier_title(frontier, lang), "", *table_lines(part, lang, currency, width, words)]
    sentence = next_sentence(frontier, lang)
    return [*lines, *(["", f"  {sentence}"] if sentence else [])]


FRONTIER = "frontier.json"
"""In the folder of a frontier: all of it, to be read back."""


def frontier_dict(frontier: Frontier) -> dict[str, Any]:
    """The same for JSON: what was moved, the points, the kinks, the next tỷ; money in minor units,
    shares 0–1."""
    body: dict[str, Any] = {"axis": frontier.path.axis, "name": frontier.path.name}
    body |= {name: plain_records(getattr(frontier, name)) for name in ("table", "kinks")}
    return body | {"next": frontier.next_billion}


def write_frontier(frontier: Frontier, folder: Path) -> None:
    """``frontier.csv`` (a row a point), ``kinks.csv`` and all of it as ``frontier.json``."""
    frontier.table.to_csv(folder / "frontier.csv", index=False, encoding="utf-8-sig")
    frontier.kinks.to_csv(folder / "kinks.csv", index=False, encoding="utf-8-sig")
    about = {
        "scenario": frontier.scenario.id, "inputs": dict(frontier.scenario.inputs),
        "finished": frontier.finished, "positions": list(frontier.path.positions),
    }  # fmt: skip
    text = json.dumps(about | frontier_dict(frontier), ensure_ascii=False, allow_nan=False)
    (folder / FRONTIER).write_text(text + "\n", encoding="utf-8")


def read_frontier(folder: Path, scenario: Scenario) -> Frontier:
    """A frontier as :func:`write_frontier` left it; raises :class:`InputError` where it cannot be
    read, or is that of another scenario."""
    file = folder / FRONTIER
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
        path = tracing.Path(
            str(body["axis"]), str(body["name"]), tuple(float(at) for at in body["positions"])
        )
        table, kinks = (pd.DataFrame(body[name]) for name in ("table", "kinks"))
        more = body["next"] and {str(k): float(v) for k, v in body["next"].items()}
        found = tracing.Frontier(
            scenario, path, typed(table, POINTS), typed(kinks, KINKS), more or None,
            bool(body["finished"]),
        )  # fmt: skip
        other = str(body["scenario"]) != scenario.id
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        place = Place(file=file.name)
        raise InputError([Finding("folder_damaged", place, {"detail": detail})]) from None
    if other:
        place = Place(file=folder.name)
        raise InputError([Finding("frontier_other", place, {"name": scenario.id})])
    return found


def frontier_table(frontier: Frontier, lang: str) -> Table:
    """A row a point: where it stands, its status, points, pupil-years and coverage."""
    by_money = frontier.path.axis == "money"
    shape = "change:relative_change money:amount" if by_money else "bound:ratio"
    shape += " status value:points people:people coverage:percent lowest:percent gini:ratio"
    rows: list[Cells] = []
    for row in frontier.table.to_dict("records"):
        at: list[Cell] = [float(row["at"]), round(row["x"])] if by_money else [float(row["at"])]
        if row["error"]:
            rows.append((*at, str(row["error"])[:60], *[DASH] * 5))
            continue
        names = ("value", "people", "coverage", "lowest", "gini")
        known = [float(row.get(k, math.nan)) for k in names]
        known = [round(known[0], 6), *known[1:4], round(known[4], 6)]
        rows.append((*at, say(f"label.status.{row['status']}", lang), *known))
    return listing("frontier", shape, rows, lang)


# ---- What is sure and what is open.


def alternatives_text(found: Alternatives, lang: str, width: int = 100) -> str:
    """What is always bought, never, or open, and the diverse plans."""
    return "\n".join(_alternatives(found, Screen(found.scenario, lang, width))) + "\n"


def alternatives_blocks(found: Alternatives, lang: str) -> list[Block]:
    """The same as tables and paragraphs."""
    return blocks(_alternatives(found, Screen(found.scenario, lang, UNBROKEN)))


def _alternatives(found: Alternatives, screen: Screen) -> list[str]:
    lang = screen.lang
    kept = percent(1 - found.within, 2, lang)
    lines = [screen.word("alternatives.head"), *screen.say("alternatives.asked", kept=kept)]
    lines += table_lines(purchases_seen(found, lang), lang, screen.currency, screen.width)
    lines += screen.say("alternatives.proof", plans=found.looked_at)
    if len(found.options):
        lines += table_lines(options_seen(found, lang), lang, screen.currency, screen.width)
    lines += wrap(" ".join(sure_sentences(found, lang)), screen.width)
    if not found.finished:
        lines += screen.say("alternatives.stopped")
    for number, plan in enumerate(found.plans, start=1):
        lines += screen.say(
            "alternatives.plan", number=number, value=rounded(plan.value, 1, lang),
            share=percent(plan.gap, 2, lang, up=True),
        )  # fmt: skip
    return lines


NAMED = 8
"""Lines of a decision, and of what waits, that are named on a screen; the tables hold all."""
REASONS = ("handover", "money", "price", "money_price", "other", "later")
"""What a purchase waits for, as it is told."""


def decided_text(found: Decided, lang: str, width: int = 100) -> str:
    """What is decided now for several futures, and what that is worth."""
    return "\n".join(_decided(found, Screen(found.scenario, lang, width))) + "\n"


def decided_blocks(found: Decided, lang: str) -> list[Block]:
    """The same as tables and paragraphs."""
    return blocks(_decided(found, Screen(found.scenario, lang, UNBROKEN)))


def _decided(found: Decided, screen: Screen) -> list[str]:
    lang = screen.lang
    first, until = str(found.futures["case"].iloc[0]), str(found.until)
    lines = [screen.word("futures.head", until=until, count=len(found.futures))]
    lines += wrap(aim_sentence(found, lang), screen.width)
    lines += table_lines(futures_table(found, lang), lang, screen.currency, screen.width)
    lines += screen.say("futures.each", until=until)
    core = int((found.decision["role"] == "core").sum())
    funds = found.scenario.settings.funds
    own = found.decision["fund"].map(lambda fund: funds[fund].role == "project").astype(bool)
    amounts = [int(found.decision.loc[part, "amount"].sum()) for part in (~own, own)]
    how = {"proposed": screen.prose(amounts[1])} if amounts[1] else {}
    lines += ["", *screen.say(
        "futures.lines", lines=len(found.decision), core=core,
        insurance=len(found.decision) - core, money=screen.prose(amounts[0]), **how,
    )]  # fmt: skip
    for name, part, file in (
        ("insured", insured_table(found, lang, NAMED), "decision.csv"),
        ("waiting", waiting_table(found, lang, NAMED), "waiting.csv"),
    ):
        every = len(found.waiting) if name == "waiting" else len(found.decision) - core
        if not every:
            continue
        lines += ["", *screen.say(f"futures.{name}", until=until)]
        if name == "waiting":
            reasons = "; ".join(reason_counts(found, lang))
            lines += screen.say("futures.waits", count=every, reasons=reasons)
        lines += table_lines(part, lang, screen.currency, screen.width)
        if every > len(part.rows):
            lines += screen.say("futures.more", count=every - len(part.rows), file=file)
    lines += ["", *(
        line for text in worth_sentences(found, first, lang) for line in wrap(text, screen.width)
    )]  # fmt: skip
    return lines


def aim_sentence(found: Decided, lang: str) -> str:
    """What was proven of the decision: the aim by name, its value, bound and gap."""
    status, aim = say(f"label.status.{found.status}", lang), str(found.settings["aim"])
    tail = percent(1 - float(str(found.settings.get("tail") or 0)), 0, lang)
    before = sum(found.before.values())
    tidied = before > found.value + 1e-6 * max(1.0, abs(found.value))
    return say(
        "futures.status", lang, status=status[:1].upper() + status[1:],
        aim=say(f"futures.aim.{aim}", lang, **({"part": tail} if aim == "cvar" else {})),
        value=rounded(found.value, 1, lang), bound=rounded(found.bound, 1, lang),
        gap=percent(max(0.0, found.gap - 1e-9), 2, lang, up=True),
        **({"before": rounded(before, 1, lang)} if tidied else {}),
    )  # fmt: skip


def reason_counts(found: Decided, lang: str) -> list[str]:
    """«12 wait for the building», most telling first."""
    count = found.waiting["why"].value_counts()
    return [say(f"futures.why.{w}", lang, count=int(count[w])) for w in REASONS if w in count]


def line_name(found: Decided, row: Mapping[Any, Any], lang: str) -> str:
    """What a line buys: its item, of site works said so; a request by its title."""
    if row["request"]:
        asked = found.scenario.table("requests")
        mine = (asked["request"] == row["request"]) & (asked["option"] == row["option"])
        titles = [str(t) for t in asked.loc[mine, "title"] if t]
        return titles[0] if titles else str(row["request"])
    name = found.scenario.items[str(row["item"])].label(lang)
    return f"{name} ({say('label.kind.setup', lang)})" if row["kind"] == "setup" else name


def cases_named(found: Decided, cases: str, lang: str) -> str:
    """Futures by name; ``all`` and ``none`` in words."""
    names = [c for c in cases.split(", ") if c]
    if len(names) == len(found.futures):
        return say("futures.cases.all", lang)
    return ", ".join(names) or say("futures.cases.none", lang)


def insured_table(found: Decided, lang: str, most: int) -> Table:
    """The lines bought as insurance, the largest first, with the futures whose own best plans buy
    them now: what they insure against is that one of these comes."""
    lines = found.decision[found.decision["role"] == "insurance"]
    lines = lines.sort_values("amount", ascending=False, kind="stable").head(most)
    names = _school_names(found)
    rows: list[Cells] = [
        (names[r["school"]], line_name(found, r, lang), cases_named(found, r["in_optima"], lang),
         float(r["quantity"]), int(r["amount"]))
        for r in lines.to_dict("records")
    ]  # fmt: skip
    scale = money_scale(lines["amount"], found.scenario.settings.currency, lang, most=6)
    shape = "school item optima quantity:number amount:money"
    return listing("futures.col", shape, rows, lang, scale=scale)


def waiting_table(found: Decided, lang: str, most: int) -> Table:
    """What waits, the largest money first but what is bought later in any case last: for what it
    waits, and in which futures it is bought then."""
    late = found.waiting["why"] == "later"
    lines = found.waiting.assign(late=late).sort_values(
        ["late", "amount_most"], ascending=[True, False], kind="stable"
    )
    rows: list[Cells] = [waiting_cells(found, r, lang) for r in lines.head(most).to_dict("records")]
    amounts = [int(n) for n in lines["amount_most"].head(most)]
    scale = money_scale(amounts, found.scenario.settings.currency, lang, most=6)
    shape = "school item why cases units_most:number amount_most:money"
    return listing("futures.col", shape, rows, lang, scale=scale)


def waiting_cells(found: Decided, row: Mapping[Any, Any], lang: str) -> Cells:
    """School, item, what it waits for, the futures in which it is bought; units and money there,
    at most."""
    school = _school_names(found)[row["school"]]
    why = say(f"futures.waits_for.{row['why']}", lang)
    item = found.scenario.items[row["item"]].label(lang)
    cases = cases_named(found, row["cases"], lang)
    return school, item, why, cases, float(row["units_most"]), int(row["amount_most"])


def _school_names(found: Decided) -> dict[Any, str]:
    schools = found.scenario.schools
    return {s: str(n or s) for s, n in zip(schools["school"], schools["name"], strict=True)}


def futures_table(found: Decided, lang: str) -> Table:
    """A row a future: its weight, its plan, what it may regret, and how it would fare under the
    decision of the first one's best plan."""
    rows: list[Cells] = []
    for row in found.futures.to_dict("records"):
        figures = (row[k] for k in ("weight", "value", "people", "regret_most"))
        rows.append((str(row["case"]), under_first(row, lang), *figures))
    shape = "case base weight:percent value:points people:people regret:points"
    return listing("futures.col", shape, rows, lang)


def under_first(row: Mapping[Any, Any], lang: str) -> str:
    """How a future would fare under the decision of the first one's best plan, against its plan
    here: points and pupil-years of the plans found."""
    if row["base"] != "plan":
        return say(f"futures.base.{row['base']}", lang)
    points = changed(row["base_least"] - row["value"], 1, lang)
    return say(
        "futures.base.plan", lang, points=points, people=changed(-row["base_people_less"], 0, lang)
    )


def changed(by: float, digits: int, lang: str) -> str:
    """A difference as it is told: its sign, and so many decimals; nought has no sign."""
    size = rounded(abs(round(by, 6)), digits, lang)
    return signed(by, size) if any(mark in "123456789" for mark in size) else size


def worth_sentences(found: Decided, first: str, lang: str) -> list[str]:
    """What deciding for all futures and what knowing the future would be worth."""
    told = []
    broken = found.futures[found.futures["base"] == "infeasible"]["case"].tolist()
    if broken:
        told.append(
            say("futures.stochastic_infeasible", lang, first=first, cases=", ".join(broken))
        )
    for row in found.futures[found.futures["dropped"] > 0].to_dict("records"):
        how = {"case": row["case"], "count": row["dropped"]}
        told.append(say("futures.stochastic_dropped", lang, **how))
    pairs = {"stochastic": found.worth.get("stochastic"), "regret": found.regret,
             "information": found.worth.get("information")}  # fmt: skip
    for name, pair in pairs.items():
        if pair is not None:
            least, most = (rounded(max(0.0, n), 1, lang) for n in pair)
            told.append(say(f"futures.{name}", lang, least=least, most=most, **(
                {"first": first} if name == "stochastic" else {}
            )))  # fmt: skip
    table, more = found.futures, found.worth_people
    means = {k: float(table["weight"] @ table[k]) for k in ("people", "base_people", "best_people")}
    figures = {name: pupil_years(mean, lang) for name, mean in means.items() if math.isfinite(mean)}
    figures |= {f"{name}_change": changed(by, 0, lang) for name, by in (
        ("base_people", -more.get("stochastic", math.nan)), ("best_people", more["information"]),
    ) if math.isfinite(by)}  # fmt: skip
    return [*told, say("futures.worth_people", lang, first=first, **figures)]


def purchases_seen(found: Alternatives, lang: str) -> Table:
    """A row a state: schools' items, and the plan's money for them."""
    return _seen(found, "state", found.counts, found.money, lang)


def options_seen(found: Alternatives, lang: str) -> Table:
    """The same of the options of schools' requests."""
    counts = found.options["state"].value_counts()
    paid = found.options.groupby("state")["amount"].sum()
    return _seen(found, "option", counts, paid, lang)


def _seen(
    found: Alternatives, what: str, counts: Mapping[Any, int], paid: Mapping[Any, int], lang: str
) -> Table:
    money = {state: int(paid.get(state, 0)) for state in found.counts}
    every = max(sum(money.values()), 1)
    rows: list[Cells] = [
        (say(f"alternatives.state.{s}", lang), int(counts.get(s, 0)), m, m / every)
        for s, m in money.items()
    ]
    scale = money_scale(money.values(), found.scenario.settings.currency, lang, most=6)
    shape = f"{what} items:count money:money share:percent"
    return listing("alternatives.col", shape, rows, lang, scale=scale)


def sure_sentences(found: Alternatives, lang: str) -> list[str]:
    """What of the plan's money for what is funded buys what every such plan buys, and of the
    proposals of group 3, which are counted apart."""
    told, kept = list[str](), percent(1 - found.within, 2, lang)
    for name, proposed in (("sure", False), ("proposals", True)):
        parts = sure_money(found, proposed=proposed)
        if proposed and not parts[1]:
            continue
        currency = found.scenario.settings.currency
        sure, every = (money_scale([m], currency, lang).text(m) for m in parts)
        how = {"share": percent(parts[0] / max(parts[1], 1), 1, lang), "kept": kept}
        told.append(say(f"alternatives.{name}", lang, sure=sure, total=every, **how))
    return told


def state_word(code: str, state: str, least: float, units: float, lang: str) -> str:
    """A state in words, below a code; of what is always bought also how much of it is, where that
    is proven of less than the plan buys."""
    known = math.floor(least * 10 + 1e-6) / 10
    if state == "always" and 0 < known < units:
        return say(f"{code}.always_least", lang, least=rounded(known, int(known % 1 > 0), lang))
    return say(f"{code}.{state}", lang)


def alternatives_dict(found: Alternatives) -> dict[str, Any]:
    """The same for JSON, with every school's item."""
    return {
        "scenario": found.scenario.id,
        "plan": found.plan,
        "within": found.within,
        "counts": found.counts,
        "money": found.money,
        "sure": found.sure,
        "looked_at": found.looked_at,
        "finished": found.finished,
        "plans": [{"value": p.value, "people": p.people, "plan": plan_id(p)} for p in found.plans],
        "lines": plain_records(found.lines),
        "options": plain_records(found.options),
    }


def write_alternatives(found: Alternatives, folder: Path, lang: str = "vi") -> None:
    """``alternatives.csv``, ``.json`` and ``.xlsx``; ``options.csv`` where there are any."""
    found.lines.to_csv(folder / f"{STEM}.csv", index=False, encoding="utf-8-sig")
    text = json.dumps(alternatives_dict(found), ensure_ascii=False, indent=1, allow_nan=False)
    (folder / f"{STEM}.json").write_text(text + "\n", encoding="utf-8")
    write_alternatives_xlsx(found, folder / f"{STEM}.xlsx", lang)
    if len(found.options):
        found.options.to_csv(folder / "options.csv", index=False, encoding="utf-8-sig")


def write_alternatives_xlsx(found: Alternatives, path: Path, lang: str = "vi") -> None:
    """Schools' items and options of requests with their states, names beside the ids; money in
    minor units."""
    schools = found.scenario.schools
    names = dict(zip(schools["school"], schools["name"], strict=True))
    items = {k: item.label(lang) for k, item in found.scenario.items.items()}
    sheets = {}
    for name in ("lines", "options"):
        frame = getattr(found, name).copy()
        frame.insert(frame.columns.get_loc("school") + 1, "school_name", frame["school"].map(names))
        if "item" in frame:
            frame.insert(frame.columns.get_loc("item") + 1, "item_name", frame["item"].map(items))
        heads = [say(f"alternatives.column.{c}", lang) for c in frame.columns]
        bought = frame["units" if name == "lines" else "copies"]
        ends = zip(frame["state"], frame["least_proven"], bought, strict=True)
        states = [state_word("alternatives.state", *end, lang) for end in ends]
        frame = frame.assign(state=states).replace([math.inf], math.nan)
        sheets[say(f"alternatives.sheet.{name}", lang)] = (frame, heads, frozenset[str]())
    _write_sheets(path, sheets)


# ---- A comparison as JSON and as a workbook.


def as_json(comparison: Comparison) -> str:
    """Every table as a list of records; ``null`` where a number is missing."""
    body: dict[str, Any] = {
        "reference": comparison.reference.name,
        "plans": [t.name for t in comparison.plans],
        "empty": comparison.empty,
        "chain": [told._asdict() for told in comparison.chain],
        "apart": [
            {"plan": name, "schools": len(schools), "items": len(items)}
            for name, schools, items in comparison.apart
        ],
    }
    for name in TABLES:
        body[name] = plain_records(getattr(comparison, name))
    return json.dumps(body, ensure_ascii=False, allow_nan=False)


def plain_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows as JSON values; ``null`` where a number is missing."""

    def plain(value: Any) -> Any:
        value = value.item() if hasattr(value, "item") else value
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return [{str(k): plain(v) for k, v in r.items()} for r in frame.to_dict("records")]


WORDS = {
    "status": "label.status", "group": "label.group_short", "kind": "label.kind",
    "change": "compare.change", "cause": "compare.cause",
}  # fmt: skip
"""Columns of closed lists and the sentences that their values are written with."""
SHARES = ("gap", "before", "after", "after_reference", "coverage", "coverage_reference")
SHARED = ("coverage", "schools")
"""Tables whose differences are shares."""


def write_xlsx(comparison: Comparison, path: Path, lang: str = "vi") -> None:
    """One sheet a table, numbers as numbers, no formulas."""
    sheets = {}
    for name in TABLES:
        frame: pd.DataFrame = getattr(comparison, name)
        heads = [say(f"compare.column.{c}", lang) for c in frame.columns]
        said = {
            column: [say(f"{family}.{v}", lang) if v else v for v in frame[column]]
            for column, family in WORDS.items()
            if column in frame
        }
        shares = {*SHARES, *(["difference"] if name in SHARED else [])}
        sheets[say(f"compare.sheet.{name}", lang)] = (frame.assign(**said), heads, shares)
    _write_sheets(path, sheets)


def _write_sheets(
    path: Path, sheets: Mapping[str, tuple[pd.DataFrame, Sequence[str], Collection[str]]]
) -> None:
    """A workbook; sheet → (its table, a head a column, the columns that are shares)."""
    book = xlsxwriter.Workbook(
        str(path),
        {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True},
    )
    styles = {
        "head": {"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True,
                 "valign": "vcenter"},
        "whole": {"num_format": "#,##0"},
        "real": {"num_format": "#,##0.##"},
        "share": {"num_format": "0.00%"},
    }  # fmt: skip
    formats = {name: book.add_format(style) for name, style in styles.items()}
    for title, (frame, heads, shares) in sheets.items():
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 2)
        for at, (column, head) in enumerate(zip(map(str, frame.columns), heads, strict=True)):
            values, whole = frame[column].tolist(), frame[column].dtype == "int64"
            kind = "share" if column in shares else "whole" if whole else "real"
            dated = column.startswith("year")
            narrowest = 8 if any(isinstance(v, str) for v in values) else 14
            texts = (len(v) for v in values[:200] if isinstance(v, str))
            width = max([min(len(head), 16), narrowest, *texts])
            sheet.set_column(at, at, min(width + 2, 40))
            sheet.write_string(0, at, head, formats["head"])
            for row, value in enumerate(values, start=1):
                if isinstance(value, str):
                    sheet.write_string(row, at, value)
                elif not pd.isna(value) and not (value == 0 and dated):
                    sheet.write_number(row, at, value, None if dated else formats[kind])
        if len(frame):
            sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
    book.close()
