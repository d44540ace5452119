"""The summary after a run: what a planner would read aloud, as plain text.

Every section is a function from the plan's tables to lines; nothing is computed here that the
tables do not already say, except sums and means of their rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.analysis.unmet import by_reason, fairness, last_rows, numbers, unmet
from planner.errors import NoPlanError
from planner.messages import say
from planner.messages.numbers import grouped, percent, pupil_years, rounded
from planner.names import row_name
from planner.plan.coverage import FLOAT, exact
from planner.present.rule_words import locks_in_words, rule_in_words
from planner.present.typography import MoneyScale, clean, illustrative, money_scale, table, wrap
from planner.scenario.schema import GROUPS, PILLARS
from planner.system.process import phase
from planner.vocabulary.statements import Statement

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.run.result import Result


# --------------------------------------------------------------------------------------------------
# What the sections of the summary share: language and width, and a plan's derived tables.


@dataclass(frozen=True)
class Text:
    """The language and the width of a summary."""

    lang: str
    width: int

    def head(self, code: str, **params: Any) -> str:
        """A heading, on one line."""
        return say(code, self.lang, **params)

    def say(self, code: str, **params: Any) -> list[str]:
        """A sentence, wrapped and indented."""
        return wrap(say(code, self.lang, **params), self.width)

    def percent(self, ratio: float) -> str:
        """A ratio with one decimal; a dash where there is none."""
        return "–" if ratio is None or np.isnan(ratio) else percent(float(ratio), 1, self.lang)

    def number(self, value: float, digits: int = 0) -> str:
        """A number; a dash where there is none."""
        return "–" if np.isnan(value) else rounded(float(value), digits, self.lang)

    def people(self, value: float) -> str:
        """Equipped pupil-years."""
        return pupil_years(value, self.lang)

    def at_most(self, value: float) -> str:
        """An upper bound with one decimal, rounded up so that it stays one."""
        exact = Decimal(str(float(value)))
        return grouped(exact.quantize(Decimal("0.1"), rounding=ROUND_CEILING), self.lang)

    def table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        words: int = 1,
        totals: int = 0,
    ) -> list[str]:
        """A table; ``header`` holds codes or finished words."""
        names = [say(h, self.lang) if h.startswith(("label.", "summary.")) else h for h in header]
        return table(names, rows, self.width, words=words, totals=totals)


@dataclass(frozen=True)
class Told:
    """A plan with the derived tables that several sections use."""

    plan: Plan
    lang: str

    @cached_property
    def unmet(self) -> pd.DataFrame:
        """Lines that stay unmet, with their reasons."""
        return unmet(self.plan)

    @cached_property
    def last(self) -> pd.DataFrame:
        """Coverage rows of the year looked at."""
        return last_rows(self.plan)

    @cached_property
    def fairness(self) -> dict[str, dict[str, float]]:
        """Group (or ``all``) → its measures."""
        rows = fairness(self.plan).to_dict("records")
        return {str(r["group"]): {str(k): v for k, v in r.items() if k != "group"} for r in rows}

    @cached_property
    def people(self) -> pd.Series:
        """Equipped pupil-years by group."""
        schools = self.plan.schools
        return exact(self.plan).people_by_school.groupby(list(schools["group"])).sum()

    @property
    def last_year(self) -> int:
        """The last plan year."""
        return self.plan.scenario.settings.years[1]

    def prose(self, amount: int) -> str:
        """One amount in the unit it reads best in."""
        currency = self.plan.scenario.settings.currency
        return money_scale([amount], currency, self.lang).text(amount)

    def columns(self, amounts: Sequence[int]) -> MoneyScale:
        """The unit of a table's amounts."""
        return money_scale(amounts, self.plan.scenario.settings.currency, self.lang, most=6)

    def fund(self, name: str) -> str:
        """The name of a fund in documents."""
        fund = self.plan.scenario.settings.funds.get(name)
        return fund.name.say(self.lang) if fund is not None and fund.name else name


