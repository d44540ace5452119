"""Plans considered besides stand in the papers as their own folders say, with what differs; a
reason is said only where audited or proven figures say it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from click.testing import CliRunner
from test_futures import two_schools
from test_report_content import rows
from tiny import EQUAL, fund, item, school, tiny

import planner
from planner.analysis.answers import Choice, considered
from planner.cli.commands import report as command
from planner.errors import AuditError, InputError
from planner.messages.numbers import bare_money
from planner.present.content import Paragraph, ReportContent
from planner.present.papers.choices import check_choices
from planner.present.papers.package import view_content, write_reports
from planner.present.papers.view import View, views_of
from planner.run.folder import PlanFolder
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario

BA_DINH = Path(__file__).parents[1] / "scenarios" / "ba-dinh"


def scenario(money: int = 60, price: int = 10, **more: Any) -> Scenario:
    """Schools a (100 pupils) and b (50) need four computers each at 10: a unit is worth 25 points
    and pupil-years at a, 12.5 at b. Money 60: four at a, two at b, 125 points, two needs of b left
    (one row, 20 đồng)."""
    schools = [school("a", owner="east"), school("b", pupils=50, owner="west")]
    return tiny(schools=schools, items=(item("pc", price),), funds={"cap": fund(money)}, **more)


def written(place: Path, name: str, *given: Any, **more: Any) -> PlanFolder:
    result = optimize(scenario(*given, **more), gap=0, threads=1)
    return planner.read(planner.write(result, place / name, figures=False))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``plan``; ``less`` with money 40 (100 points, all at a); ``dear`` at a price of 20 (three at
    a, 75 points); ``capped`` with two at a at most, ``loose`` with a cap of four that changes
    nothing."""
    root = tmp_path_factory.mktemp("choices")
    written(root, "plan")
    written(root, "less", 40, title={"vi": "Ít tiền hơn", "en": "Less money"})
    written(root, "dear", 60, 20)
    cap = {"measure": "quantity", "where": {"school": "a"}, "at_most": 2}
    written(root, "capped", rules={"few": cap})
    written(root, "loose", rules={"few": cap | {"at_most": 4}})
    return root


def seen(place: Path, *names: str, **more: Any) -> View:
    plan = planner.read(place / "plan")
    choices = considered(plan, [place / n for n in names])
    return View(plan, choices=choices, **more)


def reasons(content: ReportContent) -> dict[str, tuple[str, str]]:
    found = rows(content, "choices.reasons", "choice", "differs", "reasons")
    return {str(a): (str(b), str(c)) for a, b, c in found}


def office(content: ReportContent) -> list[str]:
    """What the paper says of the office's own reason."""
    return [b.text for b in content.appendices[-1].blocks
            if isinstance(b, Paragraph) and "Lý do lựa chọn" in b.text]  # fmt: skip


def test_figures_are_those_of_each_folder(place: Path) -> None:
    """Money, points, pupil-years, unmet rows, schools and money still needed, as solved by hand. A
    table that showed this plan's figures for the other would say 60 and 125 twice."""
    content = view_content(seen(place, "less", "dear"))
    keys = ("spent", "value", "people", "unmet_needs", "unmet_schools", "cost", "gap")
    assert rows(content, "choices.figures", *keys) == [
        (60, 125, 125, 1, 1, 20, "0,000%"), (40, 100, 100, 1, 1, 40, "0,000%"),
        (60, 75, 75, 2, 2, 100, "0,000%"),
    ]  # fmt: skip
    for name, at in (("plan", 0), ("less", 1), ("dear", 2)):
        folder = planner.read(place / name)
        said = rows(content, "choices.figures", "spent", "people")[at]
        assert said == (folder.plan.spent, folder.claims["people"])
    assert content.appendices[-1].key == "choices"
    text = " ".join(b.text for b in content.letter.blocks if isinstance(b, Paragraph))
    assert f"Đã xem xét 2 phương án khác; số liệu từng phương án và lý do lựa chọn nêu tại " \
        f"Phụ lục {content.appendices[-1].number}" in text  # fmt: skip


def test_less_money_is_worth_less_and_that_is_proven(place: Path) -> None:
    """The best of money 40 is worth 100, proven, so 125 is 25% more than any plan of it. It leaves
    as many rows unmet, so nothing of that is a reason."""
    told = reasons(view_content(seen(place, "less")))
    ((name, (differs, reason)),) = told.items()
    assert name == "«less»: Ít tiền hơn"
    assert differs == "cap: tổng số giao 40 đồng, kế hoạch trình 60 đồng"
    assert "cao hơn ít nhất 25,00% so với mọi kế hoạch" in reason
    assert "Chi ít hơn 20 đồng." in reason
    assert "Ít hơn 25 học sinh-năm được trang bị." in reason
    assert "Lý do" not in reason


