"""A package: the letter and its appendices in all their forms, in agreement, or nothing at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd

from planner.analysis.unmet import numbers
from planner.messages.numbers import money_words, percent, pupil_years
from planner.present.amendment import (
    Amendment,
    cause_word,
    change_word,
    changed_sentence,
    day_words,
)
from planner.present.content import (
    Appendix,
    Block,
    Detail,
    Figure,
    Letter,
    Paragraph,
    ReportContent,
    Style,
    Table,
    differs,
    fitted,
    fitted_all,
    plain,
    roman,
)
from planner.present.papers.agreement import (
    check_content,
    check_docx,
    check_html,
    check_pdf,
    check_plan,
    check_xlsx,
)
from planner.present.papers.annexes import (
    amended_funds,
    currency_words,
    figure,
    fund_table,
    funded_total,
    group_appendix,
    group_total,
    money_appendix,
    schools_table,
    unmet_appendix,
)
from planner.present.papers.choices import check_choices, choices_appendix
from planner.present.papers.docx import write_docx
from planner.present.papers.evidence import (
    amendment_appendix,
    assumptions_appendix,
    coverage_appendix,
    decision_appendix,
    disbursement_appendix,
)
from planner.present.papers.one_page import one_page
from planner.present.papers.pdf import write_html, write_pdf
from planner.present.papers.procurement import afterwards, facts, packages_appendix, risks
from planner.present.papers.view import View
from planner.present.papers.xlsx import write_xlsx
from planner.run.result import Decided
from planner.scenario.schema import GROUPS
from planner.system.disk import whole
from planner.system.process import phase, reached

# ---- One content, four forms: a plan folder becomes a typed :class:`ReportContent`.

LABELS = ("addressee", "recipients", "appendix", "search", "sort", "figures", "schools", "contents",
          "lists", "page")  # fmt: skip


def view_content(view: View) -> ReportContent:
    """The package of a view."""
    numbers = appendix_numbers(view)
    # «(Kèm theo Tờ trình số … ngày … của …)»; the number is filled in by hand.
    agency = plain(view.proposal.agency) or view.say("letter.we")
    blank = dict.fromkeys(("day", "month", "year"), "     ")
    symbol = plain(view.proposal.symbol) or "TTr-…"
    appendices = [
        group_appendix(view, g, numbers[g])
        for g in ("completed", "under_construction", "preparing")
    ]
    appendices += [
        _with(money_appendix(view, numbers["money"]), afterwards(view)),
        coverage_appendix(view, numbers["coverage"]),
        _with(
            unmet_appendix(view, numbers["unmet"]),
            requests_asked(view, "unmet.asked_", numbers, "note"),
        ),
        _with(assumptions_appendix(view, numbers["assumptions"]), (*risks(view), *facts(view))),
    ]
    if "none" in numbers:
        appendices.append(group_appendix(view, "none", numbers["none"]))
    appendices.append(packages_appendix(view, numbers["packages"]))
    if "decision" in numbers:
        appendices.append(_listed(decision_appendix(view, numbers["decision"])))
    if "amendment" in numbers:
        appendices.append(_listed(amendment_appendix(view, numbers["amendment"])))
    if "disbursement" in numbers:
        appendices.append(_listed(disbursement_appendix(view, numbers["disbursement"])))
    if "choices" in numbers:
        appendices.append(choices_appendix(view, numbers["choices"]))
        check_choices(appendices[-1], view)
    proposal = letter(view, numbers)
    lang, currency = view.lang, view.settings.currency
    appendices = list(fitted_all(appendices, lang, currency))
    return ReportContent(
        lang=lang,
        currency=currency,
        title=plain(view.settings.title.say(view.lang)),
        owner=plain(view.owner),
        illustrative=view.say("illustrative") if view.settings.illustrative else "",
        country=view.say("country"),
        motto=view.say("motto"),
        reference=view.say("reference", symbol=symbol, agency=agency, **(view.dated or blank)),
        letter=proposal,
        appendices=tuple(appendices),
        schools=schools_table(view),
        labels={k: view.say(f"label.{k}") for k in LABELS},
        page=fitted(one_page(view, proposal, appendices), lang, currency),
    )


LONGEST = 40
"""Rows of a table that brief papers print of a decision, an amendment or its execution."""


def _listed(part: Appendix) -> Appendix:
    """The appendix, its long tables for full papers alone."""
    blocks = (
        replace(b, full=True) if isinstance(b, Table) and len(b.rows) > LONGEST else b
        for b in part.blocks
    )
    return replace(part, blocks=tuple(blocks))


def _with(part: Appendix, more: Iterable[Block]) -> Appendix:
    """The appendix with blocks at its end."""
    return replace(part, blocks=(*part.blocks, *more))


def appendix_numbers(view: View) -> dict[str, str]:
    """Appendix key → Roman number; I–VII are fixed, the rest follow as needed."""
    keys = ["completed", "under_construction", "preparing", "money", "coverage", "unmet",
            "assumptions"]  # fmt: skip
    if (view.schools["group"] == "none").any():
        keys.append("none")
    keys.append("packages")
    if view.decided is not None:
        keys.append("decision")
    keys += ["amendment"] * (view.amendment is not None)
    keys += ["disbursement"] * (view.status is not None)
    keys += ["choices"] * bool(view.choices)
    return {k: roman(n) for n, k in enumerate(keys, 1)}


# ---- The letter (Tờ trình): Mẫu 1.4 of Nghị định 30/2020/NĐ-CP, drafted from the plan.

YEARS = re.compile(r"(?<!năm học )\b(\d{4}) ?[-\N{EN DASH}] ?(\d{4})\b")
"""A span of years in a title; the subject says it in words, which a line may end between."""

APPROVED = ("kế hoạch", "phương án", "đề án", "dự án", "chương trình", "plan", "program", "project")
"""What can be approved; a title that names none of these is called a plan."""
ADJUSTED = re.compile(r"^((đề nghị )?điều chỉnh|(amendment|adjustment) of) ", re.IGNORECASE)
"""What an amended plan's own title may say already."""


