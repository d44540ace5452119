"""A plan small enough to be known by heart, for the papers that are written from it.

Money is ample, so everything is bought in 2023: four machines of 10,3 million (half paid a year
later) with set-up works of 5,1 million at each of the schools a, b (ward one) and d (ward two);
school c is only proposed. One request of two is taken up (7,07 million). Upkeep is 1,03 million a
machine and year, from 2024 on. So a costs 53.370.000, b, c and d 46.300.000 each; paid in the
plan 53,37 + 2 × 46,3 + 3 × 4 × 1,03 = 158,33 million.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tiny import fund, item, school, tiny

from planner.present.papers.view import View
from planner.run import folder
from planner.run.folder import PlanFolder
from planner.run.optimize import claims, optimize

NAMES = {
    "owner": {"ward-1": {"vi": "Phường Một", "en": "Ward One"}, "ward-2": {"vi": "Phường Hai"}},
    "khu": {"dong": {"vi": "Khu Đông", "en": "East"}, "tay": {"vi": "Khu Tây", "en": "West"}},
}
PROPOSAL: dict[str, Any] = {
    "agency": "Phòng Giáo dục và Đào tạo", "superior": "UBND quận Thử",
    "addressee": "Ủy ban nhân dân quận Thử", "place": "Thử", "symbol": "TTr-PGDĐT",
    "signer": {"post": "Trưởng phòng", "name": "Nguyễn Văn Thử"}, "area": "khu",
    "bases": ["Căn cứ Luật A", "Căn cứ Nghị định B;"], "recipients": ["Như trên", "Lưu: VT"],
    "owners": {"ward-2": {"superior": "Ủy ban nhân dân phường Hai",
                          "addressee": ["Ủy ban nhân dân phường Hai", "Sở Tài chính"]}},
}  # fmt: skip


@cache
def plan_folder(texts: tuple[str, ...] = ()) -> PlanFolder:
    """The plan, solved, written, read and proven; ``texts`` replace the schools' names."""
    names = texts or ("Trường A", "Trường B", "Trường C", "Trường D")
    groups = ("completed", "under_construction", "preparing", "none")
    schools = [
        school(s) | {"name": n, "group": g, "ready": 2023, "owner": o, "khu": k}
        for s, n, g, o, k in zip(
            "abcd", names, groups, ("ward-1",) * 3 + ("ward-2",), ("dong",) * 3 + ("tay",),
            strict=True,
        )
    ]  # fmt: skip
    schools[2]["project_amount"] = 10**8
    machine = item(
        "pc", 10_300_000, name_en="Computer", setup=5_100_000, upkeep=0.1,
        payments=(0.5, 0.5), on_site=True, specification=texts[-1] if texts else "",
        source="Báo giá", verified=True,
    ) | {"name": texts[0] if texts else "Máy tính"}  # fmt: skip
    ask = [{"request": r, "school": "a", "option": "1", "title": t, "value": v}
           for r, t, v in (("r1", "Phòng ghi hình", 5), ("r2", "Nhà để xe", -3))]  # fmt: skip
    costs = [{"request": r, "option": "1", "fund": "cap", "year": 2023, "amount": a}
             for r, a in (("r1", 7_070_000), ("r2", 9_090_000))]  # fmt: skip
    scenario = tiny(
        schools=schools, items=(machine,), years=(2023, 2024), tail_years=1,
        funds={
            "cap": fund({2023: 10**9, 2024: 10**9}, nature="capital", reserve=0.1,
                        name={"vi": "Vốn đầu tư", "en": "Capital"}),
            "rec": fund({2023: 10**8, 2024: 10**8, 2025: 10**8}, nature="recurrent",
                        pays_upkeep=True),
            "projects": {"role": "project"},
        },
        tables={"requests": ask, "request_costs": costs},
        rules={"most-machines": {"measure": "quantity", "where": {"item": "pc"}, "at_most": 99}},
        names=NAMES, proposal=PROPOSAL, illustrative=True,
    )  # fmt: skip
    result = optimize(scenario, gap=0, threads=1)
    if texts:  # control marks are refused by the readers: this plan never was in a file
        return PlanFolder(Path(), scenario, result.plan, claims(result) | {"inputs": {}})
    return folder.read(folder.write(result, Path(mkdtemp()) / "plan"))


def view(lang: str = "vi", owner: str = "", date: str = "") -> View:
    """The plan as a package sees it."""
    return View(plan_folder(), lang, owner, date)
