"""How an amended plan is told beside the plan before it: what changes and why, money before and
after, what was given up, and the trade-off; as text and as JSON.

Papers (:mod:`planner.present.papers.evidence`) and figures lay out the same tables.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.analysis.compare import by_weight
from planner.messages import say
from planner.messages.numbers import MINUS, money, percent, pupil_years, rounded, trimmed
from planner.plan.allocation import payments
from planner.plan.contract import from_texts
from planner.present.comparison import plain_records
from planner.present.content import Block, Cells, Table, fund_name, listing, money_scale
from planner.present.terminal import UNBROKEN, Screen, blocks, table_lines, wrap
from planner.run.folder import CLAIMS, PlanFolder
from planner.run.result import Amended, Result, amended_in

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.scenario.scenario import Scenario

MOST = 10
"""Changed lines that are named on a screen; the table holds all."""
GAINS = ("appears", "more")
"""Changes by which a line takes room instead of making it."""
CHANGES = (
    "disappears", "less", "appears", "more", "moves_year", "moves_fund", "moves", "option",
    "real_price", "amount",
)  # fmt: skip
"""Kinds of change as they are told, those first that take something away."""
CAUSES = (
    "contract", "cancelled", "past", "school", "item", "hand_over", "need", "price", "money",
    "rule", "indirect", "gap",
)  # fmt: skip
"""Causes as they are told: what has happened before what is newly known."""
ENDS = ("_reference", "")
"""Columns of a change: of the line before, of the line now."""


@dataclass(frozen=True)
class Amendment:
    """An amended plan beside the one before.

    ``before`` holds the lines of the plan before as its ``allocation`` has them, ``said`` what its
    ``plan.json`` says, ``value`` and ``people`` what the amended plan reaches (points, funded
    equipped pupil-years).
    """

    scenario: Scenario
    plan: Plan
    amended: Amended
    value: float
    people: float
    before: pd.DataFrame = field(repr=False)
    said: Mapping[str, Any] = field(repr=False)

    @property
    def share_lost(self) -> float:
        """Value given up against the best plan found, as a part of it (0–1)."""
        best = self.amended.value
        return max(0.0, best - self.value) / max(1.0, abs(best))

    def money(self, schools: Collection[str] | None = None) -> pd.DataFrame:
        """Payments of funded lines before and after: ``fund``, ``year`` (of payment), ``before``,
        ``after``, ``difference`` (minor units), in the order of the funds; of some schools alone
        where they are given. Proposals into building projects are no payments."""
        sums = []
        for lines in (self.before, self.plan.allocation):
            mine = lines[lines["standing"] != "proposal"]
            if schools is not None:
                mine = mine[mine["school"].isin(schools)]
            paid = payments(mine, ["fund", "year", "amount"])
            sums.append(paid.astype({"amount": "int64"}).groupby(["fund", "year"])["amount"].sum())
        found = pd.concat(dict(zip(("before", "after"), sums, strict=True)), axis=1).fillna(0)
        found = found.astype("int64").reset_index().astype({"fund": "str", "year": "int64"})
        found["difference"] = found["after"] - found["before"]
        order = {name: k for k, name in enumerate(self.scenario.settings.funds)}
        rank = found["fund"].map(order).fillna(len(order))
        found = found.assign(rank=rank).sort_values(["rank", "fund", "year"], ignore_index=True)
        return found.drop(columns="rank")

    def proposed(self, schools: Collection[str] | None = None) -> tuple[int, int]:
        """What is proposed into building projects, before and after; minor units."""
        sums = []
        for lines in (self.before, self.plan.allocation):
            mine = lines[lines["standing"] == "proposal"]
            if schools is not None:
                mine = mine[mine["school"].isin(schools)]
            sums.append(int(mine["amount"].sum()))
        return sums[0], sums[1]

    def upkeep(self, schools: Collection[str] | None = None) -> tuple[int, int]:
        """Running costs, which no row of the changes has, before and after; minor units."""
        sums = []
        for lines in (self.before, self.plan.allocation):
            mine = lines[(lines["kind"] == "upkeep") & (lines["standing"] != "proposal")]
            if schools is not None:
                mine = mine[mine["school"].isin(schools)]
            sums.append(int(mine["amount"].sum()))
        return sums[0], sums[1]

    def changes(self, schools: Collection[str] | None = None) -> pd.DataFrame:
        """The changed lines, ``change`` as it is told (``real_price``: a contract's other price);
        of some schools alone where they are given."""
        found = self.amended.changes
        if schools is not None:
            found = found[found["school"].isin(schools)]
        real = (found["change"] == "amount") & (found["cause"] == "contract")
        return found.assign(change=found["change"].mask(real, "real_price"))

    def counts(self, schools: Collection[str] | None = None) -> pd.DataFrame:
        """How many rows changed, how and why, and the money that they differ by: ``change``,
        ``cause``, ``lines``, ``difference`` (minor units)."""
        groups = self.changes(schools).groupby(["change", "cause"], sort=False)["difference"]
        found = groups.agg(["size", "sum"]).reset_index()
        found.columns = pd.Index(["change", "cause", "lines", "difference"])
        ranks = {"change": CHANGES, "cause": CAUSES}
        return found.sort_values(
            ["change", "cause"], key=lambda c: c.map(ranks[str(c.name)].index), ignore_index=True
        )

    @cached_property
    def schools(self) -> Mapping[str, str]:
        """School → its name; one that is not there any more is called by its id."""
        rows = self.scenario.schools
        return {s: str(n or s) for s, n in zip(rows["school"], rows["name"], strict=True)}

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Request → its title."""
        asked = self.scenario.table("requests")
        return {r: str(t) for r, t in zip(asked["request"], asked["title"], strict=True) if t}

    def item(self, row: Mapping[Any, Any], lang: str) -> str:
        """What a changed line is for: an item (of site works said so), or a request's title."""
        if row["request"]:
            return self.titles.get(str(row["request"]), str(row["request"]))
        known = self.scenario.items.get(str(row["item"]))
        name = known.label(lang) if known else str(row["item"])
        return f"{name} ({say('label.kind.setup', lang)})" if row["kind"] == "setup" else name


def amendment_of(subject: Result | PlanFolder) -> Amendment | None:
    """A result or a plan folder that was read as an amendment; ``None`` where it is none."""
    if isinstance(subject, PlanFolder):
        amended = amended_in(subject.path, subject.claims)
        if amended is None:
            return None
        claims, place = subject.claims, subject.path / "amends"
        value, people = float(claims["value"]), float(claims["people"])
        files = {name: (place / name).read_bytes() for name in (CLAIMS, "allocation.csv")}
    else:
        amended = subject.amended
        if amended is None or subject.maybe_plan is None:
            return None
        value, people = subject.value, subject.people
        files = {name: amended.files[f"amends/{name}"] for name in (CLAIMS, "allocation.csv")}
    texts = pd.read_csv(
        BytesIO(files["allocation.csv"]), dtype=str, keep_default_na=False, encoding="utf-8-sig"
    )
    before, said = from_texts("allocation", texts), json.loads(files[CLAIMS])
    return Amendment(subject.scenario, subject.plan, amended, value, people, before, said)


# ---- Words.


def day_words(amendment: Amendment, lang: str) -> str:
    """The day of the amendment as people of a language write it."""
    at = amendment.amended.at
    return at if lang == "en" else "/".join(reversed(at.split("-")))


def change_word(change: str, lang: str) -> str:
    """A kind of change in words."""
    return say(f"amend.change.{change}", lang)


def cause_word(change: str, cause: str, lang: str) -> str:
    """Why a line changed, in words; what made room is told from what takes it."""
    taken = cause == "indirect" and change in GAINS
    return say(f"amend.cause.{'indirect_gain' if taken else cause}", lang)


def units_text(row: Mapping[Any, Any], end: str, lang: str) -> str:
    """The units of a purchase, of other lines nothing."""
    if row["kind"] != "purchase":
        return ""
    exact = Decimal(str(row[f"quantity{end}"])).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return trimmed(exact, lang)


def change_in_words(amendment: Amendment, row: Mapping[Any, Any], lang: str) -> str:
    """What changed of a line: ``cut: units 9 → 5; 90.0 → 50.0 million VND (2025, Capital)``."""
    scenario = amendment.scenario
    there = [end for end in ENDS if row[f"fund{end}"]]
    amounts = [int(row[f"amount{end}"]) for end in there]
    currency = scenario.settings.currency
    scale = money_scale(amounts, currency, lang)
    money_texts, unit = [scale.number(amount) for amount in amounts], f" {scale.unit}"
    if len(set(money_texts)) < len(set(amounts)):  # the difference is lost in rounding
        money_texts, unit = [money(amount, lang, currency) for amount in amounts], ""
    units = [units_text(row, end, lang) for end in there]
    told = {
        "year": [str(row[f"year{end}"]) for end in there],
        "fund": [fund_name(scenario, str(row[f"fund{end}"]), lang) for end in there],
        "units": units if all(units) else [],
        "amount": money_texts,
    }
    moved, same = list[str](), list[str]()
    for name, own in told.items():
        if not own:
            continue
        differs = len(set(own)) > 1
        text = " → ".join(own) if differs else own[0]
        text = say("amend.units", lang, units=text) if name == "units" else text
        text += unit if name == "amount" else ""
        (moved if differs or len(there) == 1 else same).append(text)
    about = f" ({', '.join(same)})" if same else ""
    return f"{change_word(str(row['change']), lang)}: {'; '.join(moved)}{about}"


def changed_sentence(amendment: Amendment, lang: str) -> str:
    """How many lines change, and how many do in every plan that is worth as much."""
    found = amendment.amended
    if not found.changed:
        return say("amend.changed_none", lang)
    code = "amend.changed_least" if found.bound_of_changes >= found.changed else "amend.changed"
    return say(
        code, lang, changed=found.changed, bound=found.bound_of_changes,
        best=found.changed_by_best, kept=percent(1 - found.within, 2, lang),
        each=say("amend.each_stage", lang) if len(found.stages) > 1 else None,
    )  # fmt: skip


def lost_sentences(amendment: Amendment, lang: str) -> list[str]:
    """What was given up: against the best plan found, and against the plan before as it was."""
    found, said = amendment.amended, amendment.said
    return [
        say(
            "amend.lost", lang, value=rounded(amendment.value, 1, lang),
            best=rounded(found.value, 1, lang),
            share=percent(amendment.share_lost, 2, lang, up=True),
            people=pupil_years(amendment.people, lang), people_best=pupil_years(found.people, lang),
        ),
        say(
            "amend.before", lang, value=rounded(float(said["value"]), 1, lang),
            people=pupil_years(found.base_people, lang),
            difference=_signed(amendment.people - found.base_people, lang),
        ),
    ]  # fmt: skip


def _signed(people: float, lang: str) -> str:
    text = pupil_years(people, lang).replace("-", MINUS)
    return text if text.startswith(MINUS) or text == "0" else f"+{text}"


# ---- Tables of a screen.


def money_table(amendment: Amendment, lang: str) -> Table:
    """Money by fund and year of payment, before, after and the difference; years after the plan
    together; a total at the end."""
    settings = amendment.scenario.settings
    found, last = amendment.money(), settings.years[1]
    shown = found.assign(year=found["year"].where(found["year"] <= last, last + 1))
    sums = shown.groupby(["fund", "year"], sort=False)[["before", "after", "difference"]].sum()
    rows: list[Cells] = []
    for fund, mine in sums.groupby(level="fund", sort=False):
        name = fund_name(amendment.scenario, str(fund), lang)
        for (_, year), row in mine.iterrows():
            when = say("amend.later", lang, year=str(last)) if year > last else str(year)
            rows.append((name, when, *map(int, row)))
            name = ""
    total = [int(found[k].sum()) for k in ("before", "after", "difference")]
    rows.append((say("label.total", lang), "", *total))
    shape = "fund year before:minor_change after:minor_change difference:minor_change"
    return listing("amend.col", shape, rows, lang, totals=1)


def counts_table(amendment: Amendment, lang: str) -> Table:
    """How many rows changed, how and why."""
    found = amendment.counts()
    rows: list[Cells] = [
        (change_word(r["change"], lang), cause_word(r["change"], r["cause"], lang),
         int(r["lines"]), int(r["difference"]))
        for r in found.to_dict("records")
    ]  # fmt: skip
    total = (int(found["lines"].sum()), int(found["difference"].sum()))
    rows.append((say("label.total", lang), "", *total))
    shape = "change cause lines:count difference:minor_change"
    return listing("amend.col", shape, rows, lang, totals=1)


def curve_table(amendment: Amendment, lang: str) -> Table:
    """The trade-off: what may be given up, what is, the lines that change and must, pupil-years and
    money."""
    curve = amendment.amended.curve
    rows: list[Cells] = []
    for r in curve.to_dict("records") if curve is not None else ():
        shares = [percent(float(r["within"]), 2, lang), percent(float(r["given_up"]), 2, lang)]
        counts = int(r["changed"]), int(r["bound"])
        rows.append((*shares, float(r["value"]), *counts, float(r["people"]), int(r["spent"])))
    scale = money_scale([int(r[-1] or 0) for r in rows], _currency(amendment), lang, most=6)
    shape = "within given_up value:points changed:count bound:count people:people spent:amount"
    return listing("amend.col", shape, rows, lang, scale=scale)


def _currency(amendment: Amendment) -> str:
    return amendment.scenario.settings.currency


# ---- The amendment as text and as JSON.


def amendment_text(
    subject: Result | PlanFolder | Amendment, lang: str = "vi", width: int = 100
) -> str:
    """What an amended plan changes of the one before, why, and what that costs: as text, to be read
    after the summary; empty where the plan amends none."""
    found = subject if isinstance(subject, Amendment) else amendment_of(subject)
    if found is None:
        return ""
    return "\n".join(_lines(found, Screen(found.scenario, lang, width))) + "\n"


def amendment_blocks(subject: Result | PlanFolder | Amendment, lang: str = "vi") -> list[Block]:
    """The same as tables and paragraphs; none where the plan amends none."""
    found = subject if isinstance(subject, Amendment) else amendment_of(subject)
    return [] if found is None else blocks(_lines(found, Screen(found.scenario, lang, UNBROKEN)))


def _lines(found: Amendment, screen: Screen) -> list[str]:
    """The lines of an amendment."""
    lang = screen.lang
    known, rows = found.amended, found.changes()
    lines = [screen.word("amend.head", base=known.base, date=day_words(found, lang))]
    lines += wrap(changed_sentence(found, lang), screen.width)
    for sentence in lost_sentences(found, lang):
        lines += wrap(sentence, screen.width)

    def part(code: str, table: Table) -> list[str]:
        body = table_lines(table, lang, screen.currency, screen.width)
        return ["", screen.word(code, unit=screen.currency), *body]

    lines += part("amend.head.money", money_table(found, lang))
    asked = found.proposed()
    if any(asked):
        amounts = {"before": screen.prose(asked[0]), "after": screen.prose(asked[1])}
        lines += screen.say("amend.proposals", **amounts)
    if len(rows):
        lines += part("amend.head.counts", counts_table(found, lang))
        if len(rows) != known.changed:
            lines += screen.say("amend.counts_note", count=len(rows))
        weighty = by_weight(rows).head(MOST)
        lines += ["", screen.word("amend.head.lines", count=len(weighty))]
        for row in weighty.to_dict("records"):
            lines += screen.say(
                "amend.line", school=found.schools.get(row["school"], row["school"]),
                item=found.item(row, lang), what=change_in_words(found, row, lang),
                why=cause_word(row["change"], row["cause"], lang),
            )  # fmt: skip
        if len(rows) > len(weighty):
            lines += screen.say("amend.more", count=len(rows) - len(weighty))
    if known.curve is not None and len(known.curve):
        lines += part("amend.head.curve", curve_table(found, lang))
        lines += screen.say("amend.curve_note")
    return lines


def amendment_dict(subject: Result | PlanFolder | Amendment) -> dict[str, Any]:
    """The same for JSON, with every changed line; money in minor units, shares 0–1. Empty where the
    plan amends none."""
    found = subject if isinstance(subject, Amendment) else amendment_of(subject)
    if found is None:
        return {}
    known = found.amended
    curve = known.curve if known.curve is not None else pd.DataFrame()
    return {
        **{k: getattr(known, k) for k in ("base", "plan", "identity", "at", "within")},
        **{k: getattr(known, k) for k in ("changed", "bound_of_changes", "changed_by_best")},
        "value": {"plan": found.value, "best": known.value, "before": found.said["value"]},
        "people": {"plan": found.people, "best": known.people, "before": known.base_people},
        "given_up": found.share_lost,
        "proposed": dict(zip(("before", "after"), found.proposed(), strict=True)),
        "money": plain_records(found.money()),
        "counts": plain_records(found.counts()),
        "changes": plain_records(found.changes()),
        "curve": plain_records(curve),
    }