def letter(view: View, at: Mapping[str, str]) -> Letter:
    """``at``: appendix key → its Roman number."""
    p = view.proposal
    given = [p.addressee] if isinstance(p.addressee, str) else list(p.addressee)
    addressees = tuple(plain(a) for a in given if a)
    place = plain(p.place)
    date = view.say("letter.no_date", place=place)
    if view.dated:
        date = view.say("letter.date", place=place, **view.dated)
    title = plain(view.settings.title.say(view.lang))
    for mark in ("(dữ liệu minh họa)", "(illustrative data)"):
        title = title.replace(mark, "").strip()
    title = YEARS.sub(lambda m: view.say("letter.years", first=m[1], last=m[2]), title)
    code, own = "letter.subject", "letter.subject_plan"
    if view.amendment is not None:
        code, rest = "letter.subject_amend", ADJUSTED.sub("", title)
        own = own if rest == title else "letter.subject_plan_amend"
        title = rest
    if title.startswith(("Kế hoạch ", "Phương án ")):
        title = title[0].lower() + title[1:]
    elif not any(word in title.lower() for word in APPROVED):
        title = view.say(own, title=title)
    subject = f"{title} ({view.owner_name(view.owner)})" if view.owner else title
    return Letter(
        superior=plain(p.superior).upper(),
        agency=plain(p.agency).upper(),
        number=view.say("letter.number", symbol=plain(p.symbol) or "TTr-…"),
        place_date=date,
        kind=view.say("letter.kind"),
        subject=view.say(code, title=subject),
        addressees=addressees,
        bases=_ended(view.bases[0]),
        blocks=tuple(_body(view, at, ", ".join(addressees))),
        post=plain(p.signer.post).upper(),
        name=plain(p.signer.name),
        recipients=tuple(f"- {t}" for t in _ended([r.lstrip("- ") for r in p.recipients])),
    )


def _ended(texts: Sequence[str]) -> tuple[str, ...]:
    """The points of a list, each ended with ``;``, the last one with a full stop."""
    clean = [plain(t).rstrip(" ;.") for t in texts if plain(t)]
    return tuple(f"{t};" for t in clean[:-1]) + tuple(f"{t}." for t in clean[-1:])


