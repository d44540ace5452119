"""Figures: what is drawn is what the tables say. Asserted on Axes data, never on pixels."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import stand_in
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator

import planner
from planner.analysis.unmet import fairness as spread_of
from planner.analysis.unmet import payments
from planner.messages.numbers import careful_percent
from planner.present import figures
from planner.present.content import money_scale
from planner.present.figures import comparison_charts
from planner.present.figures.canvas import LocalNumbers, LocalPercents

THREE = Path(__file__).parent.parent / "scenarios" / "three-schools"


@pytest.fixture(scope="module")
def plan() -> stand_in.Plan:
    return stand_in.plan(24)


def axes(lang: str = "vi"):  # type: ignore[no-untyped-def]
    return Figure().add_subplot()


def words(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.findobj(Text)]  # type: ignore[attr-defined]


def test_payments_cut_contracts_by_schedule(plan: stand_in.Plan) -> None:
    """A contract of 2024 paid 30/70 puts 70% into 2025; a figure by contract year would not.
    Proposals are never paid."""
    paid = payments(plan)
    lines = plan.allocation[plan.allocation["standing"] != "proposal"]
    assert paid["amount"].sum() == lines["amount"].sum()
    cut = lines[lines["schedule"] != ""].iloc[0]
    first, last = paid[paid["line"] == cut["line"]]["amount"]
    assert first == cut["amount"] * 3 // 10
    assert first + last == cut["amount"]
    assert not (paid["fund"] == "projects").any()


def test_money_bars_are_the_ledger(plan: stand_in.Plan) -> None:
    """The bars of a fund and year end at what the ledger spent there (plan years only)."""
    ax = figures.draw_money(plan, axes(), "vi")
    ends: dict[float, float] = {}
    for bar in ax.patches:
        y = bar.get_y() + bar.get_height() / 2
        ends[y] = max(ends.get(y, 0), bar.get_x() + bar.get_width())
    book = plan.ledger[(plan.ledger["school"] == "") & (plan.ledger["year"] <= 2025)]
    spent = [v / 10**9 for v in book["spent"] if v]
    assert [ends[y] for y in sorted(ends)] == pytest.approx(spent)
    assert ax.get_xlabel() == "tỷ đồng"


def test_money_marks_are_the_ceilings(plan: stand_in.Plan) -> None:
    """Each bar has a mark at the usable money and one at the money given."""
    ax = figures.draw_money(plan, axes(), "vi")
    marks = sorted(seg[0][0] for c in ax.collections for seg in c.get_segments())  # type: ignore[attr-defined]
    book = plan.ledger[(plan.ledger["school"] == "") & (plan.ledger["year"] <= 2025)]
    known = sorted([*book["usable"] / 10**9, *book["amount"] / 10**9])
    assert marks == pytest.approx(known)


def test_coverage_points_are_group_means(plan: stand_in.Plan) -> None:
    """The first dot is the mean coverage of group 1, every school counted once."""
    ax = figures.draw_coverage(plan, axes(), "en")
    after = [line.get_xdata()[0] for line in ax.lines if line.get_gid() == "after"]
    first = plan.schools[plan.schools["group"] == "completed"]["coverage_after"].mean()
    assert after[0] == pytest.approx(first)
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels[0] == "Group 1 (completed) (6)"
    assert len(after) == len(labels) == 16


def test_map_cells_are_last_year_coverage(plan: stand_in.Plan) -> None:
    """Each school's row holds its coverage in the last plan year; no need stays empty."""
    ax = figures.draw_coverage_map(plan, axes(), "vi")
    mesh = next(c for c in ax.collections if c.get_gid() == "coverage")
    cells = np.ma.filled(mesh.get_array(), np.nan)
    labels = [t.get_text() for t in ax.get_yticklabels()]
    row = int(ax.get_yticks()[labels.index("Tiểu học số 02 $x_1$")])
    last = plan.coverage[(plan.coverage["school"] == "s0001") & (plan.coverage["year"] == 2025)]
    known = last.set_index("item")["after"].reindex(list(plan.scenario.items)).to_numpy()
    np.testing.assert_allclose(cells[row], known)


