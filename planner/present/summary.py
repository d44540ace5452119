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

from planner.analysis.fairness import fairness, numbers
from planner.analysis.unmet import by_reason, last_rows, unmet
from planner.errors import NoPlanError
from planner.messages import say
from planner.messages.numbers import grouped, percent, rounded
from planner.present.style import MoneyScale, money_scale
from planner.present.text_table import clean, table, wrap
from planner.scenario.schema import GROUPS, PILLARS

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.result import Result

WITH_PLAN = ("optimal", "within_gap", "stopped")
WORST = 10
"""Schools listed as faring worst."""


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
    text = _Text(lang, width)
    lines = [*_title(result, text), "", *_status(result, text)]
    plan = _plan_of(result)
    if plan is not None:
        told = _Told(plan, lang)
        sections = (
            _money(told, text),
            _groups(told, result, text),
            _fairness(told, text),
            _worst(told, text),
            _unmet(told, text),
            _after(told, text),
        )
        for section in sections:
            lines += ["", *section]
    if files:
        lines += ["", text.head("summary.head.files"), *(f"  {path}" for path in files)]
    return "\n".join(lines) + "\n"


def _plan_of(result: Result) -> Plan | None:
    """The plan, where there is one (a relaxation has values but none)."""
    try:
        return result.plan if result.status in WITH_PLAN else None
    except NoPlanError:
        return None


@dataclass(frozen=True)
class _Text:
    """The language and the width of a summary."""

    lang: str
    width: int

    def head(self, code: str, **params: Any) -> str:
        return say(code, self.lang, **params)

    def say(self, code: str, **params: Any) -> list[str]:
        """A sentence, wrapped and indented."""
        return wrap(say(code, self.lang, **params), self.width)

    def percent(self, ratio: float) -> str:
        return "–" if ratio is None or np.isnan(ratio) else percent(float(ratio), 1, self.lang)

    def number(self, value: float, digits: int = 0) -> str:
        return "–" if np.isnan(value) else rounded(float(value), digits, self.lang)

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
class _Told:
    """A plan with the derived tables that several sections use."""

    plan: Plan
    lang: str

    @cached_property
    def unmet(self) -> pd.DataFrame:
        return unmet(self.plan)

    @cached_property
    def last(self) -> pd.DataFrame:
        return last_rows(self.plan)

    @cached_property
    def fairness(self) -> pd.DataFrame:
        return fairness(self.plan).set_index("group")

    @cached_property
    def people(self) -> pd.Series:
        """Equipped pupil-years by group."""
        coverage = self.plan.coverage
        return pd.Series(numbers(coverage["people"])).groupby(list(coverage["group"])).sum()

    @property
    def last_year(self) -> int:
        return self.plan.scenario.settings.years[1]

    def prose(self, amount: int) -> str:
        """One amount in the unit it reads best in."""
        currency = self.plan.scenario.settings.currency
        return money_scale([amount], currency, self.lang).text(amount)

    def columns(self, amounts: Sequence[int]) -> MoneyScale:
        """The unit of a table's amounts."""
        return money_scale(amounts, self.plan.scenario.settings.currency, self.lang, most=6)

    def fund(self, name: str) -> str:
        fund = self.plan.scenario.settings.funds.get(name)
        return fund.name.say(self.lang) if fund is not None and fund.name else name


def _title(result: Result, text: _Text) -> list[str]:
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
    if settings.illustrative:
        about += f" {say('label.illustrative', text.lang)}."
    return [*lines, *wrap(about, text.width, "")]


def _status(result: Result, text: _Text) -> list[str]:
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


def _gap(gap: Any, text: _Text) -> str:
    """A gap in words, rounded up: what is said is proven, and only a gap of nought is «0%»."""
    if not _known(gap):
        return "–"
    hundredths = Decimal(str(float(gap))).quantize(Decimal("0.0001"), rounding=ROUND_CEILING)
    return percent(hundredths, 2, text.lang)


def _stages(stages: Sequence[Any], text: _Text) -> list[str]:
    """The stages of a strict or maxmin solve; a single stage says nothing new."""
    if len(stages) < 2:
        return []
    rows = []
    for stage in stages:
        name, status, value, bound, gap = (
            _part(stage, key) for key in ("name", "status", "value", "bound", "gap")
        )
        shown = [text.number(float(v), 1) if _known(v) else "–" for v in (value, bound)]
        word = say(f"label.status.{status}", text.lang)
        rows.append([str(name), word, *shown, _gap(gap, text)])
    columns = [f"summary.col.{c}" for c in ("stage", "status", "value", "bound", "gap")]
    return [*text.say("summary.stages", count=len(stages)), *text.table(columns, rows, words=2)]


def _part(stage: Any, key: str) -> Any:
    return stage.get(key) if isinstance(stage, Mapping) else getattr(stage, key)


MONEY = ("amount", "reserve", "carried_in", "usable", "spent", "left", "carried_out", "lapsed")


