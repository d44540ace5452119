"""What the papers say, on a plan known by heart (see ``report_plans``)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from report_plans import plan_folder, view
from tiny import fund, item, school, tiny

from planner.errors import InputError
from planner.messages import sentences
from planner.names import StandingRule
from planner.present.content import NUMERIC, Paragraph, ReportContent, Table
from planner.present.papers.agreement import tables
from planner.present.papers.package import view_content
from planner.present.papers.view import View
from planner.run import folder
from planner.run.optimize import optimize

NO_LINES = ("assume.", "unmet.", "coverage.indicators")
"""Tables whose figures come from inputs or say what the plan does not do."""


def table(content: ReportContent, key: str) -> Table:
    return next(t for t in tables(content) if t.key == key)


def prose(content: ReportContent) -> str:
    return "\n".join(b.text for b in content.letter.blocks if isinstance(b, Paragraph))


def rows(content: ReportContent, key: str, *columns: str) -> list[tuple[object, ...]]:
    part = table(content, key)
    return [tuple(r.cells[part.at(c)] for c in columns) for r in part.rows]


def test_the_letter_is_the_form() -> None:
    """Title block in capitals, bases closed with ; and the last with a point, recipients with a
    dash; the groups in the article's verbs; the proposal of group 3 outside the funded total."""
    letter = view_content(view()).letter
    assert (letter.superior, letter.agency) == ("UBND QUẬN THỬ", "PHÒNG GIÁO DỤC VÀ ĐÀO TẠO")
    assert letter.number.startswith("Số:")
    assert letter.number.endswith("/TTr-PGDĐT")
    assert letter.place_date.split() == ["Thử,", "ngày", "tháng", "năm"]
    assert letter.bases == ("Căn cứ Luật A;", "Căn cứ Nghị định B.")
    assert letter.recipients == ("- Như trên;", "- Lưu: VT.")
    assert (letter.post, letter.name) == ("TRƯỞNG PHÒNG", "Nguyễn Văn Thử")
    said = prose(view_content(view()))
    for words in (
        "158.330.000 đồng (bằng chữ: Một trăm năm mươi tám triệu ba trăm ba mươi nghìn đồng)",
        "ưu tiên thực hiện trước đối với 1 trường đã cải tạo, sửa chữa, xây dựng xong",
        "bổ sung kinh phí mua sắm máy tính và nâng cấp hạ tầng CNTT cho 1 trường đang thực hiện",
        "rà soát, đề xuất kinh phí mua sắm máy tính và nâng cấp hạ tầng CNTT vào nhóm dự án đang",
        "46.300.000 đồng (Phụ lục III), không thuộc tổng kinh phí bố trí",
        "giá trị mua sắm, lắp đặt và đề nghị của các trường được bố trí vốn 145.970.000 đồng",
        "cộng chi vận hành, duy trì 12.360.000 đồng, trừ phần thanh toán sau kỳ kế hoạch 0 đồng",
        "2 đề nghị riêng; trình chấp thuận 1 đề nghị, giá trị 7.070.000 đồng",
        "xem xét, quyết định./.",
    ):
        assert words in said, words


@pytest.mark.parametrize(
    ("date", "said"),
    [("2024-01-05", "ngày 05 tháng 01 năm 2024"), ("2024-02-15", "ngày 15 tháng 02 năm 2024"),
     ("2024-03-09", "ngày 09 tháng 3 năm 2024"), ("2024-12-31", "ngày 31 tháng 12 năm 2024")],
)  # fmt: skip
def test_dates_as_the_decree_writes_them(date: str, said: str) -> None:
    """Days below 10 and months 1 and 2 with a zero, month 3 without; also in the appendices."""
    content = view_content(view(date=date))
    assert content.letter.place_date == f"Thử, {said}"
    assert f"/TTr-PGDĐT {said} của Phòng Giáo dục và Đào tạo)" in content.reference


