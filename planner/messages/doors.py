"""Sentences: what the command line and plan folders say."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "door_findings": (
        "{count} phát hiện. Không có gì được ghi ra.",
        "{count} findings. Nothing was written.",
    ),
    "door_audit_failed": (
        "Kiểm toán thấy {count} sai khác: kế hoạch này không dùng được.",
        "The audit found {count} differences: this plan cannot be used.",
    ),
    "door_audit_clean": (
        "Kiểm toán đã tính lại {rows} dòng từ dữ liệu đầu vào và không thấy sai khác nào.",
        "The audit recomputed {rows} rows from the inputs and found no difference.",
    ),
    "door_internal": (
        "Lỗi bên trong phần mềm: {detail}. Đặt PLANNER_DEBUG=1 rồi chạy lại để xem chi tiết.",
        "Internal error: {detail}. Set PLANNER_DEBUG=1 and run again to see the details.",
    ),
    "door_solver_unknown": (
        "Không có bộ giải nào tên {detail}.",
        "There is no solver named {detail}.",
    ),
    "door_solver_missing": (
        "Bộ giải {detail} chưa được cài trên máy này; hãy bỏ --solver để dùng HiGHS.",
        "The solver {detail} is not installed here; leave --solver out to use HiGHS.",
    ),
    "door_solver_failed": (
        "Bộ giải đã dừng bất thường: {detail}. Không có kế hoạch nào được ghi ra.",
        "The solver stopped abnormally: {detail}. No plan was written.",
    ),
    "door_solver_rejected_model": (
        "Bộ giải {detail} không nhận mô hình. Đây là lỗi của phần mềm này.",
        "The solver {detail} rejected the model. This is a defect of this program.",
    ),
    "door_status_infeasible": (
        "Đã chứng minh: không có kế hoạch nào thỏa mãn mọi quy tắc.",
        "Proven: no plan satisfies every rule.",
    ),
    "door_status_no_plan": (
        "Đã dừng trước khi tìm được kế hoạch nào; hãy tăng --time-limit.",
        "Stopped before any plan was found; raise --time-limit.",
    ),
    "door_status_unbounded": (
        "Giá trị không có cận: đây là lỗi của phần mềm này.",
        "The value has no bound: this is a defect of this program.",
    ),
    "door_status_numerics": (
        "Làm tròn vẫn vượt một quỹ sau ba lần siết lại; không có kế hoạch nào được ghi ra.",
        "Rounding still overran a fund after three tightenings; no plan was written.",
    ),
    "door_stopping": (
        "Đang dừng và giữ lại kế hoạch tốt nhất; bấm Ctrl-C lần nữa để thoát ngay.",
        "Stopping and keeping the best plan; press Ctrl-C again to leave at once.",
    ),
    "door_progress": (
        "{stage}: {seconds} giây, giá trị {value}, cận {bound}, khoảng cách {gap}",
        "{stage}: {seconds} s, value {value}, bound {bound}, gap {gap}",
    ),
    "door_method_whole_small": (
        "Cách giải: toàn bộ một lần ({columns} biến, chưa cần chia nhỏ).",
        "Method: whole ({columns} columns, too few to take apart).",
    ),
    "door_method_whole_stages": (
        "Cách giải: toàn bộ một lần (ưu tiên theo nhiều bước, {blocks} khối).",
        "Method: whole (the priority has several stages, {blocks} blocks).",
    ),
    "door_method_whole_near": (
        "Cách giải: toàn bộ một lần, tìm quanh nghiệm tuyến tính trước ({columns} biến).",
        "Method: whole ({columns} columns), near the linear solution first.",
    ),
    "door_method_whole_tied": (
        "Cách giải: toàn bộ một lần (các trường ràng buộc nhau quá chặt: {blocks} khối, "
        "{linking} ràng buộc chung).",
        "Method: whole (the schools are tied together too closely: {blocks} blocks, "
        "{linking} shared rows).",
    ),
    "door_method_whole_solver": (
        "Cách giải: toàn bộ một lần (cách giải theo trường chỉ dùng được với HiGHS).",
        "Method: whole (by school works with HiGHS only).",
    ),
    "door_method_whole_relaxation": (
        "Cách giải: toàn bộ một lần (bài toán tuyến tính, không có số nguyên).",
        "Method: whole (a linear program, nothing in whole units).",
    ),
    "door_method_by-school_parts": (
        "Cách giải: từng phần; mỗi phần có nguồn vốn riêng, chỉ chung mong muốn.",
        "Method: part by part; each has money of its own and shares wishes alone with the others.",
    ),
    "door_method_by-school_few": (
        "Cách giải: thử theo trường; nếu chưa đủ thì giải toàn bộ mô hình.",
        "Method: by school first; the whole model where that is not enough.",
    ),
    "door_method_by-school_blocks": (
        "Cách giải: theo trường ({columns} biến, {blocks} khối, {linking} ràng buộc chung).",
        "Method: by school ({columns} columns, {blocks} blocks, {linking} shared rows).",
    ),
    "door_relaxed": (
        "Bài toán nới lỏng: giá trị {value}; giá trị và giá đối ngẫu ở {folder}. "
        "Đây không phải là kế hoạch để ký.",
        "Linear relaxation: value {value}; values and duals in {folder}. "
        "This is not a plan to be signed.",
    ),
    "folder_other_plan": (
        "đã có một kế hoạch khác ở đây, nên không thêm hình của kế hoạch này vào",
        "another plan stands here by now, so that the figures of this one are not added",
    ),
    "folder_foreign": (
        "thư mục này không do planner tạo ra nên không bị ghi đè; hãy chọn --out khác",
        "this folder was not written by planner and is left alone; choose another --out",
    ),
    "folder_not_a_plan": (
        "đây không phải thư mục kế hoạch (không có plan.json)",
        "this is not a plan folder (it has no plan.json)",
    ),
    "folder_damaged": ("không đọc được: {detail}", "cannot be read: {detail}"),
    "folder_unreadable": ("không đọc được: {detail}", "cannot be read: {detail}"),
    "folder_file_missing": (
        "tệp có trong plan.json nhưng không còn trong thư mục",
        "the file is listed in plan.json but is not in the folder",
    ),
    "folder_file_extra": (
        "tệp không có trong plan.json: ai đó đã thêm vào sau",
        "the file is not listed in plan.json: somebody added it later",
    ),
    "folder_file_changed": (
        "nội dung đã thay đổi so với khi ghi (SHA-256 khác)",
        "the content has changed since it was written (SHA-256 differs)",
    ),
    "workbook_differs": (
        "trang tính này không khớp với tệp CSV cùng tên (số dòng hoặc cột)",
        "this sheet does not match the CSV of the same name (rows or columns)",
    ),
    "workbook_cell_differs": (
        "ô này ghi «{found}», tệp CSV ghi «{expected}»",
        "this cell says «{found}», the CSV says «{expected}»",
    ),
}
