"""Sentences: what the command line and plan folders say."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "door_findings": (
        "{count} phát hiện. Không có gì được ghi ra.",
        "{count} {count:finding|findings}. Nothing was written.",
    ),
    "door_audit_failed": (
        "Kiểm toán thấy {count} sai khác: kế hoạch này không dùng được.",
        "The audit found {count} {count:difference|differences}: this plan cannot be used.",
    ),
    "door_audit_clean": (
        "Kiểm toán đã tính lại {rows} dòng từ dữ liệu đầu vào và không thấy sai khác nào.",
        "The audit recomputed {rows} {rows:row|rows} from the inputs and found no difference.",
    ),
    "door_audit_trust": (
        "Còn lại là lời khai: cận trên (không tính lại được nếu không giải lại; xem --prove), "
        "thời gian chạy, thiết lập, phiên bản và mã băm của tệp gốc.",
        "Taken on trust: the bounds (no bound can be recomputed without a solver; see --prove), "
        "the run's time and settings, versions, and hashes of the original files.",
    ),
    "door_proof_holds": (
        "«{stage}»: cận {claimed} đúng (giải lại chứng minh được {bound}).",
        "“{stage}”: the bound {claimed} holds (solved again, {bound} is proven).",
    ),
    "door_proof_open": (
        "«{stage}»: chưa kết luận được về cận {claimed} (giải lại mới chứng minh được {bound}).",
        "“{stage}”: undecided whether the bound {claimed} holds (solved again, {bound} is proven "
        "so far).",
    ),
    "door_proof_refuted": (
        "«{stage}»: cận {claimed} sai: có phương án đạt {reached}.",
        "“{stage}”: the bound {claimed} is refuted: a plan reaches {reached}.",
    ),
    "door_proof_none": (
        "Phương án không khai cận trên nào.",
        "The plan claims no bound.",
    ),
    "door_internal": (
        "Lỗi bên trong phần mềm: {detail}. Đặt PLANNER_DEBUG=1 rồi chạy lại để xem chi tiết.",
        "Internal error: {detail}. Set PLANNER_DEBUG=1 and run again to see the details.",
    ),
    "door_memory": (
        "Máy không đủ bộ nhớ: hãy đóng bớt chương trình, giảm --threads hoặc dùng máy lớn hơn.",
        "The machine has too little memory: close other programs, lower --threads or use a "
        "larger machine.",
    ),
    "disk_space": (
        "ổ đĩa đã đầy ({detail}); hãy giải phóng chỗ trống hoặc chọn nơi ghi khác",
        "the disk is full ({detail}); free some space or write somewhere else",
    ),
    "disk_large": (
        "tệp vượt kích thước mà hệ thống cho phép ({detail}); "
        "hãy nâng giới hạn (ulimit -f) hoặc chọn nơi ghi khác",
        "the file is larger than the system allows ({detail}); "
        "raise the limit (ulimit -f) or write somewhere else",
    ),
    "disk_denied": (
        "không có quyền ở đây, hoặc chương trình khác đang mở tệp ({detail}); "
        "hãy đóng chương trình đó hoặc chọn nơi ghi khác",
        "no permission here, or another program has it open ({detail}); "
        "close that program or write somewhere else",
    ),
    "disk_readonly": (
        "ổ đĩa này chỉ cho đọc ({detail}); hãy chọn nơi ghi khác",
        "this disk can only be read ({detail}); write somewhere else",
    ),
    "disk_long": (
        "tên quá dài ({detail}); hãy chọn tên ngắn hơn",
        "the name is too long ({detail}); choose a shorter one",
    ),
    "disk_in_the_way": (
        "đã có một tệp ở chỗ cần một thư mục ({detail}); hãy chọn tên khác hoặc dời tệp đó đi",
        "a file stands where a folder is needed ({detail}); choose another name or move it away",
    ),
    "disk_loop": (
        "liên kết này dẫn về chính nó ({detail}); hãy chọn nơi ghi khác",
        "this link leads back to itself ({detail}); write somewhere else",
    ),
    "disk_mounted": (
        "đây là một ổ đĩa được gắn vào hoặc đang được dùng, không thay cả thư mục được "
        "({detail}); hãy chọn một thư mục bên trong",
        "this is a mounted drive or in use and cannot be replaced as a whole ({detail}); "
        "choose a folder inside it",
    ),
    "disk_files": (
        "hệ thống không cho mở thêm tệp ({detail}); "
        "hãy đóng bớt chương trình hoặc nâng giới hạn (ulimit -n)",
        "the system opens no more files ({detail}); "
        "close other programs or raise the limit (ulimit -n)",
    ),
    "disk_processes": (
        "hệ thống không cho chạy thêm tiến trình ({detail}); "
        "hãy giảm --threads hoặc --workers, hoặc nâng giới hạn (ulimit -u)",
        "the system starts no more processes ({detail}); "
        "lower --threads or --workers, or raise the limit (ulimit -u)",
    ),
    "disk_other": (
        "hệ thống từ chối: {detail}; hãy xem lại đường dẫn và ổ đĩa, hoặc chọn nơi ghi khác",
        "the system refused: {detail}; look at path and disk, or write somewhere else",
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
        "Method: whole ({columns} {columns:column|columns}, too few to take apart).",
    ),
    "door_method_whole_stages": (
        "Cách giải: toàn bộ một lần (ưu tiên theo nhiều bước, {blocks} khối).",
        "Method: whole (the priority has several stages, {blocks} {blocks:block|blocks}).",
    ),
    "door_method_whole_near": (
        "Cách giải: toàn bộ một lần, tìm quanh nghiệm tuyến tính trước ({columns} biến).",
        "Method: whole ({columns} {columns:column|columns}), near the linear solution first.",
    ),
    "door_method_whole_tied": (
        "Cách giải: toàn bộ một lần (các trường ràng buộc nhau quá chặt: {blocks} khối, "
        "{linking} ràng buộc chung).",
        "Method: whole (the schools are tied together too closely: {blocks} {blocks:block|blocks}, "
        "{linking} shared {linking:row|rows}).",
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
        "Method: by school ({columns} {columns:column|columns}, {blocks} {blocks:block|blocks}, "
        "{linking} shared {linking:row|rows}).",
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