def test_map_of_many_schools_shows_means_and_says_so() -> None:
    """Above 120 schools rows are means of a kind of school, and a note says so."""
    many = stand_in.plan(130)
    figure = figures.coverage_map(many, "vi")
    ax = figure.axes[0]
    mesh = next(c for c in ax.collections if c.get_gid() == "coverage")
    assert mesh.get_array().shape[0] <= 40
    assert any("130 trường" in w for w in words(figure))
    last = many.coverage[(many.coverage["year"] == 2025) & (many.coverage["item"] == "lab-pc")]
    kinds = many.schools[
        (many.schools["group"] == "completed") & (many.schools["level"] == "preschool")
    ]
    mean = last[last["school"].isin(kinds["school"])]["after"].mean()
    assert np.ma.filled(mesh.get_array(), np.nan)[1, 0] == pytest.approx(mean)


def test_ledger_bars_add_up(plan: stand_in.Plan) -> None:
    """A bar of a ledger is the money given plus what was carried in: nothing goes missing."""
    ax = figures.draw_ledger(plan, axes(), "vi", "capital")
    top = {}
    for bar in ax.patches:
        x = round(bar.get_x() + bar.get_width() / 2)
        top[x] = max(top.get(x, 0), bar.get_y() + bar.get_height())
    book = plan.ledger[plan.ledger["fund"] == "capital"]
    assert list(top.values()) == pytest.approx(list((book["amount"] + book["carried_in"]) / 10**9))


def test_ledger_of_unknown_fund(plan: stand_in.Plan) -> None:
    """A misspelt fund is refused by name, not drawn empty."""
    with pytest.raises(KeyError, match="capital"):
        figures.draw_ledger(plan, axes(), "vi", "capitol")


def test_obligations_split_by_origin(plan: stand_in.Plan) -> None:
    """Upkeep of proposals stands on top of the others, apart from them."""
    ax = figures.draw_obligations(plan, axes(), "en")
    heights = [sum(p.get_height() for p in c) for c in ax.containers]
    assert heights == pytest.approx([1.5, 2.4, 7.2, 0.9])
    assert [b.get_y() for b in ax.containers[3]] == pytest.approx([4.7, 3.2, 3.2])


def test_fairness_marks(plan: stand_in.Plan) -> None:
    """Lowest school and 10th percentile of each group are those of the table."""
    ax = figures.draw_fairness(plan, axes(), "vi")
    table = spread_of(plan).query("group != 'all'")
    for mark, column in (("lowest", "min_after"), ("p10", "p10_after")):
        drawn = [line.get_xdata()[0] for line in ax.lines if line.get_gid() == mark]
        assert drawn == pytest.approx(list(table[column]))


@pytest.mark.parametrize("lang", ["vi", pytest.param("en", marks=pytest.mark.slow)])
def test_every_figure_says_that_data_is_invented(plan: stand_in.Plan, lang: str) -> None:
    """«Dữ liệu minh họa» on each figure, and on none when the data is real."""
    note = {"vi": "DỮ LIỆU MINH HỌA", "en": "ILLUSTRATIVE DATA"}[lang]
    for name, figure in figures.figures(plan, lang):
        assert any(note in w for w in words(figure)), name
    real = stand_in.plan(5, illustrative=False)
    for name, figure in figures.figures(real, lang):
        assert not any(note in w for w in words(figure)), name


def test_text_of_users_is_never_a_formula(plan: stand_in.Plan) -> None:
    """A school called «$x_1$» is drawn as it is written, in the user's own axes too."""
    ax = figures.draw_coverage_map(plan, axes(), "vi")
    assert not any(t.get_parse_math() for t in ax.findobj(Text))  # type: ignore[attr-defined]


@pytest.mark.parametrize("schools", [pytest.param(5, marks=pytest.mark.slow), 60])
def test_labels_do_not_overlap_or_leave_the_figure(schools: int) -> None:
    """Row labels keep their distance and every text lies inside the figure."""
    for name, figure in figures.figures(stand_in.plan(schools), "vi"):
        figure.draw_without_rendering()
        for ax in figure.axes:
            boxes = [t.get_window_extent() for t in ax.get_yticklabels() if t.get_text()]
            tall = sorted(boxes, key=lambda b: b.y0)
            gaps = [b.y0 - a.y1 for a, b in pairwise(tall)]
            assert min(gaps, default=0) > -1.5, name
            texts = [*ax.get_xticklabels(), *ax.get_yticklabels(), *ax.texts, ax._left_title]
            for text in [t for t in texts if t.get_text() and t.get_visible()]:
                box = text.get_window_extent()
                assert box.x0 >= -1, (name, text.get_text())
                assert box.x1 <= figure.bbox.x1 + 1, (name, text.get_text())
                assert box.y0 >= -1, (name, text.get_text())


