"""The chairman's change: a plan's workbook comes back edited, is judged, and is planned around.

Two schools need 4 units of 10 each; a has 100 pupils, b 50. With 40 in 2023 and 20 in 2024 the
best plan gives a its 4 in 2023 (row 3) and b 2 in 2024 (row 4): 4 × 25 × 2 + 2 × 12.5 = 225
equipped pupil-years.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from tiny import item, norm, school, tiny

import planner
from planner.analysis.conflict import lock_conflict
from planner.analysis.verdicts import judge
from planner.cli.commands import audit, report, run
from planner.errors import InputError
from planner.run import folder
from planner.run.edits import read_edited, with_locks
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario
from planner.scenario.write import write

REQUESTS = {
    "requests": [
        {"request": "r", "school": "a", "option": "x", "title": "xin", "value": v} for v in (1,)
    ],
    "request_costs": [{"request": "r", "option": "x", "fund": "cap", "year": 2024, "amount": 20}],
}
Edit = Callable[[Any], object]


def case(**more: Any) -> Scenario:
    return tiny(
        schools=[school("a"), school("b", pupils=50)], cap={2023: 40, 2024: 20},
        years=(2023, 2024), **({"tables": REQUESTS} | more),
    )  # fmt: skip


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan's folder, never edited itself, with its scenario beside it."""
    root = tmp_path_factory.mktemp("sealed")
    scenario = case()
    write(scenario, root / "scenario")
    return folder.write(optimize(scenario, threads=1), root / "plan")


@pytest.fixture
def edited(sealed: Path, tmp_path: Path) -> Callable[..., Path]:
    """Edits a copy of the plan's workbook, by cell (``M3=3``) or by a function of the book."""

    def save(*edits: Edit, **cells: Any) -> Path:
        copy = tmp_path / "plan"
        shutil.copytree(sealed, copy)
        book = openpyxl.load_workbook(copy / "plan.xlsx")
        for cell, value in cells.items():
            book["Phân bổ"][cell] = value
        for edit in edits:
            edit(book)
        book.save(copy / "plan.xlsx")
        return copy / "plan.xlsx"

    return save


def people(path: Path) -> tuple[float, float]:
    return judge(read_edited(path)).people


def broken(path: Path) -> list[tuple[str, str]]:
    """(place, key) of everything that an edit breaks."""
    return [(str(f.where).split(" [")[0], f.where.key) for f in judge(read_edited(path)).broken]


def test_the_workbook_says_what_may_be_edited(sealed: Path) -> None:
    """Yellow quantities, amounts that follow by formula, a guide in both languages."""
    book = openpyxl.load_workbook(sealed / "plan.xlsx")
    lines = book["Phân bổ"]
    assert [c.value for c in lines[2]][12] == "quantity"
    assert lines["M1"].value == "Số lượng"
    assert lines["M1"].comment is not None
    assert lines["M3"].fill.fgColor.rgb.endswith("FFF2CC")
    assert lines["O3"].value == "=M3*N3"
    assert book["Đề nghị"]["F3"].fill.fgColor.rgb.endswith("FFF2CC")
    guide = " ".join(str(c.value) for c in book[book.sheetnames[1]]["A"])
    assert "Chỉ sửa các ô vàng" in guide
    assert "Edit the yellow cells only" in guide


def test_nothing_edited_breaks_nothing(edited: Callable[..., Path]) -> None:
    """Saved as it was by another program: no change, no finding, the same pupil-years."""
    path = edited()
    assert read_edited(path).changes == ()
    assert broken(path) == []
    assert people(path) == (225, 225)


def test_fewer_units_are_allowed_and_cost_pupil_years(edited: Callable[..., Path]) -> None:
    """3 instead of 4: one unit for two years, 50 pupil-years less, 10 đồng of 2023 unspent."""
    path = edited(M3=3)
    assert broken(path) == []
    assert people(path) == (225, 175)
    money = judge(read_edited(path)).money.query("year == 2023").iloc[0]
    assert (money["before"], money["after"], money["usable"]) == (40, 30, 40)


def test_more_than_rules_allow_is_named_with_its_amount(edited: Callable[..., Path]) -> None:
    """5 of a needed 4 for 50 of 40: two rules, at the cell, with what they are over by."""
    shown = CliRunner().invoke(audit, [str(edited(M3=5)), "--lang", "en"])
    assert shown.exit_code == 6
    assert "plan.xlsx:Phân bổ!M3 [need_not_exceeded[a,pc,2023]]" in shown.output
    assert "(over by 1)" in shown.output
    assert "[fund_within_budget[cap,2023]]" in shown.output
    assert "(over by 10)" in shown.output
    assert "225 → 225 (0)" in shown.output


