"""Sentences of the table ``locks`` and of a plan's workbook that comes back edited."""

# ruff: noqa: E501
from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # ---- the table ------------------------------------------------------------------------
    "lock_incomplete": (
        "mỗi dòng khóa một quyết định: ghi trường và mã (thêm nguồn, năm), hoặc đề xuất và phương án",
        "a row locks one decision: give school and item (and fund, year), or request and option",
    ),
    "lock_option_quantity": (
        "với phương án của đề xuất ghi 1 (chọn), 0 (không chọn) hoặc số lần chọn, "
        "không phải {quantity}",
        "of a request's option write 1 (chosen), 0 (not chosen) or how many copies, not {quantity}",
    ),
    # ---- the workbook's own instructions ---------------------------------------------------
    "edit_guide_title": (
        "Sửa số lượng trong phương án này",
        "Changing quantities in this plan",
    ),
    "edit_guide_1": (
        "Chỉ sửa các ô vàng: cột quantity của trang allocation (dòng purchase) và cột chosen của trang requests (yes hoặc no).",
        "Edit the yellow cells only: column quantity of sheet allocation (lines of kind purchase) and column chosen of sheet requests (yes or no).",
    ),
    "edit_guide_2": (
        "Bỏ một dòng mua: ghi 0 hoặc xóa cả dòng. Thêm: viết dòng mới ở cuối với school, item, fund, year, quantity.",
        "To drop a purchase write 0 or delete its row. To add one, write a new row at the end with school, item, fund, year, quantity.",
    ),
    "edit_guide_3": (
        "Thành tiền, lắp đặt (setup), vận hành (upkeep) và mọi trang khác được tính lại; sửa ở đó sẽ bị báo.",
        "Amounts, site works (setup), upkeep and every other sheet are recomputed; edits there are reported.",
    ),
    "edit_guide_4": (
        "Xem việc sửa phá vỡ điều gì và ảnh hưởng bao nhiêu: planner audit plan.xlsx",
        "See what the change breaks and what it costs: planner audit plan.xlsx",
    ),
    "edit_guide_5": (
        "Lập lại phương án quanh các dòng đã sửa: planner run KICH-BAN --lock plan.xlsx (thêm --lock-all để giữ mọi dòng mua).",
        "Plan anew around the edited lines: planner run SCENARIO --lock plan.xlsx (--lock-all keeps every purchase).",
    ),
    "edit_guide_6": (
        "Để tệp này trong thư mục phương án, hoặc chỉ thư mục đó bằng --plan. Dòng «plan:» bên dưới cho biết tệp thuộc phương án nào.",
        "Leave this file in its plan folder, or name that folder by --plan. The line “plan:” below tells which plan it belongs to.",
    ),
    "edit_note_allocation": (
        "Sửa được ở dòng purchase: số lượng, 0 là bỏ. Thành tiền tự tính.",
        "May be edited on lines of kind purchase: units, 0 drops the line. The amount follows.",
    ),
    "edit_note_requests": (
        "Sửa được: yes là chọn phương án này, no là không.",
        "May be edited: yes chooses this option, no does not.",
    ),
    # ---- cells that cannot be -----------------------------------------------------------------
    "edit_no_plan": (
        "không biết tệp này thuộc phương án nào: {folder} không phải thư mục phương án; hãy chỉ thư mục bằng --plan",
        "it is not known which plan this workbook belongs to: {folder} is no plan folder; name it by --plan",
    ),
    "edit_no_lines": (
        "không có trang allocation (chỉ có: {found}); chỉ sửa được plan.xlsx của thư mục phương án, các phụ lục .xlsx chỉ để đọc",
        "there is no sheet allocation (found: {found}); only plan.xlsx of a plan folder can be edited, the report's .xlsx is for reading",
    ),
    "edit_other_plan": (
        "tệp này được viết cùng một phương án khác với {folder}; hãy chỉ đúng thư mục bằng --plan",
        "this workbook was written with another plan than {folder}; name its own folder by --plan",
    ),
    "edit_column_missing": (
        "không thấy cột «{name}»; hãy để nguyên dòng tiêu đề",
        "column “{name}” is not there; leave the header as it was",
    ),
    "edit_unknown": (
        "«{found}» không có trong dữ liệu đầu vào[[; có phải «{nearest}»?]]",
        "“{found}” is not in the inputs[[; is it “{nearest}”?]]",
    ),
    "edit_year": (
        "«{found}» không phải năm mua sắm được; hãy ghi một năm từ {first} đến {last}",
        "“{found}” is not a year in which this can be bought; write a year from {first} to {last}",
    ),
    "edit_twice": (
        "nội dung này đã có ở dòng {first}; hãy gộp số lượng vào một dòng",
        "this purchase stands in row {first} already; put the quantity into one row",
    ),
    "edit_not_a_purchase": (
        "dòng {kind} được tính từ các dòng mua, không tự thêm hay đổi được; hãy sửa dòng purchase",
        "a {kind} line follows from the purchases and cannot be added or moved; edit the purchase",
    ),
    "edit_quantity_empty": (
        "số lượng để trống; muốn bỏ dòng này thì ghi 0 hoặc xóa cả dòng",
        "the quantity is empty; to drop the line write 0 or delete the row",
    ),
    "edit_quantity_text": (
        "«{found}» không phải là số; hãy gõ số lượng bằng chữ số",
        "“{found}” is not a number; type the quantity in digits",
    ),
    "edit_quantity_negative": (
        "số lượng {found} âm; nhỏ nhất là 0",
        "the quantity {found} is negative; the least is 0",
    ),
    "edit_quantity_large": ("số lượng {found} quá lớn", "the quantity {found} is too large"),
    "edit_quantity_part": (
        "{found} không phải số nguyên; nội dung này chỉ mua nguyên chiếc",
        "{found} is not a whole number; this item is bought in whole units",
    ),
    "edit_quantity_lot": (
        "{found} không phải bội số của lô {lot}",
        "{found} is not a multiple of the lot of {lot}",
    ),
    "edit_chosen": (
        "«{found}» không phải yes hoặc no",
        "“{found}” is neither yes nor no",
    ),
    "edit_follows": (
        "ô này được tính từ số lượng: phải là «{expected}», đang ghi «{found}»; hãy sửa số lượng, không sửa ô này",
        "this cell follows from the quantities: it must be “{expected}”, not “{found}”; edit the quantity, not this cell",
    ),
    "edit_sheet_differs": (
        "trang này được tính từ các dòng mua nhưng có dòng hoặc cột bị thêm, xóa; hãy trả lại như cũ hoặc xóa cả trang",
        "this sheet follows from the purchases, but rows or columns were added or removed; restore it or delete the sheet",
    ),
    "edit_would_be_lost": (
        "tệp này đã được sửa bằng tay; ghi phương án mới vào đây sẽ làm mất phần sửa. Hãy dùng --out khác, hoặc chuyển tệp đi",
        "this file was edited by hand, and a new plan written here would lose the edit. Choose another --out, or move the file",
    ),
    # ---- what the edit does -------------------------------------------------------------------
    "edit_head_changes": (
        "QUYẾT ĐỊNH ĐÃ SỬA so với phương án «{plan}»: {count}",
        "CHANGED DECISIONS against the plan “{plan}”: {count}",
    ),
    "edit_none": (
        "Không có số lượng nào khác phương án «{plan}».",
        "No quantity differs from the plan “{plan}”.",
    ),
    "edit_more": ("… và {count} quyết định nữa", "… and {count} more"),
    "edit_head_broken": ("ĐIỀU BỊ PHÁ VỠ: {count}", "WHAT IT BREAKS: {count}"),
    "edit_nothing_broken": (
        "Kiểm toán đã tính lại: việc sửa không phá vỡ quy tắc nào.",
        "The audit recomputed it: the edit breaks no rule.",
    ),
    "edit_over": ("vượt {over}", "over by {over}"),
    "edit_short": ("thiếu {over}", "short by {over}"),
    "edit_head_effect": ("ẢNH HƯỞNG", "EFFECT"),
    "edit_effect_people": (
        "Lượt học sinh–năm được trang bị: {before} → {after} ({change}).",
        "Equipped pupil-years: {before} → {after} ({change}).",
    ),
    "edit_effect_proposed": (
        "Đề xuất vào dự án xây dựng: {before} → {after} ({change}).",
        "Proposed into building projects: {before} → {after} ({change}).",
    ),
    "edit_effect_points": (
        "Điểm (có ưu tiên): {before} → {after} ({change}).",
        "Points (with priorities): {before} → {after} ({change}).",
    ),
    "edit_col_before": ("trước", "before"),
    "edit_col_after": ("sau", "after"),
    "edit_col_change": ("thay đổi", "change"),
    "edit_col_usable": ("được dùng", "usable"),
    "edit_broken": (
        "Không dùng được như đã sửa. planner run KICH-BAN --lock {file} lập lại phần còn lại quanh các dòng đã sửa.",
        "It cannot be used as edited. planner run SCENARIO --lock {file} plans the rest anew around the edited lines.",
    ),
    # ---- in summaries and documents -----------------------------------------------------------
    "locks_head": (
        "Số lượng đã quyết định trước, phương án giữ đúng (locked): {count} dòng.",
        "Quantities decided beforehand, which the plan holds exactly (locked): {count}.",
    ),
    "locks_purchase": (
        "{school}: {item}{where}: {quantity} {unit}.",
        "{school}: {item}{where}: {quantity} {unit}.",
    ),
    "locks_total": (
        "{school}: {item}, tất cả{where}: {quantity} {unit}.",
        "{school}: {item}, all together{where}: {quantity} {unit}.",
    ),
    "locks_chosen": (
        "{school}: đề xuất «{title}» được chọn.",
        "{school}: request “{title}” is chosen.",
    ),
    "locks_not_chosen": (
        "{school}: đề xuất «{title}» không được chọn.",
        "{school}: request “{title}” is not chosen.",
    ),
    # ---- planning around locks ----------------------------------------------------------------
    "lock_taken": (
        "{file}: khóa {count} quyết định.",
        "{file}: decisions locked: {count}.",
    ),
    "lock_conflict_head": (
        "Không thể giữ mọi số lượng đã khóa. Thay đổi ít nhất về tiền để có phương án (số dòng: {count}):",
        "The locked quantities cannot all be kept. The least change in money that leaves a plan (lines: {count}):",
    ),
    "lock_conflict_line": (
        "locked[{key}]: {asked} → {near}",
        "locked[{key}]: {asked} → {near}",
    ),
    "lock_conflict_hint": (
        "Quy tắc nào bị phá vỡ, vượt bao nhiêu: planner audit {file}",
        "Which rules are broken, and by how much: planner audit {file}",
    ),
    # ---- the audit -----------------------------------------------------------------------
    "audit_locked": (
        "số lượng đã quyết định là {expected}, phương án ghi {found}",
        "{expected} was decided, the plan has {found}",
    ),
}
