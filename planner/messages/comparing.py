"""Sentences: cards in notebooks, what-ifs, comparisons of plans, frontiers."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "what_if_tables": (
        "with_ chỉ đổi thiết lập; muốn đổi bảng số liệu, hãy đọc lại kịch bản với tệp khác",
        "with_ changes settings only; to change tables, load the scenario with other files",
    ),
    # cards
    "card.schools": ("trường", "schools"),
    "card.pupils": ("học sinh", "pupils"),
    "card.items": ("mặt hàng", "items"),
    "card.years": ("năm kế hoạch", "plan years"),
    "card.group": ("Nhóm", "Group"),
    "card.fund": ("Nguồn vốn", "Fund"),
    "card.status": ("trạng thái", "status"),
    "card.value": ("điểm (sai số ≤ {gap})", "points (gap ≤ {gap})"),
    "card.people": ("học sinh-năm được trang bị", "equipped pupil-years"),
    "card.spent": ("đã bố trí", "spent"),
    "card.amount": ("Kinh phí", "Money"),
    "card.coverage": ("Tỷ lệ đáp ứng", "Coverage"),
    "card.seconds": ("{seconds} giây", "{seconds} s"),
    "card.relaxed": (
        "Bài toán nới lỏng: chỉ có giá trị và giá đối ngẫu, không phải kế hoạch để ký.",
        "Linear relaxation: values and duals only, never a plan to be signed.",
    ),
}
