"""Sentences: figures (titles, legends, notes)."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "figure.nothing": ("Không có số liệu để vẽ.", "There is nothing to draw."),
    # money
    "figure.money.title": (
        "Kinh phí theo nhóm trường và năm so với hạn mức",
        "Money by group and year against the ceilings",
    ),
    "figure.money.note": (
        "Tính theo năm thanh toán. Không gồm đề xuất của nhóm 3.",
        "In the year of payment. Proposals of group 3 are not included.",
    ),
    "figure.money.usable": ("Hạn mức được dùng", "Money that may be used"),
    "figure.money.given": ("Số được giao (gồm dự phòng)", "Money given (with reserve)"),
    "figure.money.others": ("{count} nguồn vốn khác", "{count} other funds"),
    # coverage
    "figure.coverage.title": (
        "Tỷ lệ đáp ứng trước và sau kế hoạch theo nhóm và cấp học",
        "Coverage before and after the plan, by group and level",
    ),
    "figure.coverage.row": ("{name} ({count})", "{name} ({count})"),
    "figure.coverage.before": ("Trước kế hoạch", "Before the plan"),
    "figure.coverage.after": ("Sau kế hoạch", "After the plan"),
    "figure.coverage.note": (
        "Trung bình các trường ở năm cuối kỳ (nhóm 3: đề xuất, tính ở năm bàn giao). Trong ngoặc: "
        "số trường.",
        "Mean of schools in the last plan year (group 3: proposals, in the hand-over year). In "
        "brackets: number of schools.",
    ),
}