def test_a_line_moves_to_another_year(edited: Callable[..., Path]) -> None:
    """b's 2 units a year earlier: 25 pupil-years more, and 2023 is over by 20."""
    path = edited(I4=2023)
    assert broken(path) == [("plan.xlsx:Sổ vốn", "fund_within_budget[cap,2023]")]
    assert people(path) == (225, 250)
    changes = {c.key: (c.before, c.after) for c in read_edited(path).changes}
    assert changes == {("b", "pc", "cap", 2024): (2, 0), ("b", "pc", "cap", 2023): (0, 2)}


def test_a_line_struck_out_or_deleted_is_nothing(edited: Callable[..., Path]) -> None:
    """Written 0 or gone: a has nothing, 25 remain."""
    assert people(edited(M3=0)) == (225, 25)


def test_a_row_deleted_and_a_row_added(edited: Callable[..., Path]) -> None:
    """a's row is deleted; b gets 4 in 2023 by a new row with the five cells that it needs: 50
    pupils for two years, and b's other 2 units of 2024 now pass the norm of 4."""

    def change(book: Any) -> None:
        book["Phân bổ"].delete_rows(3)
        new = {"C": "b", "F": "pc", "H": "cap", "I": 2023, "M": 4}
        for column, value in new.items():
            book["Phân bổ"][f"{column}9"] = value

    path = edited(change)
    assert broken(path) == [("plan.xlsx:Phân bổ!M3", "need_not_exceeded[b,pc,2024]")]
    assert people(path) == (225, 100)


def test_a_request_is_granted_by_hand(edited: Callable[..., Path]) -> None:
    """20 of 2024 are b's: the request for 20 more breaks the fund, by 20."""

    def change(book: Any) -> None:
        book["Đề nghị"]["F3"] = "yes"

    path = edited(change)
    assert broken(path) == [("plan.xlsx:Sổ vốn", "fund_within_budget[cap,2024]")]
    assert judge(read_edited(path)).value == pytest.approx((225, 226))


CELLS: list[tuple[dict[str, Any], str, str]] = [
    ({"M3": "nhiều"}, "edit_quantity_text", "M3"),
    ({"M3": "5"}, "edit_quantity_text", "M3"),
    ({"M3": True}, "edit_quantity_text", "M3"),
    ({"M3": -1}, "edit_quantity_negative", "M3"),
    ({"M3": 2.5}, "edit_quantity_part", "M3"),
    ({"M3": None}, "edit_quantity_empty", "M3"),
    ({"M3": 1e15}, "edit_quantity_large", "M3"),
    ({"C3": "z"}, "edit_unknown", "C3"),
    ({"F3": "tủ"}, "edit_unknown", "F3"),
    ({"H3": "quỹ"}, "edit_unknown", "H3"),
    ({"I3": 2031}, "edit_year", "I3"),
    ({"I3": "năm tới"}, "edit_year", "I3"),
    ({"C4": "a", "I4": 2023}, "edit_twice", "M4"),
    ({"J3": "upkeep"}, "edit_not_a_purchase", "J3"),
    ({"J3": "tặng"}, "edit_unknown", "J3"),
    ({"O3": 39}, "edit_follows", "O3"),
    ({"M3": 3, "O3": 31}, "edit_follows", "O3"),
    ({"N3": 11}, "edit_follows", "N3"),
    ({"M2": "số lượng mới"}, "edit_column_missing", ""),
]


@pytest.mark.parametrize(("cells", "code", "cell"), CELLS)
def test_a_cell_that_cannot_be_is_a_finding(
    edited: Callable[..., Path], cells: dict[str, Any], code: str, cell: str
) -> None:
    """Each is found at its sheet and cell, with exit code 3; none is taken for something else."""
    path = edited(**cells)
    with pytest.raises(InputError) as caught:
        read_edited(path)
    found = caught.value.findings
    assert [(f.code, f"{f.where.column}{f.where.row or ''}") for f in found] == [(code, cell)]
    assert found[0].where.sheet == "Phân bổ"


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "code"),
    [
        ("Sổ vốn", "N3", 41, "edit_follows"),
        ("Các trường", "F3", 0, "edit_follows"),
        ("Đề nghị", "H3", 5, "edit_follows"),
        ("Đề nghị", "F3", "có lẽ", "edit_chosen"),
    ],
)
def test_totals_follow_and_are_not_edited(
    edited: Callable[..., Path], sheet: str, cell: str, value: Any, code: str
) -> None:
    """A total that says something else than the lines is a finding, not a wish."""
    with pytest.raises(InputError) as caught:
        read_edited(edited(lambda book: book[sheet].__setitem__(cell, value)))
    place = caught.value.findings[0].where
    assert [f.code for f in caught.value.findings] == [code]
    assert f"{place.sheet}!{place.column}{place.row}" == f"{sheet}!{cell}"


