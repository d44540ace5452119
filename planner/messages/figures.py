"""Sentences: figures (titles, legends, notes)."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "figures.all": ("tất cả các hình", "all figures"),
    "figures.undrawn": (
        "Cảnh báo: chưa vẽ được hình: {names} ({error}). Kế hoạch đã ghi đủ và đúng, không mất gì. "
        "Vẽ lại bằng lệnh: planner plot {folder}",
        "Warning: figures that could not be drawn: {names} ({error}). The plan stands complete "
        "and proven, nothing is lost. Draw them again: planner plot {folder}",
    ),
    "figures.undrawn_tables": (
        "Cảnh báo: chưa vẽ được hình: {names} ({error}). Các bảng đã ghi đủ, không mất gì. Chạy "
        "lại lệnh này để vẽ lại hình.",
        "Warning: figures that could not be drawn: {names} ({error}). The tables stand complete, "
        "nothing is lost. Run the same command again to draw them.",
    ),
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
    "figure.money.others": ("{count} nguồn vốn khác", "{count} other {count:fund|funds}"),
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
    # map
    "figure.map.title": (
        "Tỷ lệ đáp ứng theo trường và hạng mục sau kế hoạch (%)",
        "Coverage by school and item after the plan (%)",
    ),
    "figure.map.no_need": ("Không có nhu cầu", "No need"),
    "figure.map.note": (
        "Năm cuối kỳ kế hoạch; nhóm 3: đề xuất, tính ở năm bàn giao.",
        "Last plan year; group 3: proposals, in the hand-over year.",
    ),
    "figure.map.means": (
        "{count} trường: mỗi dòng là trung bình của một loại trường; trong ngoặc là số trường.",
        "{count} {count:school|schools}: each row is the mean of a kind of school; their number is "
        "in brackets.",
    ),
    "figure.map.items_left_out": (
        "{count} hạng mục sau trong danh mục không được vẽ.",
        "{count} further {count:item of the catalogue is|items of the catalogue are} not drawn.",
    ),
    # ledger
    "figure.after_plan": ("sau kỳ", "after the plan"),
    "figure.ledger.title": ("Sổ theo dõi nguồn vốn: {fund}", "Ledger of the fund: {fund}"),
    "figure.ledger.note": (
        "Trên cột: tỷ lệ đã bố trí so với hạn mức được dùng. Cột gồm số được giao và số năm trước "
        "chuyển sang.",
        "Above a bar: the part of the usable money that is spent. A bar is the money given plus "
        "what was carried in.",
    ),
    "figure.ledger.unused": ("Không dùng đến (hết hạn)", "Not used (lapses)"),
    "figure.ledger.project_amount": ("Khả năng của dự án", "What the project can take"),
    "figure.ledger.project_note": (
        "Đề xuất của nhóm 3, chưa được bố trí vốn. Trong ngoặc: năm bàn giao.",
        "Proposals of group 3, not funded yet. In brackets: hand-over year.",
    ),
    "figure.ledger.left_out": (
        "{count} dự án nhỏ hơn không được vẽ.",
        "{count} smaller {count:project is|projects are} not drawn.",
    ),
    # obligations
    "figure.obligations.title": (
        "Nghĩa vụ chi sau năm {year}",
        "Obligations after {year}",
    ),
    "figure.obligations.none": (
        "Không có nghĩa vụ chi nào sau kỳ kế hoạch.",
        "Nothing is left to pay after the plan.",
    ),
    "figure.obligations.note": (
        "Vạch đậm: phần đã có trong sổ của một nguồn vốn. Vận hành của đề xuất chưa có nguồn chịu.",
        "Dark mark: what stands in a fund's ledger. Upkeep of proposals is charged to no fund.",
    ),
    # fairness
    "figure.fairness.title": (
        "Tỷ lệ đáp ứng của từng trường sau kế hoạch",
        "Coverage of each school after the plan",
    ),
    "figure.fairness.school": ("Một trường", "One school"),
    "figure.fairness.percentile": ("Một phần trăm số trường", "One percent of the schools"),
    "figure.fairness.lowest": ("Trường thấp nhất", "Lowest school"),
    "figure.fairness.p10": ("Phân vị 10%", "10th percentile"),
    "figure.fairness.gini": ("Gini {before} → {after}", "Gini {before} → {after}"),
    "figure.fairness.note": (
        "Gini: 0 là các trường hoàn toàn đều nhau. Nhóm 3: đề xuất, tính ở năm bàn giao.",
        "Gini: 0 means all schools are equal. Group 3: proposals, in the hand-over year.",
    ),
}