# --------------------------------------------------------------------------------------------------
# Sections of the summary on what was stated: the scenario's rules, and schools' own requests.

SHOWN = 15
"""Chosen requests that are listed one by one."""


def rule_lines(told: Told, text: Text) -> list[str]:
    """Each rule as its sentence, and how the plan stands to it; then the standing rules."""
    rules, own = told.plan.rules, told.plan.scenario.settings.rules
    if rules.empty:
        return []
    lines: list[str] = []
    for name in own:
        lines += wrap(rule_in_words(told.plan.scenario, name, text.lang), text.width)
        mine = rules[rules["rule"] == name]
        lines += wrap(_standing(told, text, mine), text.width, "    ")
    others = [str(n) for n in dict.fromkeys(rules["rule"]) if n not in own]
    if others:
        lines += text.say("summary.rules_standing", names=", ".join(others))
    return [text.head("summary.head.rules"), *lines] if lines else []


def _standing(told: Told, text: Text, rows: pd.DataFrame) -> str:
    """``Giữ đúng; sát nhất: …`` or what a wish is missed by."""
    if rows.empty:
        return say("summary.rule_empty", text.lang)
    slack = rows["slack"].astype(float)
    name = str(rows["rule"].iloc[0])
    statement = Statement(name, told.plan.scenario.settings.rules[name])
    spared = exact(told.plan).short(statement)
    dust = rows["key"].map(spared).fillna(0.0).astype(float)
    missed = rows[slack + dust * (1 + FLOAT) < 0]
    closest = rows.loc[slack.idxmin()]
    params = {
        "row": row_name(str(closest["rule"]), [p for p in str(closest["key"]).split(",") if p]),
        "left": _amount(told, text, closest, "left"),
        "relation": {"<=": "≤", ">=": "≥"}.get(str(closest["relation"]), "="),
        "bound": _amount(told, text, closest, "bound"),
    }
    if len(missed) and closest["firmness"] == "wish":
        counts = {"missed": len(missed), "rows": len(rows)}
        return say("summary.rule_missed", text.lang, **counts, **params)
    return say("summary.rule_kept", text.lang, **params)


def _amount(told: Told, text: Text, row: pd.Series[Any], column: str) -> str:
    """A side of a rule in its unit."""
    value = float(row[column])
    if row["unit"] == "money":
        return told.prose(round(value))
    if row["unit"] == "share":
        return text.percent(value)
    return text.number(value, 0 if value.is_integer() else 2)


def request_lines(told: Told, text: Text) -> list[str]:
    """How many requests were chosen, which, for how much, and which were not."""
    table = told.plan.requests
    if table.empty:
        return []
    schools = told.plan.schools
    preparing = table["school"].isin(schools.loc[schools["group"] == "preparing", "school"])
    proposed = table[preparing & (table["chosen"] == "yes")]
    table = table[~preparing]
    chosen = table[table["chosen"] == "yes"]
    left = [r for r in dict.fromkeys(table["request"]) if r not in set(chosen["request"])]
    sentence = text.say(
        "summary.requests",
        chosen=int(chosen["request"].nunique()),
        count=int(table["request"].nunique()),
        amount=told.prose(int(chosen["paid"].sum())),
        points=text.number(float(chosen["points"].astype(float).sum()), 1),
    )
    lines = [text.head("summary.head.requests"), *sentence]
    if len(chosen):
        lines += _chosen(told, text, chosen)
    if left:
        names = ", ".join(left[:SHOWN]) + (" …" if len(left) > SHOWN else "")
        lines += text.say("summary.requests_left", names=names)
    if len(proposed):
        lines += text.say(
            "summary.requests_proposed",
            count=int(proposed["request"].nunique()),
            amount=told.prose(int(proposed["paid"].sum())),
            names=", ".join(dict.fromkeys(proposed["request"])),
        )
    return lines


