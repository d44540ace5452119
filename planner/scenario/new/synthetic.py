"""Invented data of any size, in the same tables: for starters, tests and measurements.

Money is scarce (a stated share of what the shortfall would cost), and the catalogue has site
works, single deliveries, prerequisites, lots and instalments. The same numbers of schools and
seed give the same scenario. Everything is illustrative.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from planner.messages.numbers import minor_digits
from planner.money import half_up
from planner.scenario.contracts import TABLES
from planner.scenario.scenario import Scenario, typed_frame
from planner.scenario.schema import Settings

# --------------------------------------------------------------------------------------------------
# The invented catalogue: what schools of invented data need, and what it costs.


@dataclass(frozen=True)
class Line:
    """An item of the invented catalogue and whom it serves."""

    item: str
    name: str
    name_en: str
    unit: str
    pillar: str
    nature: str
    price: int
    life: int | None
    upkeep: str
    norms: dict[str, tuple[str, int]]
    stock: float
    """Mean share of the need that exists already."""
    more: dict[str, Any]


_ALL = ("preschool", "primary", "lower_secondary")


def _every(per: str, every: int, levels: tuple[str, ...] = _ALL) -> dict[str, tuple[str, int]]:
    return dict.fromkeys(levels, (per, every))


_TAUGHT = ("primary", "lower_secondary")
# fmt: off
CATALOGUE: tuple[Line, ...] = (
    Line("lan", "Mạng nội bộ (LAN)", "Local network", "hệ thống", "infrastructure", "capital",
         45_000_000, 10, "0.03", _every("school", 1),
         0.6, {"setup": 20_000_000, "once": True, "weight": Decimal(2)}),
    Line("pupil-computer", "Máy tính cho học sinh", "Pupils' computer", "bộ",
         "infrastructure", "capital",
         12_500_000, 5, "0.03", {"primary": ("pupils", 24), "lower_secondary": ("pupils", 16)},
         0.5, {"requires": ("lan",), "capacity": (Decimal(120),), "weight": Decimal(3)}),
    Line("teacher-computer", "Máy tính cho giáo viên", "Teachers' computer", "bộ",
         "infrastructure", "capital",
         14_000_000, 5, "0.03", _every("teachers", 5), 0.5, {}),
    Line("class-display", "Màn hình lớp học", "Classroom display", "bộ",
         "infrastructure", "capital",
         26_000_000, 7, "0.02", _every("classes", 2), 0.4, {"weight": Decimal(2)}),
    Line("wifi", "Bộ phát Wi-Fi", "Wi-Fi access point", "bộ", "infrastructure", "capital",
         5_500_000, 5, "0.05", _every("classes", 4),
         0.4, {"requires": ("lan",), "capacity": (Decimal(24),), "setup": 6_000_000}),
    Line("switch", "Thiết bị chuyển mạch", "Switch", "bộ", "infrastructure", "capital",
         8_000_000, 7, "0.02", _every("classes", 12), 0.5, {"requires": ("lan",)}),
    Line("server", "Máy chủ trường học", "School server", "bộ", "infrastructure", "capital",
         85_000_000, 6, "0.04", _every("school", 1, _TAUGHT),
         0.3, {"requires": ("lan",), "setup": 12_000_000, "once": True,
               "payments": (Decimal("0.5"), Decimal("0.5"))}),
    Line("fibre", "Đường truyền cáp quang", "Fibre line", "đường/năm",
         "infrastructure", "recurrent",
         14_000_000, 1, "0", _every("school", 1), 0.0, {"weight": Decimal(2)}),
    Line("management", "Phần mềm quản lý nhà trường", "School management software", "gói/năm",
         "software", "recurrent",
         12_000_000, 1, "0", _every("school", 1), 0.0, {"on_site": False, "weight": Decimal(2)}),
    Line("learning-platform", "Nền tảng học trực tuyến", "Learning platform", "gói/năm",
         "software", "recurrent",
         6_000_000, 1, "0", _every("pupils", 500, _TAUGHT), 0.0, {"on_site": False}),
    Line("records", "Số hóa hồ sơ, học bạ", "Digitised records", "gói",
         "software", "capital;recurrent",
         9_000_000, None, "0", _every("pupils", 400, _TAUGHT),
         0.3, {"on_site": False, "once": True}),
    Line("admin-training", "Bồi dưỡng quản trị phần mềm", "Administrators' training", "khóa",
         "software", "recurrent",
         5_000_000, 3, "0", _every("school", 1),
         0.3, {"on_site": False, "requires": ("management",)}),
    Line("teacher-training", "Bồi dưỡng CNTT cho giáo viên", "Teachers' IT training", "lớp",
         "digital_practice", "recurrent",
         10_000_000, 3, "0", _every("teachers", 20), 0.3, {"on_site": False}),
    Line("assessment-set", "Bộ thiết bị kiểm tra đánh giá", "Assessment set", "bộ",
         "digital_practice", "capital",
         22_000_000, 4, "0.02", _every("classes", 8, _TAUGHT),
         0.2, {"requires": ("wifi",), "lot": 2, "payments": (Decimal("0.3"), Decimal("0.7"))}),
)
# fmt: on


# fmt: off
CRITERIA: tuple[tuple[str, str, str, int], ...] = (
    ("1.1", "Kế hoạch tổ chức dạy học trực tuyến",
     "Plan for online teaching", 0),
    ("1.2", "Quy chế tổ chức dạy học trực tuyến",
     "Regulation on online teaching", 0),
    ("1.3.1", "Phần mềm dạy học trực tuyến trực tiếp",
     "Live online teaching software", 6),
    ("1.3.2", "Hệ thống quản lý học tập: giao bài cho học sinh",
     "Learning platform: work assigned to pupils", 6),
    ("1.3.3", "Hệ thống quản lý học tập: giải đáp cho học sinh",
     "Learning platform: pupils’ questions answered", 6),
    ("1.3.4", "Hệ thống quản lý học tập: đánh giá thường xuyên",
     "Learning platform: regular assessment", 6),
    ("1.3.5", "Hệ thống quản lý học tập: phụ huynh cùng theo dõi",
     "Learning platform: parents follow", 6),
    ("1.4", "Học liệu số",
     "Digital learning material", 10),
    ("1.5.1", "Kiểm tra, đánh giá bằng phần mềm trên phòng máy tính",
     "Tests with software in the computer room", 15),
    ("1.5.2", "Kết quả kiểm tra kết nối với hệ thống quản trị nhà trường",
     "Test results exchanged with the school system", 5),
    ("1.6.1", "Tỷ lệ giáo viên có tài khoản bồi dưỡng trực tuyến",
     "Teachers with an account for online training", 7),
    ("1.6.2", "Tỷ lệ giáo viên khai thác được phần mềm dạy học",
     "Teachers who use teaching software", 7),
    ("1.6.3", "Tỷ lệ giáo viên xây dựng được học liệu số",
     "Teachers who can make digital material", 6),
    ("1.7.1", "Tỷ lệ phòng học có thiết bị trình chiếu và kết nối Internet",
     "Classrooms with projection equipment and Internet", 8),
    ("1.7.2", "Mức độ đáp ứng yêu cầu dạy môn Tin học",
     "How far the requirements of teaching Informatics are met", 7),
    ("1.7.3", "Có phòng ghi hình xây dựng học liệu số",
     "A studio for making digital material", 5),
    ("2.1", "Bộ phận chỉ đạo, phụ trách chuyển đổi số",
     "A unit in charge of digital transformation", 0),
    ("2.2", "Kế hoạch ứng dụng CNTT, chuyển đổi số",
     "A plan for IT and digital transformation", 0),
    ("2.3.1", "Quy chế sử dụng hệ thống quản trị nhà trường",
     "Regulation on the use of the school system", 6),
    ("2.3.2", "Quản lý học sinh trên phần mềm",
     "Pupils managed in software", 6),
    ("2.3.3", "Sổ điểm, học bạ điện tử",
     "Electronic gradebook and report book", 10),
    ("2.3.4", "Quản lý đội ngũ trên phần mềm",
     "Staff managed in software", 6),
    ("2.3.5", "Quản lý cơ sở vật chất trên phần mềm",
     "Facilities managed in software", 10),
    ("2.3.6", "Quản lý y tế học đường trên phần mềm",
     "School health managed in software", 10),
    ("2.3.7", "Quản lý kế toán trên phần mềm",
     "Accounting in software", 6),
    ("2.3.8", "Kết nối, trao đổi dữ liệu với cơ sở dữ liệu ngành",
     "Data exchanged with the sector’s database", 6),
    ("2.4.1", "Ứng dụng kết nối gia đình và nhà trường",
     "An app that connects home and school", 8),
    ("2.4.2", "Tuyển sinh đầu cấp trực tuyến",
     "Online enrolment", 12),
    ("2.4.3", "Thu phí không dùng tiền mặt",
     "Cashless fees", 10),
)
"""The Ministry's set for schools, as far as it is known: id (``1.``: teaching and learning, ``2.``:
management), name, English name, most points (0: a condition). Nobody has checked it against the
document, and the points of management sum to 90 in the one file that was seen."""
BRINGS: tuple[tuple[str, str, int], ...] = (
    ("1.3.2", "learning-platform", 3), ("1.3.3", "learning-platform", 2),
    ("1.3.4", "learning-platform", 2), ("1.3.5", "learning-platform", 2),
    ("1.5.1", "assessment-set", 5), ("1.5.1", "pupil-computer", 4),
    ("1.5.2", "assessment-set", 2), ("1.6.1", "teacher-training", 3),
    ("1.6.2", "teacher-training", 2), ("1.6.2", "teacher-computer", 1),
    ("1.6.3", "teacher-training", 1), ("1.7.1", "class-display", 6), ("1.7.1", "wifi", 2),
    ("1.7.2", "pupil-computer", 6), ("1.7.2", "fibre", 1), ("2.3.2", "records", 3),
    ("2.3.2", "management", 1), ("2.3.3", "management", 3), ("2.3.4", "management", 2),
    ("2.3.5", "management", 2), ("2.3.8", "management", 2), ("2.3.8", "admin-training", 1),
    ("2.4.1", "management", 2),
)
"""Points of a criterion that an item of the catalogue brings: an assumption."""
# fmt: on
_DECISION = "Quyết định 4725/QĐ-BGDĐT ngày 30/12/2022"
IN_THE_NEWS = ("1.1", "1.2", "1.3.1", "2.1", "2.2")
"""Criteria that a report of the decision names; the others are read from a school's own tool."""
TOLD = f"{_DECISION}; theo bản tin lại (nguồn thứ cấp)"
READ = f"{_DECISION}; đọc qua công cụ tự đánh giá của một trường (nguồn thứ cấp)"
ASSUMED = "Giả định của kịch bản: văn bản không chia điểm theo thiết bị; cần đối chiếu"