def test_group_appendices() -> None:
    """School, request, machines with their works; the total is the sum; words and numbers agree."""
    content = view_content(view())
    part = content.appendices[0]
    assert (part.number, part.title[:20]) == ("I", "DANH MỤC ƯU TIÊN THỰ")
    assert rows(content, "group.completed", "stt", "name", "quantity", "unit_price", "amount") == [
        ("1", "Trường A", None, None, 53_370_000),
        ("1.1", "Đề nghị của trường: Phòng ghi hình", None, None, 7_070_000),
        ("1.2", "Máy tính", 4, 10_300_000, 41_200_000),
        ("1.3", "Lắp đặt, cải tạo ban đầu: Máy tính", 1, 5_100_000, 5_100_000),
        ("", "TỔNG CỘNG NHÓM 1", None, None, 53_370_000),
    ]
    note = table(content, "group.completed").rows[2].cells[-1]
    assert note == "Thanh toán năm 2023: 20.600.000; năm 2024: 20.600.000"
    words = [b.text for b in part.blocks if isinstance(b, Paragraph) and b.style == "words"]
    assert words == ["(Bằng chữ: Năm mươi ba triệu ba trăm bảy mươi nghìn đồng)"]
    keys = [a.key for a in content.appendices]
    assert keys == ["group.completed", "group.under_construction", "group.preparing", "money",
                    "coverage", "unmet", "assumptions", "group.none", "packages"]  # fmt: skip


def test_money_by_fund_and_year() -> None:
    """Given, reserve, usable, paid, lapsed; the proposal of group 3 is in no row."""
    content = view_content(view())
    found = rows(content, "money.sources", "fund", "amount", "reserve", "usable", "spent", "lapsed")
    assert found == [
        ("Vốn đầu tư", 2 * 10**9, 2 * 10**8, 18 * 10**8, 145_970_000, 1_654_030_000),
        ("2023", 10**9, 10**8, 9 * 10**8, 84_170_000, 815_830_000),
        ("2024", 10**9, 10**8, 9 * 10**8, 61_800_000, 838_200_000),
        ("rec", 2 * 10**8, 0, 2 * 10**8, 12_360_000, 187_640_000),
        ("2023", 10**8, 0, 10**8, 0, 10**8),
        ("2024", 10**8, 0, 10**8, 12_360_000, 87_640_000),
        ("TỔNG CỘNG", 22 * 10**8, 2 * 10**8, 20 * 10**8, 158_330_000, 1_841_670_000),
    ]
    assert rows(content, "money.after", "year", "amount", "funded")[0] == (
        "2025", 12_360_000, 12_360_000,
    )  # fmt: skip
    assert rows(content, "money.projects", "school", "proposed", "left") == [
        ("Trường C", 46_300_000, 53_700_000),
        ("Cộng phần đề xuất (ngoài tổng bố trí)", 46_300_000, 53_700_000),
    ]


def test_coverage_names_areas_and_unmet_lists_requests() -> None:
    """Areas have names, not ids; the request that is not taken up stands in appendix VI."""
    content = view_content(view())
    assert [r[0] for r in rows(content, "coverage.area", "name")] == [
        "Khu Đông", "Khu Tây", "Các trường được bố trí vốn",
    ]  # fmt: skip
    assert rows(content, "unmet.requests", "school", "request", "cost") == [
        ("Trường A", "Nhà để xe", 9_090_000)
    ]
    english = view_content(view("en"))
    assert [r[0] for r in rows(english, "coverage.area", "name")][:2] == ["East", "West"]