def _chosen(told: Told, text: Text, chosen: pd.DataFrame) -> list[str]:
    """A table of the chosen options, the dearest first."""
    table = told.plan.scenario.schools
    schools = dict(zip(table["school"], table["name"], strict=True))
    order = chosen.sort_values(["paid", "request"], ascending=[False, True], kind="stable")
    shown = order.head(SHOWN).to_dict("records")
    scale = told.columns([int(r["paid"]) for r in shown])
    several = bool((chosen["copies"] > 1).any())
    rows = []
    for r in shown:
        times = [text.number(float(r["copies"]))] if several else []
        name = clean(f"{r['request']}:{r['option']} {r['title']}")
        money, points = scale.number(int(r["paid"])), text.number(float(r["points"]), 1)
        rows.append([name, clean(str(schools[r["school"]])), *times, money, points])
    header = ["label.column.request", "label.column.school"]
    header += ["summary.col.copies"] if several else []
    header += [say("summary.col.money", text.lang, unit=scale.unit), "label.column.value"]
    lines = text.table(header, rows, words=2)
    if len(order) > SHOWN:
        lines += text.say("summary.requests_more", count=len(order) - SHOWN)
    return lines


# --------------------------------------------------------------------------------------------------
# Sections of the summary on who is left behind: fairness, worst schools, unmet needs, and
# what is still to be paid after the plan.

WORST = 10
"""Schools listed as faring worst."""


def fairness_lines(told: Told, text: Text) -> list[str]:
    """How evenly coverage is spread."""
    spread = told.fairness
    lines = [text.head("summary.head.fairness")]
    if "all" in spread:
        row = spread["all"]
        gini = {k: text.number(float(row[f"gini_{k}"]), 3) for k in ("before", "after")}
        way = "stays"
        if gini["before"] != gini["after"]:
            way = "falls" if row["gini_after"] < row["gini_before"] else "rises"
        lines += text.say(
            "summary.fairness",
            lowest=text.percent(float(row["min_after"])),
            p10=text.percent(float(row["p10_after"])),
            change=say(f"summary.gini_{way}", text.lang, **gini),
        )
    rows = []
    for group, row in spread.items():
        code = "summary.funded_total" if group == "all" else f"label.group_short.{group}"
        shares = [text.percent(float(row[k])) for k in ("min_after", "p10_after", "mean_after")]
        ginis = [text.number(float(row[k]), 3) for k in ("gini_before", "gini_after")]
        rows.append([say(code, text.lang), text.number(float(row["schools"])), *shares, *ginis])
    columns = ("schools", "min", "p10", "mean", "gini_before", "gini_after")
    header = ["label.column.group", *(f"summary.col.{c}" for c in columns)]
    return [*lines, *text.table(header, rows, totals=1)]


def worst_schools(plan: Plan, count: int = WORST) -> pd.DataFrame:
    """The schools of lowest coverage after the plan; of equals the larger first."""
    schools = plan.schools
    known = schools.assign(_after=numbers(schools["coverage_after"]))
    known = known[known["_after"].notna()]
    order = known.sort_values(
        ["_after", "pupils", "school"], ascending=[True, False, True], kind="stable"
    )
    return order.head(count).drop(columns="_after")


def worst_lines(told: Told, text: Text) -> list[str]:
    """The ten schools that fare worst."""
    worst = worst_schools(told.plan)
    # School → the reason that holds back most money's worth of its needs.
    costs = told.unmet.groupby(["school", "reason"], sort=True)["cost"].sum().reset_index()
    first = costs.sort_values(["cost"], ascending=False, kind="stable").drop_duplicates("school")
    reasons = dict(zip(first["school"], first["reason"], strict=True))
    rows = [
        [
            row["name"],
            say(f"label.group_short.{row['group']}", text.lang),
            say(f"label.reason.{reasons[row['school']]}", text.lang)
            if row["school"] in reasons
            else "–",
            text.percent(float(row["coverage_before"])),
            text.percent(float(row["coverage_after"])),
        ]
        for row in worst.to_dict("records")
    ]
    header = ["label.column.school", "label.column.group", "summary.col.worst_reason"]
    header += ["summary.col.before", "summary.col.after"]
    return [
        text.head("summary.head.worst", count=len(rows)),
        *text.table(header, rows, words=3),
    ]


