"""The starter, invented data, the reference, and the doors to them."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from scenario_samples import FILES, write_files
from settings_keys import keys_of

from planner.cli.commands import check, new, schema, show
from planner.messages import key_meaning, meaning, sentences
from planner.scenario import reference
from planner.scenario.contracts import TABLES
from planner.scenario.load import inspect, load
from planner.scenario.measures import MEASURES
from planner.scenario.new.starter import write_workbook
from planner.scenario.new.synthetic import synthetic
from planner.scenario.schema import Settings
from planner.scenario.write import write


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_starter_loads_without_findings(lang: str, tmp_path: Path) -> None:
    """Proves `planner new` writes what `planner check --strict` accepts."""
    runner = CliRunner()
    made = runner.invoke(new, [str(tmp_path / "a"), "--lang", lang, "--schools", "7"])
    assert made.exit_code == 0, made.output
    checked = runner.invoke(check, [str(tmp_path / "a"), "--strict", "--lang", lang])
    assert checked.exit_code == 0, checked.output
    again = runner.invoke(new, [str(tmp_path / "a")])
    assert again.exit_code == 2


def test_template_has_drop_downs_comments_and_ids(tmp_path: Path) -> None:
    """Proves the workbook's form: labels, grey ids, drop-downs, comments, frozen panes."""
    write_workbook(synthetic(6, 1, examples=True), tmp_path / "t.xlsx", "vi", 20)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = book["Trường"]
    assert [c.value for c in sheet[1]][:3] == ["Mã trường", "Tên", "Cấp học"]
    assert [c.value for c in sheet[2]][:3] == ["school", "name", "level"]
    assert sheet.freeze_panes == "B3"
    assert sheet["A1"].comment is not None
    rules = {str(v.sqref).split(":")[0]: v.formula1 for v in sheet.data_validations.dataValidation}
    assert "Lựa chọn" in rules["C3"]
    stock = book["Hiện trạng"].data_validations.dataValidation
    assert {v.formula1.split("!")[0] for v in stock} == {"'Trường'", "'Danh mục'"}
    assert all("ví dụ" in sheet.cell(r, 2).value for r in range(3, 9))
    rules_sheet = book[sentences()["table.rules"].vi]
    (measure,) = (c for c, below in zip(rules_sheet[1], rules_sheet[2], strict=True)
                  if below.value == "measure")  # fmt: skip
    assert measure.comment.text.startswith("Đại lượng: số tiền chi, số lượng mua, tỷ lệ đáp ứng, ")
    assert all(sentences()[f"value.{m}"].vi.lower() in measure.comment.text for m in MEASURES)


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("count", [1, 30])
def test_workbook_gives_back_what_was_written(lang: str, count: int, tmp_path: Path) -> None:
    """Proves scenario → template workbook → scenario loses nothing."""
    scenario = synthetic(count, 3)
    write_workbook(scenario, tmp_path / "t.xlsx", lang)
    again, findings, _ = inspect(tmp_path / "t.xlsx")
    assert findings == []
    assert again == scenario


def test_invented_data_is_the_same_for_a_seed(tmp_path: Path) -> None:
    """Proves equal seeds give equal data, other seeds other data, and that it is sound."""
    assert synthetic(50, 4) == synthetic(50, 4)
    assert synthetic(50, 4) != synthetic(50, 5)
    write(synthetic(50, 4), tmp_path)
    again, findings, _ = inspect(tmp_path)
    assert findings == []
    assert again == synthetic(50, 4)
    assert again is not None
    assert again.settings.illustrative


def test_new_holds_the_ministry_s_set() -> None:
    """The set is that of Ba Đình, row by row, none of it checked, and no school is measured: a set
    of its own would drift, one that claims to be checked would print as sure. What equipment brings
    speaks of items that are there."""
    made, known = synthetic(3, 1), load("scenarios/ba-dinh")
    assert made.table("criteria").equals(known.table("criteria"))
    assert not made.table("criterion_items")["verified"].any()
    assert set(made.table("criterion_items")["item"]) <= set(made.items)
    brought = known.table("criterion_items").groupby("criterion")["points"].sum()
    mine = made.table("criterion_items").groupby("criterion")["points"].sum()
    assert (mine <= brought.reindex(mine.index)).all()
    assert made.table("indicators").empty