def test_money_after_the_plan_is_said_apart(tmp_path: Path) -> None:
    """A fund gives 60 in 2023, the plan's one year, and 7 in 2024, beside it 40 and 7, then 60 and
    5: what is said of the plan's years is what Appendix IV sums there, 60, never 67."""

    def made(name: str, *given: int) -> PlanFolder:
        scenario = tiny(
            funds={"cap": fund(dict(zip((2023, 2024), given, strict=True)))}, tail_years=1
        )
        result = optimize(scenario, threads=1)
        return planner.read(planner.write(result, tmp_path / name, figures=False))

    plan = made("plan", 60, 7)
    for name, given, told in (
        ("less", (40, 7), "cap, trong kỳ kế hoạch: tổng số giao 40 đồng, kế hoạch trình 60 đồng"),
        ("later", (60, 5), "cap, sau kỳ kế hoạch: tổng số giao 5 đồng, kế hoạch trình 7 đồng"),
    ):
        made(name, *given)
        view = View(plan, choices=considered(plan, [tmp_path / name]))
        assert [differs for differs, _ in reasons(view_content(view)).values()] == [told]


def test_a_proven_gap_is_never_printed_smaller(place: Path) -> None:
    """0.22941% is no "at most 0.229%": of bounds the last digit goes up, wherever it stands."""
    plan = planner.read(place / "plan")
    view = seen(place, "less")
    view = replace(view, folder=replace(plan, claims=plan.claims | {"gap": 0.0022941}))
    assert view.proven["gap"] == "0,230%"
    told = [b.text for b in view_content(view).page.blocks if isinstance(b, Paragraph)]
    assert any(t.endswith("không quá 0,230%.") for t in told)
    # 625,347.15 points of 626,511.97 before the plan was tidied: 0.18627% of the 0.22941%
    tidied = {"tidy": {"value_before": 100.18627}, "value": 100.0}
    view = replace(view, folder=replace(plan, claims=view.folder.claims | tidied))
    assert view.say("page.proof", **view.proven).endswith(
        "không quá 0,230%, gồm cả phần giá trị đã bỏ bớt để có ít dòng mua hơn (0,187%)."
    )
    assert rows(view_content(view), "choices.figures", "gap")[0] == ("0,230%",)


def test_other_prices_are_no_reason(place: Path) -> None:
    """Prices are an assumption, and the paper calls them one, whatever the figures; who took every
    other plan for a choice would call their figures a reason."""
    ((differs, reason),) = reasons(view_content(seen(place, "dear"))).values()
    assert differs == "bảng «Danh mục»: 1 dòng khác"
    assert reason.startswith("Khác cả về giả định (Danh mục): nêu để biết")
    assert "66,66% so với mọi kế hoạch" in reason


def test_a_tie_is_left_to_the_office(place: Path) -> None:
    """A cap of two at a buys two at a and four at b, 100 points of 125: 25% more. A cap of four
    changes nothing: no figure speaks for either, so the paper invents no reason and leaves a line,
    unless the office gives its own."""
    told = reasons(view_content(seen(place, "capped", "loose")))
    (capped, loose) = told.values()
    assert capped[0].startswith("thêm quy tắc: ")
    assert "25,00% so với mọi kế hoạch" in capped[1]
    assert "Chi bằng nhau." in capped[1]
    assert "chênh nhau không đến 0,01%" in loose[1]
    assert loose[1].endswith("Lý do (do cơ quan ghi): ……………………………")
    view = seen(place, "loose")
    settings = view.settings.model_copy(update={"proposal": view.settings.proposal.model_copy(
        update={"choice_reasons": {"loose": "Không cần trần"}, "choice_reason": "Theo ý kiến họp"}
    )})  # fmt: skip
    given = replace(view.folder, scenario=replace(view.scenario, settings=settings))
    content = view_content(replace(view, folder=given))
    ((_, reason),) = reasons(content).values()
    assert reason.endswith("Lý do của cơ quan: Không cần trần")
    assert office(content) == ["Lý do lựa chọn của cơ quan: Theo ý kiến họp"]
    assert office(view_content(view))[0].endswith("……")


def test_a_better_plan_besides_is_called_better(place: Path) -> None:
    """Held against the capped plan the plan without the cap is worth 25% more, and the paper says
    so; a paper that only ever praised its own would say nothing or the reverse."""
    plan = planner.read(place / "capped")
    content = view_content(View(plan, choices=considered(plan, [place / "plan"])))
    ((differs, reason),) = reasons(content).values()
    assert differs.startswith("không có quy tắc: ")
    assert "phương án này có giá trị cao hơn kế hoạch trình ít nhất 25,00%" in reason
    assert reason.endswith("Lý do (do cơ quan ghi): ……………………………")