def unmet_lines(told: Told, text: Text) -> list[str]:
    """What stays unmet, and the largest reasons."""
    head = text.head("summary.head.unmet")
    proposal = told.unmet["group"] == "preparing"
    lines, others = told.unmet[~proposal], told.unmet[proposal]
    needs = int((told.last["group"] != "preparing").sum())
    extra: list[str] = []
    if len(others):
        cost = told.prose(int(others["cost"].sum()))
        extra = text.say("summary.unmet_proposals", short=len(others), cost=cost)
    if lines.empty:
        return [head, *text.say("summary.unmet_none"), *extra]
    reasons = by_reason(lines)
    scale = told.columns([int(c) for c in reasons["cost"]])
    rows = [
        [
            say(f"label.reason.{r['reason']}", text.lang),
            text.number(r["lines"]),
            text.number(r["schools"]),
            scale.number(r["cost"]),
        ]
        for r in reasons.to_dict("records")
    ]
    header = [f"summary.col.{c}" for c in ("reason", "lines", "schools")]
    header.append(say("summary.col.cost", text.lang, unit=scale.unit))
    sentence = text.say(
        "summary.unmet",
        short=len(lines),
        lines=needs,
        schools=int(lines["school"].nunique()),
        cost=told.prose(int(lines["cost"].sum())),
        year=str(told.last_year),
    )
    return [head, *sentence, *text.table(header, rows), *_dearest(told, lines, text), *extra]


def _dearest(told: Told, lines: pd.DataFrame, text: Text) -> list[str]:
    """The three items whose missing units would cost most."""
    costs = lines.groupby("item", sort=True)["cost"].sum()
    dearest = costs.sort_values(ascending=False, kind="stable").head(3)
    items = told.plan.scenario.items
    named = "; ".join(
        f"{clean(items[str(i)].label(text.lang))} ({told.prose(int(c))})"
        for i, c in dearest.items()
    )
    return text.say("summary.unmet_items", items=named)


def after_lines(told: Told, text: Text) -> list[str]:
    """What is still to be paid after the plan."""
    due = told.plan.obligations
    last = str(told.last_year)
    lines = [text.head("summary.head.after")]
    mine = due[(due["kind"] == "upkeep") & (due["origin"] == "plan")]
    if int(mine["amount"].sum()) == 0:
        lines += text.say("summary.after_none", year=last)
    else:
        by_year = mine.groupby("year")["amount"].sum()
        parts = [
            say("summary.after_year", text.lang, year=str(y), amount=told.prose(int(a)))
            for y, a in by_year.items()
        ]
        lines += text.say(
            "summary.after",
            year=last,
            upkeep=told.prose(int(mine["amount"].sum())),
            years=", ".join(parts),
            funded=told.prose(int(mine["funded"].sum())),
        )
    for code, chosen in (
        ("instalments", due["kind"] == "instalment"),
        ("stock", (due["kind"] == "upkeep") & (due["origin"] == "stock")),
        ("proposals", (due["kind"] == "upkeep") & (due["origin"] == "proposal")),
    ):
        amount, funded = (int(due.loc[chosen, c].sum()) for c in ("amount", "funded"))
        if amount:
            lines += text.say(
                f"summary.after_{code}", amount=told.prose(amount), funded=told.prose(funded)
            )
    return lines


WITH_PLAN = ("optimal", "within_gap", "stopped")


