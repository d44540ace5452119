"""The summary after a run: what a planner would read aloud, as plain text.

Every section is a function from the plan's tables to lines; nothing is computed here that the
tables do not already say, except sums and means of their rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.analysis.criteria import MILLION, Measured, has_criteria
from planner.analysis.replacements import replacements
from planner.analysis.unmet import by_reason, fairness, last_rows, numbers, unmet
from planner.errors import NoPlanError
from planner.messages import say
from planner.messages.numbers import DASH, money, percent, pupil_years, rounded
from planner.names import row_name
from planner.plan.coverage import FLOAT, exact
from planner.present.content import Block, Cell, Cells, illustrative
from planner.present.rule_words import (
    locks_in_words,
    rule_in_words,
    value_in_words,
)
from planner.present.terminal import UNBROKEN, Heading, Screen, blocks, clean, wrap
from planner.run.folder import PlanFolder
from planner.run.result import result_in
from planner.scenario.schema import GROUPS, PILLARS
from planner.system.process import phase
from planner.vocabulary.statements import Statement

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.run.result import Result, Tidied

WITH_PLAN = ("optimal", "within_gap", "stopped")


@phase("summary")
def summary(
    result: Result, lang: str = "vi", *, width: int = 100, files: Sequence[str | Path] = ()
) -> str:
    """The summary of a run as text of at most ``width`` columns.

    ``files`` are the paths named at the end (the plan's folder, tables, figures), as given.
    Without a plan it says the status alone.
    """
    lines = _lines(result, lang, width)
    end = f"\n{files_written(files, lang)}" if files else ""
    return "\n".join(lines) + "\n" + end


def summary_blocks(source: Result | PlanFolder, lang: str = "vi") -> list[Block]:
    """The summary of a run, or of a plan folder that was read, as tables and paragraphs: what
    :func:`summary` says, word for word."""
    result = stored(source) if isinstance(source, PlanFolder) else source
    return blocks(_lines(result, lang, UNBROKEN))


def stored(folder: PlanFolder) -> Result:
    """The result that a plan folder was written of, as far as it tells: seconds to a thousandth."""
    return result_in(folder.path, folder.scenario, folder.plan, folder.claims)


def _lines(result: Result, lang: str, width: int) -> list[str]:
    """The lines of a summary."""
    screen = Screen(result.scenario, lang, width)
    lines = [*_title(screen), "", *_status(result, screen)]
    try:
        plan = result.plan if result.status in WITH_PLAN else None
    except NoPlanError:  # a relaxation has values but no plan
        plan = None
    if plan is not None:
        about = PlanScreen(result.scenario, lang, width, plan=plan)
        # What was decided beforehand, where anything was.
        head, *locks = locks_in_words(result.scenario, lang, most=10) or [""]
        decided = [screen.word("summary.head.locks"), *wrap(head, width)] if head else []
        decided += [line for lock in locks for line in wrap(lock, width, "    ")]
        sections = [decided, _money(about)]
        if plan.coverage.empty:
            sections += [_money_groups(about), request_lines(about)]
        else:
            sections += [
                _groups(about, result),
                request_lines(about),
                fairness_lines(about),
                worst_lines(about),
                unmet_lines(about),
                criteria_lines(about),
                effectiveness_lines(about),
                after_lines(about),
            ]
        sections.append(rule_lines(about))
        for section in filter(None, sections):
            lines += ["", *section]
    return lines


def files_written(files: Sequence[str | Path], lang: str = "vi") -> str:
    """What was written where, as the end of a summary."""
    return "\n".join([say("summary.head.files", lang), *(f"  {path}" for path in files)]) + "\n"


@dataclass(frozen=True)
class PlanScreen(Screen):
    """A screen about a plan, with the derived tables that several sections use."""

    plan: Plan = field(kw_only=True)

    @cached_property
    def unmet(self) -> pd.DataFrame:
        """Lines that stay unmet, with their reasons."""
        return unmet(self.plan)

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
    def last_year(self) -> str:
        """The last plan year."""
        return str(self.scenario.settings.years[1])

    def percent(self, ratio: float) -> str:
        """A ratio with one decimal; a dash where there is none."""
        return percent(float(ratio), 1, self.lang)


# ---- Sections on the run itself: what was solved, what was proven, what was decided beforehand.


def _title(screen: Screen) -> list[str]:
    settings = screen.scenario.settings
    first, last = settings.years
    title = settings.title.say(screen.lang)
    about = screen.word(
        "summary.scenario",
        scenario=screen.scenario.id,
        first=str(first),
        last=str(last),
        prices=screen.word(f"label.prices.{settings.prices}"),
        mode=screen.word(f"label.mode.{settings.priority.mode}"),
    )
    if settings.tail_years:
        about += " " + screen.word("summary.tail", year=str(settings.all_years[-1]))
    if settings.illustrative and illustrative(title, screen.lang):
        about += f" {illustrative(title, screen.lang)}."
    return [*map(Heading, wrap(title, screen.width, "")), *wrap(about, screen.width, "")]


def _status(result: Result, screen: Screen) -> list[str]:
    code = f"summary.status.{result.status}"
    if result.status == "stopped" and not _known(result.gap):
        code = "summary.status.stopped_unbounded"
    # rounded up: what is said is proven, and only a gap of nought is «0%»
    proven = percent(result.gap, 2, screen.lang, up=True)
    lines = [screen.word("summary.head.status"), *screen.say(code, gap=proven)]
    if result.status not in WITH_PLAN or not _known(result.value):
        return lines
    lang = screen.lang
    code = "summary.points" if _known(result.bound) else "summary.points_only"
    lines += screen.say(
        code, value=rounded(result.value, 1, lang), seconds=rounded(result.seconds, 1, lang),
        bound=rounded(result.bound, 1, lang, up=True),
    )  # fmt: skip
    if result.tidied is not None:
        lines += _tidied(result, result.tidied, screen)
    # The stages of a strict or maxmin solve; a single stage says nothing new, nor does one in
    # which there is nothing that any plan could gain or lose.
    keys = ("name", "status", "value", "bound", "gap")
    rows: list[list[Cell]] = []
    for stage in result.stages:
        name, status, value, bound, gap = (
            stage.get(k) if isinstance(stage, Mapping) else getattr(stage, k) for k in keys
        )
        if value == bound == 0:
            continue
        # ``tier-1:completed`` or ``completed`` in words; other names as they are.
        tier, _, group = str(name).rpartition(":")
        number = tier.removeprefix("tier-")
        if group in GROUPS and (tier == "" or number.isdigit()):
            name = screen.word(f"label.group_short.{group}")
            name = screen.word("summary.tier", tier=number, group=name) if tier else name
        points = [DASH if v is None else float(v) for v in (value, bound)]
        word = screen.word(f"label.status.{status}")
        rows.append([str(name), word, *points, percent(gap, 2, screen.lang, up=True)])
    if len(rows) > 1:
        shape = "stage status value:points bound:points gap:percent"
        lines += screen.say("summary.stages", count=len(rows))
        lines += screen.table("summary.col", shape, rows)
    return lines


def _tidied(result: Result, tidied: Tidied, screen: Screen) -> list[str]:
    """What was given up for fewer lines, or that none were found."""
    before, after, lang = tidied.before, tidied.after, screen.lang
    kept = percent(1 - tidied.within, 2, lang)
    if after.counted == before.counted:
        money = screen.prose(after.smallest)
        return screen.say("summary.tidied_not", lines=after.lines, kept=kept, smallest=money)
    lost, fewer = tidied.value - result.value, tidied.people - float(result.people)
    how: dict[str, Any] = {
        "before": before.lines, "lines": after.lines, "kept": kept,
        "least": tidied.bound_of_lines or 1, "smallest_before": screen.prose(before.smallest),
        "smallest": screen.prose(after.smallest),
    }  # fmt: skip
    if round(lost, 1) < 0:  # of a plan that the time limit stopped, a better one may be found
        return screen.say("summary.tidied_gain", gain=rounded(-lost, 1, lang), **how)
    return screen.say(
        "summary.tidied", **how, loss=rounded(max(lost, 0.0), 1, lang),
        share=percent(max(lost, 0.0) / max(1.0, abs(tidied.value)), 2, lang, up=True),
        people=pupil_years(fewer, lang) if fewer > 0 else None,
    )  # fmt: skip


def _known(value: Any) -> bool:
    """Whether there is such a number (a missing bound is infinite or empty)."""
    return value is not None and bool(np.isfinite(float(value)))


# ---- Sections on money and on groups.

MONEY = ("amount", "reserve", "carried_in", "usable", "spent", "left", "carried_out", "lapsed")


def _money(s: PlanScreen) -> list[str]:
    ledger = s.plan.ledger
    years = list(s.scenario.settings.plan_years)
    rows = ledger[(ledger["school"].fillna("") == "") & ledger["year"].isin(years)]
    if rows.empty:
        head = s.word("summary.head.money", unit=s.scale([]).unit)
        return [head, *s.say("summary.no_money")]
    usable = rows["usable"] + rows["carried_in"]
    rows = rows.assign(usable=usable, left=usable - rows["spent"])
    total = {c: int(rows[c].sum()) for c in MONEY}
    scale = s.scale([int(v) for c in MONEY for v in rows[c]])
    columns = [c for c in MONEY if c not in ("carried_in", "carried_out") or total[c]]
    shown: list[list[Cell]] = []
    fund = ""
    for row in rows.to_dict("records"):
        name = s.fund(row["fund"])
        if name != fund:
            shown.append([name])
        shown.append([str(row["year"]), *(int(row[c]) for c in columns)])
        fund = name
    # The row of totals; what moves between years is not summed over them.
    moving = ("carried_in", "carried_out", "usable", "left") if total["carried_in"] else ()
    shown.append([s.word("label.total"), *(None if c in moving else total[c] for c in columns)])
    heads = {"amount": "given", "left": "left"}
    shape = "label.column.year"
    shape += "".join(f" {heads.get(c, f'label.column.{c}')}:money" for c in columns)
    # Money of the whole plan; carried money is counted once, at the end.
    last = rows[rows["year"] == s.scenario.settings.years[1]]
    left = total["lapsed"] + int(last["carried_out"].sum())
    return [
        s.word("summary.head.money", unit=scale.unit),
        *s.say(
            "summary.money",
            spent=s.prose(total["spent"]),
            amount=s.prose(total["amount"]),
            share=s.percent(total["spent"] / total["amount"] if total["amount"] else math.nan),
            reserve=s.prose(total["reserve"]),
            left=s.prose(left),
            lapsed=s.prose(total["lapsed"]),
        ),
        *s.table("summary.col", shape, shown, scale=scale, totals=1),
        *s.say("summary.carried_note"),
    ]


def _money_groups(s: PlanScreen) -> list[str]:
    """Money by group, where nothing is needed and requests are all there is."""
    schools = s.plan.schools
    sums = schools.groupby("group")[["spent", "proposed"]].sum().sum(axis=1)
    rows = [
        (s.word(f"label.group_short.{g}"), int((schools["group"] == g).sum()), int(sums[g]))
        for g in GROUPS
        if g in sums.index
    ]
    shape = "label.column.group schools:count money:money"
    scale = s.scale([int(v) for v in sums])
    return [s.word("summary.head.money_groups"), *s.table("summary.col", shape, rows, scale=scale)]


def _groups(s: PlanScreen, result: Result) -> list[str]:
    """Coverage and equipped pupil-years, by group and by pillar; what is proposed apart."""
    schools = s.plan.schools
    funded = schools[schools["group"] != "preparing"]
    proposed = schools[schools["group"] == "preparing"]
    spent, asked = int(funded["spent"].sum()), int(proposed["proposed"].sum())

    def row(label: str, key: str, count: int, amount: int, people: float) -> list[Cell]:
        spread = s.fairness.get(key, {})
        means = [float(spread.get(f"mean_{w}", math.nan)) for w in ("before", "after")]
        return [s.word(label), count, amount, *means, float(people)]

    rows = []
    for group in GROUPS:
        chosen = funded[funded["group"] == group]
        if len(chosen):
            label, money = f"label.group_short.{group}", int(chosen["spent"].sum())
            rows.append(row(label, group, len(chosen), money, s.people.get(group, 0.0)))
    people = s.people.drop("preparing", errors="ignore").sum()
    rows.append(row("summary.funded_total", "all", len(funded), spent, people))
    if len(proposed):
        people = s.people.get("preparing", 0.0)
        rows.append(row("summary.proposal_row", "preparing", len(proposed), asked, people))
    shape = (
        "label.column.group schools:count money:money before:percent after:percent people:people"
    )
    lines = [s.word("summary.head.groups")]
    if "all" in s.fairness:
        means = {w: s.percent(s.fairness["all"][f"mean_{w}"]) for w in ("before", "after")}
        lines += s.say("summary.coverage", year=s.last_year, **means)
    whole = float(result.people or 0)
    lines += s.say("summary.people", people=pupil_years(whole, s.lang))
    for pillar in PILLARS:
        people = float(result.people_by_pillar.get(pillar, 0))
        if people:
            lines += s.say(
                "summary.pillar",
                "    ",
                pillar=s.word(f"label.pillar.{pillar}"),
                people=pupil_years(people, s.lang),
                share=s.percent(people / whole if whole else math.nan),
            )
    totals = 2 if len(proposed) else 1
    lines += s.table("summary.col", shape, rows, scale=s.scale([spent, asked]), totals=totals)
    if len(proposed):
        people = pupil_years(float(result.people_proposed or 0), s.lang)
        count, amount = len(proposed), s.prose(asked)
        lines += s.say("summary.proposals", schools=count, amount=amount, people=people)
    return lines


# ---- Sections on what was stated: the scenario's rules, and schools' own requests.

SHOWN = 15
"""Chosen requests that are listed one by one."""


def rule_lines(s: PlanScreen) -> list[str]:
    """Each rule as its sentence, and how the plan stands to it; then the standing rules."""
    rules, own = s.plan.rules, s.scenario.settings.rules
    if rules.empty:
        return []
    lines: list[str] = []
    for name in own:
        lines += wrap(rule_in_words(s.scenario, name, s.lang), s.width)
        lines += _kept(s, rules[rules["rule"] == name])
    others = [str(n) for n in dict.fromkeys(rules["rule"]) if n not in own]
    if others:
        lines += s.say("summary.rules_standing", names=", ".join(others))
    return [s.word("summary.head.rules"), *lines] if lines else []


def _kept(s: PlanScreen, rows: pd.DataFrame) -> list[str]:
    """``Giữ đúng; sát nhất: …`` or what a wish is missed by."""
    if rows.empty:
        return s.say("summary.rule_empty", "    ")
    slack = rows["slack"].astype(float)
    name = str(rows["rule"].iloc[0])
    spared = exact(s.plan).short(Statement(name, s.scenario.settings.rules[name]))
    dust = rows["key"].map(spared).fillna(0.0).astype(float)
    missed = rows[slack + dust * (1 + FLOAT) < 0]
    closest = rows.loc[slack.idxmin()]

    def side(column: str) -> str:
        """A side of the rule in its unit."""
        value = float(closest[column])
        if closest["unit"] == "money":
            return s.prose(round(value))
        if closest["unit"] == "share":
            return s.percent(value)
        return rounded(value, 0 if value.is_integer() else 2, s.lang)

    code, counts = "summary.rule_kept", {}
    if len(missed) and closest["firmness"] == "wish":
        code, counts = "summary.rule_missed", {"missed": len(missed), "rows": len(rows)}
    return s.say(
        code,
        "    ",
        row=row_name(str(closest["rule"]), [p for p in str(closest["key"]).split(",") if p]),
        left=side("left"),
        relation={"<=": "≤", ">=": "≥"}.get(str(closest["relation"]), "="),
        bound=side("bound"),
        **counts,
    )


def request_lines(s: PlanScreen) -> list[str]:
    """How many requests were chosen, which, for how much, and which were not."""
    table = s.plan.requests
    if table.empty:
        return []
    schools = s.plan.schools
    preparing = table["school"].isin(schools.loc[schools["group"] == "preparing", "school"])
    proposed = table[preparing & (table["chosen"] == "yes")]
    table = table[~preparing]
    chosen = table[table["chosen"] == "yes"]
    taken = set(chosen["request"])
    left = [r for r in dict.fromkeys(table["request"]) if r not in taken]
    lines = [
        s.word("summary.head.requests"),
        *s.say(
            "summary.requests",
            chosen=int(chosen["request"].nunique()),
            count=int(table["request"].nunique()),
            amount=s.prose(int(chosen["paid"].sum())),
            points=rounded(float(chosen["points"].astype(float).sum()), 1, s.lang),
        ),
    ]
    if len(chosen):
        # The dearest of the chosen options first.
        order = chosen.sort_values(["paid", "request"], ascending=[False, True], kind="stable")
        shown = order.head(SHOWN).to_dict("records")
        names = dict(zip(s.scenario.schools["school"], s.scenario.schools["name"], strict=True))
        several = bool((chosen["copies"] > 1).any())
        rows: list[Cells] = [
            (clean(f"{r['request']}:{r['option']} {r['title']}"), str(names[r["school"]]),
             *([int(r["copies"])] if several else []), int(r["paid"]), float(r["points"]))
            for r in shown
        ]  # fmt: skip
        shape = "label.column.request label.column.school"
        shape += " copies:count" * several + " money:money label.column.value:points"
        lines += s.table("summary.col", shape, rows, scale=s.scale([int(r["paid"]) for r in shown]))
        if len(order) > SHOWN:
            lines += s.say("summary.requests_more", count=len(order) - SHOWN)
    if left:
        few = ", ".join(left[:SHOWN]) + (" …" if len(left) > SHOWN else "")
        lines += s.say("summary.requests_left", names=few)
    if len(proposed):
        lines += s.say(
            "summary.requests_proposed",
            count=int(proposed["request"].nunique()),
            amount=s.prose(int(proposed["paid"].sum())),
            names=", ".join(dict.fromkeys(proposed["request"])),
        )
    return lines


# ---- Sections on who is left behind: fairness, worst schools, unmet needs, and what is still to be
# paid after the plan.

WORST = 10
"""Schools listed as faring worst."""


def fairness_lines(s: PlanScreen) -> list[str]:
    """How evenly coverage is spread."""
    lines = [s.word("summary.head.fairness")]
    if "all" in s.fairness:
        row = s.fairness["all"]
        gini = {k: rounded(float(row[f"gini_{k}"]), 3, s.lang) for k in ("before", "after")}
        way = "stays"
        if gini["before"] != gini["after"]:
            way = "falls" if row["gini_after"] < row["gini_before"] else "rises"
        lines += s.say(
            "summary.fairness",
            lowest=s.percent(row["min_after"]),
            p10=s.percent(row["p10_after"]),
            change=s.word(f"summary.gini_{way}", **gini),
        )
    measures = ("schools", "min_after", "p10_after", "mean_after", "gini_before", "gini_after")
    rows: list[list[Cell]] = []
    for group, row in s.fairness.items():
        code = "summary.funded_total" if group == "all" else f"label.group_short.{group}"
        rows.append([s.word(code), *(float(row[k]) for k in measures)])
    shape = "label.column.group schools:count min:percent p10:percent mean:percent"
    shape += " gini_before:ratio gini_after:ratio"
    return [*lines, *s.table("summary.col", shape, rows, totals=1)]


def worst_schools(plan: Plan, count: int = WORST) -> pd.DataFrame:
    """The schools of lowest coverage after the plan; of equals the larger first."""
    schools = plan.schools
    known = schools.assign(_after=numbers(schools["coverage_after"]))
    known = known[known["_after"].notna()]
    order = known.sort_values(
        ["_after", "pupils", "school"], ascending=[True, False, True], kind="stable"
    )
    return order.head(count).drop(columns="_after")


def worst_lines(s: PlanScreen) -> list[str]:
    """The ten schools that fare worst."""
    worst = worst_schools(s.plan)
    # School → the reason that holds back most money's worth of its needs.
    theirs = s.unmet[s.unmet["school"].isin(worst["school"])]
    costs = theirs.groupby(["school", "reason"], sort=True)["cost"].sum().reset_index()
    first = costs.sort_values(["cost"], ascending=False, kind="stable").drop_duplicates("school")
    reasons = {
        school: s.word(f"label.reason.{reason}")
        for school, reason in zip(first["school"], first["reason"], strict=True)
    }
    rows = [
        (row["name"], s.word(f"label.group_short.{row['group']}"),
         reasons.get(row["school"], DASH), float(row["coverage_before"]),
         float(row["coverage_after"]))
        for row in worst.to_dict("records")
    ]  # fmt: skip
    shape = "label.column.school label.column.group worst_reason before:percent after:percent"
    return [s.word("summary.head.worst", count=len(rows)), *s.table("summary.col", shape, rows)]


def unmet_lines(s: PlanScreen) -> list[str]:
    """What stays unmet, the largest reasons, and the dearest items."""
    head = s.word("summary.head.unmet")
    proposal = s.unmet["group"] == "preparing"
    lines, others = s.unmet[~proposal], s.unmet[proposal]
    extra: list[str] = []
    if len(others):
        cost = s.prose(int(others["cost"].sum()))
        extra = s.say("summary.unmet_proposals", short=len(others), cost=cost)
    if lines.empty:
        return [head, *s.say("summary.unmet_none"), *extra]
    reasons = by_reason(lines)
    rows = [
        (s.word(f"label.reason.{r['reason']}"), int(r["lines"]), int(r["schools"]), int(r["cost"]))
        for r in reasons.to_dict("records")
    ]
    shape = "reason lines:count schools:count cost:money"
    sentence = s.say(
        "summary.unmet",
        short=len(lines),
        lines=int((last_rows(s.plan)["group"] != "preparing").sum()),
        schools=int(lines["school"].nunique()),
        cost=s.prose(int(lines["cost"].sum())),
        year=s.last_year,
    )
    # The three items whose missing units would cost most.
    costs = lines.groupby("item", sort=True)["cost"].sum()
    dearest = costs.sort_values(ascending=False, kind="stable").head(3)
    named = "; ".join(
        f"{clean(s.scenario.items[str(i)].label(s.lang))} ({s.prose(int(c))})"
        for i, c in dearest.items()
    )
    table = s.table("summary.col", shape, rows, scale=s.scale([int(c) for c in reasons["cost"]]))
    return [head, *sentence, *table, *s.say("summary.unmet_items", items=named), *extra]


def criteria_lines(s: PlanScreen) -> list[str]:
    """Measured points, what they are estimated to be after the plan, schools at each level, and
    which schools were not measured; nothing without criteria."""
    if not has_criteria(s.scenario):
        return []
    found = Measured(s.plan, s.scenario.settings.years[1])
    rows: list[list[Cell]] = [
        [value_in_words(row["criteria_group"], s.lang), row["schools"], row["before"], row["after"],
         *(f"{row[f'before_{n}']} → {row[f'after_{n}']}" for n in (1, 2, 3))]
        for row in found.sums.to_dict("records")
    ]  # fmt: skip
    shape = "criteria_group schools:count measured:points estimated:points level_1 level_2 level_3"
    lines = [s.word("summary.head.criteria"), *s.say("summary.criteria", year=s.last_year)]
    lines += s.table("summary.col", shape, rows)
    if not found.criteria["verified"].all():
        lines += s.say("summary.criteria_unverified")
    missing = list(dict.fromkeys(school for school, _, _ in found.unmeasured))
    if missing:
        few = ", ".join(missing[:SHOWN]) + (" …" if len(missing) > SHOWN else "")
        lines += s.say("summary.criteria_unmeasured", count=len(missing), schools=few)
    return lines


def effectiveness_lines(s: PlanScreen) -> list[str]:
    """What a million buys in pupil-years and points, by item; nothing without criteria."""
    found = Measured(s.plan, s.scenario.settings.years[1])
    if not has_criteria(s.scenario) or found.by_item.empty:
        return []
    million = money(MILLION, s.lang, s.currency)
    rows: list[list[Cell]] = [
        [s.scenario.items[row["item"]].label(s.lang), int(row["amount"]), row["people_per_million"],
         row["points_per_million"]]
        for row in found.by_item.to_dict("records")
    ]  # fmt: skip
    scale = s.scale([int(a) for a in found.by_item["amount"]])
    return [
        s.word("summary.head.effectiveness", money=million),
        *s.say("summary.effectiveness", money=million),
        *s.table("summary.col", "item spent:money rate:ratio points_rate:ratio", rows, scale=scale),
    ]


def after_lines(s: PlanScreen) -> list[str]:
    """What is still to be paid after the plan."""
    due = s.plan.obligations
    lines = [s.word("summary.head.after")]
    upkeep = due["kind"] == "upkeep"
    mine = due[upkeep & (due["origin"] == "plan")]
    if int(mine["amount"].sum()) == 0:
        lines += s.say("summary.after_none", year=s.last_year)
    else:
        parts = [
            s.word("summary.after_year", year=str(y), amount=s.prose(int(a)))
            for y, a in mine.groupby("year")["amount"].sum().items()
        ]
        lines += s.say(
            "summary.after",
            year=s.last_year,
            upkeep=s.prose(int(mine["amount"].sum())),
            years=", ".join(parts),
            funded=s.prose(int(mine["funded"].sum())),
        )
    for code, chosen in (
        ("instalments", due["kind"] == "instalment"),
        ("stock", upkeep & (due["origin"] == "stock")),
        ("proposals", upkeep & (due["origin"] == "proposal")),
    ):
        amount, funded = (int(due.loc[chosen, c].sum()) for c in ("amount", "funded"))
        if amount:
            params = {"amount": s.prose(amount), "funded": s.prose(funded)}
            lines += s.say(f"summary.after_{code}", **params)
    return [*lines, *_replacement_lines(s)]


def _replacement_lines(s: PlanScreen) -> list[str]:
    """What falls out of service without the plan, and what of the plan does; nothing where all
    serves for good."""
    found = replacements(s.plan)

    def count(units: float) -> int | str:
        return int(units) if units.is_integer() else rounded(units, 1, s.lang)

    lines: list[str] = []
    years = str(found.first), str(found.last)
    inside, now = found.sums("stock", range(found.first, found.last + 1))
    after, later = found.sums("stock", range(found.last + 1, 10**5))
    if inside or after:
        lines += s.say(
            "summary.out_stock", first=years[0], last=years[1], units=count(inside),
            amount=s.prose(now), renewed=count(found.renewed), after=count(after),
            later=s.prose(later),
        )  # fmt: skip
    for origin in ("plan", "proposal"):
        units, amount = found.sums(origin)
        if units:
            out = found.table.loc[found.table["origin"] == origin, "year"]
            lines += s.say(
                f"summary.out_{origin}", units=count(units), amount=s.prose(amount),
                first=str(out.min()), last=str(out.max()),
            )  # fmt: skip
    if found.held:
        lines += s.say("summary.out_held", year=str(found.priced))
    return lines