def ministry_set() -> dict[str, pd.DataFrame]:
    """The tables ``criteria`` and ``criterion_items`` of the Ministry's set, every row of them not
    yet checked against its document; measurements are for the office to fill in."""
    names, vi, en, most = (list(column) for column in zip(*CRITERIA, strict=True))
    of, items, points = (list(column) for column in zip(*BRINGS, strict=True))
    criteria: dict[str, list[Any]] = {
        "criterion": names, "name": vi, "name_en": en,
        "group": ["teaching" if name.startswith("1.") else "management" for name in names],
        "most": [Decimal(n) for n in most], "mandatory": [not n for n in most],
        "levels": [()] * len(names), "verified": [False] * len(names),
        "source": [TOLD if name in IN_THE_NEWS else READ for name in names],
    }  # fmt: skip
    brings: dict[str, list[Any]] = {
        "criterion": of, "item": items, "points": [Decimal(n) for n in points],
        "reached": [None] * len(of), "source": [ASSUMED] * len(of),
        "verified": [False] * len(of),
    }  # fmt: skip
    return {
        "criteria": typed_frame("criteria", criteria),
        "criterion_items": typed_frame("criterion_items", brings),
    }


FIRST_YEAR = 2026
YEARS = 3
TAIL = 3
GROUP_SHARES = {"completed": 0.40, "under_construction": 0.25, "preparing": 0.15, "none": 0.20}
LEVEL_SHARES = {"preschool": 0.30, "primary": 0.40, "lower_secondary": 0.30}
NORM = ("item", "level", "per", "every")
SCHOOLS_A_WARD = 25
SCARCITY = Decimal("0.4")
"""Capital money as a share of the first year's shortfall at today's prices."""