@phase("summary")
def summary(
    result: Result,
    lang: str = "vi",
    *,
    width: int = 100,
    files: Sequence[str | Path] = (),
) -> str:
    """The summary of a run as text of at most ``width`` columns.

    ``files`` are the paths named at the end (the plan's folder, tables, figures), as given.
    Without a plan only the status is told.
    """
    text = Text(lang, width)
    lines = [*_title(result, text), "", *_status(result, text)]
    plan = _plan_of(result)
    if plan is not None:
        told = Told(plan, lang)
        sections = [_locks(plan, text), _money(told, text)]
        if plan.coverage.empty:
            # Money by group, where nothing is needed and requests are all there is.
            schools = told.plan.schools
            sums = schools.groupby("group")[["spent", "proposed"]].sum().sum(axis=1)
            scale = told.columns([int(v) for v in sums])
            rows = [
                [
                    say(f"label.group_short.{group}", text.lang),
                    text.number(float((schools["group"] == group).sum())),
                    scale.number(int(sums[group])),
                ]
                for group in GROUPS
                if group in sums.index
            ]
            header = ["label.column.group", "summary.col.schools"]
            header.append(say("summary.col.money", text.lang, unit=scale.unit))
            money_groups = [text.head("summary.head.money_groups"), *text.table(header, rows)]
            sections += [money_groups, request_lines(told, text)]
        else:
            sections += [
                _groups(told, result, text),
                request_lines(told, text),
                fairness_lines(told, text),
                worst_lines(told, text),
                unmet_lines(told, text),
                after_lines(told, text),
            ]
        sections.append(rule_lines(told, text))
        for section in filter(None, sections):
            lines += ["", *section]
    if files:
        lines += ["", *_files(files, text)]
    return "\n".join(lines) + "\n"


def files_written(files: Sequence[str | Path], lang: str = "vi", *, width: int = 100) -> str:
    """What was written where, as the end of a summary that was told before."""
    return "\n".join(_files(files, Text(lang, width))) + "\n"


def _files(files: Sequence[str | Path], text: Text) -> list[str]:
    return [text.head("summary.head.files"), *(f"  {path}" for path in files)]


def _locks(plan: Plan, text: Text) -> list[str]:
    """What was decided beforehand, where anything was."""
    head, *lines = locks_in_words(plan.scenario, text.lang, most=10) or [""]
    if not head:
        return []
    told = [line for lock in lines for line in wrap(lock, text.width, "    ")]
    return [text.head("summary.head.locks"), *wrap(head, text.width), *told]


def _plan_of(result: Result) -> Plan | None:
    """The plan, where there is one (a relaxation has values but none)."""
    try:
        return result.plan if result.status in WITH_PLAN else None
    except NoPlanError:
        return None


def _title(result: Result, text: Text) -> list[str]:
    scenario = result.scenario
    settings = scenario.settings
    first, last = settings.years
    lines = wrap(settings.title.say(text.lang), text.width, "")
    about = say(
        "summary.scenario",
        text.lang,
        scenario=scenario.id,
        first=str(first),
        last=str(last),
        prices=say(f"label.prices.{settings.prices}", text.lang),
        mode=say(f"label.mode.{settings.priority.mode}", text.lang),
    )
    if settings.tail_years:
        end = str(settings.all_years[-1])
        about += " " + say("summary.tail", text.lang, year=end)
    if settings.illustrative and illustrative(settings.title.say(text.lang), text.lang):
        about += f" {illustrative(settings.title.say(text.lang), text.lang)}."
    return [*lines, *wrap(about, text.width, "")]


def _status(result: Result, text: Text) -> list[str]:
    code = f"summary.status.{result.status}"
    if result.status == "stopped" and not _known(result.gap):
        code = "summary.status.stopped_unbounded"
    lines = [text.head("summary.head.status"), *text.say(code, gap=_gap(result.gap, text))]
    if result.status not in WITH_PLAN or not _known(result.value):
        return lines
    params = {"value": text.number(result.value, 1), "seconds": text.number(result.seconds, 1)}
    if not _known(result.bound):
        lines += text.say("summary.points_only", **params)
    else:
        lines += text.say("summary.points", bound=text.at_most(result.bound), **params)
    return [*lines, *_stages(result.stages, text)]