@pytest.mark.parametrize(
    ("files", "criteria", "items"),
    [
        ({}, 29, 23),
        ({"danh-muc": "item,name,unit,pillar,nature,price,life\nwifi,Wifi,bộ,infrastructure,"
                      "capital,5000000,5\nloa,Loa,bộ,infrastructure,capital,900000,5\n"}, 29, 1),
        ({"chi-tieu": "school,criterion,year,value\na,1.4,2025,7\n"}, 29, 23),
        ({"chi-tieu": "school,criterion,year,value\na,Hạ tầng,2025,7\n"}, 0, 0),
    ],
)  # fmt: skip
def test_lists_of_an_office_get_the_set(
    files: dict[str, str], criteria: int, items: int, tmp_path: Path
) -> None:
    """Of a catalogue of the office's own only its items bring points (the rest would be unknown
    ids); measurements by ids of the set keep it, by other names there is no second set beside
    them."""
    listed = (
        "school,name,level,group,pupils,classes,teachers\na,Trường A,primary,completed,30,1,2\n"
    )
    sources = []
    for name, text in {"truong": listed, **files}.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        sources += ["--from", str(tmp_path / f"{name}.csv")]
    made = CliRunner().invoke(new, [str(tmp_path / "new"), *sources])
    assert made.exit_code == 0, made.output
    found, findings, _ = inspect(tmp_path / "new")
    assert found is not None, findings
    assert len(found.table("criteria")) == criteria
    assert len(found.table("criterion_items")) == items
    codes = {f.code for f in findings}
    assert not {c for c in codes if "criteri" in c and c != "criteria_group_sum"}


def test_reference_names_every_key() -> None:
    """Proves the reference cannot drift: every key of the models is on the page."""
    page = reference.markdown()
    for key in keys_of(Settings):
        assert f"`{key}`" in page, key
    assert "| 6 |" in page
    made = json.loads(CliRunner().invoke(schema, []).output)
    assert made["properties"]["funds"]
    assert "table_schools" in made["$defs"]


def test_every_column_and_key_means_something_in_vietnamese() -> None:
    """The templates' comments in Vietnamese; a new column without a line there would have none.
    Keys that hold others, and the files of ``data``, are explained by their names."""
    lacking = [
        f"{table}.{name}"
        for table, model in TABLES.items()
        for name, field in model.model_fields.items()
        if not meaning(table, field.alias or name)
    ]
    holders = ("data", "envelope", "funds", "rules", "names")
    keys = list(keys_of(Settings))
    groups = {k for k in keys if any(other.startswith(f"{k}.") for other in keys)} | {*holders}
    single = [k for k in keys if k not in groups and not k.startswith("data.")]
    lacking += [key for key in single if not key_meaning(key)]
    assert not lacking, f"planner/messages/meanings.toml: {', '.join(lacking)}"


def test_shipped_reference_is_up_to_date() -> None:
    """Proves the printed reference is the models' own: after a change of a model, run
    `python -m planner.scenario.reference`; a stale page would say yesterday's defaults."""
    runner = CliRunner()
    anew = "run python -m planner.scenario.reference"
    assert runner.invoke(schema, []).output == reference.written()["reference.json"], anew
    page = runner.invoke(schema, ["--markdown"]).output
    assert page == reference.written()["reference.md"], anew


def test_show_says_who_set_what(tmp_path: Path) -> None:
    """Proves `show` marks file and line, and defaults as such."""
    folder = write_files(tmp_path / "s", FILES)
    shown = CliRunner().invoke(show, [str(folder), "--set", "tail_years=1", "--lang", "en"])
    assert shown.exit_code == 0
    assert "tail_years: 1  # --set [tail_years]" in shown.output
    assert "  education_share: 0.6  # base.yaml:22:20" in shown.output
    assert 'upkeep: "required"  # default' in shown.output


def test_check_speaks_json_and_exits_3(tmp_path: Path) -> None:
    """Proves the door's contract: findings in JSON, exit code 3."""
    folder = write_files(
        tmp_path / "s", {**FILES, "needs.csv": "school,item,year,quantity\nq,pc,2023,1\n"}
    )
    result = CliRunner().invoke(check, [str(folder), "--json", "--lang", "en"])
    assert result.exit_code == 3
    body = json.loads(result.stdout)
    assert body["status"] == "findings"
    assert body["findings"][0]["code"] == "id_unknown"
    assert body["findings"][0]["where"] == {"file": "needs.csv", "row": 2, "column": "school"}


def test_check_reports_what_it_understood(tmp_path: Path) -> None:
    """Proves need, stock and shortfall by hand: 0071 has 1800 pupils ÷ 24 = 75 computers."""
    folder = write_files(tmp_path / "s", FILES)
    result = CliRunner().invoke(check, [str(folder), "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)["understood"]
    computers = next(i for i in found["items"] if i["item"] == "pc")
    assert computers["need"] == 75 + 25 + 50 + 32
    assert computers["stock"] == 10 + 12
    assert computers["short"] == 65 + 13 + 50 + 32


def test_new_writes_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves a failure in the middle leaves neither a half-written folder nor a remnant."""
    import xlsxwriter

    def full(self: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xlsxwriter.Workbook, "close", full)
    made = CliRunner().invoke(new, [str(tmp_path / "a"), "--lang", "en"])
    assert made.exit_code == 2
    assert "cannot be written (No space left on device)" in made.stderr
    assert list(tmp_path.iterdir()) == []


def test_new_fills_an_empty_folder(tmp_path: Path) -> None:
    """Proves a folder that exists and is empty is filled, by a relative name too."""
    (tmp_path / "a").mkdir()
    made = CliRunner().invoke(new, [str(tmp_path / "a")])
    assert made.exit_code == 0, made.output
    assert {p.suffix for p in (tmp_path / "a").iterdir()} == {".yaml", ".xlsx"}
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