def test_what_people_do_to_workbooks_is_understood(edited: Callable[..., Path]) -> None:
    """A title above the header, a column of remarks, a sheet of one's own, a deleted sheet."""

    def change(book: Any) -> None:
        lines = book["Phân bổ"]
        lines["R2"] = "ghi chú"
        lines["R3"] = "=1+1"
        lines.insert_rows(1)
        lines["A1"] = "PHƯƠNG ÁN SAU CUỘC HỌP"
        book.create_sheet("riêng")
        del book["Mức đáp ứng"]

    assert read_edited(edited(change)).changes == ()


def test_the_plan_of_a_workbook(edited: Callable[..., Path], sealed: Path, tmp_path: Path) -> None:
    """A workbook that lies elsewhere needs --plan; one of another plan is refused."""
    away = shutil.copy(edited(M3=3), tmp_path / "chairman.xlsx")
    with pytest.raises(InputError, match="edit_no_plan"):
        read_edited(away)
    assert len(read_edited(away, sealed).changes) == 1
    richer = tiny(schools=[school("a")], cap=30)
    other = folder.write(optimize(richer, threads=1), tmp_path / "other")
    with pytest.raises(InputError, match="edit_other_plan"):
        read_edited(away, other)


def test_locks_of_the_python_door(edited: Callable[..., Path], sealed: Path) -> None:
    """``planner.solve(lock=…)`` keeps the chairman's quantity as ``run --lock`` does; unlocked,
    a would get its 4."""
    result = planner.solve(sealed.parent / "scenario", lock=edited(M3=3), plan=sealed, threads=1)
    bought = result.plan.allocation.query("school == 'a' and kind == 'purchase'")
    assert bought["quantity"].sum() == 3
    with pytest.raises(ValueError, match="go with lock"):
        planner.solve(sealed.parent / "scenario", lock_all=True)


def test_only_the_plans_workbook_can_be_edited(sealed: Path, tmp_path: Path) -> None:
    """The report's workbook has no sheet of lines: what to use instead is said."""
    wanted = [str(sealed), "--format", "xlsx", "--out", str(tmp_path)]
    made = CliRunner().invoke(report, wanted)
    assert made.exit_code == 0, made.output
    (appendices,) = tmp_path.rglob("*.xlsx")
    shown = CliRunner().invoke(audit, [str(appendices), "--plan", str(sealed)])
    assert isinstance(shown.exception, InputError)
    assert [f.code for f in shown.exception.findings] == ["edit_no_lines"]


def test_projects_and_funds_do_not_change_places(tmp_path: Path) -> None:
    """A preparing school's proposal moved to the district's fund is no plan at all: said at its
    cell, where once it was an internal disagreement of plan and audit."""
    preparing = school("p", group="preparing", ready=2023, project_amount=40)
    funds = {"cap": {"amounts": {2023: 40}}, "project": {"role": "project"}}
    scenario = tiny(schools=[preparing], funds=funds)
    path = folder.write(optimize(scenario, threads=1), tmp_path / "plan") / "plan.xlsx"
    book = openpyxl.load_workbook(path)
    book["Phân bổ"]["H3"] = "cap"
    book.save(path)
    with pytest.raises(InputError, match="Phân bổ!H3 fund_wrong_role"):
        read_edited(path)


def planned(sealed: Path, *args: Any) -> Result:
    scenario = str(sealed.parent / "scenario")
    return CliRunner().invoke(run, [scenario, "--no-figures", *map(str, args)])


