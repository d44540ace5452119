"""What the papers say of requests and of a scenario's own words: titles, no ids.

School a (group 1) asks for a room (7 million, mandatory) and a recorder that needs the room
(2 million); school c (group 3) asks for a stage (5 million) from its building project.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from scenario_samples import FILES, write_files
from tiny import fund, item, norm, school, tiny

from planner.present.content import Paragraph, ReportContent
from planner.present.papers.agreement import check_content, check_plan
from planner.present.papers.package import view_content
from planner.present.papers.view import View
from planner.run.folder import PlanFolder
from planner.run.optimize import claims, optimize
from planner.scenario.load import inspect
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Text

ASKED = (("id-room", "a", "Phòng ghi hình", "cap", 7_000_000, ()),
         ("id-record", "a", "Máy ghi", "cap", 2_000_000, ("id-room:id-one",)),
         ("id-stage", "c", "Sân khấu số", "projects", 5_000_000, ()))  # fmt: skip


def scenario(**more: Any) -> Scenario:
    schools = [school("a") | {"name": "Trường A", "kind": "id-model"},
               school("c", group="preparing", ready=2023) | {"name": "Trường C", "kind": "id-model",
                                                 "project_amount": 10**8}]  # fmt: skip
    ask = [{"request": r, "school": s, "option": "id-one", "title": t, "value": 5,
            "requires": needed, "mandatory": r == "id-room"}
           for r, s, t, _, _, needed in ASKED]  # fmt: skip
    costs = [{"request": r, "option": "id-one", "fund": f, "year": 2023, "amount": a}
             for r, _, _, f, a, _ in ASKED]  # fmt: skip
    rules = {"id-rule": {"measure": "coverage", "where": {"item": "pc"}, "at_least": 0.1,
                         "title": {"vi": "Mức tối thiểu", "en": "The least"}}}  # fmt: skip
    return tiny(
        schools=schools, items=[item("pc", 1_000_000) | {"name": "Máy tính"}],
        norms=[norm("pc", per="id-figure", only="kind=id-model")],
        funds={"cap": fund({2023: 10**9}, name={"vi": "Vốn đầu tư"}),
               "projects": {"role": "project", "name": {"vi": "Dự án"}}},
        tables={"requests": ask, "request_costs": costs,
                "drivers": [{"school": s, "driver": "id-figure", "year": 2023, "value": 40}
                            for s in "ac"]},
        rules=rules, names={"driver": {"id-figure": {"vi": "người học"}},
                            "kind": {"id-model": {"vi": "trường điểm"}}},
        **more,
    )  # fmt: skip


@cache
def view() -> View:
    result = optimize(scenario(), gap=0, threads=1)
    return View(
        PlanFolder(Path(), result.plan.scenario, result.plan, claims(result) | {"inputs": {}})
    )


def prose(content: ReportContent) -> list[str]:
    return [b.text for b in content.letter.blocks if isinstance(b, Paragraph)]


def test_a_request_of_group_3_is_in_no_funded_sum() -> None:
    """7 + 2 million are put up for approval; the 5 million of group 3 only proposed, by itself.
    One sum over both would say 3 requests and 14 million."""
    content = view_content(view())
    check_content(content)
    check_plan(content, view())
    said = [t for t in prose(content) if "đề nghị riêng" in t]
    assert len(said) == 2
    assert "có 2 đề nghị riêng; trình chấp thuận 2 đề nghị, giá trị 9.000.000 đồng" in said[0]
    assert "đề xuất vào dự án 1 đề nghị, giá trị 5.000.000 đồng (Phụ lục III)" in said[1]
    assert "không thuộc tổng kinh phí bố trí" in said[1]


def test_a_letter_to_nobody_yet_still_reads() -> None:
    """Without an addressee the sentences name the competent authority: no gap of two spaces."""
    said = prose(view_content(view()))
    assert said[0].startswith("Đơn vị trình kính trình cấp có thẩm quyền xem xét, phê duyệt")
    assert said[-1] == "Đơn vị trình kính trình cấp có thẩm quyền xem xét, quyết định./."


def test_the_assumptions_name_things_in_words() -> None:
    """Rules by their title, requests by the school's words, figures and attributes by their
    names: what is signed holds no name of a rule, of the scenario's own or a standing one."""
    part = next(a for a in view_content(view()).appendices if a.key == "assumptions")
    said = [b.text for b in part.blocks if isinstance(b, Paragraph)]
    said += [str(c) for t in part.tables() for r in t.rows for c in r.cells]
    whole = "\n".join(said)
    for words in (
        "Mức tối thiểu (", "Đề nghị «Phòng ghi hình» phải được chọn.",
        "Đề nghị «Máy ghi» chỉ được chọn khi đã chọn «Phòng ghi hình».",
        "1 đơn vị cho mỗi 1 người học; chỉ với trường điểm",
    ):  # fmt: skip
        assert words in whole, words
    assert not [t for t in said if "id-" in t or "one_option" in t or "request_requires" in t]
    assert not re.search(r"\[[a-z_-]+\]", whole)


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        (
            "Kế hoạch A 2023–2025 (dữ liệu minh họa)",
            "phê duyệt kế hoạch A từ năm 2023 đến năm 2025",
        ),
        ("Kế hoạch năm học 2023-2024", "phê duyệt kế hoạch năm học 2023-2024"),
        ("Ba phường 2026-2030", "phê duyệt kế hoạch: Ba phường từ năm 2026 đến năm 2030"),
    ],
)
def test_the_subject_is_a_sentence(title: str, subject: str) -> None:
    """A title that is no plan's name is not «approved» by itself; a span of
    years is said in words; a school year stays as it is."""
    made = view().folder
    settings = made.scenario.settings
    titled = settings.model_copy(update={"title": Text(vi=title)})
    other = replace(made, scenario=replace(made.scenario, settings=titled))
    found = view_content(View(other)).letter.subject
    assert found == f"Về việc {subject}"


def test_a_letterhead_for_nobody_is_found_when_the_scenario_is_read(tmp_path: Path) -> None:
    """An unknown area column and an owner without schools are findings of ``check``, each on its
    line; found only at ``report``, a finished plan could not be printed."""
    lines = "proposal:\n  area: quarter\n  owners:\n    ward-9: {agency: Phòng X}\n"
    above = FILES["base.yaml"].count("\n")
    files = FILES | {"base.yaml": FILES["base.yaml"] + lines}
    _, findings, _ = inspect(write_files(tmp_path, files) / "base.yaml")
    assert [(f.code, f.where.row) for f in findings] == [
        ("report_area_unknown", above + 2),
        ("report_owner_unknown", above + 4),
    ]