def _body(view: View, at: Mapping[str, str], addressee: str) -> Iterator[Block]:
    agency = plain(view.proposal.agency) or view.say("letter.we")
    addressee = addressee or view.say("letter.whom")
    lists = ", ".join(at[k] for k in ("completed", "under_construction", "none") if k in at)
    heads = count(1)

    def head(code: str) -> Paragraph:
        return Paragraph(view.say(f"letter.head.{code}", number=next(heads)), "heading")

    code = "letter.opening" if view.amendment is None else "letter.opening_amend"
    yield Paragraph(view.say(code, agency=agency, addressee=addressee))
    if view.amendment is not None:
        yield head("amend")
        yield from _amended(view, view.amendment, at)
    yield head("need")
    schools, pupils = len(view.schools), int(view.schools["pupils"].sum())
    first, last = map(str, view.settings.years)
    if view.plan.coverage.empty:
        yield Paragraph(view.say("letter.need_requests", schools=schools, pupils=pupils))
    else:
        before = view.percent(_mean(view, "coverage_before"))
        text = view.say(
            "letter.need", schools=schools, pupils=pupils, year=last, before=before,
            assumptions=at["assumptions"],
        )  # fmt: skip
        yield Paragraph(text)
    yield head("principle")
    for group in GROUPS:
        if group in at:
            yield Paragraph(view.say(f"principle.{group}"), "item")
    yield Paragraph(view.say("principle.law"))
    yield head("money")
    total = funded_total(view)
    words = money_words(total.amount, view.lang, currency_words(view))
    amount = view.money(total.amount)
    text = view.say(
        "letter.money", first=first, last=last, total=amount, words=words, money=at["money"]
    )
    yield Paragraph(text, "lead", (total,))
    yield fund_table(view)
    yield _bridge(view, lists, total)
    yield from _sure(view, lists)
    if view.decided is not None:
        yield _decision(view, view.decided, at["decision"])
    yield head("groups")
    yield from _groups(view, at)
    yield head("result")
    yield from _results(view, at)
    yield head("asks")
    yield from _asks(view, at, lists)
    yield Paragraph(view.say("letter.close", agency=agency, addressee=addressee))


def _results(view: View, at: Mapping[str, str]) -> Iterator[Paragraph]:
    """What the plan reaches, and what stays unmet."""
    last = str(view.settings.years[1])
    if view.plan.coverage.empty:
        taken = _taken(_asked(view, proposed=False))
        yield Paragraph(view.say("letter.result_requests", taken=taken))
    else:
        funded = view.schools[view.schools["group"] != "preparing"]
        text = view.say(
            "letter.result", year=last, before=view.percent(_mean(view, "coverage_before")),
            after=view.percent(_mean(view, "coverage_after")),
            people=pupil_years(float(funded["people"].sum()), view.lang), coverage=at["coverage"],
        )  # fmt: skip
        yield Paragraph(text)
        unmet = view.unmet[view.unmet["group"] != "preparing"]
        cost = Figure("unmet.funded", int(unmet["cost"].sum()), view.settings.currency)
        amount = view.money(cost.amount)
        text = view.say("letter.unmet", amount=amount, count=len(unmet), unmet=at["unmet"])
        yield Paragraph(text, "body", (cost,))
    if view.choices:
        text = view.say("letter.choices", count=len(view.choices), number=at["choices"])
        yield Paragraph(text)


def _mean(view: View, column: str) -> float:
    schools = view.schools[view.schools["group"] != "preparing"]
    values = numbers(schools[column])
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _bridge(view: View, lists: str, total: Figure) -> Paragraph:
    """Why the groups' contract value is not what is paid: upkeep, and what falls due later.

    Raises :class:`AuditError` where the parts do not add up to the total.
    """
    last = view.settings.years[1]
    lines = view.lines[view.lines["standing"] != "proposal"]
    upkeep = lines["kind"] == "upkeep"
    kept = lines[upkeep & (lines["year"] <= last)]
    late = view.paid[(view.paid["year"] > last) & (view.paid["kind"] != "upkeep")]
    parts = [
        figure(view, "contracts", lines[~upkeep]), figure(view, "upkeep", kept),
        figure(view, "later", late),
    ]  # fmt: skip
    found = parts[0].amount + parts[1].amount - parts[2].amount
    if found != total.amount:
        raise differs("content", "letter.bridge", found, total.amount)
    amounts = {f.name: view.money(f.amount) for f in parts}
    text = view.say("letter.bridge", lists=lists, total=view.money(total.amount), **amounts)
    return Paragraph(text, "body", (*parts, total))


def _sure(view: View, lists: str) -> Iterator[Paragraph]:
    """How much of the funded purchases and requests buys what every plan as good buys, how much may
    go elsewhere; nothing where ``planner alternatives`` was not asked."""
    found = view.answers
    if found is None:
        return
    mine = set(view.schools.loc[view.schools["group"] != "preparing", "school"])
    rows = pd.concat([f[f["school"].isin(mine)] for f in (found.lines, found.options)])
    bought = view.lines[view.lines["school"].isin(mine)]
    total = figure(view, "sure.total", bought[bought["kind"].isin(("purchase", "request"))])
    if not total.amount:
        return
    by_state = rows.groupby("state")[["amount", "sure"]].sum()
    spent = {s: int(a) for s, a in by_state["amount"].items()}
    sure = int(by_state["sure"].sum())
    parts = {
        "sure": sure, "more": spent.get("always", 0) - sure, "open": spent.get("open", 0),
        "undecided": total.amount - spent.get("always", 0) - spent.get("open", 0),
    }  # fmt: skip
    figures = [Figure(f"sure.{k}", n, view.settings.currency) for k, n in parts.items()]
    text = view.say(
        "letter.sure", kept=percent(1 - found.within, 2, view.lang), lists=lists,
        total=view.money(total.amount), share=view.percent(sure / total.amount),
        **{k: view.money(n) for k, n in parts.items()},
    )  # fmt: skip
    if (view.schools["group"] == "preparing").any():
        text = f"{text} {view.say('letter.sure_proposals')}"
    yield Paragraph(text, "body", (total, *figures))


