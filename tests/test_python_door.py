"""The Python door: names, examples, what-ifs, cards, many solves side by side."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from collections.abc import Iterator

import matplotlib as mpl
import pytest

import planner
from planner.errors import InputError
from planner.scenario.scenario import Scenario

PUBLIC = ("planner.door", "planner.plots", "planner.cards", "planner.what_if",
          "planner.analysis.compare", "planner.scenario.scenario")  # fmt: skip


@pytest.fixture(autouse=True)
def _no_window(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(__file__.rsplit("/", 2)[0])
    before, drawn = planner.language(), mpl.get_backend()
    mpl.use("Agg")
    yield
    planner.language(before)
    mpl.use(drawn)


@pytest.fixture
def base() -> Scenario:
    return planner.load("scenarios/three-schools")


@pytest.mark.parametrize("name", PUBLIC)
def test_examples_run(name: str) -> None:
    """Proves that every example gives what it says; a renamed argument would fail here."""
    outcome = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_every_public_name_has_an_example() -> None:
    """Proves that nothing public is left unexplained."""
    names = [getattr(planner, n) for n in planner.__all__ if n != "plots"]
    names += [getattr(planner.plots, n) for n in planner.plots.__all__]
    assert not [f.__name__ for f in names if ">>>" not in (f.__doc__ or "")]


def test_import_is_instant() -> None:
    """Proves that nothing heavy comes with the package; a top-level import of pandas would
    cost a second and show here."""
    code = "import planner, sys; print('pandas' in sys.modules, 'matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]


def test_audit_is_a_function_whatever_was_imported(base: Scenario) -> None:
    """Proves that importing the package of the same name does not hide the verb."""
    importlib.import_module("planner.audit")
    assert planner.audit(planner.solve(base)).empty


def test_what_if_changes_one_thing_and_not_the_original(base: Scenario) -> None:
    """Proves that money is rounded half up to whole đồng and the scenario stays as it is; a
    shared dictionary would change both."""
    less = base.with_("funds.district.amounts.2025", 0.1 * 100_000_005)
    assert less.settings.funds["district"].amounts == {2025: 10_000_001, 2026: 60_000_000}
    assert base.settings.funds["district"].amounts[2025] == 100_000_000
    assert base.with_({}) == base


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("funds.distrct.amounts.2025", 1, "key_unknown"),
        ("tial_years", 1, "key_unknown"),
        ("data.schools", "other.csv", "what_if_tables"),
        ("discount", "a tenth", "number_malformed"),
    ],
)
def test_what_ifs_are_checked(base: Scenario, key: str, value: object, code: str) -> None:
    """Proves that a slip is a finding; unchecked, the first would make a new, empty fund."""
    with pytest.raises(InputError) as caught:
        base.with_(key, value)
    if code != "number_malformed":
        assert [f.code for f in caught.value.findings] == [code]


def test_one_year_of_an_envelope_keeps_the_others() -> None:
    """Proves that ``envelope`` is written out first; merging into the word would leave the
    fund with one year."""
    base = planner.load("scenarios/ba-dinh")
    whole = base.settings.amounts(base.settings.funds["district-capital"])
    cut = base.with_("funds.district-capital.amounts.2024", 1)
    assert cut.settings.funds["district-capital"].amounts == whole | {2024: 1}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_cards_escape_what_people_wrote(base: Scenario, lang: str) -> None:
    """Proves that a title cannot carry markup into a notebook."""
    planner.language(lang)
    evil = base.with_({"title.vi": "<script>x</script>", "title.en": "<img src=x>"})
    result = planner.solve(evil)
    found = planner.compare(result, planner.solve(evil.with_("discount", 0.5)))
    traced = planner.frontier(evil, fund="district", points=2, workers=0)
    for shown in (evil, result, found, traced):
        html = shown._repr_html_()
        assert "<script" not in html
        assert "<img" not in html
        assert html.startswith("<div")
        assert html.endswith("</div>")


def test_many_solves_give_the_same_tables_side_by_side(base: Scenario) -> None:
    """Proves that workers change nothing; a model shared between jobs would start some of them
    from another plan. A failing job gives its exception and loses no other."""
    money = [base.with_("funds.district.amounts.2025", m * 10**6) for m in range(0, 120, 20)]
    beside = planner.solve_many(money, workers=2)
    in_turn = planner.solve_many([*money, None], workers=0)  # type: ignore[list-item]
    assert isinstance(in_turn[-1], Exception)
    for one, other in zip(beside, in_turn, strict=False):
        for name, table in one.plan.text_tables().items():
            assert table.equals(other.plan.text_tables()[name])


@pytest.mark.slow
def test_two_hundred_what_ifs(base: Scenario) -> None:
    """Proves the same for two hundred, as many as an analyst would ask in an afternoon."""
    money = [base.with_("funds.district.amounts.2025", k * 10**6) for k in range(200)]
    beside, in_turn = (planner.solve_many(money, workers=w) for w in (2, 0))
    assert all(
        a.plan.allocation.equals(b.plan.allocation) for a, b in zip(beside, in_turn, strict=True)
    )
