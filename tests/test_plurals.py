"""English sentences that count: one school, three schools."""

from __future__ import annotations

import re

import pytest

from planner.messages import say, sentences


@pytest.mark.parametrize(
    ("code", "params", "one", "many"),
    [
        ("door_findings", "count", "1 finding. ", "3 findings. "),
        ("report.lead.completed", "count", "1 school.", "3 schools."),
        ("repair.count", "change", "1 request", "3 requests"),
    ],
)
def test_one_and_many_are_told_apart(code: str, params: str, one: str, many: str) -> None:
    """«1 schools» is what a sentence without the choice says; 0 and 21 are many, −1 and +1 one."""
    assert one in say(code, "en", **{params: 1})
    assert many in say(code, "en", **{params: 3})
    assert many.split()[1] in say(code, "en", **{params: 0})
    assert many.split()[1] in say(code, "en", **{params: 21})
    assert one in say(code, "en", **{params: "+1"})


def test_no_english_sentence_counts_with_a_bare_plural() -> None:
    """A number that can be one stands beside a choice of words, or the sentence says «1 schools».
    Bounds (``limit``) are never one, points are written with a decimal."""
    nouns = (
        "schools|pupils|units|rows|lines|columns|cells|items|needs|requests|findings|years|stages"
        "|points|projects|funds|blocks|pupil-years|differences|values|norms|prices|formulas|things"
    )
    bare = re.compile(r"\{(?!limit|year\}|value\}|loss)\w+\} (?:[a-z]+ )?(?:" + nouns + r")\b")
    found = {c: m[0] for c, p in sentences().items() if (m := bare.search(p.en))}
    found = {c: text for c, text in found.items() if not text.startswith(("{level}", "{rule}"))}
    assert not found