def _money(told: _Told, text: _Text) -> list[str]:
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
        cells = [scale.number(row[c]) for c in columns]
        shown.append(["" if name == named else name, str(row["year"]), *cells])
        named = name
    shown.append([say("label.total", text.lang), "", *_totals(total, columns, scale)])
    heads = {"amount": "summary.col.given", "left": "summary.col.left"}
    header = ["label.column.fund", "label.column.year"]
    header += [heads.get(c, f"label.column.{c}") for c in columns]
    return [
        text.head("summary.head.money", unit=scale.unit),
        *_money_sentence(told, text, total, rows),
        *text.table(header, shown, words=2, totals=1),
        *text.say("summary.carried_note"),
    ]


def _totals(total: Mapping[str, int], columns: Sequence[str], scale: MoneyScale) -> list[str]:
    """The row of totals; what moves between years is not summed over them."""
    moving = ("carried_in", "carried_out", "usable", "left") if total["carried_in"] else ()
    return ["" if c in moving else scale.number(total[c]) for c in columns]


def _money_sentence(
    told: _Told, text: _Text, total: Mapping[str, int], rows: pd.DataFrame
) -> list[str]:
    """Money of the whole plan; carried money is counted once, at the end."""
    last = rows[rows["year"] == told.last_year]
    left = total["lapsed"] + int(last["carried_out"].sum())
    given = total["amount"]
    return text.say(
        "summary.money",
        spent=told.prose(total["spent"]),
        amount=told.prose(given),
        share=text.percent(total["spent"] / given if given else float("nan")),
        reserve=told.prose(total["reserve"]),
        left=told.prose(left),
        lapsed=told.prose(total["lapsed"]),
    )


def _groups(told: _Told, result: Result, text: _Text) -> list[str]:
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
    told: _Told, text: _Text, scale: MoneyScale, label: str, group: str, amount: Any
) -> list[str]:
    schools = told.plan.schools["group"]
    count = (schools != "preparing").sum() if group == "all" else (schools == group).sum()
    people = told.people.drop("preparing", errors="ignore").sum()
    if group != "all":
        people = told.people.get(group, 0.0)
    spread = told.fairness.loc[group] if group in told.fairness.index else {}
    return [
        label,
        text.number(float(count)),
        scale.number(int(amount)),
        text.percent(float(spread.get("mean_before", float("nan")))),
        text.percent(float(spread.get("mean_after", float("nan")))),
        text.number(float(people)),
    ]


def _coverage_sentence(told: _Told, text: _Text) -> list[str]:
    if "all" not in told.fairness.index:
        return []
    row = told.fairness.loc["all"]
    return text.say(
        "summary.coverage",
        year=str(told.last_year),
        before=text.percent(float(row["mean_before"])),
        after=text.percent(float(row["mean_after"])),
    )


def _people(told: _Told, result: Result, text: _Text) -> list[str]:
    """Equipped pupil-years, then by pillar."""
    funded = float(result.people or 0)
    lines = text.say("summary.people", people=text.number(funded))
    for pillar in PILLARS:
        people = float(result.people_by_pillar.get(pillar, 0))
        if people:
            part = say(
                "summary.pillar",
                text.lang,
                pillar=say(f"label.pillar.{pillar}", text.lang),
                people=text.number(people),
                share=text.percent(people / funded if funded else float("nan")),
            )
            lines += wrap(part, text.width, "    ")
    return lines


def _proposals(told: _Told, result: Result, proposed: pd.DataFrame, text: _Text) -> list[str]:
    if proposed.empty:
        return []
    return text.say(
        "summary.proposals",
        schools=len(proposed),
        amount=told.prose(int(proposed["proposed"].sum())),
        people=text.number(float(result.people_proposed or 0)),
    )


def _fairness(told: _Told, text: _Text) -> list[str]:
    spread = told.fairness
    lines = [text.head("summary.head.fairness")]
    if "all" in spread.index:
        row = spread.loc["all"]
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
    for group in spread.index:
        code = "summary.funded_total" if group == "all" else f"label.group_short.{group}"
        row = spread.loc[group]
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


def _worst(told: _Told, text: _Text) -> list[str]:
    worst = worst_schools(told.plan)
    reasons = _largest_reason(told.unmet)
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


def _largest_reason(lines: pd.DataFrame) -> dict[str, str]:
    """School → the reason that holds back most money's worth of its needs."""
    costs = lines.groupby(["school", "reason"], sort=True)["cost"].sum().reset_index()
    first = costs.sort_values(["cost"], ascending=False, kind="stable").drop_duplicates("school")
    return dict(zip(first["school"], first["reason"], strict=True))


def _unmet(told: _Told, text: _Text) -> list[str]:
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


def _dearest(told: _Told, lines: pd.DataFrame, text: _Text) -> list[str]:
    """The three items whose missing units would cost most."""
    costs = lines.groupby("item", sort=True)["cost"].sum()
    dearest = costs.sort_values(ascending=False, kind="stable").head(3)
    items = told.plan.scenario.items
    named = "; ".join(
        f"{clean(items[i].label(text.lang))} ({told.prose(int(c))})" for i, c in dearest.items()
    )
    return text.say("summary.unmet_items", items=named)


def _after(told: _Told, text: _Text) -> list[str]:
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
