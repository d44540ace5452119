"""The invented catalogue of synthetic scenarios: items, prices, norms and how much exists."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any


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
CATALOGUE: tuple[Line, ...] = (
    Line(
        "lan",
        "Mạng nội bộ (LAN)",
        "Local network",
        "hệ thống",
        "infrastructure",
        "capital",
        45_000_000,
        10,
        "0.03",
        _every("school", 1),
        0.6,
        {"setup": 20_000_000, "once": True, "weight": Decimal(2)},
    ),
    Line(
        "pupil-computer",
        "Máy tính cho học sinh",
        "Pupils' computer",
        "bộ",
        "infrastructure",
        "capital",
        12_500_000,
        5,
        "0.03",
        {"primary": ("pupils", 24), "lower_secondary": ("pupils", 16)},
        0.5,
        {"requires": ("lan",), "capacity": (Decimal(120),), "weight": Decimal(3)},
    ),
    Line(
        "teacher-computer",
        "Máy tính cho giáo viên",
        "Teachers' computer",
        "bộ",
        "infrastructure",
        "capital",
        14_000_000,
        5,
        "0.03",
        _every("teachers", 5),
        0.5,
        {},
    ),
    Line(
        "class-display",
        "Màn hình lớp học",
        "Classroom display",
        "bộ",
        "infrastructure",
        "capital",
        26_000_000,
        7,
        "0.02",
        _every("classes", 2),
        0.4,
        {"weight": Decimal(2)},
    ),
    Line(
        "wifi",
        "Bộ phát Wi-Fi",
        "Wi-Fi access point",
        "bộ",
        "infrastructure",
        "capital",
        5_500_000,
        5,
        "0.05",
        _every("classes", 4),
        0.4,
        {"requires": ("lan",), "capacity": (Decimal(24),), "setup": 6_000_000},
    ),
    Line(
        "switch",
        "Thiết bị chuyển mạch",
        "Switch",
        "bộ",
        "infrastructure",
        "capital",
        8_000_000,
        7,
        "0.02",
        _every("classes", 12),
        0.5,
        {"requires": ("lan",)},
    ),
    Line(
        "server",
        "Máy chủ trường học",
        "School server",
        "bộ",
        "infrastructure",
        "capital",
        85_000_000,
        6,
        "0.04",
        _every("school", 1, _TAUGHT),
        0.3,
        {
            "requires": ("lan",),
            "setup": 12_000_000,
            "once": True,
            "payments": (Decimal("0.5"), Decimal("0.5")),
        },
    ),
    Line(
        "fibre",
        "Đường truyền cáp quang",
        "Fibre line",
        "đường/năm",
        "infrastructure",
        "recurrent",
        14_000_000,
        1,
        "0",
        _every("school", 1),
        0.0,
        {"weight": Decimal(2)},
    ),
    Line(
        "management",
        "Phần mềm quản lý nhà trường",
        "School management software",
        "gói/năm",
        "software",
        "recurrent",
        12_000_000,
        1,
        "0",
        _every("school", 1),
        0.0,
        {"on_site": False, "weight": Decimal(2)},
    ),
    Line(
        "learning-platform",
        "Nền tảng học trực tuyến",
        "Learning platform",
        "gói/năm",
        "software",
        "recurrent",
        6_000_000,
        1,
        "0",
        _every("pupils", 500, _TAUGHT),
        0.0,
        {"on_site": False},
    ),
    Line(
        "records",
        "Số hóa hồ sơ, học bạ",
        "Digitised records",
        "gói",
        "software",
        "capital;recurrent",
        9_000_000,
        None,
        "0",
        _every("pupils", 400, _TAUGHT),
        0.3,
        {"on_site": False, "once": True},
    ),
    Line(
        "admin-training",
        "Bồi dưỡng quản trị phần mềm",
        "Administrators' training",
        "khóa",
        "software",
        "recurrent",
        5_000_000,
        3,
        "0",
        _every("school", 1),
        0.3,
        {"on_site": False, "requires": ("management",)},
    ),
    Line(
        "teacher-training",
        "Bồi dưỡng CNTT cho giáo viên",
        "Teachers' IT training",
        "lớp",
        "digital_practice",
        "recurrent",
        10_000_000,
        3,
        "0",
        _every("teachers", 20),
        0.3,
        {"on_site": False},
    ),
    Line(
        "assessment-set",
        "Bộ thiết bị kiểm tra đánh giá",
        "Assessment set",
        "bộ",
        "digital_practice",
        "capital",
        22_000_000,
        4,
        "0.02",
        _every("classes", 8, _TAUGHT),
        0.2,
        {"requires": ("wifi",), "lot": 2, "payments": (Decimal("0.3"), Decimal("0.7"))},
    ),
)