def _known(value: Any) -> bool:
    """Whether there is such a number (a missing bound is infinite or empty)."""
    return value is not None and bool(np.isfinite(float(value)))


def _gap(gap: Any, text: Text) -> str:
    """A gap in words, rounded up: what is said is proven, and only a gap of nought is «0%»."""
    if not _known(gap):
        return "–"
    hundredths = Decimal(str(float(gap))).quantize(Decimal("0.0001"), rounding=ROUND_CEILING)
    return percent(hundredths, 2, text.lang)


def _stages(stages: Sequence[Any], text: Text) -> list[str]:
    """The stages of a strict or maxmin solve; a single stage says nothing new, nor does one in
    which there is nothing to gain."""
    # Whether a stage has nothing that any plan could gain or lose.
    told_ = [s for s in stages if not (_part(s, "value") == 0 and _part(s, "bound") == 0)]
    if len(told_) < 2:
        return []
    rows = []
    for stage in told_:
        name, status, value, bound, gap = (
            _part(stage, key) for key in ("name", "status", "value", "bound", "gap")
        )
        shown = [text.number(float(v), 1) if _known(v) else "–" for v in (value, bound)]
        word = say(f"label.status.{status}", text.lang)
        rows.append([_stage_name(str(name), text.lang), word, *shown, _gap(gap, text)])
    columns = [f"summary.col.{c}" for c in ("stage", "status", "value", "bound", "gap")]
    return [*text.say("summary.stages", count=len(rows)), *text.table(columns, rows, words=2)]


def _stage_name(name: str, lang: str) -> str:
    """``tier-1:completed`` or ``completed`` in words; other names as they are."""
    tier, _, group = name.rpartition(":")
    if group not in GROUPS or not (tier == "" or tier.removeprefix("tier-").isdigit()):
        return name
    word = say(f"label.group_short.{group}", lang)
    return say("summary.tier", lang, tier=tier.removeprefix("tier-"), group=word) if tier else word


def _part(stage: Any, key: str) -> Any:
    return stage.get(key) if isinstance(stage, Mapping) else getattr(stage, key)


MONEY = ("amount", "reserve", "carried_in", "usable", "spent", "left", "carried_out", "lapsed")


def _money(told: Told, text: Text) -> list[str]:
    ledger = told.plan.ledger
    years = list(told.plan.scenario.settings.plan_years)
    rows = ledger[(ledger["school"].fillna("") == "") & ledger["year"].isin(years)]
    if rows.empty:
        scale = told.columns([])
        return [
            text.head("summary.head.money", unit=scale.unit),
            *text.say("summary.no_money"),
        ]
    rows = rows.assign(
        usable=rows["usable"] + rows["carried_in"],
        left=rows["usable"] + rows["carried_in"] - rows["spent"],
    )
    total = {c: int(rows[c].sum()) for c in MONEY}
    scale = told.columns([int(v) for c in MONEY for v in rows[c]])
    columns = [c for c in MONEY if c not in ("carried_in", "carried_out") or total[c]]
    shown, named = [], ""
    for row in rows.to_dict("records"):
        name = told.fund(row["fund"])
        if name != named:
            shown.append([name])
        shown.append([str(row["year"]), *(scale.number(row[c]) for c in columns)])
        named = name
    # The row of totals; what moves between years is not summed over them.
    moving = ("carried_in", "carried_out", "usable", "left") if total["carried_in"] else ()
    totals = ["" if c in moving else scale.number(total[c]) for c in columns]
    shown.append([say("label.total", text.lang), *totals])
    heads = {"amount": "summary.col.given", "left": "summary.col.left"}
    header = ["label.column.year"]
    header += [heads.get(c, f"label.column.{c}") for c in columns]
    # Money of the whole plan; carried money is counted once, at the end.
    last = rows[rows["year"] == told.last_year]
    left = total["lapsed"] + int(last["carried_out"].sum())
    given = total["amount"]
    money_sentence = text.say(
        "summary.money",
        spent=told.prose(total["spent"]),
        amount=told.prose(given),
        share=text.percent(total["spent"] / given if given else float("nan")),
        reserve=told.prose(total["reserve"]),
        left=told.prose(left),
        lapsed=told.prose(total["lapsed"]),
    )
    return [
        text.head("summary.head.money", unit=scale.unit),
        *money_sentence,
        *text.table(header, shown, totals=1),
        *text.say("summary.carried_note"),
    ]


