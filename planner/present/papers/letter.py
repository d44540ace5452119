"""The letter (Tờ trình): Mẫu 1.4 of Nghị định 30/2020/NĐ-CP, drafted from the plan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from planner.analysis.unmet import numbers
from planner.messages.numbers import money_words, pupil_years
from planner.present.content import Block, Figure, Letter, Paragraph, View, differs, plain
from planner.present.papers.annexes import currency_words, fund_table, funded_total, group_total

YEARS = re.compile(r"(?<!năm học )\b(\d{4}) ?[-\N{EN DASH}] ?(\d{4})\b")
"""A span of years in a title; the subject says it in words, which a line may end between."""

APPROVED = (
    "kế hoạch",
    "phương án",
    "đề án",
    "dự án",
    "chương trình",
    "plan",
    "programme",
    "project",
)
"""What can be approved; a title that names none of these is called a plan."""

APPROVED = ("kế hoạch", "phương án", "đề án", "dự án", "chương trình", "plan", "program", "project")
"""What can be approved; a title that names none of these is called a plan."""


def letter(view: View, at: Mapping[str, str]) -> Letter:
    """``at``: appendix key → its Roman number."""
    p = view.proposal
    given = [p.addressee] if isinstance(p.addressee, str) else list(p.addressee)
    place = plain(p.place)
    names = [plain(r) for r in p.recipients if plain(r)]
    texts = [n.lstrip("- ").rstrip(" ;.") for n in names]
    recipients = tuple(
        f"- {t}" + ("." if k == len(texts) - 1 else ";") for k, t in enumerate(texts)
    )
    title = plain(view.settings.title.say(view.lang))
    for mark in ("(dữ liệu minh họa)", "(illustrative data)"):
        title = title.replace(mark, "").strip()
    title = YEARS.sub(lambda m: view.say("letter.years", first=m[1], last=m[2]), title)
    if title.startswith(("Kế hoạch ", "Phương án ")):
        title = title[0].lower() + title[1:]
    elif not any(word in title.lower() for word in APPROVED):
        title = view.say("letter.subject_plan", title=title)
    subject = f"{title} ({view.owner_name(view.owner)})" if view.owner else title
    return Letter(
        superior=plain(p.superior).upper(),
        agency=plain(p.agency).upper(),
        number=view.say("letter.number", symbol=plain(p.symbol) or "TTr-…"),
        place_date=_place_date(view, place),
        kind=view.say("letter.kind"),
        subject=view.say("letter.subject", title=subject),
        addressees=tuple(plain(a) for a in given if a),
        bases=_bases([plain(b) for b in p.bases if plain(b)]),
        blocks=tuple(_body(view, at, ", ".join(plain(a) for a in given if a))),
        post=plain(p.signer.post).upper(),
        name=plain(p.signer.name),
        recipients=recipients,
    )


def _place_date(view: View, place: str) -> str:
    """The place and the date; blank where no date is given."""
    if not view.dated:
        return view.say("letter.no_date", place=place)
    return view.say("letter.date", place=place, **view.dated)


def _bases(bases: list[str]) -> tuple[str, ...]:
    texts = [b.rstrip(" ;.") for b in bases]
    return tuple(t + ("." if k == len(texts) - 1 else ";") for k, t in enumerate(texts))


def _body(view: View, at: Mapping[str, str], addressee: str) -> Iterator[Block]:
    agency = plain(view.proposal.agency) or view.say("letter.we")
    addressee = addressee or view.say("letter.whom")
    yield Paragraph(view.say("letter.opening", agency=agency, addressee=addressee))
    yield Paragraph(view.say("letter.head.need"), "heading")
    yield from _need(view, at)
    yield Paragraph(view.say("letter.head.principle"), "heading")
    for group in ("completed", "under_construction", "preparing", "none"):
        if group in at:
            yield Paragraph(view.say(f"principle.{group}"), "item")
    yield Paragraph(view.say("principle.law"))
    yield Paragraph(view.say("letter.head.money"), "heading")
    yield from _money(view, at)
    yield Paragraph(view.say("letter.head.groups"), "heading")
    yield from _groups(view, at)
    yield Paragraph(view.say("letter.head.result"), "heading")
    yield from _result(view, at)
    yield Paragraph(view.say("letter.head.asks"), "heading")
    asks = ["approve", "propose"] + (
        ["after"] if (view.plan.obligations["amount"] > 0).any() else []
    )
    for k, ask in enumerate(asks):
        text = view.say(f"ask.{ask}", **_numbers(at))
        yield Paragraph(f"{'abc'[k]}) {text}{'.' if ask == asks[-1] else ';'}", "item")
    yield Paragraph(view.say("letter.close", agency=agency, addressee=addressee))


def _numbers(at: Mapping[str, str]) -> dict[str, str]:
    lists = [at[k] for k in ("completed", "under_construction", "none") if k in at]
    return {"lists": ", ".join(lists), "proposal": at["preparing"], "money": at["money"],
            "unmet": at["unmet"], "assumptions": at["assumptions"], "coverage": at["coverage"]}  # fmt: skip  # noqa: E501


def _mean(view: View, column: str) -> float:
    schools = view.schools[view.schools["group"] != "preparing"]
    values = numbers(schools[column])
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _need(view: View, at: Mapping[str, str]) -> Iterator[Paragraph]:
    schools = view.schools
    if view.plan.coverage.empty:
        count, pupils = len(schools), int(schools["pupils"].sum())
        yield Paragraph(view.say("letter.need_requests", schools=count, pupils=pupils))
        return
    yield Paragraph(
        view.say(
            "letter.need", schools=len(schools), pupils=int(schools["pupils"].sum()),
            year=str(view.settings.years[1]), before=view.percent(_mean(view, "coverage_before")),
            assumptions=at["assumptions"],
        )
    )  # fmt: skip


def _money(view: View, at: Mapping[str, str]) -> Iterator[Block]:
    total = funded_total(view)
    first, last = view.settings.years
    yield Paragraph(
        view.say(
            "letter.money", first=str(first), last=str(last), total=view.money(total.amount),
            words=money_words(total.amount, view.lang, currency_words(view)), money=at["money"],
        ),
        "lead",
        (total,),
    )  # fmt: skip
    yield fund_table(view)
    yield _bridge(view, at, total)


def _bridge(view: View, at: Mapping[str, str], total: Figure) -> Paragraph:
    """Why the groups' contract value is not what is paid: upkeep, and what falls due later.

    Raises :class:`AuditError` where the parts do not add up to the total.
    """
    last = view.settings.years[1]
    lines = view.lines[view.lines["standing"] != "proposal"]
    upkeep = lines["kind"] == "upkeep"
    kept = lines[upkeep & (lines["year"] <= last)]
    late = view.paid[(view.paid["year"] > last) & (view.paid["kind"] != "upkeep")]
    parts = [
        _figure(view, "contracts", lines[~upkeep]), _figure(view, "upkeep", kept),
        _figure(view, "later", late),
    ]  # fmt: skip
    found = parts[0].amount + parts[1].amount - parts[2].amount
    if found != total.amount:
        raise differs("content", "letter.bridge", found, total.amount)
    amounts = {f.name: view.money(f.amount) for f in parts}
    lists = ", ".join(at[k] for k in ("completed", "under_construction", "none") if k in at)
    text = view.say("letter.bridge", lists=lists, total=view.money(total.amount), **amounts)
    return Paragraph(text, "body", (*parts, total))


def _figure(view: View, name: str, lines: pd.DataFrame) -> Figure:
    numbers = tuple(sorted({int(n) for n in lines["line"]}))
    return Figure(name, int(lines["amount"].sum()), view.settings.currency, numbers)


def _groups(view: View, at: Mapping[str, str]) -> Iterator[Paragraph]:
    groups = [g for g in ("completed", "under_construction", "preparing", "none") if g in at]
    for k, group in enumerate(groups):
        figure = group_total(view, group)
        text = view.say(
            f"letter.group.{group}",
            count=int((view.schools["group"] == group).sum()),
            amount=view.money(figure.amount),
            number=at[group],
        )
        end = "." if group == groups[-1] else ";"
        yield Paragraph(f"{'abcd'[k]}) {text}{end}", "item", (figure,))
    for proposed in (False, True):
        yield from _requests(view, at, proposed)


def _requests(view: View, at: Mapping[str, str], proposed: bool) -> Iterator[Paragraph]:
    """How many requests are taken up, and what they cost; those of group 3 by themselves."""
    asked = _asked(view, proposed)
    if asked.empty:
        return
    own = view.lines[view.lines["kind"] == "request"]
    code = "requests_proposed" if proposed else "requests"
    figure = _figure(view, code, own[(own["standing"] == "proposal") == proposed])
    taken = asked.loc[asked["chosen"] == "yes", "request"].nunique()
    text = view.say(
        f"letter.{code}", total=int(asked["request"].nunique()), taken=int(taken),
        amount=view.money(figure.amount), proposal=at["preparing"],
    )  # fmt: skip
    yield Paragraph(text, "body", (figure,))


def _asked(view: View, proposed: bool) -> pd.DataFrame:
    """The requests of this package's schools: of group 3 (``proposed``), or of all others."""
    asked, schools = view.plan.requests, view.schools
    preparing = set(schools.loc[schools["group"] == "preparing", "school"])
    return asked[asked["school"].isin(preparing if proposed else view.chosen - preparing)]


def _result(view: View, at: Mapping[str, str]) -> Iterator[Paragraph]:
    funded = view.schools[view.schools["group"] != "preparing"]
    if view.plan.coverage.empty:
        asked = _asked(view, proposed=False)
        taken = int(asked.loc[asked["chosen"] == "yes", "request"].nunique())
        yield Paragraph(view.say("letter.result_requests", taken=taken))
        return
    yield Paragraph(
        view.say(
            "letter.result", year=str(view.settings.years[1]),
            before=view.percent(_mean(view, "coverage_before")),
            after=view.percent(_mean(view, "coverage_after")),
            people=pupil_years(float(funded["people"].sum()), view.lang), coverage=at["coverage"],
        )
    )  # fmt: skip
    lines = view.unmet[view.unmet["group"] != "preparing"]
    cost = Figure("unmet.funded", int(lines["cost"].sum()), view.settings.currency)
    text = view.say(
        "letter.unmet", amount=view.money(cost.amount), count=len(lines), unmet=at["unmet"]
    )
    yield Paragraph(text, "body", (cost,))
