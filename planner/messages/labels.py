"""Sentences: the words for groups, levels, kinds, statuses, reasons and columns.

Codes are ``label.<family>.<value>``; a family holds one word for each value that the tables
use, so that every door names a thing in the same way (domain.md §7).
"""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # groups of schools: in full, and short for tables and legends
    "label.group.completed": (
        "Nhóm 1: Trường đã cải tạo, sửa chữa, xây dựng xong",
        "Group 1: schools already renovated, repaired or built",
    ),
    "label.group.under_construction": (
        "Nhóm 2: Trường đang thực hiện đầu tư",
        "Group 2: schools under construction",
    ),
    "label.group.preparing": (
        "Nhóm 3: Dự án đang ở giai đoạn chuẩn bị đầu tư",
        "Group 3: projects in preparation",
    ),
    "label.group.none": ("Trường không có dự án xây dựng", "Schools without a building project"),
    "label.group_short.completed": ("Nhóm 1 (đã xây xong)", "Group 1 (completed)"),
    "label.group_short.under_construction": (
        "Nhóm 2 (đang đầu tư)",
        "Group 2 (under construction)",
    ),
    "label.group_short.preparing": ("Nhóm 3 (chuẩn bị đầu tư)", "Group 3 (in preparation)"),
    "label.group_short.none": ("Không có dự án", "No building project"),
    # levels
    "label.level.preschool": ("Mầm non", "Preschool"),
    "label.level.primary": ("Tiểu học", "Primary"),
    "label.level.lower_secondary": ("Trung học cơ sở", "Lower secondary"),
    "label.level.upper_secondary": ("Trung học phổ thông", "Upper secondary"),
    "label.level.office": ("Hệ thống dùng chung", "Shared systems"),
    # pillars
    "label.pillar.infrastructure": (
        "Cơ sở vật chất, hạ tầng CNTT",
        "Facilities and IT infrastructure",
    ),
    "label.pillar.software": (
        "Phần mềm và đội ngũ quản trị",
        "Software and its administrators",
    ),
    "label.pillar.digital_practice": (
        "Chuyển đổi số trong quản lý, dạy học, đánh giá",
        "Digital practice in management, teaching, assessment",
    ),
    # natures of money
    "label.nature.capital": ("Chi đầu tư phát triển", "Investment budget"),
    "label.nature.recurrent": ("Chi thường xuyên", "Recurrent budget"),
    # kinds of line
    "label.kind.purchase": ("Mua sắm", "Purchases"),
    "label.kind.setup": ("Lắp đặt, cải tạo ban đầu", "Set-up works"),
    "label.kind.request": ("Đề nghị của trường", "Schools' requests"),
    "label.kind.upkeep": ("Vận hành, duy trì", "Upkeep"),
    "label.kind.instalment": ("Thanh toán các đợt sau", "Later instalments"),
    # standings of line
    "label.standing.priority": ("Ưu tiên thực hiện trước", "First priority"),
    "label.standing.supplement": ("Bổ sung kinh phí", "Supplement"),
    "label.standing.proposal": ("Rà soát, đề xuất", "Proposal"),
    "label.standing.other": ("Khác", "Other"),
    # origins of an obligation
    "label.origin.stock": ("Thiết bị có từ trước", "Equipment from before"),
    "label.origin.plan": ("Kế hoạch này", "This plan"),
    "label.origin.proposal": ("Đề xuất nhóm 3", "Group 3 proposals"),
    # statuses, in a few words
    "label.status.optimal": ("tối ưu", "optimal"),
    "label.status.within_gap": ("đạt trong sai số cho phép", "within the gap asked for"),
    "label.status.stopped": ("chưa đạt mức sai số yêu cầu", "short of the gap asked for"),
    "label.status.no_plan": ("dừng khi chưa có kế hoạch", "stopped without a plan"),
    "label.status.infeasible": ("không khả thi", "infeasible"),
    "label.status.unbounded": ("lỗi mô hình (không bị chặn)", "defect of the model (unbounded)"),
    "label.status.numerics": ("lỗi số học", "numerical trouble"),
    # reasons for what stays unmet
    "label.reason.not_ready": ("chưa có công trình bàn giao", "building not handed over yet"),
    "label.reason.no_eligible_fund": (
        "không nguồn vốn nào được phép chi",
        "no fund may pay for it",
    ),
    "label.reason.locked": ("số lượng đã được quyết định", "the quantity was decided beforehand"),
    "label.reason.banned": ("bị loại trừ trong kịch bản", "excluded by the scenario"),
    "label.reason.expired": (
        "đã hết thời gian sử dụng",
        "worn out by then",
    ),
    "label.reason.prerequisite": (
        "chưa có hạng mục phải có trước",
        "a prerequisite is missing",
    ),
    "label.reason.lot": ("số thiếu chưa đủ một lô", "less than one lot is missing"),
    "label.reason.no_money": ("không đủ kinh phí", "not enough money"),
    "label.reason.rule_or_gap": (
        "quy định khác, hoặc trong sai số",
        "another rule, or within the gap",
    ),
    # firmness
    "label.firmness.law": ("Bắt buộc", "Law"),
    "label.firmness.policy": ("Chính sách", "Policy"),
    "label.firmness.wish": ("Mong muốn", "Wish"),
    # prices and priority modes
    "label.prices.low": ("giá thấp", "low prices"),
    "label.prices.base": ("giá cơ sở", "base prices"),
    "label.prices.high": ("giá cao", "high prices"),
    "label.mode.weighted": ("điểm theo trọng số", "weighted points"),
    "label.mode.strict": ("thứ tự ưu tiên tuyệt đối", "strict priority"),
    "label.mode.maxmin": ("trường kém nhất trước", "worst-off school first"),
    # columns of the plan's tables
    "label.column.line": ("STT", "Line"),
    "label.column.school": ("Trường", "School"),
    "label.column.name": ("Tên", "Name"),
    "label.column.level": ("Cấp học", "Level"),
    "label.column.group": ("Nhóm", "Group"),
    "label.column.pupils": ("Học sinh", "Pupils"),
    "label.column.item": ("Hạng mục", "Item"),
    "label.column.fund": ("Nguồn vốn", "Fund"),
    "label.column.year": ("Năm", "Year"),
    "label.column.kind": ("Loại chi", "Kind"),
    "label.column.request": ("Đề nghị", "Request"),
    "label.column.option": ("Phương án", "Option"),
    "label.column.quantity": ("Số lượng", "Quantity"),
    "label.column.unit": ("ĐVT", "Unit"),
    "label.column.unit_price": ("Đơn giá", "Unit price"),
    "label.column.amount": ("Thành tiền", "Amount"),
    "label.column.schedule": ("Tiến độ thanh toán", "Payments"),
    "label.column.standing": ("Tính chất", "Standing"),
    "label.column.need": ("Nhu cầu", "Need"),
    "label.column.stock": ("Hiện có", "Stock"),
    "label.column.new": ("Mua mới", "New"),
    "label.column.in_service": ("Đang sử dụng", "In service"),
    "label.column.before": ("Đáp ứng trước", "Coverage before"),
    "label.column.after": ("Đáp ứng sau", "Coverage after"),
    "label.column.people": ("Học sinh-năm", "Pupil-years"),
    "label.column.reserve": ("Dự phòng", "Reserve"),
    "label.column.usable": ("Được dùng", "Usable"),
    "label.column.carried_in": ("Năm trước chuyển sang", "Carried in"),
    "label.column.carried_out": ("Chuyển năm sau", "Carried over"),
    "label.column.purchases": ("Mua sắm", "Purchases"),
    "label.column.setup": ("Lắp đặt", "Set-up"),
    "label.column.requests": ("Đề nghị", "Requests"),
    "label.column.upkeep": ("Vận hành", "Upkeep"),
    "label.column.spent": ("Đã bố trí", "Spent"),
    "label.column.lapsed": ("Hết hạn", "Lapsed"),
    "label.column.origin": ("Nguồn gốc", "Origin"),
    "label.column.funded": ("Đã có nguồn", "Funded"),
    "label.column.rule": ("Quy định", "Rule"),
    "label.column.key": ("Áp dụng cho", "Applies to"),
    "label.column.firmness": ("Mức ràng buộc", "Firmness"),
    "label.column.left": ("Giá trị", "Left side"),
    "label.column.relation": ("Quan hệ", "Relation"),
    "label.column.bound": ("Giới hạn", "Bound"),
    "label.column.slack": ("Còn dư", "Slack"),
    "label.column.proposed": ("Đề xuất", "Proposed"),
    "label.column.coverage_before": ("Đáp ứng trước", "Coverage before"),
    "label.column.coverage_after": ("Đáp ứng sau", "Coverage after"),
    "label.column.title": ("Nội dung", "Title"),
    "label.column.chosen": ("Được chọn", "Chosen"),
    "label.column.value": ("Điểm", "Points"),
    "label.column.missing": ("Còn thiếu", "Missing"),
    "label.column.cost": ("Kinh phí cần thêm", "Cost to meet"),
    "label.column.reason": ("Lý do", "Reason"),
    # yes and no, totals, notes
    "label.yes": ("có", "yes"),
    "label.no": ("không", "no"),
    "label.total": ("Tổng cộng", "Total"),
    "label.all": ("Tất cả", "All"),
    "label.illustrative": ("Dữ liệu minh họa", "Illustrative data"),
    # units of money; {currency} is an ISO code
    "label.money.vnd.0": ("đồng", "VND"),
    "label.money.vnd.6": ("triệu đồng", "million VND"),
    "label.money.vnd.9": ("tỷ đồng", "billion VND"),
    "label.money.other.0": ("{currency}", "{currency}"),
    "label.money.other.3": ("nghìn {currency}", "thousand {currency}"),
    "label.money.other.6": ("triệu {currency}", "million {currency}"),
    "label.money.other.9": ("tỷ {currency}", "billion {currency}"),
}
