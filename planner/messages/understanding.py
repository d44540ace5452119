"""Sentences of ``planner check``, ``new`` and ``show``: what was understood, rules in words."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "check_sound": ("Số liệu hợp lệ: {title}", "The input is sound: {title}"),
    "check_findings": (
        "{errors} lỗi, {warnings} cảnh báo",
        "{errors} {errors:error|errors}, {warnings} {warnings:warning|warnings}",
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
        "{count} {count:thing was|things were} interpreted while reading; --verbose lists them",
    ),
    "check_schools": ("Trường theo nhóm và cấp", "Schools by group and level"),
    "check_items": ("Nhu cầu và hiện trạng năm {year}", "Need and stock in {year}"),
    "check_money": ("Tiền theo nguồn và năm", "Money by fund and year"),
    "check_upkeep": (
        "Chi thường xuyên của thiết bị đã có",
        "Upkeep of what exists already",
    ),
    "check_request_points": (
        "Điểm của đề nghị được nhân với trọng số của nhóm trường (priority.weights): {weights}",
        "Requests' points are multiplied by the weight of the school's group (priority.weights): "
        "{weights}",
    ),
    "check_rules": ("Quy tắc của kịch bản", "The scenario's own rules"),
    "check_unverified": (
        "Chưa đối chiếu: {norms} trên {all_norms} định mức, {prices} trên {all_prices} đơn giá",
        "Not verified: {norms} of {all_norms} {all_norms:norm|norms}, {prices} of {all_prices} "
        "{all_prices:price|prices}",
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
    "check_without_offices": ("(không kể hệ thống dùng chung)", "(without offices)"),
    "new_written": ("Đã tạo {folder}", "Written to {folder}"),
    "new_next": (
        "Tiếp theo: mở {workbook}, nhập số liệu, rồi chạy: planner check {folder}",
        "Next: open {workbook}, type your data, then run: planner check {folder}",
    ),
    "new_next_synthetic": (
        "Tiếp theo: planner run {folder}",
        "Next: planner run {folder}",
    ),
    "new_example_rest": (
        "Nguồn vốn, số tiền và những bảng sau là dữ liệu minh họa, hoặc để trống nếu là hiện "
        "trạng; hãy thay bằng số liệu thật: {missing}",
        "Funds, money and these tables are illustrative, or empty for the stock; put your own "
        "figures in their place: {missing}",
    ),
    "adopt_no_schools": (
        "không thấy bảng trường nào; hãy chỉ cột bằng --column school=… --column name=…",
        "no table of schools was found; name its columns by --column school=… --column name=…",
    ),
    "adopt_table_twice": (
        "đã có một bảng {name} khác; hãy chỉ đưa vào một",
        "there is another table {name} already; give only one",
    ),
    "adopt_column_missing": (
        "không thấy cột cho «{name}»; hãy thêm --column {name}=TIÊU_ĐỀ[[ (có phải {nearest}?)]], "
        "hoặc --value {name}=GIÁ_TRỊ cho mọi trường",
        "no column was found for «{name}»; add --column {name}=HEADER[[ (is it {nearest}?)]], or "
        "--value {name}=VALUE for all schools",
    ),
    "adopt_field_unknown": (
        "{option}: bảng không có trường dữ liệu «{name}»[[; có phải «{nearest}»?]]",
        "{option}: there is no field «{name}»[[; is it «{nearest}»?]]",
    ),
    "adopt_header_unknown": (
        "--column {name}: không tệp nào có cột «{header}»[[; có phải «{nearest}»?]]",
        "--column {name}: no file has a column «{header}»[[; is it «{nearest}»?]]",
    ),
    "adopt_value_unknown": (
        "{name}: «{value}» ({count} dòng) không thuộc danh sách {choices}; hãy thêm "
        '--value "{name}:{value}=…"',
        "{name}: «{value}» ({count} {count:row|rows}) is not one of {choices}; add --value "
        '"{name}:{value}=…"',
    ),
    "adopt_attributes": (
        "các cột khác được giữ làm thuộc tính của trường: {names}",
        "other columns are kept as attributes of the schools: {names}",
    ),
    "adopt_column": (
        "«{name}» lấy từ cột «{header}»",
        "«{name}» comes from the column «{header}»",
    ),
    "adopt_row_left_out": (
        "dòng «{value}» không phải số liệu nên không đưa vào",
        "the row «{value}» is no data and was left out",
    ),
    "adopt_ids_made": (
        "không có cột mã dùng được: đã đặt mã {first}… cho {count} trường theo thứ tự dòng[[; nếu "
        "mã ở cột {nearest}, hãy thêm --column school=…]]",
        "no usable column of ids: {count} {count:school was|schools were} given the ids {first}… "
        "in their order[[; if "
        "the ids stand in {nearest}, add --column school=…]]",
    ),
    "adopt_group_none": (
        "không có cột nhóm: mọi trường được coi là không có dự án xây dựng[[; nếu nhóm ở cột "
        '«{nearest}», hãy thêm --column "group={nearest}"]]',
        "no column of groups: all schools are taken as having no building project[[; if the "
        'groups stand in «{nearest}», add --column "group={nearest}"]]',
    ),
    "adopt_level_in_name": (
        "không có cột cấp học: đã lấy từ tên của {count} trên {all} trường",
        "no column of levels: taken from the names of {count} of {all} {all:school|schools}",
    ),
    "new_exists": (
        "{folder} đã có tệp; hãy chọn thư mục trống",
        "{folder} already holds files; choose an empty folder",
    ),
    "new_needs_option": (
        "{option} chỉ dùng cùng {needed}",
        "{option} goes with {needed} only",
    ),
    "new_option_beside": (
        "{option} không dùng cùng {kind}",
        "{option} does not go with {kind}",
    ),
    "new_unwritable": (
        "không ghi được vào {folder} ({reason}); hãy chọn thư mục khác",
        "{folder} cannot be written ({reason}); choose another folder",
    ),
    "new_sheet_full": (
        "bảng {table} có hơn {limit} dòng, một trang Excel không chứa hết; hãy bỏ --workbook để "
        "ghi CSV",
        "the table {table} has more than {limit} rows, which no Excel sheet holds; leave out "
        "--workbook to write CSV",
    ),
    "template_remark": ("Ghi chú", "Note"),
    "template_guide": ("Hướng dẫn", "Guide"),
    "template_lists": ("Lựa chọn", "Choices"),
    "template_title": ("Kịch bản mới (dữ liệu ví dụ)", "New scenario (example data)"),
    "template_unit_money": ("đơn vị: đồng (số nguyên)", "whole minor units of the currency"),
    "template_unit_ratio": ("tỷ lệ từ 0 đến 1, hoặc ghi 5%", "a share from 0 to 1, or 5%"),
    "template_unit_year": ("năm, bốn chữ số", "a year, four digits"),
    "template_unit_list": ("nhiều giá trị ngăn bằng «;»", "several values divided by «;»"),
    "template_unit_id": ("mã: chữ, số, «_», «.», «-»", "an id: letters, digits, «_», «.», «-»"),
    "template_unit_int": ("số nguyên", "a whole number"),
    "template_unit_decimal": ("số, có thể có phần thập phân", "a number, decimals allowed"),
    "template_unit_bool": ("có hoặc không", "yes or no"),
    "template_unit_choice": ("chọn trong danh sách", "choose from the list"),
    "template_unit_text": ("văn bản", "text"),
    "template_required": ("Bắt buộc.", "Required."),
    "template_optional": ("Không bắt buộc.", "Optional."),
    "template_not_listed": (
        "Giá trị này không có trong danh sách.",
        "This value is not on the list.",
    ),
    "template_page": ("Trang &P / &N", "Page &P of &N"),
    "template_step_1": (
        "Mỗi trang là một bảng. Dòng 1 là tiêu đề, dòng 2 (màu xám) là mã cột: không "
        "sửa hai dòng này.",
        "Each sheet is a table. Row 1 is the header, row 2 (grey) the column's id: leave both.",
    ),
    "template_step_2": (
        "Các dòng ghi «ví dụ» chỉ để minh họa: xóa đi khi nhập số liệu thật, rồi đặt "
        "illustrative ở trang Cài đặt thành «không».",
        "Rows that say «ví dụ» are examples: delete them when you type your data, then set "
        "illustrative on the sheet Settings to no.",
    ),
    "template_step_3": (
        "Đưa chuột lên tiêu đề để xem ý nghĩa và đơn vị; cột có nền vàng là bắt buộc.",
        "Hover over a header for its meaning and unit; yellow headers are required.",
    ),
    "template_step_4": (
        "Tiền ghi bằng số nguyên đồng, ví dụ 15450000 hoặc 15.450.000; không ghi chữ trong ô số.",
        "Money is in whole units, such as 15450000 or 15.450.000; no text in number cells.",
    ),
    "template_step_5": (
        "Không thêm dòng tổng cộng. Bảng không dùng có thể để trống.",
        "Add no total rows. Tables you do not need may stay empty.",
    ),
    "template_step_6": (
        "Kiểm tra: planner check scenario.yaml. Lập kế hoạch: planner run scenario.yaml",
        "Check: planner check scenario.yaml. Plan: planner run scenario.yaml",
    ),
    "show_default": ("mặc định", "default"),
}
