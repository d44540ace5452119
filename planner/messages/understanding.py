"""Sentences of ``planner check``, ``new`` and ``show``: what was understood, rules in words."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "check_sound": ("Số liệu hợp lệ: {title}", "The input is sound: {title}"),
    "check_findings": (
        "{errors} lỗi, {warnings} cảnh báo",
        "{errors} error(s), {warnings} warning(s)",
    ),
    "check_strict": (
        "có cảnh báo và đã chọn --strict",
        "there are warnings, and --strict was given",
    ),
    "check_error": ("lỗi", "error"),
    "check_warning": ("cảnh báo", "warning"),
    "check_note": ("đã hiểu", "read"),
    "check_notes_hint": (
        "{count} chỗ được diễn giải khi đọc; xem bằng --verbose",
        "{count} things were interpreted while reading; --verbose lists them",
    ),
    "check_schools": ("Trường theo nhóm và cấp", "Schools by group and level"),
    "check_items": ("Nhu cầu và hiện trạng năm {year}", "Need and stock in {year}"),
    "check_money": ("Tiền theo nguồn và năm", "Money by fund and year"),
    "check_upkeep": (
        "Chi thường xuyên của thiết bị đã có",
        "Upkeep of what exists already",
    ),
    "check_rules": ("Quy tắc của kịch bản", "The scenario's own rules"),
    "check_unverified": (
        "Chưa đối chiếu: {norms} trên {all_norms} định mức, {prices} trên {all_prices} đơn giá",
        "Not verified: {norms} of {all_norms} norms, {prices} of {all_prices} prices",
    ),
    "check_illustrative": (
        "Dữ liệu minh họa: không dùng làm căn cứ",
        "Illustrative data: not a basis for decisions",
    ),
    "check_nobody": ("(không nguồn nào trả)", "(no fund pays)"),
    "check_head_schools": ("Trường", "Schools"),
    "check_head_need": ("Nhu cầu", "Need"),
    "check_head_stock": ("Đang có", "Stock"),
    "check_head_short": ("Còn thiếu", "Short"),
    "check_head_cost": ("Cần thêm", "Cost"),
    "check_head_usable": ("Dùng được", "Usable"),
    "check_head_total": ("Tổng cộng", "Total"),
    "rule_says": (
        "{name} ({firmness}): {measure}{where}{each} {bounds}",
        "{name} ({firmness}): {measure}{where}{each} {bounds}",
    ),
    "rule_where": (" với {where}", " where {where}"),
    "rule_each": (", tính riêng cho từng {each},", ", for each {each},"),
    "rule_at_most": ("không quá {bound}", "at most {bound}"),
    "rule_at_least": ("ít nhất {bound}", "at least {bound}"),
    "rule_exactly": ("đúng bằng {bound}", "exactly {bound}"),
    "rule_share_of_all": ("{share} của toàn bộ", "{share} of all"),
    "rule_share_of_budget": ("{share} của tổng số tiền các nguồn", "{share} of the funds' money"),
    "rule_share_of_where": ("{share} của phần có {where}", "{share} of what has {where}"),
    "rule_and": (" và ", " and "),
    "new_written": ("Đã tạo {folder}", "Written to {folder}"),
    "new_next": (
        "Tiếp theo: mở {workbook}, nhập số liệu, rồi chạy: planner check {folder}",
        "Next: open {workbook}, type your data, then run: planner check {folder}",
    ),
    "new_next_synthetic": (
        "Tiếp theo: planner run {folder}",
        "Next: planner run {folder}",
    ),
    "new_exists": (
        "{folder} đã có tệp; hãy chọn thư mục trống",
        "{folder} already holds files; choose an empty folder",
    ),
    "show_default": ("mặc định", "default"),
}