def test_empty_plan_is_drawn_as_a_sentence() -> None:
    """A plan without lines gives figures that say so, no error; where nothing is needed, those
    of coverage are not written at all."""
    full = stand_in.plan(5)
    empty = replace(
        full,
        **{
            n: getattr(full, n).iloc[:0]
            for n in ("allocation", "coverage", "ledger", "obligations")
        },
        schools=full.schools.assign(coverage_before=None, coverage_after=None),
    )
    assert set(dict(figures.figures(empty, "vi"))) == {"money"}
    drawn = {name: make(empty, "vi") for name, make in figures.FIGURES.items()}
    assert any("Không có số liệu" in w for w in words(drawn["coverage-map"]))


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@pytest.mark.slow
def test_equal_plans_give_equal_bytes(tmp_path: Path) -> None:
    """Two processes, another time and another user style: the same files."""
    code = (
        "import matplotlib as m, matplotlib.style, sys, stand_in;"
        "m.rcParams['font.size'] = float(sys.argv[2]);"
        "m.rcParams['lines.linewidth'] = float(sys.argv[2]);"
        "m.style.use('dark_background' if sys.argv[2] == '14' else 'ggplot');"
        "from planner.present.figures import save_all; save_all(stand_in.plan(5), sys.argv[1])"
    )
    here = Path(__file__).parent
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    for name, size in (("a", "10"), ("b", "14")):
        command = [sys.executable, "-c", code, str(tmp_path / name), size]
        subprocess.run(command, check=True, env=env)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    names = figures.figure_names(stand_in.plan(5))
    files = {f"{n.replace('_', '-')}.{form}" for n in names for form in ("png", "svg")}
    assert digests(tmp_path / "a").keys() == files


@pytest.mark.parametrize(
    ("amount", "currency", "lang", "text"),
    [
        (12_345_678_900, "VND", "vi", "12,3 tỷ đồng"),
        (12_345_678, "VND", "en", "12.3 million VND"),
        (1, "VND", "vi", "1 đồng"),
        (123_456_789, "USD", "en", "1.2 million USD"),
        (1_234, "USD", "vi", "12,34 USD"),
        (0, "VND", "vi", "0 đồng"),
        (10**15, "VND", "vi", "1.000.000,0 tỷ đồng"),
    ],
)
def test_money_reads_in_its_unit(amount: int, currency: str, lang: str, text: str) -> None:
    """Whole đồng become tỷ or triệu, cents become dollars; marks follow the language."""
    assert money_scale([amount], currency, lang).text(amount) == text


def test_axis_numbers_follow_the_language() -> None:
    """Ticks every 0.5 get one decimal, with a comma in Vietnamese."""
    ticks = LocalNumbers("vi")
    ticks.set_locs([0, 0.5, 1.0, 1.5])
    assert [ticks(x) for x in (0.5, 1500.0)] == ["0,5", "1.500,0"]


TICKS = (
    (LocalPercents, [0.85, 0.875, 0.9, 0.925], ["85,0%", "87,5%", "90,0%", "92,5%"]),
    (LocalPercents, [0.0, 0.2, 0.4, 0.6000000000000001], ["0%", "20%", "40%", "60%"]),
    (LocalPercents, [0.99975, 1.0], ["99,975%", "100,000%"]),
    (LocalNumbers, [2.5, 7.5, 12.5], ["2,5", "7,5", "12,5"]),
    (LocalNumbers, [0.00001, 0.00002], ["0,00001", "0,00002"]),
    (LocalNumbers, [1000.0, 1500.0], ["1.000", "1.500"]),
    (LocalNumbers, [0.1 + 0.2, 0.6], ["0,3", "0,6"]),
    (LocalNumbers, [8.125], ["8,125"]),
)
"""Formatter, ticks, labels."""


@pytest.mark.parametrize(("kind", "ticks", "labels"), TICKS)
def test_a_tick_is_labelled_where_it_stands(
    kind: type[LocalNumbers], ticks: list[float], labels: list[str]
) -> None:
    """Proves that no label is rounded away from its tick. Whole percents made 93% and 88% of
    92.5% and 87.5%; decimals by the step alone made 3 and 8 of 2.5 and 7.5, which are 5 apart."""
    assert kind("vi").format_ticks(ticks) == labels