def test_machines_bought_ahead_are_said(tmp_path: Path) -> None:
    """Four machines serve until 2023 and four are bought that year for 2024: the need of 2023 is
    met by four of eight, and the paper says of how many schools that is so (one of the two, the
    office needs none). It has no project, so neither is the office a school there; nobody asked
    for anything, so no request is in the sum."""
    scenario = tiny(
        schools=[school(s, group="none", level=v)
                 for s, v in (("a", "primary"), ("o", "office"))],
        items=[item("pc", life=4)], funds={"cap": fund({2023: 40})}, tail_years=1,
        tables={"inventory": [{"school": "a", "item": "pc", "quantity": 4, "acquired": 2020}]},
    )  # fmt: skip
    plan = folder.read(folder.write(optimize(scenario, gap=0, threads=1), tmp_path / "plan"))
    content = view_content(View(plan))
    assert rows(content, "coverage.item", "need", "stock", "in_service") == [(4, 4, 4)]
    said = [b.text for a in content.appendices for b in a.blocks if isinstance(b, Paragraph)]
    assert [t for t in said if "; ở 1 trường, đơn vị có hạng mục" in t]
    assert "Trường không có dự án xây dựng: 2 trường, đơn vị." in said
    assert "gồm giá trị mua sắm, lắp đặt của các trường" in prose(content)
    # in the plan known by heart nothing exceeds a need, no office, and a request is in the sum
    content = view_content(view())
    said = [b.text for a in content.appendices for b in a.blocks if isinstance(b, Paragraph)]
    assert [t.count("vượt nhu cầu năm đó") for t in said if "Ở mục D" in t] == [0]
    assert "Trường không có dự án xây dựng: 1 trường." in said
    assert "gồm giá trị mua sắm, lắp đặt và đề nghị của các trường" in prose(content)


@pytest.mark.parametrize("ready", [2023, 2024])
def test_nothing_bought_after_the_plan_but_proposals(ready: int, tmp_path: Path) -> None:
    """A school of group 3 is handed over in the plan's one year 2023, or in 2024, after it: then
    Appendix III proposes four machines of 2024 and "nothing is bought after the plan" is untrue."""
    scenario = tiny(
        schools=[school("p", group="preparing", ready=ready, project_amount=40)],
        funds={"own": {"role": "project"}}, tail_years=1,
    )  # fmt: skip
    plan = folder.read(folder.write(optimize(scenario, gap=0, threads=1), tmp_path / "plan"))
    content = view_content(View(plan))
    part = next(a for a in content.appendices if a.key == "assumptions")
    said = [b.text for b in part.blocks if isinstance(b, Paragraph) and "theo dõi đến" in b.text]
    assert len(said) == 1
    assert ("chỉ còn phần đề xuất của nhóm 3" in said[0]) == (ready == 2024)
    assert ("; không mua mới sau kỳ." in said[0]) == (ready == 2023)


def test_papers_claim_no_audit_of_the_state() -> None:
    """“Kiểm toán” in a paper of an office is what auditors do, and no one of them has seen the
    plan; commands are nothing to be signed."""
    papers = {c: sentences()[c] for c in sentences() if c.startswith("report.")}
    assert len(papers) > 300
    assert not [c for c, said in papers.items() if "kiểm toán" in said.vi.lower()]
    assert not [c for c, said in papers.items() if re.search(r"\bplanner [a-z]", said.vi + said.en)]


def test_packages_are_totals_and_name_no_unproven_method() -> None:
    """An owner's machines of a year are one package, works included, however many schools. That no
    method is verified is said once above, not in a column in which every cell says so."""
    content = view_content(view())
    found = rows(content, "packages", "owner", "name", "quantity", "unit_price", "setup", "amount")
    assert found == [
        ("Phường Hai", "Máy tính", 4, 10_300_000, 5_100_000, 46_300_000),
        ("Phường Một", "Máy tính", 8, 10_300_000, 10_200_000, 92_600_000),
        ("Phường Một", "Đề nghị của trường: Phòng ghi hình", None, None, 0, 7_070_000),
        ("", "TỔNG CỘNG", None, None, 15_300_000, 145_970_000),
    ]
    assert "method" not in [c.key for c in table(content, "packages").columns]
    said = [b.text for b in content.appendices[-1].blocks if isinstance(b, Paragraph)]
    assert "Hình thức lựa chọn nhà thầu: chưa đối chiếu (mọi dòng)." in said


