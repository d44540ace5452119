"""Legal bases as data: the letter takes those in force on its day for its level of government."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from report_plans import PROPOSAL, plan_folder
from scenario_samples import FILES, write_files

from planner.messages import say
from planner.present.papers.package import view_content
from planner.present.papers.view import View
from planner.present.understanding import bases_told
from planner.scenario.load import inspect, load
from planner.scenario.schema import Proposal

BASES: list[dict[str, Any]] = [
    {"text": "Căn cứ Luật Cũ", "number": "1/2019", "in_force_to": "2024-12-31", "verified": True},
    {"text": "Căn cứ Luật Mới", "number": "2/2024", "date": "2024-11-29",
     "in_force_from": "2025-01-01"},
    {"text": "Căn cứ Quy định của quận", "number": "3/QĐ", "level": "district", "verified": True},
    {"text": "Căn cứ Nghị định về phường", "number": "4/2025", "in_force_from": "2025-07-01",
     "level": "commune", "verified": True},
    {"text": "Căn cứ Nghị định ban hành ngày ấy;", "date": "2025-06-30", "verified": True},
]  # fmt: skip


def seen(day: str, **more: Any) -> View:
    made = plan_folder()
    proposal = Proposal.model_validate(
        PROPOSAL | {"legal_bases": BASES, "bases": ["Lời riêng"]} | more
    )
    settings = made.scenario.settings.model_copy(update={"proposal": proposal})
    return View(replace(made, scenario=replace(made.scenario, settings=settings)), date=day)


@pytest.mark.parametrize(
    ("day", "printed", "left"),
    [
        # the last day of a law still counts, the day after does not; the new one is marked
        ("2024-12-31", ["Luật Cũ", "Quy định của quận"], ["2/2024 yet", "4/2025 level", " yet"]),
        ("2025-01-01", ["Luật Mới (chưa đối chiếu)", "Quy định của quận"],
         ["1/2019 longer", "4/2025 level", " yet"]),
        # a decree without a first day is in force from that of its issue
        ("2025-06-30", ["Luật Mới (chưa đối chiếu)", "Quy định của quận",
                        "Nghị định ban hành ngày ấy"], ["1/2019 longer", "4/2025 level"]),
        # from 1/7/2025 there is no district
        ("2025-07-01", ["Luật Mới (chưa đối chiếu)", "Nghị định về phường",
                        "Nghị định ban hành ngày ấy"], ["1/2019 longer", "3/QĐ level"]),
    ],
)  # fmt: skip
def test_the_letter_takes_what_is_in_force(day: str, printed: list[str], left: list[str]) -> None:
    """By day and level; the office's own lines follow as they are. A letter that ignored the last
    day in force would cite a dead law, one that ignored the level a decree on wards in 2024. What
    `planner check` and the page tell of the same day is what the letter does."""
    bases = view_content(seen(day)).letter.bases
    assert [b.rstrip(";.").removeprefix("Căn cứ ") for b in bases] == [*printed, "Lời riêng"]
    codes = {"basis_not_yet": "yet", "basis_no_longer": "longer", "basis_other_level": "level"}
    found = [
        f"{f.params['name'] if '/' in f.params['name'] else ''} {codes[f.code]}"
        for f in seen(day).bases[1]
    ]
    assert found == left
    told = bases_told(seen("").scenario, "vi", day)
    assert told[1:] == [say(f.code, "vi", **f.params) for f in seen(day).bases[1]]
    own = {True: "cấp quận, huyện", False: "cấp phường, xã"}[day < "2025-07-01"]
    marked = sum("chưa đối chiếu" in text for text in printed)
    doubted = f", trong đó {marked} chưa đối chiếu (2/2024)" if marked else ""
    head = f"tờ trình ngày {day} của {own} ghi {len(printed)}{doubted}."
    assert told[0] == f"Căn cứ pháp lý: {len(BASES)}; {head}"


def test_a_level_may_be_said() -> None:
    """An office that says that it is a ward's gets a ward's bases, whatever the day."""
    letter = view_content(seen("2025-06-30", level="commune")).letter
    assert not any("quận" in b for b in letter.bases)


def test_without_a_date_the_first_plan_day_counts() -> None:
    """The plan is of 2023: the law of 2024 is not in force, and no clock is asked."""
    assert "Căn cứ Luật Cũ;" in view_content(seen("")).letter.bases
    assert not any("Luật Mới" in b for b in view_content(seen("")).letter.bases)


def test_days_are_of_the_calendar(tmp_path: Path) -> None:
    """30 February, and a law that ends before it begins, are both found in one run."""
    lines = """proposal:
  legal_bases:
    - {text: A, date: 2025-02-30}
    - {text: B, in_force_from: 2025-02-01, in_force_to: 2025-01-31}
"""
    files = FILES | {"base.yaml": FILES["base.yaml"] + lines}
    _, findings, _ = inspect(write_files(tmp_path, files) / "base.yaml")
    assert [f.code for f in findings] == ["basis_day", "basis_days"]


@pytest.mark.parametrize(
    ("name", "there", "gone"),
    [("base", "39/2019|Đầu tư công năm 2019", "phường|142/2025|năm 2024"),
     ("wards-2026", "142/2025|Đầu tư công năm 2024", "Đầu tư công năm 2019|50/2017")],
)  # fmt: skip
def test_shipped_bases_fit_their_day_and_level(name: str, there: str, gone: str) -> None:
    """Ba Đình's district letter of 2023 and the wards' of 2026 draw on one list; what was written
    from memory is marked."""
    path = Path(__file__).parent.parent / f"scenarios/ba-dinh/{name}.yaml"
    folder = replace(plan_folder(), scenario=load(path))
    bases = "\n".join(View(folder).bases[0])
    assert any(word in bases for word in there.split("|"))
    assert not any(word in bases for word in gone.split("|"))
    for basis in folder.scenario.settings.proposal.legal_bases:
        assert basis.source.startswith("https://")
        if basis.text in bases and not basis.verified:
            assert f"{basis.text} (chưa đối chiếu)" in bases
