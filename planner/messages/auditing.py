"""Sentences of the audit: what is wrong with a plan.

Parameters are texts as they stand in the file: ``found`` is what is written or counted,
``expected`` what must stand there, ``most`` and ``least`` are bounds, ``fund``, ``required``,
``rule``, ``row_key`` and ``name`` are names.
"""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # ---- files, columns, rows, cells --------------------------------------------------------
    "audit_missing_table": ("thiếu bảng này của phương án", "this table of the plan is missing"),
    "audit_extra_table": (
        "bảng này không thuộc phương án",
        "this table does not belong to a plan",
    ),
    "audit_missing_column": ("thiếu cột «{name}»", "column “{name}” is missing"),
    "audit_extra_column": (
        "cột «{name}» không thuộc bảng này",
        "column “{name}” does not belong to this table",
    ),
    "audit_duplicate_column": (
        "cột «{name}» có nhiều lần",
        "column “{name}” occurs more than once",
    ),
    "audit_column_order": (
        "các cột không theo thứ tự quy định",
        "the columns are not in their order",
    ),
    "audit_missing_row": ("thiếu dòng «{row_key}»", "row “{row_key}” is missing"),
    "audit_extra_row": (
        "dòng «{row_key}» không có căn cứ trong phương án",
        "nothing in the plan calls for row “{row_key}”",
    ),
    "audit_duplicate_row": ("dòng «{row_key}» bị lặp lại", "row “{row_key}” occurs twice"),
    "audit_order": (
        "từ dòng này, thứ tự các dòng không theo dữ liệu đầu vào",
        "from this row on the rows do not follow the order of the inputs",
    ),
    "audit_malformed": (
        "«{found}» không đúng cách viết của ô này (tính lại: «{expected}»)",
        "“{found}” is not how this cell is written (recomputed: “{expected}”)",
    ),
    "audit_cell": (
        "ghi «{found}», tính lại là «{expected}»",
        "says “{found}”, recomputed “{expected}”",
    ),
    "audit_unknown": (
        "«{found}» không có trong dữ liệu đầu vào",
        "“{found}” is not in the inputs",
    ),
    "audit_more": (
        "còn {count} phát hiện loại «{code}» không liệt kê",
        "{count} more {count:finding|findings} “{code}” {count:is|are} not listed",
    ),
    # ---- lines of the allocation ------------------------------------------------------------
    "audit_quantity": (
        "số lượng {found} × đơn giá {price} không bằng thành tiền {amount}",
        "quantity {found} × unit price {price} is not the amount {amount}",
    ),
    "audit_lots": (
        "số lượng {found} không phải bội số dương của {lot}",
        "quantity {found} is not a positive multiple of {lot}",
    ),
    "audit_year": (
        "năm {found} nằm ngoài thời kỳ kế hoạch: không được mua sắm",
        "nothing can be bought in {found}, which is not a plan year",
    ),
    "audit_preparing_year": (
        "trường đang chuẩn bị đầu tư chỉ mua vào năm bàn giao {expected}, không phải {found}",
        "a preparing school's purchase belongs to the year it is ready, {expected}, not {found}",
    ),
    "audit_fund_eligible": (
        "nguồn «{found}» không được chi cho nội dung này",
        "fund “{found}” may not pay for this",
    ),
    "audit_undeclared": (
        "nguồn «{fund}» không có số vốn cho năm {year}, năm phải thanh toán",
        "fund “{fund}” declares no amount for {year}, when this has to be paid",
    ),
    "audit_project_role": (
        "nguồn «{fund}»: vốn dự án xây dựng chỉ dành cho trường đang chuẩn bị đầu tư, và ngược lại",
        "fund “{fund}”: project money is for preparing schools only, and they draw on no other",
    ),
    "audit_request_lines_missing": (
        "thiếu dòng chi của đề nghị đã chọn «{row_key}»",
        "the chosen request's cost line “{row_key}” is missing",
    ),
    "audit_request_lines_extra": (
        "dòng chi «{row_key}» không thuộc đề nghị nào đã chọn",
        "cost line “{row_key}” belongs to no chosen request",
    ),
    "audit_upkeep_funded_missing": (
        "thiếu dòng chi phí vận hành «{row_key}»",
        "the upkeep line “{row_key}” is missing",
    ),
    "audit_upkeep_funded_extra": (
        "dòng chi phí vận hành «{row_key}» không phát sinh",
        "no upkeep is due for line “{row_key}”",
    ),
    # ---- rules ------------------------------------------------------------------------------
    "audit_fund_within_budget": (
        "chi {found}, vượt số được dùng {most}",
        "spends {found}, more than the usable {most}",
    ),
    "audit_preparing_from_project": (
        "đề xuất {found}, vượt phần vốn dự án dành cho CNTT {most}",
        "proposes {found}, more than the project's amount for IT, {most}",
    ),
    "audit_need_not_exceeded": (
        "có {found} đơn vị mua mới đang dùng, vượt nhu cầu còn lại {most}",
        "{found} new {found:unit in service exceeds|units in service exceed} the need left, {most}",
    ),
    "audit_site_ready": (
        "mua năm {found} trong khi công trình đến năm {ready} mới bàn giao",
        "bought in {found}, but the building is ready only in {ready}",
    ),
    "audit_prerequisite_in_service": (
        "{found} đơn vị mới, nhưng «{required}» chỉ đủ cho {most}",
        "{found} new {found:unit|units}, but “{required}” in service allows only {most}",
    ),
    "audit_works_before_purchase": (
        "công trình phụ trợ lắp đặt phải trả đúng một lần, cùng nguồn với lần mua đầu tiên",
        "site works are paid exactly once, by a fund of the first purchase in its year",
    ),
    "audit_one_delivery": (
        "mua thêm lần nữa khi lần trước còn trong thời hạn sử dụng",
        "delivered again within the life of an earlier delivery",
    ),
    "audit_one_option_per_request": (
        "đề nghị có phương án được chọn {found} lần",
        "options of the request are chosen {found} {found:time|times}",
    ),
    "audit_request_requires": (
        "đề nghị này cần «{required}» được chọn",
        "this request requires “{required}” to be chosen",
    ),
    "audit_grant_within_envelope": (
        "khoán kinh phí {found}, ngoài mức từ {least} đến {most}",
        "the block grant is paid {found}, outside {least} to {most}",
    ),
    "audit_committed": (
        "mua {found}, ít hơn hợp đồng đã ký {least}",
        "buys {found}, fewer than the {least} under contract",
    ),
    "audit_banned": ("nội dung này bị cấm mua", "this purchase is banned"),
    "audit_capacity_within": (
        "dùng {found}, vượt năng lực {most}",
        "uses {found}, more than the capacity of {most}",
    ),
    "audit_one_source": (
        "một nội dung của trường trong một năm phải từ một nguồn; có thêm «{found}»",
        "an item of a school is paid from one fund in a year; “{found}” pays too",
    ),
    "audit_rule": (
        "quy tắc «{rule}» không được giữ: {found} {relation} {bound} là sai",
        "rule “{rule}” does not hold: {found} {relation} {bound} is false",
    ),
    # ---- claims -----------------------------------------------------------------------------
    "audit_claim": (
        "ghi «{found}», tính lại là «{expected}»",
        "claims “{found}”, recomputed “{expected}”",
    ),
    "audit_claim_unknown": (
        "mục này không thuộc những gì một phương án khai báo",
        "this is nothing that a plan claims",
    ),
    "audit_claim_kind": (
        "ghi «{found}», không phải loại giá trị của mục này",
        "claims “{found}”, which is not the kind of value that belongs here",
    ),
    "audit_bound": (
        "cận {found} thấp hơn giá trị {value} của phương án",
        "the bound {found} lies below the plan's own value {value}",
    ),
    "bound_refuted": (
        "cận {claimed} sai: có phương án đạt {reached}",
        "the bound {claimed} is refuted: a plan reaches {reached}",
    ),
    "bound_open": (
        "chưa kết luận được về cận {claimed}; giải lại mới chứng minh được {bound}",
        "undecided whether the bound {claimed} holds; solved again, {bound} is proven so far",
    ),
    "audit_gap": (
        "trạng thái «{status}» đòi hỏi khoảng cách không quá {most}, ghi {found}",
        "status “{status}” needs a gap of at most {most}, claimed {found}",
    ),
    "audit_status": (
        "trạng thái «{found}» không đi cùng một phương án",
        "status “{found}” does not come with a plan",
    ),
}