def test_assumptions_say_every_rule_as_a_sentence() -> None:
    """Standing rules, the scenario's own, priority, proof, prices and norms with their source."""
    content = view_content(view())
    part = next(a for a in content.appendices if a.key == "assumptions")
    said = "\n".join(b.text for b in part.blocks if isinstance(b, Paragraph))
    for words in ("Mỗi nguồn, mỗi năm", "Trường nhóm 3 chỉ đề xuất", "most-machines",
                  "Thứ tự ưu tiên", "sai số đã chứng minh", "tại đầu năm 2023"):  # fmt: skip
        assert words in said, words
    assert rows(content, "assume.prices", "name", "price", "source", "verified") == [
        ("Máy tính", 10_300_000, "Báo giá", "đã đối chiếu")
    ]
    found = rows(content, "assume.inputs", "file", "hash")
    assert found == sorted(plan_folder().claims["inputs"].items())


def test_every_standing_rule_has_its_sentence() -> None:
    assert all(f"report.standing.{rule}" in sentences() for rule in StandingRule)


def test_an_owner_has_a_package_of_its_own() -> None:
    """Ward two: its letterhead, its two addressees, its one school; shared funds show only what
    it spends, and what cannot be told apart by owner is said, not left out silently."""
    content = view_content(view(owner="ward-2"))
    assert content.letter.superior == "ỦY BAN NHÂN DÂN PHƯỜNG HAI"
    assert content.letter.addressees == ("Ủy ban nhân dân phường Hai", "Sở Tài chính")
    assert content.letter.agency == "PHÒNG GIÁO DỤC VÀ ĐÀO TẠO"
    assert "Phường Hai" in content.letter.subject
    assert [r.cells[0] for r in content.schools.rows] == ["Trường D"]
    spent = 46_300_000 + 4 * 1_030_000
    assert rows(content, "money.sources", "fund", "amount", "spent")[-1] == (
        "TỔNG CỘNG", None, spent,
    )  # fmt: skip
    texts = [b.text for a in content.appendices for b in a.blocks if isinstance(b, Paragraph)]
    assert any("nguồn dùng chung" in t for t in texts)
    assert not any("Không có nghĩa vụ" in t for t in texts)
    parts = [view_content(view(owner=o)) for o in ("ward-1", "ward-2")]
    sums = [int(str(rows(p, "letter.funds", "amount")[-1][0])) for p in parts]
    assert sum(sums) == 158_330_000
    with pytest.raises(InputError):
        View(plan_folder(), "vi", "ward-3")


def test_a_letterhead_for_nobody_is_a_finding() -> None:
    """An area that is no column and an owner that no school has are named with their keys."""
    made = plan_folder()
    proposal = made.scenario.settings.proposal
    broken = proposal.model_copy(update={"area": "quarter", "owners": {"ward-9": proposal}})
    settings = made.scenario.settings.model_copy(update={"proposal": broken})
    other = replace(made, scenario=replace(made.scenario, settings=settings))
    with pytest.raises(InputError) as error:
        View(other)
    found = [(f.code, f.where.key) for f in error.value.findings]
    assert found == [
        ("report_owner_unknown", "proposal.owners"), ("report_area_unknown", "proposal.area"),
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_figure_has_a_unit_and_its_lines(lang: str) -> None:
    """Columns of figures have a unit, money the currency; rows of the plan name lines of it."""
    content = view_content(view(lang))
    known = set(plan_folder().plan.allocation["line"])
    for part in (*tables(content), content.schools):
        for column in part.columns:
            assert bool(column.unit) == (column.kind in NUMERIC), (part.key, column.key)
            assert column.kind != "money" or column.unit == "VND"
        for row in part.rows:
            assert set(row.lines) <= known
            figures = [c for c in row.cells if isinstance(c, int) and c]
            spent = part.key.startswith("money.") and not row.cells[-1]
            if figures and not part.key.startswith(NO_LINES) and not spent:
                assert row.lines or part.key == "money.sources", (part.key, row.cells)
    for block in content.letter.blocks:
        for figure in getattr(block, "figures", ()):
            assert figure.unit == "VND"
            assert set(figure.lines) <= known


def test_english_papers_are_english() -> None:
    """No Vietnamese sentence of the product's own in the English papers (names stay)."""
    content = view_content(view("en"))
    own = prose(content) + "".join(a.title for a in content.appendices)
    for word in ("đồng", "Phụ lục", "trường", "Nhóm", "kinh phí"):
        assert word not in own, word
    assert content.letter.kind == "PROPOSAL"
