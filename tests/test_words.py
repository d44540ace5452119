"""Numbers as texts: amounts in words are read back by a reader of its own, hard cases stand as
written, and every kind of figure reads as it should."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.messages.numbers import money_words, percent, rounded, words
from planner.present.content import Cell, Kind, cell_text, money_scale

UNITS = {"một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "sáu": 6,
         "bảy": 7, "tám": 8, "chín": 9, "không": 0}  # fmt: skip
HARD = {
    0: "không",
    10: "mười",
    15: "mười lăm",
    21: "hai mươi mốt",
    105: "một trăm lẻ năm",
    111: "một trăm mười một",
    1_005: "một nghìn không trăm lẻ năm",
    1_000_001: "một triệu không trăm lẻ một",
    1_015_000_000: "một tỷ không trăm mười lăm triệu",
    24_000_000_005: "hai mươi bốn tỷ không trăm lẻ năm",
    368_000_000: "ba trăm sáu mươi tám triệu",
    5_291_796_000: "năm tỷ hai trăm chín mươi mốt triệu bảy trăm chín mươi sáu nghìn",
    1_234_000_000_000: "một nghìn hai trăm ba mươi bốn tỷ",
    1_005_000_000_000: "một nghìn không trăm lẻ năm tỷ",
    10**15: "một triệu tỷ",
}


def read(text: str) -> int:
    """A reader with a stack of its own: it shares no table or rule with the writer.

    Every scale word multiplies what was said since the last larger one.
    """
    total = since = group = 0
    for word in text.split():
        if word in ("lẻ", "linh"):
            continue
        if word == "tỷ":
            total, since, group = total + (since + group) * 10**9, 0, 0
        elif word in ("triệu", "nghìn"):
            since, group = since + group * (10**6 if word == "triệu" else 1000), 0
        elif word == "trăm":
            group *= 100
        elif word == "mươi":
            group = group // 100 * 100 + group % 100 * 10
        elif word == "mười":
            group += 10
        else:
            group += UNITS[word]
    return total + since + group


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.integers(0, 10**15), st.integers(0, 10**6), st.builds(
    lambda a, b, k: a * 1000**k + b, st.integers(0, 999), st.integers(0, 999), st.integers(1, 4)
)))  # fmt: skip
def test_words_read_back(number: int) -> None:
    """What is written is read back as the same number; «hai mươi năm» for 25 would read 25 too,
    so the forms themselves are held by the hard cases and the grammar below."""
    assert read(words(number)) == number


TEENS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen"""
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
ENGLISH = {w: n for n, w in enumerate(TEENS.split())}
ENGLISH |= {w: n for w, n in zip(TENS.split(), range(20, 100, 10), strict=True)}  # noqa: C416


def read_english(text: str) -> int:
    """A reader of English numbers that shares nothing with the writer."""
    scales = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "quadrillion": 15}
    total = group = 0
    for word in text.replace("-", " ").split():
        if word in scales:
            total, group = total + group * 10 ** scales[word], 0
        else:
            group = group * 100 if word == "hundred" else group + ENGLISH[word]
    return total + group


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**15))
def test_english_words_read_back(number: int) -> None:
    """A dropped «hundred» or a scale too many would be read as another number."""
    assert read_english(words(number, "en")) == number


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**15))
def test_words_keep_the_grammar(number: int) -> None:
    """mốt and lăm follow mươi or mười, never năm or một; «lẻ» stands only after trăm."""
    said = words(number).split()
    for before, word in zip(said, said[1:], strict=False):
        assert not (before == "mươi" and word in ("một", "năm", "mười"))
        assert not (before == "mười" and word in ("mốt", "năm"))
        assert word != "lẻ" or before == "trăm"
        assert word != "lăm" or before in ("mươi", "mười")
        assert word != "mốt" or before == "mươi"
    assert len(set(map(str, said))) == 1 or said[0] != "không"


@pytest.mark.parametrize(("number", "said"), HARD.items())
def test_hard_cases(number: int, said: str) -> None:
    """Cases in which num2words drops «không trăm» or «lẻ», or says một for mốt."""
    assert words(number) == said


def test_every_number_to_a_thousand_is_told_apart() -> None:
    """No two numbers share their words; a dropped «không» would make 1005 and 1500 one."""
    assert len({words(n) for n in range(20_000)}) == 20_000


def test_money_and_signs() -> None:
    """The unit follows, the first letter is upper case, debts are said; limits are refused."""
    assert money_words(368_000_000) == "Ba trăm sáu mươi tám triệu đồng"
    assert money_words(-15) == "Âm mười lăm đồng"
    assert words(1_234_567, "en") == (
        "one million two hundred thirty-four thousand five hundred sixty-seven"
    )
    with pytest.raises(ValueError, match="too large"):
        words(10**18)


@pytest.mark.parametrize(
    ("kind", "value", "vi", "en"),
    [
        ("count", 1234, "1.234", "1,234"),
        ("number", 0.0004, "0,0004", "0.0004"),  # what is little is not called nothing
        ("number", 2.50, "2,5", "2.5"),
        ("percent", 0.12345, "12,3%", "12.3%"),
        ("percent", math.nan, "–", "–"),
        ("points", 8633.25, "8.633,3", "8,633.3"),
        ("points", math.inf, "–", "–"),
        ("ratio", 0.1335, "0,134", "0.134"),
        ("people", 99.5 - 1e-12, "100", "100"),  # the dust of a sum is no half less
        ("people_change", -1200.0, "−1.200", "−1,200"),
        ("minor_change", -20_000_000, "−20.000.000", "−20,000,000"),
        ("share_change", -1 / 3, "−33,3", "−33.3"),
        ("share_change", 0.0004, "0", "0"),
        ("relative_change", 0.5, "+50,0%", "+50.0%"),
        ("relative_change", 0.0, "0,0%", "0.0%"),
        ("money", 1_234_567, "1.234.567", "1,234,567"),
        ("amount", 1_234_567, "1.234.567 đồng", "1,234,567 VND"),
        ("percent", None, "", ""),
        ("money", "", "", ""),
        ("year", "2025", "2025", "2025"),
    ],
)
def test_a_figure_reads_as_its_kind(kind: Kind, value: Cell, vi: str, en: str) -> None:
    """Proves the one place that every screen, card and paper prints figures from: a wrong mark, a
    lost sign or a missing number that reads as nought would stand in all of them."""
    assert cell_text(value, kind, "vi", "VND") == vi
    assert cell_text(value, kind, "en", "VND") == en


def test_money_reads_in_its_currency_and_scale() -> None:
    """Proves that cents are cents, that a scale says its unit once in a column of money and in
    every cell of amounts, and that a bound is rounded up, never to what was not proven."""
    assert cell_text(1_234_567, "money", "en", "USD") == "12,345.67"
    assert cell_text(1_234_567, "amount", "vi", "USD") == "12.345,67 USD"
    scale = money_scale([160_000_000], "VND", "vi", most=6)
    assert cell_text(160_000_000, "money", "vi", "VND", scale) == "160,0"
    assert cell_text(160_000_000, "amount", "vi", "VND", scale) == "160,0 triệu đồng"
    assert rounded(0.301, 1, "en", up=True) == "0.4"
    assert percent(0.000301, 2, "vi", up=True) == "0,04%"