def test_other_weights_are_no_common_measure(place: Path, tmp_path: Path) -> None:
    """Points by other weights are left out; money, pupil-years and needs are compared."""
    other = written(tmp_path, "strict", priority={"weights": EQUAL, "mode": "strict"})
    view = seen(place)
    content = view_content(replace(view, choices=(Choice("strict", other, "compared"),)))
    assert rows(content, "choices.figures", "value") == [(125,), (None,)]
    ((differs, reason),) = reasons(content).values()
    assert differs.startswith("thứ tự ưu tiên: ")
    assert "trọng số của cơ quan" not in reason


def test_a_ward_sees_its_own_schools_alone(place: Path) -> None:
    """Ward west has b: 20 đồng and 25 pupil-years here, nothing under less money. No points, which
    are of the whole plan."""
    content = view_content(seen(place, "less", owner="west"))
    found = rows(content, "choices.figures", "spent", "people", "unmet_needs", "cost")
    assert found == [(20, 25, 1, 20), (0, 0, 1, 40)]
    assert "value" not in [c.key for t in content.appendices[-1].tables() for c in t.columns]
    assert "trọng số" not in str(reasons(content))


def test_what_cannot_stand_beside_is_refused(place: Path, tmp_path: Path) -> None:
    """Other years, the plan itself, a spoilt folder: a finding each, and no papers. Who took the
    folder's own claims would print the spoilt sum."""
    plan, less = planner.read(place / "plan"), planner.read(place / "less")
    settings = less.scenario.settings.model_copy(update={"years": (2023, 2024)})
    longer = replace(less, scenario=replace(less.scenario, settings=settings))
    for other, code in ((longer, "choice_other"), (plan, "choice_itself")):
        with pytest.raises(InputError) as error:
            considered(plan, [other])
        assert [f.code for f in error.value.findings] == [code]
    spoilt = Path(shutil.copytree(place / "less", tmp_path / "spoilt"))
    text = (spoilt / "allocation.csv").read_text("utf-8-sig").replace(",40", ",39")
    (spoilt / "allocation.csv").write_text(text, "utf-8-sig")
    asked = [str(place / "plan"), "--compare", str(spoilt), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(command, asked)
    assert isinstance(done.exception, InputError)
    assert {f.where.file for f in done.exception.findings} >= {"spoilt/allocation.csv"}
    assert not list((tmp_path / "out").glob("to-trinh*"))


def test_a_figure_that_is_not_the_folders_is_found(place: Path) -> None:
    """One đồng more in the row of the other plan."""
    view = seen(place, "less")
    part = view_content(view).appendices[-1]
    made = next(t for t in part.tables() if t.key == "choices.figures")
    at = made.at("spent")
    row = made.rows[1]
    wrong = replace(row, cells=(*row.cells[:at], 41, *row.cells[at + 1 :]))
    other = replace(made, rows=(made.rows[0], wrong))
    blocks = tuple(other if b is made else b for b in part.blocks)
    check_choices(part, view)
    with pytest.raises(AuditError) as error:
        check_choices(replace(part, blocks=blocks), view)
    assert error.value.findings[0].params["place"] == "choices.figures[less].spent"


def test_every_form_holds_them(place: Path, tmp_path: Path) -> None:
    """docx, pdf, html and xlsx are written and agree; the sheet holds the sum as a number, and the
    reason given on the command line stands there."""
    asked = [str(place / "plan"), "--compare", str(place / "less"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(command, [*asked, "--choice-reason", "Theo họp giao ban"])
    assert done.exit_code == 0, done.output
    sheet = openpyxl.load_workbook(tmp_path / "out/to-trinh.xlsx").worksheets[-1]
    cells = [c for line in sheet.iter_rows(values_only=True) for c in line if c is not None]
    assert 40 in cells
    assert any("Theo họp giao ban" in str(c) for c in cells)
    assert "Theo họp giao ban" in (tmp_path / "out/to-trinh.html").read_text("utf-8")


def test_plans_kept_by_alternatives_stand_there(place: Path, tmp_path: Path) -> None:
    """Two schools of equal worth and money for one: the other plan buys at the other school. It has
    the same inputs, so only its own sums are compared; spoilt, it takes the answers along."""
    schools = [school(n, pupils=50, classes=1) for n in "bc"]
    result = optimize(tiny(schools=schools, cap=10), gap=0, threads=1)
    folder = planner.write(result, tmp_path / "p", figures=False)
    found = planner.alternatives(planner.read(folder), within=0.01, plans=1, threads=1)
    said = view_content(views_in(folder, found, tmp_path)[0])
    ((differs, reason),) = reasons(said).values()
    assert differs == "cùng số liệu đầu vào; 2 dòng mua sắm, lắp đặt, đề nghị khác"
    assert "chênh nhau không đến 0,01%" in reason
    assert rows(said, "choices.figures", "spent", "people") == [(10, 50), (10, 50)]
    file = tmp_path / "p-alternatives/plan-1/allocation.csv"
    file.write_text(file.read_text("utf-8-sig").replace(",10", ",11"), "utf-8-sig")
    views, outdated = views_of(folder, "vi")
    assert (views[0].choices, views[0].answers) == ((), None)
    assert outdated
    with pytest.raises(InputError):
        views_of(folder, "vi", alternatives=tmp_path / "p-alternatives")


def views_in(folder: Path, found: Any, place: Path) -> list[View]:
    """The package, once what was found stands beside the folder as the command leaves it."""
    from planner.present.comparison import write_alternatives

    out = place / "p-alternatives"
    out.mkdir()
    write_alternatives(found, out)
    for n, plan in enumerate(found.plans, start=1):
        planner.write(plan, out / f"plan-{n}", figures=False)
    assert len(json.loads((out / "alternatives.json").read_text("utf-8"))["plans"]) == 1
    return views_of(folder, "vi")[0]


def test_futures_stand_beside_the_first(tmp_path: Path) -> None:
    """Each other future of a decision is a row with its own folder's money; deciding by the first
    alone is no folder: it is told with what was proven of it, and no figure."""
    folder = planner.write(planner.futures(two_schools(tmp_path), gap=0), tmp_path / "d",
                           figures=False)  # fmt: skip
    (view,), _ = views_of(folder, "vi")
    content = view_content(view)
    others = [c.name for c in view.choices]
    spent = [planner.read(folder / "futures" / n).plan.spent for n in others]
    assert [s for (s,) in rows(content, "choices.figures", "spent")][1:] == spent
    assert view.future not in others
    told = reasons(content)
    assert len(told) == len(others) + 1
    assert list(told)[-1] == f"Quyết định chỉ theo tương lai «{view.future}»"


@pytest.mark.slow
def test_ba_dinh_beside_a_cut_of_its_money(tmp_path: Path) -> None:
    """The district's plan and that of a fifth less money: each row is its own folder's to the đồng
    and the thousandth of a pupil-year, in the docx opened again too; the cut is worth less, proven,
    for its bound is below the plan's value."""
    for name in ("base", "cut-20"):
        result = planner.solve(BA_DINH / f"{name}.yaml", gap=0.02, time_limit=120)
        planner.write(result, tmp_path / name, figures=False)
    views, _ = views_of(tmp_path / "base", "vi", compared=[tmp_path / "cut-20"])
    write_reports(views, tmp_path / "out", ["docx", "pdf", "xlsx"])
    content = view_content(views[0])
    said = rows(content, "choices.figures", "spent", "people", "value")
    for (spent, people, value), name in zip(said, ("base", "cut-20"), strict=True):
        folder = planner.read(tmp_path / name)
        assert spent == folder.plan.spent
        assert abs(float(str(people)) - folder.claims["people"]) < 1e-3
        assert value == folder.claims["value"]
    paper = docx.Document(str(tmp_path / "out/to-trinh.docx"))
    cells = {c.text for t in paper.tables for row in t.rows for c in row.cells}
    assert {bare_money(int(str(spent)), "vi", "VND") for spent, _, _ in said} <= cells
    cut = planner.read(tmp_path / "cut-20").claims
    assert cut["bound"] < float(str(said[0][2]))
    ((differs, reason),) = reasons(content).values()
    fund = "Vốn đầu tư công của quận, trong kỳ kế hoạch: tổng số giao 15.552.000.000 đồng"
    assert fund in differs
    assert "so với mọi kế hoạch lập theo số liệu của phương án này (đã chứng minh)" in reason


def test_a_wish_about_money_weighs_prices_too(tmp_path: Path) -> None:
    """With a wish that little is spent, points at another price are no common measure; with the
    same wish and less money they are. Who looked at weights alone would compare both."""
    wish = {"measure": "spend", "at_most": 1, "firmness": "wish", "price": 0.1}
    plan, dear, less = (
        written(tmp_path, name, *given, rules={"thrift": wish})
        for name, given in (("plan", (60,)), ("dear", (60, 20)), ("less", (40,)))
    )
    content = view_content(View(plan, choices=considered(plan, [dear, less])))
    values = [v for (v,) in rows(content, "choices.figures", "value")]
    assert values[1] is None
    assert values[2] is not None