def _asks(view: View, at: Mapping[str, str], lists: str) -> Iterator[Paragraph]:
    """What is asked for; of a decision for several futures approval of the decided years alone."""
    found = view.decided
    asks = ["approve" if found is None else "decide", "propose"]
    if view.amendment is not None:
        asks[0] = "adjust"
    asks += ["after"] * bool((view.plan.obligations["amount"] > 0).any())
    keys = ("money", "unmet", "assumptions", "coverage", "decision", "amendment")
    places = {k: at[k] for k in keys if k in at}
    if found is not None:
        places |= {"until": str(found.until), "case": view.future}
    for k, ask in enumerate(asks):
        text = view.say(f"ask.{ask}", lists=lists, proposal=at["preparing"], **places)
        yield Paragraph(f"{'abc'[k]}) {text}{'.' if ask == asks[-1] else ';'}", "item")


def _decision(view: View, found: Decided, number: str) -> Paragraph:
    """What is decided now for several futures, and which of them the plan is of."""
    lines = view.decided_lines
    total = figure(view, "decision", lines[lines["standing"] != "proposal"])
    text = view.say(
        "letter.decision", until=str(found.until), count=len(found.futures), case=view.future,
        amount=view.money(total.amount), number=number,
    )  # fmt: skip
    return Paragraph(text, "body", (total,))


def _amended(view: View, found: Amendment, at: Mapping[str, str]) -> Iterator[Block]:
    """Which plan is amended and as of which day, what has happened, what changes and why, how few
    that is, and what each fund pays before and after.

    Raises :class:`AuditError` where the money after is not what the funds pay.
    """
    known, mine = found.amended, view.chosen if view.owner else None
    day = day_words(found, view.lang)
    text = view.say("letter.amend.plan", base=known.base, identity=known.identity[:12], date=day)
    yield Paragraph(plain(text))
    if view.status is not None:
        lines = view.status.lines[view.status.lines["school"].isin(view.chosen)]
        bound = lines[(lines["contracted"] > 0) | (lines["disbursed"] > 0)]
        figures = tuple(
            Figure(f"amend.{k}", int(bound[k].sum()), view.settings.currency)
            for k in ("contracted", "disbursed")
        )
        amounts = {f.name.removeprefix("amend."): view.money(f.amount) for f in figures}
        text = view.say(
            "letter.amend.executed", count=len(bound), number=at["disbursement"], **amounts
        )
        yield Paragraph(text, "body", figures)
    counts = found.counts(mine)
    parts = {}
    for key, word in (("change", change_word), ("cause", _cause)):
        sums = counts.groupby(key, sort=False)["lines"].sum()
        parts[key] = "; ".join(
            view.say("letter.amend.count", name=word(str(name), view.lang), count=int(n))
            for name, n in sums.items()
        )
    if len(counts):
        text = view.say(
            "letter.amend.changes", count=int(counts["lines"].sum()), number=at["amendment"],
            kinds=parts["change"], causes=parts["cause"],
        )  # fmt: skip
        yield Paragraph(text)
    if not view.owner:
        yield Paragraph(changed_sentence(found, view.lang))
        people = {
            "people": found.people, "best": known.people, "before": known.base_people,
        }  # fmt: skip
        texts = {k: pupil_years(n, view.lang) for k, n in people.items()}
        yield Paragraph(view.say("letter.amend.people", **texts))
    rows = found.money(mine)
    first, last = view.settings.years
    rows = rows[rows["year"] <= last]
    total = funded_total(view)
    if int(rows["after"].sum()) != total.amount:
        raise differs("content", "letter.amend.money", int(rows["after"].sum()), total.amount)
    before = Figure("amend.before", int(rows["before"].sum()), view.settings.currency)
    less = before.amount - total.amount
    change = Figure("amend.difference", abs(less), view.settings.currency)
    code = "less" if less > 0 else "more" if less < 0 else "same"
    text = view.say(
        f"letter.amend.money_{code}", first=str(first), last=str(last),
        before=view.money(before.amount), after=view.money(total.amount),
        difference=view.money(change.amount),
    )  # fmt: skip
    yield Paragraph(text, "lead", (before, total, change)[: 2 if code == "same" else 3])
    if len(rows):
        yield amended_funds(view, rows)


