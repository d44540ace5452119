"""Reading a scenario: places, exact numbers, merging, round trips."""

from __future__ import annotations

import hashlib
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from scenario_samples import FILES, write_files

from planner.errors import InputError
from planner.scenario.load import inspect, load
from planner.scenario.schema import Frozen, Letterhead, Settings
from planner.scenario.write import write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "office", FILES)


def test_good_scenario_has_no_findings(folder: Path) -> None:
    """Proves that the sample the broken cases start from is sound; a reader that complains of
    good input would make every broken case meaningless."""
    scenario, findings, _ = inspect(folder / "base.yaml")
    assert findings == []
    assert scenario is not None
    assert scenario.id == "base"
    assert list(scenario.schools["school"]) == ["0071", "b", "c", "d"]


def test_numbers_are_exact(folder: Path) -> None:
    """Proves decimals come from the text; through binary floats 0.6 would be 0.59999…"""
    scenario = load(folder / "base.yaml")
    assert scenario.settings.envelope is not None
    assert str(scenario.settings.envelope.education_share) == "0.6"
    assert scenario.items["pc"].price == 15_450_000
    assert scenario.items["pc"].payments == (Decimal("0.3"), Decimal("0.7"))
    assert scenario.items["lan"].upkeep == Decimal("0.05")


def test_a_folded_text_is_one_text(folder: Path) -> None:
    """Proves that a text over several lines (`>-`) is those lines joined by spaces; a reader that
    keeps marks for writing YAML back leaves a bell in it."""
    (folder / "folded.yaml").write_text(
        "extends: base.yaml\ntitle: >-\n  Kế hoạch\n  năm 2026\n", encoding="utf-8"
    )
    assert load(folder / "folded.yaml").settings.title.vi == "Kế hoạch năm 2026"


def test_interpreted_cells_are_noted(folder: Path) -> None:
    """Proves that nothing is interpreted silently: `15.450.000` → 15450000 is in the notes."""
    _, _, notes = inspect(folder / "base.yaml")
    read = {(n.code, n.params.get("value"), n.params.get("read")) for n in notes}
    assert ("read_thousands", "15.450.000", "15450000") in read
    assert ("read_percent", "5%", "0.05") in read


def test_extends_merges_and_origins_say_who(folder: Path) -> None:
    """Proves mappings merge, scalars replace, null removes, and each key names its line; a
    replacing merge would lose the fund `rec`."""
    (folder / "cut.yaml").write_text(
        "extends: base.yaml\ntail_years: 1\nfunds:\n  rec: {reserve: 0.2}\nrules: null\n"
    )
    scenario = load(folder / "cut.yaml", {"funds.cap.reserve": "0.25", "years": [2023, 2024]})
    settings = scenario.settings
    assert set(settings.funds) == {"cap", "rec", "projects"}
    assert settings.funds["rec"].reserve == Decimal("0.2")
    assert settings.funds["cap"].reserve == Decimal("0.25")
    assert settings.years == (2023, 2024)
    assert settings.rules == {}
    assert scenario.origins["tail_years"] == "cut.yaml:2:13"
    assert scenario.origins["funds.cap.reserve"] == "--set [funds.cap.reserve]"
    assert scenario.origins["schema"] == "base.yaml:1:9"


def test_inputs_carry_their_hashes(folder: Path) -> None:
    """Proves every file read is named with the SHA-256 of its bytes."""
    scenario = load(folder / "base.yaml")
    assert set(scenario.inputs) == {"base.yaml", *(n for n in FILES if n.endswith(".csv"))}
    data = (folder / "schools.csv").read_bytes()
    assert scenario.inputs["schools.csv"] == hashlib.sha256(data).hexdigest()


def test_written_scenario_loads_equal(folder: Path, tmp_path: Path) -> None:
    """Proves `write` keeps everything; a lost default or digit would break equality."""
    scenario = load(folder / "base.yaml")
    write(scenario, tmp_path / "out")
    again, findings, _ = inspect(tmp_path / "out")
    assert findings == []
    assert again == scenario
    write(again, tmp_path / "twice")
    first = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    assert first == {p.name: p.read_bytes() for p in (tmp_path / "twice").iterdir()}


def test_equality_notices_a_cell(folder: Path, tmp_path: Path) -> None:
    """Proves the equality used above is sensitive: one pupil more is another scenario."""
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    path = other / "schools.csv"
    path.write_text(path.read_text().replace("600,20", "601,20"))
    assert load(other / "base.yaml") != load(folder / "base.yaml")


def test_all_findings_at_once(folder: Path) -> None:
    """Proves findings of YAML, tables and checks come together."""
    path = folder / "schools.csv"
    path.write_text(path.read_text().replace("600,20", "600x,20").replace("primary", "primry"))
    (folder / "bad.yaml").write_text("extends: base.yaml\ntale_years: 1\n")
    with pytest.raises(InputError) as caught:
        load(folder / "bad.yaml")
    assert {"key_unknown", "number_with_text", "value_not_listed"} <= {
        f.code for f in caught.value.findings
    }


def test_faults_in_every_file_are_said_in_one_run(tmp_path: Path) -> None:
    """Proves one run names the faults of the settings, of each table and between tables; a
    reader that stops at the first makes the office come back five times."""
    files = {
        **FILES,
        "base.yaml": FILES["base.yaml"].replace("tail_years", "tale_years"),
        "schools.csv": FILES["schools.csv"].replace(",600,", ",600 em,"),
        "catalogue.csv": FILES["catalogue.csv"].replace("0,3;0,7", "0,3;0,6"),
        "norms.csv": FILES["norms.csv"].replace("sms,primary", "smz,primary"),
        "inventory.csv": FILES["inventory.csv"].replace("usable_until", "until when")
        + "e,pc,1,2020,\n",
        "bans.csv": "school,item,fund,year\nd,pc,,soon\n",
    }
    scenario, findings, _ = inspect(write_files(tmp_path, files) / "base.yaml")
    assert scenario is None
    assert {(f.code, f.where.file, f.where.row) for f in findings} == {
        ("key_unknown", "base.yaml", 4),
        ("number_with_text", "schools.csv", 3),
        ("payments_sum", "catalogue.csv", 2),
        ("id_unknown", "norms.csv", 6),
        ("column_unknown", "inventory.csv", 1),
        ("id_unknown", "inventory.csv", 5),
        ("year_unreadable", "bans.csv", 2),
    }


@pytest.mark.parametrize("model", [Settings, Letterhead])
def test_settings_that_are_left_out_are_the_defaults(model: type[Frozen]) -> None:
    """Defaults that are models are made without their validators, and equal those made with: one
    that a validator would change, or whose own defaults were not filled in, would differ."""
    made = {n: f.default for n, f in model.model_fields.items() if isinstance(f.default, Frozen)}
    assert made
    for name, default in made.items():
        whole = type(default).model_validate({})
        assert default == whole, name
        assert default.model_dump() == whole.model_dump(), name
