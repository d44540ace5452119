"""How far a plan has come, by hand (the plan, its lines and what happened: :mod:`living`)."""

from __future__ import annotations

import datetime
import json
import random
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from living import A_YEAR, happened, living_folder, written
from tiny import item, school, tiny

import planner
from planner.analysis.status import MONEY, PlanStatus, status
from planner.cli import group, main
from planner.errors import InputError
from planner.messages import LANGUAGES
from planner.present.executing import STAGES, status_text, write_sheet
from planner.run import folder
from planner.run.execution import read_executed
from planner.run.folder import PlanFolder, read
from planner.run.optimize import optimize

SUMS = [*MONEY, "left"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return living_folder(tmp_path_factory.mktemp("living"))


@pytest.fixture(scope="module")
def base(place: Path) -> PlanFolder:
    return read(place)


@pytest.fixture(scope="module")
def year(base: PlanFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table of a year."""
    return written(A_YEAR, tmp_path_factory.mktemp("year") / "executed.csv")


def looked(base: PlanFolder, rows: list[dict[str, Any]], path: Path, at: str = "") -> PlanStatus:
    return status(base, written(rows, path / "executed.csv"), at or None)


def by_fund(found: PlanStatus, *columns: str) -> dict[tuple[str, int], tuple[int, ...]]:
    rows = found.funds[["fund", "year", *columns]].itertuples(index=False)
    return {(f, y): tuple(rest) for f, y, *rest in rows}


def run(*words: object) -> Result:
    return CliRunner().invoke(group, [str(w) for w in words], catch_exceptions=True)


def test_money_by_fund_and_year(base: PlanFolder, year: Path) -> None:
    """By hand. Contracts of line 5 fall due 570 in 2023 and 1330 in 2024; 3 of 4 computers of 3950
    are 2962.5, so 2963; what was paid of line 7 in January 2024 is money of 2023."""
    found = status(base, year)
    assert found.at == datetime.date(2024, 2, 1)
    assert by_fund(found, *SUMS) == {
        ("cap", 2023): (9202, 3950 + 570 + 501 + 1800, 2963 + 501 + 1800,
                        2000 + 570 + 501 + 1800, 9202 - 4871),
        ("cap", 2024): (4577, 1330, 0, 0, 4577),
        ("run", 2024): (700, 0, 0, 390, 310),
        ("run", 2025): (800, 0, 0, 0, 800),
        ("own", 2024): (3501, 0, 0, 0, 3501),
    }  # fmt: skip
    assert found.funds["share"].round(4).tolist()[:3] == [0.5293, 0, 0.5571]
    assert found.sums() == {"planned": 15279, "contracted": 8151, "delivered": 5264,
                            "disbursed": 5261, "left": 10018}  # fmt: skip
    assert found.sums(until=2023)["planned"] == 9202
    assert found.warnings == ()


def test_by_group_school_and_item(base: PlanFolder, year: Path) -> None:
    """The same money in other ways, and the units of purchases."""
    found = status(base, year)
    schools = found.schools.set_index("school")[[*MONEY]]
    assert schools.loc["a"].tolist() == [8078, 6351, 3464, 3461]
    assert schools.loc["b"].tolist() == [7201, 1800, 1800, 1800]
    items = found.items.set_index("item")
    units = ["planned_quantity", "contracted_quantity", "delivered_quantity"]
    assert items.loc["pc", units].tolist() == [9, 6, 5]
    assert items.loc["", [*MONEY, *units]].tolist() == [777, 0, 0, 0, 0, 0, 0]
    assert found.groups["group"].tolist() == ["completed", "preparing"]
    assert found.groups["planned"].tolist() == [15279, 3501]
    line = found.lines.set_index("line").loc[7]
    assert line[["planned_quantity", "contracted_quantity", "delivered_quantity"]].tolist() == [
        3, 2, 2,
    ]  # fmt: skip
    assert line["document"] == "HD-4; PL-4; BB-3; UNC-4"


def test_the_date_cuts_what_came_later(base: PlanFolder, year: Path) -> None:
    """At the end of 2023 nothing of line 7 was delivered or paid."""
    found = status(base, year, datetime.date(2023, 12, 31))
    assert by_fund(found, "delivered", "disbursed")["cap", 2023] == (3464, 3071)
    assert by_fund(found, "disbursed")["run", 2024] == (0,)
    assert status(base, year, "2023-12-31").funds.equals(found.funds)


def test_planned_is_the_ledger(base: PlanFolder) -> None:
    """Instalments unfolded, building projects too: to the đồng, fund by fund and year by year;
    without a table nothing has happened."""
    found = status(base)
    assert agree_with_ledger(found)
    assert found.at == datetime.date(2023, 1, 1)
    assert found.sums()["disbursed"] == 0
    assert len(found.late) == 0


def agree_with_ledger(found: PlanStatus) -> bool:
    book = found.execution.base.plan.ledger.groupby(["fund", "year"])["spent"].sum()
    mine = found.funds.set_index(["fund", "year"])["planned"]
    assert mine[mine > 0].to_dict() == book[book > 0].to_dict()
    assert (
        found.lines["planned"].tolist() == found.execution.base.plan.allocation["amount"].tolist()
    )
    return True


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["ba-dinh/base.yaml", "capital-budget", "california-1999"])
def test_planned_is_the_ledger_of_shipped_plans(scenario: str, tmp_path: Path) -> None:
    """The same of whole districts."""
    result = planner.solve(Path("scenarios") / scenario, gap=0.05, time_limit=60)
    found = status(planner.write(result, tmp_path / "plan", figures=False))
    assert agree_with_ledger(found)


@pytest.mark.parametrize(
    ("payments", "due"),
    [
        # as due
        ([(570, "2023-07-01"), (1330, "2024-03-01")], {2023: 570, 2024: 1330}),
        # the first one late: still money of 2023
        ([(570, "2024-02-01"), (1330, "2024-03-01")], {2023: 570, 2024: 1330}),
        # all at once in 2024
        ([(1900, "2024-03-01")], {2023: 570, 2024: 1330}),
        # all at once before the second instalment is due: money of 2023
        ([(1900, "2023-07-01")], {2023: 1900, 2024: 0}),
        # a part of the second one early
        ([(600, "2023-07-01"), (1000, "2024-03-01")], {2023: 600, 2024: 1000}),
        # in 2025
        ([(1900, "2025-03-01")], {2023: 570, 2024: 1330}),
    ],
)
def test_whose_money_a_payment_is(
    base: PlanFolder, tmp_path: Path, payments: list[tuple[int, str]], due: dict[int, int]
) -> None:
    """Payments settle instalments in their order; late ones stay with the year that owed them,
    early ones are money of the year in which they were paid. By the date of payment alone the
    second case would give 2023 nothing."""
    rows = [happened(5, "contracted", 1, 1900, "2023-06-01")]
    rows += [happened(5, "disbursed", "", amount, date) for amount, date in payments]
    found = by_fund(looked(base, rows, tmp_path), "disbursed")
    assert {y: found["cap", y][0] for y in due} == due


def test_late_and_not_yet(base: PlanFolder, year: Path) -> None:
    """At the end of January 2024: of 2023 line 7 lacks one unit (cancelled; a third of 3000), lines
    11 and 12 everything; lines 2 and 5 are contracted and not wholly delivered. Lines of 2024 are
    not late, proposals never."""
    found = status(base, year, "2024-01-31")
    columns = ["line", "reason", "quantity", "amount", "days"]
    assert found.late[columns].values.tolist() == [
        [2, "delivery", 1, 987, 31], [5, "delivery", 1, 1900, 31],
        [7, "contract", 1, 1000, 31], [11, "contract", 1, 2000, 31],
        [12, "contract", 1, 501, 31],
    ]  # fmt: skip
    assert found.open[["line", "amount"]].values.tolist() == [[1, 777], [8, 1000]]
    before = status(base, year, "2023-12-30")
    assert before.late.empty
    assert before.open["line"].tolist() == [7, 11, 12]
    assert status(base, year, "2023-12-31").late["line"].tolist() == [2, 5, 7, 7, 11, 12]
    after = status(base, year, "2024-12-31")
    assert after.late["line"].tolist()[-2:] == [1, 8]
    assert after.late["line"].isin([13, 14, 15]).sum() == 0


def test_a_request_paid_without_a_contract_is_not_late(base: PlanFolder, tmp_path: Path) -> None:
    """Nothing is missing of it; unpaid it would be."""
    paid = [happened(1, "disbursed", "", 777, "2024-06-01")]
    assert 1 not in looked(base, paid, tmp_path, "2025-01-01").late["line"].tolist()
    assert 1 in status(base, None, "2025-01-01").late["line"].tolist()


def test_delivery_waits_for_the_building(tmp_path: Path) -> None:
    """Bought in 2023 and paid up in 2024, when the building is ready: its delivery is late from the
    end of 2024 on, not of 2023; its contract from the end of 2023 on."""
    scenario = tiny(
        schools=[school("c", group="under_construction", ready=2024)],
        items=[item("lan", on_site=True, payments=("0.5", "0.5"))], cap={2023: 20, 2024: 20},
        years=(2023, 2024),
    )  # fmt: skip
    found = read(folder.write(optimize(scenario, threads=1), tmp_path / "plan"))
    assert found.plan.allocation[["year", "quantity"]].values.tolist() == [[2023, 4]]
    late = {at: status(found, None, at).late["reason"].tolist()
            for at in ("2023-12-30", "2023-12-31")}  # fmt: skip
    assert late == {"2023-12-30": [], "2023-12-31": ["contract"]}
    rows = [happened(1, "contracted", 4, 44, "2023-05-01")]
    for at, reasons in (("2024-12-30", []), ("2024-12-31", ["delivery"])):
        assert looked(found, rows, tmp_path, at).late["reason"].tolist() == reasons


def test_what_lapses_and_what_could_be_extended(base: PlanFolder, year: Path) -> None:
    """``cap`` of 2023, by hand: 10,000 less 798 that the plan moves, less 4871 paid are 4331; half
    of 10,000 may move, 798 of it does, so 4202 more could: 129 lapse. Contracts wait for
    6821 − 4871.
    ``run`` may move nothing. In 2025 no extension of 2023 is left."""
    found = status(base, year)
    rows = found.lapsing.set_index(["fund", "year"])
    columns = ["usable", "moved", "planned", "disbursed", "undisbursed", "bound", "carry", "lapse"]
    assert rows.loc[("cap", 2023), columns].tolist() == [
        10_000, -798, 9202, 4871, 4331, 1950, 4202, 129,
    ]  # fmt: skip
    assert rows.loc[("run", 2023), columns].tolist() == [2000, 0, 0, 0, 2000, 0, 0, 2000]
    assert sorted(rows.index) == [("cap", 2023), ("cap", 2024), ("run", 2023), ("run", 2024)]
    later = status(base, year, "2025-01-01").lapsing.set_index(["fund", "year"])
    assert later.loc[("cap", 2023), ["carry", "lapse"]].tolist() == [0, 4331]
    assert later.loc[("cap", 2024), ["carry", "lapse"]].tolist() == [4500, 5298]
    assert later.loc[("cap", 2025), ["carry", "lapse"]].tolist() == [0, 3000]  # no money in 2026


def drawn(rng: random.Random, base: PlanFolder) -> list[dict[str, Any]]:
    """Some possible events on some lines."""
    rows: list[dict[str, Any]] = []
    for line in base.plan.allocation.to_dict("records"):
        if rng.random() < 0.3:
            continue
        number, kind = line["line"], line["kind"]
        amount = max(1, round(line["amount"] * rng.uniform(0.5, 1.2)))
        days = sorted(rng.sample(range(1200), 4))
        dates = [str(datetime.date(2023, 1, 1) + datetime.timedelta(d)) for d in days]
        if kind == "upkeep":
            rows.append(happened(number, "disbursed", "", amount, dates[0]))
            continue
        units = rng.randint(1, 6) if kind == "purchase" else 1
        rows.append(happened(number, "contracted", units, amount, dates[0]))
        left = units
        if units > 1 and rng.random() < 0.4:
            rows.append(happened(number, "cancelled", 1, "", dates[1]))
            left -= 1
        if rng.random() < 0.7:
            rows.append(happened(number, "delivered", rng.randint(1, left), "", dates[2]))
        contract = amount * left // units
        if contract and rng.random() < 0.7:
            rows.append(happened(number, "disbursed", "", rng.randint(1, contract), dates[3]))
    rng.shuffle(rows)
    return rows


@pytest.mark.parametrize("seed", range(12))
def test_every_way_of_adding_up_agrees(seed: int, base: PlanFolder, tmp_path: Path) -> None:
    """Whatever happened: lines, funds, groups, schools and items have the same sums, what was paid
    is what the table says, nothing is delivered or paid above contracts, and what is not disbursed
    is carried or lapses to the đồng."""
    rng = random.Random(seed)
    rows = drawn(rng, base)
    at = str(datetime.date(2023, 1, 1) + datetime.timedelta(rng.randint(0, 1300)))
    found = looked(base, rows, tmp_path, at)
    assert agree_with_ledger(found)
    sums = found.lines[SUMS].sum().tolist()
    for table in (found.funds, found.groups, found.schools, found.items):
        assert table[SUMS].sum().tolist() == sums
    paid = sum(r["amount"] for r in rows if r["status"] == "disbursed" and r["date"] <= at)
    assert sums[SUMS.index("disbursed")] == paid
    bound = found.lines[found.lines["contracted"] > 0]
    assert (bound["delivered"] <= bound["contracted"]).all()
    assert (bound["disbursed"] <= bound["contracted"]).all()
    mine = found.lapsing
    assert (mine["undisbursed"] == mine["usable"] + mine["moved"] - mine["disbursed"]).all()
    spare = mine["undisbursed"].clip(lower=0)
    assert (mine["carry"] + mine["lapse"] == spare).all()
    ever = looked(base, rows, tmp_path, "2027-01-01")
    waits = ever.lines[(ever.lines["contracted"] > 0) & (ever.lines["fund"] != "own")]
    assert ever.lapsing["bound"].sum() == waits["contracted"].sum() - waits["disbursed"].sum()


# ---- The sheet to fill in.


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sheet_to_fill_in(base: PlanFolder, year: Path, tmp_path: Path, lang: str) -> None:
    """As it is written nothing has happened; filled in as its guide says it reads back to what the
    plain table of the same events gives, to the đồng."""
    path = tmp_path / "sheet.xlsx"
    write_sheet(base, path, lang)
    empty = read_executed(path, base)
    assert (len(empty.rows), empty.warnings) == (0, ())
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert sheet.freeze_panes is not None
    heads = [cell.value for cell in sheet[1]]
    said = {name: heads.index(planner.messages.say(f"column.{name}", lang)) + 1
            for name in ("line", "status", "quantity", "amount", "date", "document")}  # fmt: skip
    (offered,) = sheet.data_validations.dataValidation
    words = [planner.messages.say(f"value.{s}", lang)
             for s in ("contracted", "delivered", "disbursed", "cancelled")]  # fmt: skip
    assert offered.formula1.strip('"').split(",") == words
    assert sheet.cell(1, said["status"]).column_letter in str(offered.sqref)
    at = {cell.value: cell.row for cell in sheet["A"]}
    kinds = [sheet.cell(k, heads.index(planner.messages.say("column.kind", lang)) + 1).value
             for k in range(2, sheet.max_row + 1)]  # fmt: skip
    assert kinds[-4:] == [planner.messages.say("label.kind.upkeep", lang)] * 4
    used: set[int] = set()
    for row in A_YEAR:
        number = at[row["line"]]
        if number in used:  # the row is copied to the end, as the guide says
            copied = [sheet.cell(number, k).value for k in range(1, said["status"])]
            number = sheet.max_row + 1
            for k, value in enumerate(copied, start=1):
                sheet.cell(number, k, value)
        used.add(number)
        cells = {"status": planner.messages.say(f"value.{row['status']}", lang),
                 "quantity": row["quantity"], "amount": row["amount"],
                 "date": datetime.date.fromisoformat(row["date"]),
                 "document": row["document"]}  # fmt: skip
        for name, value in cells.items():
            if value != "":
                sheet.cell(number, said[name], value)
    book.save(path)
    found, plain = status(base, path), status(base, year)
    assert found.funds.equals(plain.funds)
    pd.testing.assert_frame_equal(found.lines, plain.lines)
    pd.testing.assert_frame_equal(found.execution.rows, plain.execution.rows)


def test_money_with_cents(tmp_path: Path) -> None:
    """Of a plan in dollars the sheet shows and takes dollars: 10.25 is 1025 cents. Taken for cents
    the contract would be a hundredth."""
    scenario = tiny(items=[item("pc", 1025)], cap=4100, currency="USD")
    base = read(folder.write(optimize(scenario, threads=1), tmp_path / "plan"))
    path = tmp_path / "sheet.xlsx"
    write_sheet(base, path, "en")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = {cell.value: cell.column for cell in sheet[1]}
    assert sheet.cell(2, at["Planned amount (USD)"]).value == 41
    for head, value in (("Status", "Contracted"), ("Quantity", 4), ("Amount (USD)", 40.01),
                        ("Date", datetime.date(2023, 5, 1))):  # fmt: skip
        sheet.cell(2, at[head], value)
    book.save(path)
    assert status(base, path).sums()["contracted"] == 4001


# ---- The doors.


def test_status_in_words(base: PlanFolder, year: Path) -> None:
    """Every part is told in both languages, within the width; money in a readable unit."""
    found = status(base, year)
    vi, en = (status_text(found, lang, 110) for lang in LANGUAGES)
    for part in ("THEO NGUỒN VỐN VÀ NĂM", "THEO NHÓM TRƯỜNG", "THEO HẠNG MỤC", "CHẬM TIẾN ĐỘ",
                 "VỐN CHƯA GIẢI NGÂN", "01/02/2024", "15.279 đồng"):  # fmt: skip
        assert part in vi
    for part in ("BY FUND AND YEAR", "LATE", "MONEY NOT DISBURSED", "2024-02-01", "15,279 VND"):
        assert part in en
    assert all(len(line) <= 110 for text in (vi, en) for line in text.splitlines())
    assert "TO NOTE" not in en


def test_the_card_and_the_figure(base: PlanFolder, year: Path) -> None:
    """The card names sums and late lines; the figure has a bar a fund, year and stage, as long as
    its money, and none of the building projects."""
    planner.language("en")
    found = status(base, year)
    html = found._repr_html_()
    assert "15,279" in html
    assert "Late lines" in html
    ax = planner.plots.status(found, lang="en")
    bars = {str(bar.get_gid()): bar.get_width() for bar in ax.patches[:6]}  # type: ignore[attr-defined]
    assert bars == {
        "planned:2023": 9202, "contracted:2023": 6821, "disbursed:2023": 4871,
        "planned:2024": 4577, "contracted:2024": 1330, "disbursed:2024": 0,
    }  # fmt: skip
    assert len(ax.patches) == 12


def test_the_verbs(place: Path, year: Path, tmp_path: Path) -> None:
    """0 with text, tables, figure and one JSON object; 2 where a sheet is there already (it stays
    as it is) or is no workbook; 3 with every finding, and nothing is written."""
    sheet = tmp_path / "sheet.xlsx"
    assert run("new-executed", place, "--out", sheet).exit_code == 0
    before = sheet.read_bytes()
    again = run("new-executed", place, "--out", sheet, "--lang", "en")
    assert (again.exit_code, sheet.read_bytes()) == (2, before)
    assert "exists and stays as it is" in again.output
    assert run("new-executed", place, "--out", tmp_path / "sheet.csv").exit_code == 2
    done = run("status", place, "--executed", sheet)
    assert done.exit_code == 0
    assert "Tình hình thực hiện" in done.output
    out = tmp_path / "out"
    done = run("status", place, "--executed", year, "--at", "31/12/2023", "--out", out, "--json")
    body = json.loads(done.stdout)
    assert (body["at"], body["sums"]["disbursed"]) == ("2023-12-31", 3071)
    assert body["late"][0]["since"] == "2023-12-31"
    names = {"funds", "groups", "schools", "items", "lines", "late", "open", "lapsing"}
    assert {p.name for p in out.iterdir()} == {f"{n}.csv" for n in names} | {
        "status.png", "status.svg",
    }  # fmt: skip
    table = pd.read_csv(out / "funds.csv")
    assert table["disbursed"].sum() == 3071
    assert run("status", place, "--at", "soon").exit_code == 2


def test_findings_end_with_3(place: Path, tmp_path: Path) -> None:
    """Through the door that ends processes: all findings on stderr, and no tables."""
    faulty = written(
        [happened(99, "delivered", 1, "", "2023-05-01"), happened(2, "delivered", 1)],
        tmp_path / "executed.csv",
    )
    with pytest.raises(SystemExit) as ended:
        main(["status", str(place), "--executed", str(faulty), "--out", str(tmp_path / "out")])
    assert ended.value.code == 3
    assert not (tmp_path / "out" / "funds.csv").exists()
    for odd in (tmp_path, tmp_path / "nothing.xlsx", place / "plan.json"):
        with pytest.raises(InputError):
            status(place, odd)
    with pytest.raises(InputError):
        status(tmp_path)
    with pytest.raises(ValueError, match="Invalid isoformat"):
        status(place, None, "soon")


def test_a_folder_that_keeps_what_happened(year: Path, tmp_path: Path) -> None:
    """``executed.csv`` of a sealed folder is taken by itself; another file can be named instead."""
    target = living_folder(tmp_path)
    made = tmp_path / "made"
    made.mkdir()
    read_executed(year, target).write(made / "executed.csv")
    folder.add(target, made, folder.read_claims(target))
    assert status(target).sums()["disbursed"] == 5261
    other = written(A_YEAR[:1], tmp_path / "other.csv")
    assert status(target, other).sums()["disbursed"] == 0


def test_what_the_plan_does_not_have_is_said(base: PlanFolder, tmp_path: Path) -> None:
    """A contract above the plan's quantity is a warning of the status, in the text too; what is
    left may be less than nothing."""
    rows = [happened(8, "contracted", 2, 2100, "2024-03-01"),
            happened(8, "disbursed", "", 2100, "2024-04-01")]  # fmt: skip
    found = looked(base, rows, tmp_path)
    assert [f.code for f in found.warnings] == ["executed_over_planned"]
    assert "TO NOTE" in status_text(found, "en")
    assert int(found.lines.set_index("line")["left"][8]) == -1100


def test_nothing_to_tell(tmp_path: Path) -> None:
    """A plan without money has a status, a text, a sheet, a figure and a card."""
    scenario = tiny(cap=0)
    base = read(folder.write(optimize(scenario, threads=1), tmp_path / "plan"))
    found = status(base)
    assert dict.fromkeys(STAGES, 0) == found.sums()
    assert len(found.lines) == 0
    assert "BY FUND AND YEAR" in status_text(found, "en")
    assert planner.plots.status(found) is not None
    assert found._repr_html_()
    write_sheet(base, tmp_path / "sheet.xlsx", "vi")
    assert read_executed(tmp_path / "sheet.xlsx", base).rows.empty