def _groups(told: Told, result: Result, text: Text) -> list[str]:
    schools = told.plan.schools
    funded = schools[schools["group"] != "preparing"]
    proposed = schools[schools["group"] == "preparing"]
    scale = told.columns([int(v) for v in (funded["spent"].sum(), proposed["proposed"].sum())])
    rows = []
    for group in GROUPS:
        chosen = funded[funded["group"] == group]
        if len(chosen):
            label = say(f"label.group_short.{group}", text.lang)
            rows.append(_group_row(told, text, scale, label, group, chosen["spent"].sum()))
    label = say("summary.funded_total", text.lang)
    rows.append(_group_row(told, text, scale, label, "all", funded["spent"].sum()))
    if len(proposed):
        label = say("summary.proposal_row", text.lang)
        amount = proposed["proposed"].sum()
        rows.append(_group_row(told, text, scale, label, "preparing", amount))
    header = ["label.column.group", "summary.col.schools"]
    header += [say("summary.col.money", text.lang, unit=scale.unit)]
    header += ["summary.col.before", "summary.col.after", "summary.col.people"]
    return [
        text.head("summary.head.groups"),
        *_coverage_sentence(told, text),
        *_people(told, result, text),
        *text.table(header, rows, totals=2 if len(proposed) else 1),
        *_proposals(told, result, proposed, text),
    ]


def _group_row(
    told: Told, text: Text, scale: MoneyScale, label: str, group: str, amount: Any
) -> list[str]:
    schools = told.plan.schools["group"]
    count = (schools != "preparing").sum() if group == "all" else (schools == group).sum()
    people = told.people.drop("preparing", errors="ignore").sum()
    if group != "all":
        people = told.people.get(group, 0.0)
    spread = told.fairness.get(group, {})
    return [
        label,
        text.number(float(count)),
        scale.number(int(amount)),
        text.percent(float(spread.get("mean_before", float("nan")))),
        text.percent(float(spread.get("mean_after", float("nan")))),
        text.people(float(people)),
    ]


def _coverage_sentence(told: Told, text: Text) -> list[str]:
    if "all" not in told.fairness:
        return []
    row = told.fairness["all"]
    return text.say(
        "summary.coverage",
        year=str(told.last_year),
        before=text.percent(float(row["mean_before"])),
        after=text.percent(float(row["mean_after"])),
    )


def _people(told: Told, result: Result, text: Text) -> list[str]:
    """Equipped pupil-years, then by pillar."""
    funded = float(result.people or 0)
    lines = text.say("summary.people", people=text.people(funded))
    for pillar in PILLARS:
        people = float(result.people_by_pillar.get(pillar, 0))
        if people:
            part = say(
                "summary.pillar",
                text.lang,
                pillar=say(f"label.pillar.{pillar}", text.lang),
                people=text.people(people),
                share=text.percent(people / funded if funded else float("nan")),
            )
            lines += wrap(part, text.width, "    ")
    return lines


def _proposals(told: Told, result: Result, proposed: pd.DataFrame, text: Text) -> list[str]:
    if proposed.empty:
        return []
    return text.say(
        "summary.proposals",
        schools=len(proposed),
        amount=told.prose(int(proposed["proposed"].sum())),
        people=text.people(float(result.people_proposed or 0)),
    )