def test_the_rest_is_planned_around_the_edit(
    edited: Callable[..., Path], sealed: Path, tmp_path: Path
) -> None:
    """a's 3 are kept, in sum: the 10 left in 2023 go to b, and a's fourth does not come back in
    2024, where it would be worth more than b's. 3 × 25 × 2 + 12.5 × 2 + 2 × 12.5 = 200."""
    path, out = edited(M3=3), tmp_path / "new"
    shown = planned(sealed, "--lock", path, "--out", out, "--json")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["value"] == pytest.approx(200)
    assert folder.prove(out)[0] == []
    rules = (out / "rules.csv").read_text(encoding="utf-8-sig").splitlines()
    assert 'locked,"a,pc,cap,2023",law,3,=,3,0,units' in rules
    assert 'locked,"a,pc",law,3,=,3,0,units' in rules
    head = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert "--lock plan.xlsx" in head["inputs"]


def test_every_purchase_may_be_locked(edited: Callable[..., Path]) -> None:
    """--lock-all holds b's 2 in 2024 and in sum as well: 10 of 2023 buy nothing, 175."""
    found = with_locks(case(), read_edited(edited(M3=3)), every=True)
    assert len(found.locks) == 4
    assert optimize(found.scenario, threads=1).value == pytest.approx(175)


def test_locks_that_clash_say_what_is_nearest(
    edited: Callable[..., Path], sealed: Path, tmp_path: Path
) -> None:
    """5 for a cannot be: exit 4, and the nearest that can be is 4. Nothing is written."""
    path = edited(M3=5)
    shown = planned(sealed, "--lock", path, "--out", tmp_path / "new", "--lang", "en")
    assert shown.exit_code == 4
    assert "locked[a,pc,cap,2023]: 5 → 4" in shown.output
    assert not (tmp_path / "new").exists()


def test_the_least_change_is_least_in_money() -> None:
    """3 pc of 10 and 3 lan of 4 for 40 of money: one lan less (4) mends 42, not one pc (10)."""
    items = [item("pc"), item("lan", 4)]
    base = {"school": "a", "fund": "cap", "year": 2023, "quantity": 3}
    locks = [base | {"item": "pc"}, base | {"item": "lan"}]
    scenario = tiny(items=items, cap=40, tables={"locks": locks})
    moved = lock_conflict(scenario)
    assert moved is not None
    assert [(m.key, m.nearest) for m in moved] == [("a,lan,cap,2023", 2)]


def test_locks_are_not_blamed_for_what_rules_do() -> None:
    """Without any lock there is no plan either: the locks have nothing to answer for."""
    floor = {"measure": "spend", "at_least": 50}
    lock = {"school": "a", "item": "pc", "quantity": 1}
    scenario = tiny(cap=40, rules={"spend-it": floor}, tables={"locks": [lock]})
    assert optimize(scenario).status == "infeasible"
    assert lock_conflict(scenario) is None


def test_works_and_upkeep_follow_a_purchase(tmp_path: Path) -> None:
    """Site works go with the last purchase, upkeep with the units; neither is edited by hand."""
    pc = item("pc", setup=7, upkeep="0.1")
    funds = {"cap": {"amounts": {2023: 47, 2024: 20}, "pays_upkeep": True}}
    scenario = tiny(items=[pc], funds=funds, years=(2023, 2024), norms=[norm("pc", every=2)])
    path = folder.write(optimize(scenario, threads=1), tmp_path / "plan") / "plan.xlsx"
    book = openpyxl.load_workbook(path)
    kinds = [c.value for c in book["Phân bổ"]["J"]][2:]
    assert kinds == ["Mua sắm", "Lắp đặt, cải tạo ban đầu", "Vận hành, duy trì"]
    book["Phân bổ"]["M3"] = 0
    book.save(path)
    judged = judge(read_edited(path))
    assert judged.plan.allocation.empty
    assert judged.broken == ()
    book["Phân bổ"]["O4"] = 8
    book.save(path)
    with pytest.raises(InputError, match="Phân bổ!O4 edit_follows"):
        read_edited(path)


def test_an_edit_is_not_lost_to_the_next_run(edited: Callable[..., Path]) -> None:
    """A new plan is not written over an edited workbook; one that was only saved gives way."""
    path = edited(M3=3)
    result = optimize(case(), threads=1)
    with pytest.raises(InputError, match="edit_would_be_lost"):
        folder.write(result, path.parent)
    book = openpyxl.load_workbook(path)
    book["Phân bổ"]["M3"] = 4
    for row in (3, 4):
        book["Phân bổ"][f"O{row}"] = book["Phân bổ"][f"M{row}"].value * 10
    book.save(path)
    folder.write(result, path.parent)
    assert folder.prove(path.parent)[0] == []
