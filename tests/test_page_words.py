"""What the page says where a sentence names an option of the command line."""

from __future__ import annotations

import re

import pytest

from planner.errors import ExitCode, Finding, NoPlanError, Place
from planner.messages import language, on_page, render, say, sentences
from planner.web import work

UNSAID = {
    "repair.apply": "command line: a page has a button beside each repair",
    "repair.exists": "command line", "repair.too_few": "command line",
    "new_executed.exists": "command line", "web.open.port": "before there is a page",
    "check_strict": "command line", "check_notes_hint": "command line",
    "new_sheet_full": "command line: the page writes invented data as CSV",
    "report_no_frontier": "command line", "mapping_head": "in mapping.yaml",
    "new_executed.step_4": "in the sheet to be filled in", "edit_guide_5": "in plan.xlsx",
    "edit_guide_6": "in plan.xlsx",
}  # fmt: skip
"""Sentences that name options of the command line and that no page says, with the reason."""


def test_pages_speak_of_their_own_fields() -> None:
    """What names an option has words for the page, which name none and need no parameter that the
    sentence has not; a sentence that gains an option gains them or is said not to be a page's. A
    place that is an option is its key."""
    assert (
        render(Finding("key_unknown", Place("--set", key="x"), {"name": "x"}), "en")[:5] == "--set"
    )
    with on_page():
        said = render(Finding("key_unknown", Place("--set", key="x"), {"name": "x"}), "en")
    assert said.startswith("x: ")
    option = re.compile(r"(?<![\w-])--[a-z]")
    named = {c for c, pair in sentences().items() if option.search(pair.vi + pair.en)}
    lacking = [c for c in named - set(UNSAID) if f"web.said.{c}" not in sentences()]
    assert not lacking, lacking
    assert set(UNSAID) <= named
    assert not [c for c in named if c.startswith("web.said.")]
    filled, optional = re.compile(r"\{(\w+)"), re.compile(r"\[\[.*?\]\]")
    for code in (c for c in sentences() if c.startswith("web.said.")):
        for own, first in zip(sentences()[code], sentences()[code[9:]], strict=True):
            always = set(filled.findall(optional.sub("", own)))
            assert always <= set(filled.findall(first)), code


def test_the_worker_speaks_of_the_page_s_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that found nothing in its time asks for more of it; the command line, for its option:
    said by the same verbs, in another process than the page's."""

    def none_found(task: work.Task) -> work.Outcome:
        raise NoPlanError("no_plan", ExitCode.STOPPED)

    monkeypatch.setitem(work.JOBS, "none_found", none_found)
    told = work.perform("", "none_found", ".", {}, "en").sentence
    assert told == "Stopped before any plan was found; give it more time and solve again."
    language("vi")
    assert "--time-limit" in say("door_status_no_plan", "en")