def _cause(cause: str, lang: str) -> str:
    """A cause in words, whatever the change."""
    return cause_word("", cause, lang)


def _groups(view: View, at: Mapping[str, str]) -> Iterator[Paragraph]:
    """What each group gets; then how many requests are taken up, and what they cost."""
    groups = [g for g in GROUPS if g in at]
    for k, group in enumerate(groups):
        total = group_total(view, group)
        count = int((view.schools["group"] == group).sum())
        amount = view.money(total.amount)
        text = view.say(f"letter.group.{group}", count=count, amount=amount, number=at[group])
        end = "." if group == groups[-1] else ";"
        yield Paragraph(f"{'abcd'[k]}) {text}{end}", "item", (total,))
    yield from requests_asked(view, "letter.", at, "body")


def requests_asked(
    view: View, where: str, at: Mapping[str, str], style: Style
) -> Iterator[Paragraph]:
    """How many requests the schools made and how many are taken up, with their cost: in the letter,
    and in the appendix in which its reader finds that again."""
    own = view.lines[view.lines["kind"] == "request"]
    for code, proposed in (("requests", False), ("requests_proposed", True)):
        asked = _asked(view, proposed)
        if asked.empty:
            continue
        cost = figure(view, code, own[(own["standing"] == "proposal") == proposed])
        text = view.say(
            f"{where}{code}", total=int(asked["request"].nunique()), taken=_taken(asked),
            amount=view.money(cost.amount), proposal=at["preparing"],
        )  # fmt: skip
        yield Paragraph(text, style, (cost,))


def _taken(asked: pd.DataFrame) -> int:
    """Requests of which an option is taken up."""
    return int(asked.loc[asked["chosen"] == "yes", "request"].nunique())


def _asked(view: View, proposed: bool) -> pd.DataFrame:
    """The requests of this package's schools: of group 3 (``proposed``), or of all others."""
    asked, schools = view.plan.requests, view.schools
    preparing = set(schools.loc[schools["group"] == "preparing", "school"])
    return asked[asked["school"].isin(preparing if proposed else view.chosen - preparing)]


# ---- The forms.

STEM = "to-trinh"
FORMS = ("docx", "xlsx", "pdf", "html")


def write_report(
    view: View, out: Path, forms: Sequence[str] = FORMS, template: Path | None = None,
    detail: Detail = "brief",
) -> list[Path]:  # fmt: skip
    """One package: see :func:`write_reports`."""
    return write_reports([view], out, forms, template, detail)


@phase("report")
def write_reports(
    views: Sequence[View], out: Path, forms: Sequence[str] = FORMS, template: Path | None = None,
    detail: Detail = "brief",
) -> list[Path]:  # fmt: skip
    """Writes the forms of every package into ``out``, reopens them, compares every figure. Of
    ``brief`` papers docx and pdf leave the lists line by line to the workbook and the page, which
    always hold everything.

    Raises :class:`AuditError` where one disagrees, :class:`InputError` for a template or a font
    that cannot be used, :class:`OSError` where the disk fails; then nothing of any package is
    left behind. What killed writers left in ``out`` goes.
    """
    written, every = list[Path](), len(views) * len(set(forms))
    with whole(out, prefix=".report-", ours=_papers_alone) as place:
        for view in views:
            content = view_content(view)
            check_content(content)
            check_plan(content, view)
            printed = content.brief() if detail == "brief" else content
            check_content(printed)
            stem = f"{STEM}-{view.owner}" if view.owner else STEM
            for path in (place / f"{stem}.{form}" for form in FORMS if form in forms):
                reached(len(written) / every)
                if path.suffix == ".docx":
                    write_docx(printed, path, template)
                    check_docx(path, printed, whole=template is None)
                elif path.suffix == ".xlsx":
                    write_xlsx(content, path)
                    check_xlsx(path, content)
                elif path.suffix == ".pdf":
                    write_pdf(printed, path)
                    check_pdf(path, printed)
                else:
                    write_html(content, view, path)
                    check_html(path, content)
                written.append(out / path.name)
    return written


def _papers_alone(folder: Path) -> bool:
    """Whether there is nothing in a folder but papers of ours, or a beginning of them."""
    return all(path.name.startswith(STEM) for path in folder.iterdir())
