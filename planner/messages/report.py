# ruff: noqa: E501
"""Sentences of the report: letter, appendices, packages (Nghị định 30/2020/NĐ-CP, domain.md)."""

from __future__ import annotations

_TEXT: dict[str, tuple[str, str]] = {
    "country": ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "SOCIALIST REPUBLIC OF VIET NAM"),
    "motto": ("Độc lập - Tự do - Hạnh phúc", "Independence - Freedom - Happiness"),
    "illustrative": ("dữ liệu minh họa", "illustrative data"),
    "reference": (
        "(Kèm theo Tờ trình số      /{symbol} ngày      tháng      năm      của {agency})",
        "(Attached to Proposal No.      /{symbol} of {agency})",
    ),
    "unit_line": ("Đơn vị tính: {unit}", "Unit: {unit}"),
    "in_words": ("(Bằng chữ: {words})", "(In words: {words})"),
    "no_lines": ("Không có nội dung nào.", "There is nothing to list."),
    "total": ("TỔNG CỘNG", "TOTAL"),
    "verified": ("đã đối chiếu", "verified"),
    "unverified": ("chưa đối chiếu", "not verified"),
    "request_line": ("Đề nghị của trường: {title}", "School's request: {title}"),
    "setup_line": ("Lắp đặt, cải tạo ban đầu: {item}", "Set-up works: {item}"),
    "setup_unit": ("lần", "once"),
    "paid": ("Thanh toán {cuts}", "Paid {cuts}"),
    "paid_in": ("năm {year}: {amount}", "{year}: {amount}"),
    "joint_short": ("Mua sắm tập trung", "Joint procurement"),
    "joint": (
        "Thuộc danh mục mua sắm tập trung theo khai báo",
        "On the declared list of joint procurement",
    ),
    "threshold_changes": ("Ngưỡng thay đổi từ {date}", "Thresholds change on {date}"),
    "label.addressee": ("Kính gửi:", "To:"),
    "label.recipients": ("Nơi nhận:", "Recipients:"),
    "label.appendix": ("Phụ lục", "Appendix"),
    "label.search": ("Tìm trường", "Find a school"),
    "label.sort": ("Bấm vào tiêu đề cột để sắp xếp", "Click a heading to sort"),
    "label.figures": ("Hình minh họa số liệu", "Figures"),
    "label.schools": ("Các trường", "Schools"),
    # appendices
    "title.completed": (
        "Danh mục ưu tiên thực hiện trước đối với trường đã cải tạo, sửa chữa, xây dựng xong",
        "First priority: schools already renovated, repaired or built",
    ),
    "title.under_construction": (
        "Danh mục bổ sung kinh phí cho trường đang thực hiện đầu tư",
        "Supplements for schools under construction",
    ),
    "title.preparing": (
        "Danh mục rà soát, đề xuất vào dự án đang ở giai đoạn chuẩn bị đầu tư",
        "Reviewed and proposed into projects in preparation",
    ),
    "title.none": (
        "Danh mục đối với trường không có dự án xây dựng",
        "Schools without a building project",
    ),
    "title.money": (
        "Kinh phí theo nguồn vốn và năm, nghĩa vụ sau kỳ kế hoạch",
        "Money by fund and year, obligations after the plan",
    ),
    "title.coverage": (
        "Tỷ lệ đáp ứng trước và sau kế hoạch, các chỉ số",
        "Coverage before and after the plan, indicators",
    ),
    "title.unmet": ("Nhu cầu chưa bố trí được kinh phí", "Needs that are not funded"),
    "title.assumptions": ("Căn cứ tính toán và giả định", "Assumptions"),
    "title.packages": ("Các gói mua sắm", "Procurement packages"),
    "lead.completed": (
        "Nhóm 1, ưu tiên thực hiện trước: {count} trường.",
        "Group 1, done first: schools {count}.",
    ),
    "lead.under_construction": (
        "Nhóm 2, bổ sung kinh phí: {count} trường.",
        "Group 2, supplemented: schools {count}.",
    ),
    "lead.preparing": (
        "Nhóm 3, rà soát, đề xuất vào dự án: {count} trường. Số tiền ở phụ lục này không thuộc "
        "tổng kinh phí bố trí.",
        "Group 3, reviewed and proposed: schools {count}. The amounts here are in no funded total.",
    ),
    "lead.none": (
        "Trường không có dự án xây dựng: {count} trường.",
        "Schools without a building project: {count}.",
    ),
    "total.completed": ("TỔNG CỘNG NHÓM 1", "TOTAL OF GROUP 1"),
    "total.under_construction": ("TỔNG CỘNG NHÓM 2", "TOTAL OF GROUP 2"),
    "total.preparing": (
        "TỔNG ĐỀ XUẤT NHÓM 3 (ngoài tổng bố trí)",
        "TOTAL PROPOSED, GROUP 3 (not funded)",
    ),
    "total.none": ("TỔNG CỘNG", "TOTAL"),
    "total.proposal_short": ("Cộng phần đề xuất (ngoài tổng bố trí)", "Proposed (not funded)"),
    # money
    "money.note": (
        "Tiền tính theo năm thanh toán. Được dùng = được giao − dự phòng. Không gồm đề xuất của nhóm 3.",
        "In the year of payment. Usable = given − reserve. Proposals of group 3 are not included.",
    ),
    "money.shared": (
        "Nguồn dùng chung với đơn vị khác chỉ ghi phần chi của gói này.",
        "Of funds shared with other owners only this package's spending is shown.",
    ),
    "money.by_fund": ("A. Theo nguồn vốn và năm", "A. By fund and year"),
    "money.by_year": ("B. Theo năm và nội dung chi", "B. By year and kind"),
    "money.after": ("C. Nghĩa vụ sau năm {year}", "C. Obligations after {year}"),
    "money.projects": (
        "D. Dự án xây dựng của trường nhóm 3 (đề xuất, ngoài tổng bố trí)",
        "D. Building projects of group 3 (proposed, not funded)",
    ),
    "money.in_words": (
        "(Tổng chi trong kỳ, bằng chữ: {words})",
        "(Paid in the plan years: {words})",
    ),
    "money.no_after": ("Không có nghĩa vụ sau kỳ kế hoạch.", "Nothing falls due after the plan."),
    "money.nobody": ("(chưa có nguồn)", "(no fund)"),
    "money.proposed_after": ("Nếu đề xuất của nhóm 3 được duyệt", "If group 3 is approved"),
    # coverage and unmet
    "coverage.note": (
        "Tỷ lệ đáp ứng là trung bình các trường ở năm {year}, «trước» là khi không mua thêm. Nhóm 3 tính ở năm bàn giao.",
        "Mean of schools in {year}; “before” means nothing more is bought. Group 3 in its hand-over year.",
    ),
    "coverage.by_level": (
        "A. Theo cấp học (trường được bố trí vốn)",
        "A. By level (funded schools)",
    ),
    "coverage.by_area": ("B. Theo địa bàn (trường được bố trí vốn)", "B. By area (funded schools)"),
    "coverage.by_group": ("C. Theo nhóm trường", "C. By group"),
    "coverage.by_item": (
        "D. Theo hạng mục (trường được bố trí vốn)",
        "D. By item (funded schools)",
    ),
    "coverage.indicators": ("Đ. Chỉ số", "E. Indicators"),
    "coverage.indicators_note": (
        "Chỉ số do các trường đo; kế hoạch không tối ưu theo chỉ số.",
        "Measured by the schools; the plan does not optimise them.",
    ),
    "coverage.funded": ("Các trường được bố trí vốn", "Funded schools"),
    "coverage.proposed": ("Nhóm 3 (đề xuất, ngoài tổng)", "Group 3 (proposed, not in the total)"),
    "coverage.no_area": ("(không ghi)", "(none)"),
    "unmet.note": (
        "Tình trạng cuối năm {year}; kinh phí cần thêm theo giá năm đó, gồm lắp đặt.",
        "As of the end of {year}; cost at that year's prices, set-up works included.",
    ),
    "unmet.none": ("Mọi nhu cầu đều được đáp ứng.", "Every need is met."),
    "unmet.by_reason_funded": (
        "A. Trường được bố trí vốn, theo lý do",
        "A. Funded schools, by reason",
    ),
    "unmet.each_funded": (
        "B. Trường được bố trí vốn, từng nhu cầu",
        "B. Funded schools, need by need",
    ),
    "unmet.by_reason_proposed": (
        "C. Nhóm 3 (đề xuất), theo lý do",
        "C. Group 3 (proposed), by reason",
    ),
    "unmet.each_proposed": (
        "D. Nhóm 3 (đề xuất), từng nhu cầu",
        "D. Group 3 (proposed), need by need",
    ),
    # packages
    "packages.note": (
        "Tổng theo đơn vị, hạng mục và năm, không chia nhỏ. Hình thức và hồ sơ suy ra từ giá trị và ngưỡng tại ngày áp dụng; ngưỡng chưa có nguồn thì ghi «chưa đối chiếu».",
        "Total by owner, item and year, never split. Method and dossier follow from the amount and the thresholds of the date; what has no source says “not verified”.",
    ),
    "method.direct": ("Chỉ định thầu", "Direct appointment"),
    "method.shopping": ("Chào hàng cạnh tranh", "Competitive shopping"),
    "method.open": ("Đấu thầu rộng rãi", "Open bidding"),
    "dossier.none": (
        "Không phải lập đề cương (TT 03/2020/TT-BTTTT)",
        "No outline (Circular 03/2020)",
    ),
    "dossier.outline": (
        "Đề cương và dự toán chi tiết (TT 03/2020/TT-BTTTT)",
        "Outline and detailed estimate (Circular 03/2020)",
    ),
    "dossier.project": ("Lập dự án (TT 03/2020/TT-BTTTT)", "Project (Circular 03/2020)"),
    # assumptions
    "assume.prices": ("Kế hoạch tính theo {prices}.", "The plan uses {prices}."),
    "assume.priority": ("Thứ tự ưu tiên: {mode} ({weights}).", "Priority: {mode} ({weights})."),
    "assume.tail": (
        "Kết quả được theo dõi đến hết năm {year}; không mua mới sau kỳ.",
        "Results are followed to {year}; nothing is bought after the plan.",
    ),
    "assume.fund": (
        "{fund}: dự phòng {reserve}, được chuyển sang năm sau tối đa {carry}.",
        "{fund}: reserve {reserve}, carry-over at most {carry}.",
    ),
    "assume.standing": (
        "Quy định chung: chi không vượt số được dùng của từng nguồn; mua không vượt nhu cầu còn thiếu; có mặt bằng và hạng mục điều kiện mới mua; chi duy trì phải có nguồn; trường nhóm 3 chỉ đề xuất vào dự án của mình.",
        "Standing rules: no fund is overrun; nothing exceeds the need left; site and prerequisites come first; upkeep is funded; group 3 draws on its own projects only.",
    ),
    "assume.proof": (
        "Kết quả tính: {status}; sai số đã chứng minh không quá {gap}.",
        "Result: {status}; proven gap at most {gap}.",
    ),
    "assume.price_table": ("A. Đơn giá năm đầu kỳ", "A. Unit prices in the first year"),
    "assume.norm_table": ("B. Định mức", "B. Norms"),
    "assume.input_table": ("C. Tệp số liệu đầu vào (SHA-256)", "C. Input files (SHA-256)"),
    "norm.rule": ("1 đơn vị cho mỗi {every} {per}", "1 for every {every} {per}"),
    "norm.minimum": ("; ít nhất {value}", "; at least {value}"),
    "norm.maximum": ("; nhiều nhất {value}", "; at most {value}"),
    "norm.from_year": ("; từ năm {value}", "; from {value}"),
    "norm.only": ("; chỉ khi {only}", "; only {only}"),
    "driver.school": ("trường", "school"),
    "driver.pupils": ("học sinh", "pupils"),
    "driver.classes": ("lớp", "classes"),
    "driver.teachers": ("giáo viên", "teachers"),
    "driver.staff": ("nhân viên", "staff"),
    "driver.rooms": ("phòng học", "rooms"),
    "driver.area": ("m²", "m²"),
}
_COLUMNS: dict[str, tuple[str, str]] = {
    "stt": ("STT", "No."), "name": ("Tên trường / Danh mục", "School / item"),
    "specification": ("Thông số kỹ thuật cơ bản", "Specification"), "unit": ("ĐVT", "Unit"),
    "quantity": ("Số lượng", "Quantity"), "unit_price": ("Đơn giá", "Unit price"),
    "amount": ("Thành tiền", "Amount"), "fund": ("Nguồn vốn", "Fund"), "year": ("Năm", "Year"),
    "note": ("Ghi chú", "Note"), "sum": ("Cộng", "Total"),
    "fund_year": ("Nguồn vốn / năm", "Fund / year"), "reserve": ("Dự phòng", "Reserve"),
    "usable": ("Được dùng", "Usable"), "carried_in": ("Năm trước chuyển sang", "Carried in"),
    "purchases": ("Mua sắm", "Purchases"), "setup": ("Lắp đặt", "Set-up"),
    "requests": ("Đề nghị", "Requests"), "upkeep": ("Vận hành", "Upkeep"),
    "spent": ("Cộng bố trí", "Spent"), "carried_out": ("Chuyển năm sau", "Carried over"),
    "lapsed": ("Còn lại, hết hạn", "Lapsed"), "kind": ("Nội dung", "Kind"),
    "origin": ("Phát sinh từ", "Origin"), "funded": ("Đã có nguồn", "Funded"),
    "unfunded": ("Chưa có nguồn", "Not funded"), "school": ("Trường", "School"),
    "project_amount": ("Dự án có thể dành cho CNTT", "Project's amount for IT"),
    "proposed": ("Đề xuất", "Proposed"), "left": ("Còn lại", "Left"),
    "level": ("Cấp học", "Level"), "area": ("Địa bàn", "Area"), "group": ("Nhóm", "Group"),
    "schools": ("Số trường", "Schools"), "pupils": ("Học sinh", "Pupils"),
    "before": ("Trước", "Before"), "after": ("Sau", "After"),
    "people": ("Học sinh-năm", "Pupil-years"), "need": ("Nhu cầu", "Need"),
    "stock": ("Hiện có", "Stock"), "in_service": ("Đang sử dụng", "In service"),
    "met": ("Đáp ứng", "Met"), "criterion": ("Tiêu chí", "Criterion"),
    "mean": ("Bình quân", "Mean"), "target": ("Mục tiêu", "Target"),
    "reached": ("Số trường đạt", "Reached"), "reason": ("Lý do", "Reason"),
    "needs": ("Số nhu cầu", "Needs"), "cost": ("Kinh phí cần thêm", "Cost"),
    "missing": ("Còn thiếu", "Missing"), "owner": ("Đơn vị", "Owner"),
    "method": ("Hình thức lựa chọn nhà thầu", "Method"), "dossier": ("Hồ sơ", "Dossier"),
    "price": ("Đơn giá", "Price"), "growth": ("Tăng giá mỗi năm", "Growth"),
    "life": ("Số năm dùng", "Life"), "upkeep_share": ("Duy trì mỗi năm", "Upkeep"),
    "source": ("Nguồn", "Source"), "verified": ("Đối chiếu", "Verified"),
    "norm": ("Định mức", "Norm"), "file": ("Tệp", "File"), "hash": ("SHA-256", "SHA-256"),
}  # fmt: skip
_LETTER: dict[str, tuple[str, str]] = {
    "letter.kind": ("TỜ TRÌNH", "PROPOSAL"),
    "letter.number": ("Số:        /{symbol}", "No.:        /{symbol}"),
    "letter.no_date": ("{place}, ngày      tháng      năm", "{place}, date"),
    "letter.date": (
        "{place}, ngày {day} tháng {month} năm {year}",
        "{place}, {day}/{month}/{year}",
    ),
    "letter.subject": ("Về việc phê duyệt {title}", "On the approval of: {title}"),
    "letter.we": ("Đơn vị trình", "The office"),
    "letter.opening": (
        "{agency} kính trình {addressee} xem xét, phê duyệt kế hoạch với các nội dung chủ yếu sau:",
        "{agency} submits to {addressee} the plan below for approval:",
    ),
    "letter.head.need": ("1. Sự cần thiết", "1. Need"),
    "letter.head.principle": ("2. Nguyên tắc", "2. Principle"),
    "letter.head.money": ("3. Kinh phí và nguồn vốn", "3. Money and funds"),
    "letter.head.groups": ("4. Nội dung theo nhóm trường", "4. By group"),
    "letter.head.result": ("5. Kết quả dự kiến", "5. Expected results"),
    "letter.head.asks": ("6. Đề nghị", "6. Requests"),
    "letter.need": (
        "Kế hoạch gồm {schools} trường, đơn vị với {pupils} lượt học sinh thụ hưởng. Nếu không mua sắm thêm, đến năm {year} tỷ lệ đáp ứng nhu cầu bình quân của các trường được bố trí vốn chỉ là {before} (định mức, giả định tại Phụ lục {assumptions}).",
        "The plan covers {schools} schools and offices serving {pupils} pupils. With no purchases, mean coverage in {year} would be only {before} (assumptions in Appendix {assumptions}).",
    ),
    "principle.completed": (
        "a) Ưu tiên thực hiện trước đối với trường đã cải tạo, sửa chữa, xây dựng xong (nhóm 1);",
        "a) Schools already renovated, repaired or built are done first (group 1);",
    ),
    "principle.under_construction": (
        "b) Bổ sung kinh phí mua sắm máy tính và nâng cấp hạ tầng CNTT cho trường đang thực hiện đầu tư (nhóm 2);",
        "b) Schools under construction are supplemented (group 2);",
    ),
    "principle.preparing": (
        "c) Rà soát, đề xuất kinh phí mua sắm máy tính và nâng cấp hạ tầng CNTT vào nhóm dự án đang ở giai đoạn chuẩn bị đầu tư (nhóm 3), không tính vào tổng kinh phí bố trí;",
        "c) Projects in preparation are reviewed and proposed (group 3), outside every funded total;",
    ),
    "principle.none": (
        "d) Trường không có dự án xây dựng được xem xét theo nhu cầu trong phạm vi kinh phí.",
        "d) Schools without a project are considered by need, within the money.",
    ),
    "principle.law": (
        "Thứ tự này phù hợp với nguyên tắc bố trí vốn đầu tư công; nhóm được xác định tại đầu kỳ kế hoạch.",
        "This order is in line with the principles of public investment; groups are as of the start.",
    ),
    "letter.money": (
        "Tổng chi trong kỳ {first} - {last} từ các nguồn vốn là {total} (bằng chữ: {words}), theo năm thanh toán như sau (chi tiết tại Phụ lục {money}):",
        "Paid from all funds in {first}–{last}: {total} ({words}), by year of payment (Appendix {money}):",
    ),
    "letter.group.completed": (
        "a) Nhóm 1, ưu tiên thực hiện trước: {count} trường, giá trị mua sắm, lắp đặt {amount} (Phụ lục {number}).",
        "a) Group 1, first: {count} schools, contract value {amount} (Appendix {number}).",
    ),
    "letter.group.under_construction": (
        "b) Nhóm 2, bổ sung kinh phí: {count} trường, giá trị mua sắm, lắp đặt {amount} (Phụ lục {number}).",
        "b) Group 2, supplemented: {count} schools, contract value {amount} (Appendix {number}).",
    ),
    "letter.group.none": (
        "c) Trường không có dự án xây dựng: {count} trường, giá trị mua sắm, lắp đặt {amount} (Phụ lục {number}).",
        "c) No building project: {count} schools, contract value {amount} (Appendix {number}).",
    ),
    "letter.group.preparing": (
        "d) Nhóm 3, rà soát, đề xuất vào dự án: {count} trường, đề xuất {amount} (Phụ lục {number}); số này không thuộc tổng kinh phí bố trí.",
        "d) Group 3, reviewed and proposed: {count} schools, {amount} (Appendix {number}), in no funded total.",
    ),
    "letter.result": (
        "Đến năm {year}, tỷ lệ đáp ứng bình quân của các trường được bố trí vốn tăng từ {before} lên {after}; số học sinh-năm được trang bị thêm là {people} (Phụ lục {coverage}).",
        "By {year} mean coverage of the funded schools rises from {before} to {after}; equipped pupil-years gained: {people} (Appendix {coverage}).",
    ),
    "letter.unmet": (
        "Còn {count} nhu cầu chưa bố trí được, cần thêm {amount} (Phụ lục {unmet}).",
        "{count} needs stay unmet and would take another {amount} (Appendix {unmet}).",
    ),
    "ask.approve": (
        "a) Phê duyệt danh mục và kinh phí tại các Phụ lục {lists}, nguồn vốn theo năm tại Phụ lục {money};",
        "a) Approve the lists in Appendices {lists} and the money in Appendix {money};",
    ),
    "ask.propose": (
        "b) Cho phép đề xuất nội dung tại Phụ lục {proposal} vào các dự án đang chuẩn bị đầu tư;",
        "b) Allow Appendix {proposal} to be proposed into projects in preparation;",
    ),
    "ask.after": (
        "c) Bảo đảm kinh phí cho nghĩa vụ sau kỳ kế hoạch nêu tại Phụ lục {money}.",
        "c) Secure the obligations after the plan stated in Appendix {money}.",
    ),
    "letter.close": (
        "{agency} kính trình {addressee} xem xét, quyết định./.",
        "{agency} respectfully submits this to {addressee} for decision./.",
    ),
}

SENTENCES: dict[str, tuple[str, str]] = {
    **{f"report.{k}": v for k, v in _TEXT.items()},
    **{f"report.col.{k}": v for k, v in _COLUMNS.items()},
    **{f"report.{k}": v for k, v in _LETTER.items()},
    "report_owner_unknown": (
        "không trường nào có đơn vị «{owner}»",
        "no school has the owner “{owner}”",
    ),
    "report_differs": (
        "{form}: {place} ghi «{found}», nội dung là «{expected}»; không tệp nào được giữ lại",
        "{form}: {place} says “{found}”, the content is “{expected}”; nothing was kept",
    ),
    "report_font": ("phông chữ không tìm thấy: {detail}", "a font was not found: {detail}"),
    "report_date": ("ngày phải viết dạng NĂM-THÁNG-NGÀY: {found}", "a date is YYYY-MM-DD: {found}"),
    "report_template": ("không dùng được mẫu: {detail}", "the template cannot be used: {detail}"),
}