_MILLION = {"VND": 1_000_000, "IDR": 500_000, "KRW": 50_000, "JPY": 5_000, "INR": 3_000,
            "PHP": 2_000, "THB": 1_400, "CNY": 280}  # fmt: skip
"""About what a million đồng are in some currencies; forty of the others."""


def in_currency(amount: int, currency: str) -> int:
    """About what an illustrative amount in đồng is in minor units of another currency: a computer
    of 12,500,000 đồng is one of 500 dollars, not of 125,000."""
    times = _MILLION.get(currency, 40) * 10 ** minor_digits(currency)
    return amount * times // 1_000_000


def synthetic(schools: int, seed: int = 0, *, examples: bool = False) -> Scenario:
    """A sound scenario of ``schools`` invented schools.

    ``examples`` names the schools as example rows of the starter workbook.
    """
    if schools < 1:
        raise ValueError("at least one school")
    random = np.random.default_rng(seed)
    school_table = _schools(schools, random, examples)
    ids = school_table["school"].to_numpy(dtype=object)
    needs: dict[str, np.ndarray] = {}
    # Part of the need exists, of mixed age; a school in preparation has less.
    owned: dict[str, list[Any]] = {"school": [], "item": [], "quantity": [], "acquired": []}
    new = np.where(school_table["group"] == "preparing", 0.3, 1.0)
    for line in CATALOGUE:
        need = needs[line.item] = np.zeros(schools, dtype=np.int64)
        for level, (per, every) in line.norms.items():
            here = (school_table["level"] == level).to_numpy()
            driver = 1 if per == "school" else school_table[per].to_numpy()[here]
            need[here] = -(-driver // every)
        part = random.beta(2, 2, schools) * 2 * line.stock * new
        quantity = np.rint(np.minimum(part, 1) * need).astype(np.int64)
        if line.norms[next(iter(line.norms))][0] == "school":
            has = random.random(schools) < line.stock * new
            quantity = (has & (need > 0)).astype(np.int64)
        acquired = FIRST_YEAR - random.integers(1, (line.life or 8) + 1, schools)
        rows = np.flatnonzero(quantity > 0)
        owned["school"] += ids[rows].tolist()
        owned["item"] += [line.item] * len(rows)
        owned["quantity"] += quantity[rows].tolist()
        owned["acquired"] += acquired[rows].tolist()
    inventory = typed_frame("inventory", owned)
    order = inventory["school"].to_numpy(dtype=object).argsort(kind="stable")
    inventory = inventory.iloc[order].reset_index(drop=True)
    each = [(c.item, level, *rule) for c in CATALOGUE for level, rule in c.norms.items()]
    norms: dict[str, list[Any]] = {n: [r[k] for r in each] for k, n in enumerate(NORM)}
    norms["every"] = [Decimal(v) for v in norms["every"]]
    norms["source"] = ["dữ liệu minh họa"] * len(each)
    alike = ("item", "name", "unit", "pillar", "price", "life", "name_en")
    catalogue: dict[str, list[Any]] = {n: [getattr(c, n) for c in CATALOGUE] for n in alike}
    catalogue |= {
        "nature": [tuple(c.nature.split(";")) for c in CATALOGUE],
        "price_low": [c.price * 9 // 10 for c in CATALOGUE],
        "price_high": [c.price * 12 // 10 for c in CATALOGUE],
        "price_growth": [Decimal("0.03")] * len(CATALOGUE),
        "upkeep": [Decimal(c.upkeep) for c in CATALOGUE],
        "source": ["dữ liệu minh họa"] * len(CATALOGUE),
    }
    for name, info in TABLES["catalogue"].model_fields.items():
        if name not in catalogue:
            default = info.get_default(call_default_factory=True)
            catalogue[name] = [c.more.get(name, default) for c in CATALOGUE]
    tables = {name: typed_frame(name, {}) for name in TABLES}
    tables |= {"schools": school_table, "catalogue": typed_frame("catalogue", catalogue),
               "inventory": inventory, "norms": typed_frame("norms", norms)}  # fmt: skip
    tables |= ministry_set()
    return Scenario("scenario", _settings(needs, inventory, school_table, schools, seed), tables)


def _schools(count: int, random: np.random.Generator, examples: bool) -> pd.DataFrame:
    groups = random.choice(list(GROUP_SHARES), count, p=list(GROUP_SHARES.values()))
    levels = random.choice(list(LEVEL_SHARES), count, p=list(LEVEL_SHARES.values()))
    if count >= len(GROUP_SHARES):
        groups[: len(GROUP_SHARES)] = list(GROUP_SHARES)
        levels[: len(LEVEL_SHARES)] = list(LEVEL_SHARES)[::-1]
    classes = random.integers(8, 37, count)
    pupils = np.rint(classes * random.normal(33.6, 3, count)).astype(int)
    teachers = np.ceil(classes * random.uniform(1.4, 1.9, count)).astype(int)
    building = FIRST_YEAR + random.integers(0, YEARS, count)
    later = FIRST_YEAR + random.integers(YEARS - 1, YEARS + TAIL - 1, count)
    width = max(3, len(str(count)))
    label = "Trường ví dụ {} (xóa khi nhập số liệu thật)" if examples else "Trường minh họa {}"
    when = zip(groups, building.tolist(), later.tolist(), strict=True)
    ready = [{"under_construction": a, "preparing": b}.get(str(group)) for group, a, b in when]
    sized = zip(groups, pupils.tolist(), strict=True)
    amounts = [size * 600_000 if group == "preparing" else None for group, size in sized]
    columns = {
        "school": [f"s{k + 1:0{width}d}" for k in range(count)],
        "name": [label.format(k + 1) for k in range(count)],
        "level": [str(v) for v in levels], "group": [str(v) for v in groups], "ready": ready,
        "pupils": pupils.tolist(), "classes": classes.tolist(), "teachers": teachers.tolist(),
        "owner": [f"phuong-{k // SCHOOLS_A_WARD + 1}" for k in range(count)],
        "project_amount": amounts,
    }  # fmt: skip
    return typed_frame("schools", columns)


def _settings(
    needs: dict[str, np.ndarray],
    inventory: pd.DataFrame,
    schools: pd.DataFrame,
    count: int,
    seed: int,
) -> Settings:
    funded = (schools["group"] != "preparing").to_numpy()
    short = {"capital": 0, "recurrent": 0}
    owned = inventory.groupby("item")["quantity"].sum()
    upkeep = 0
    for line in CATALOGUE:
        have = int(owned.get(line.item, 0))
        missing = max(0, int(needs[line.item][funded].sum()) - have)
        short[line.nature.split(";", maxsplit=1)[0]] += missing * line.price
        upkeep += half_up(line.price * Decimal(line.upkeep)) * int(needs[line.item].sum())
    capital = _round(short["capital"] * SCARCITY / YEARS)
    recurrent = _round(short["recurrent"] * Decimal("0.75") + upkeep * Decimal("1.3"))
    years = range(FIRST_YEAR, FIRST_YEAR + YEARS)
    tail = range(FIRST_YEAR + YEARS, FIRST_YEAR + YEARS + TAIL)
    upkeep_only = _round(Decimal(upkeep) * Decimal("1.5"))
    floor = {
        "measure": "spend",
        "where": {"group": "under_construction", "fund": "capital"},
        "for_each": ["year"],
        "at_least": {"share": Decimal("0.1")},
        "title": {"vi": "Phần tối thiểu cho nhóm 2", "en": "Floor for group 2"},
    }
    settings = {
        "schema": 1,
        "title": {
            "vi": f"Dữ liệu minh họa: {count} trường (hạt giống {seed})",
            "en": f"Illustrative data: {count} schools (seed {seed})",
        },
        "years": (FIRST_YEAR, FIRST_YEAR + YEARS - 1),
        "tail_years": TAIL,
        "illustrative": True,
        "funds": {
            "capital": {
                "name": {"vi": "Vốn đầu tư công", "en": "Public investment"},
                "nature": "capital", "reserve": Decimal("0.1"), "carry_over": Decimal("0.2"),
                "amounts": dict.fromkeys(years, capital) | {tail[0]: capital // 2},
            },
            "recurrent": {
                "name": {"vi": "Chi thường xuyên", "en": "Recurrent budget"},
                "nature": "recurrent", "pays_upkeep": True,
                "amounts": dict.fromkeys(years, recurrent) | dict.fromkeys(tail, upkeep_only),
            },
            "projects": {
                "name": {"vi": "Dự án xây dựng trường", "en": "Building projects"},
                "role": "project",
            },
        },
        "tiers": [(Decimal("0.5"), Decimal(2)), (Decimal(1), Decimal(1))],
        "rules": {"group-2-floor": floor} if count >= 20 else {},
    }  # fmt: skip
    return Settings.model_validate(settings)


def _round(amount: Decimal) -> int:
    return max(1, half_up(amount / 1_000_000)) * 1_000_000