def drawn_figures(plan: stand_in.Plan) -> Iterator[tuple[str, Figure]]:
    """Every figure that there is: of a plan, of a comparison, of prices, of frontiers."""
    yield from figures.figures(plan, "en")
    found = planner.frontier(THREE, fairness=True, points=3, workers=0)
    yield "fairness-frontier", comparison_charts.frontier(found, "en")
    found = planner.frontier(THREE, fund="district", points=4, workers=0)
    yield "frontier", comparison_charts.frontier(found, "en")
    result = planner.solve(THREE)
    less = planner.solve(planner.load(THREE, {"funds.district.amounts.2025": 61_300_000}))
    comparison = planner.compare(result, less)
    for name in ("coverage", "money", "schools"):
        yield f"compared-{name}", getattr(comparison_charts, name)(comparison, "en")
    yield "policies", comparison_charts.policies(planner.explain(result), "en")
    sure = planner.alternatives(result, within=0.2)
    yield "alternatives", comparison_charts.alternatives(sure, "en")


@pytest.mark.slow
def test_every_number_axis_of_every_figure_says_where_its_ticks_are(plan: stand_in.Plan) -> None:
    """Proves the same of all figures, at four ranges of their axes: each label, read back as a
    number, is its tick. A formatter of some figure's own that rounds fails here."""
    read = 0
    for name, figure in drawn_figures(plan):
        for ax in figure.axes:
            for axis, limits in ((ax.xaxis, ax.set_xlim), (ax.yaxis, ax.set_ylim)):
                named = isinstance(axis.get_major_locator(), FixedLocator)
                if named and not isinstance(axis.get_major_formatter(), LocalNumbers):
                    continue  # names of schools and years
                low, high = axis.get_view_interval()
                for part in (1.0, 0.31, 0.07, 0.013):
                    limits(low, low + part * (high - low))
                    places = axis.get_majorticklocs()
                    labels = axis.get_major_formatter().format_ticks(places)
                    for at, label in zip(places, labels, strict=True):
                        text = label.replace(",", "")
                        said = float(text.rstrip("%")) / (100 if "%" in text else 1)
                        off = abs(said - at)
                        assert off <= 1e-9 + 1e-6 * part * abs(high - low), (name, at, text)
                        read += 1
    assert read > 200


def test_percent_never_overstates() -> None:
    """99.7% is not «100%», and 0.2% is not «0%»."""
    shown = [careful_percent(x, "vi") for x in (0.0, 0.002, 0.5, 0.997, 1.0)]
    assert shown == ["0%", "1%", "50%", "99%", "100%"]


@pytest.mark.slow
def test_painters_draw_the_same_bytes(plan: stand_in.Plan, tmp_path: Path) -> None:
    """Figures made by processes of their own are those made here, to the byte."""
    from planner.present.painting import FEWEST_SCHOOLS, Painters

    figures.save_all(plan, tmp_path / "here")
    painters = Painters(FEWEST_SCHOOLS)
    assert painters.pool is not None
    painters.start(plan, tmp_path / "there", "vi")()
    assert painters.pool is None
    here, there = (
        {p.name: p.read_bytes() for p in sorted((tmp_path / name).iterdir())}
        for name in ("here", "there")
    )
    assert here == there


@pytest.mark.slow
def test_figures_are_drawn_here_when_the_painters_die(plan: stand_in.Plan, tmp_path: Path) -> None:
    """A painter that cannot work (out of memory, killed) costs time, never a figure."""
    from concurrent.futures import Future
    from concurrent.futures.process import BrokenProcessPool

    from planner.present.painting import Painters

    class Dead:
        def submit(self, *_: object) -> Future[None]:
            job: Future[None] = Future()
            job.set_exception(BrokenProcessPool("killed"))
            return job

        def kill(self) -> None:
            return None

    painters = Painters(1)
    painters.pool = Dead()  # type: ignore[assignment]
    assert painters.start(plan, tmp_path / "figures", "vi")() == []
    names = {p.name for p in (tmp_path / "figures").iterdir()}
    assert names == {f"{n}.{kind}" for n in figures.figure_names(plan) for kind in ("png", "svg")}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "nice"), reason="Windows has no niceness")
def test_painters_step_back() -> None:
    """Proves that painters give way to the run that they draw for: on two cores, two painters
    that import their libraries beside it took it a third of a core until its summary."""
    from planner.present.painting import FEWEST_SCHOOLS, POLITE, Painters

    painters = Painters(FEWEST_SCHOOLS)
    if painters.pool is None:
        pytest.skip("one core: everything is drawn in the run itself")
    try:
        assert painters.pool.submit(os.nice, 0).result(timeout=60) == min(os.nice(0) + POLITE, 19)
    finally:
        painters.close()
