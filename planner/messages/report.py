# ruff: noqa: E501
"""Sentences of the report: letter, appendices, packages (Nghị định 30/2020/NĐ-CP)."""

from __future__ import annotations

_TEXT: dict[str, tuple[str, str]] = {
    "country": ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "SOCIALIST REPUBLIC OF VIET NAM"),
    "motto": ("Độc lập - Tự do - Hạnh phúc", "Independence - Freedom - Happiness"),
    "illustrative": ("dữ liệu minh họa", "illustrative data"),
    "reference": (
        "(Kèm theo Tờ trình số      /{symbol} ngày {day} tháng {month} năm {year} của {agency})",
        "(Attached to Proposal No.      /{symbol}, dated {day}/{month}/{year}, of {agency})",
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
    "derived": ("Số lượng quy đổi từ thành tiền", "Quantity follows from the amount"),
    "no_owner": ("(chưa ghi đơn vị)", "(no owner)"),
    "no_end": ("không hạn", "no end"),
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
    "label.contents": ("Mục lục", "Contents"),
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
        "Group 1, done first: {count} {count:school|schools}.",
    ),
    "lead.under_construction": (
        "Nhóm 2, bổ sung kinh phí: {count} trường.",
        "Group 2, supplemented: {count} {count:school|schools}.",
    ),
    "lead.preparing": (
        "Nhóm 3, rà soát, đề xuất vào dự án: {count} trường. Số tiền ở phụ lục này không thuộc "
        "tổng kinh phí bố trí.",
        "Group 3, reviewed and proposed: {count} {count:school|schools}. The amounts here are in no funded total.",
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
    "money.sources": ("A. Nguồn vốn theo năm", "A. Funds by year"),
    "money.uses": (
        "B. Nội dung chi theo nguồn vốn và năm",
        "B. What each fund pays for, by year",
    ),
    "money.by_year": ("C. Nội dung chi theo năm, mọi nguồn", "C. By year, all funds"),
    "money.after": ("D. Nghĩa vụ sau năm {year}", "D. Obligations after {year}"),
    "money.after_shared": (
        "Nghĩa vụ của nguồn dùng chung và của đề xuất nhóm 3 chỉ có ở bộ hồ sơ chung, không tách theo đơn vị.",
        "Obligations of shared funds and of group 3's proposals are in the whole package only; they are not told apart by owner.",
    ),
    "money.projects": (
        "Đ. Dự án xây dựng của trường nhóm 3 (đề xuất, ngoài tổng bố trí)",
        "E. Building projects of group 3 (proposed, not funded)",
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
    "coverage.indicators_whose": (
        "Mỗi trường lấy lần đo mới nhất của mình; trong ngoặc sau năm là số trường đo năm đó. Bình quân: trung bình cộng giản đơn của các trường có đo trong {count} trường {whose}, kể cả nhóm 3, không theo số học sinh. Mục tiêu, số trường đạt và bình quân đặt cạnh chúng tính trên cùng những trường có mục tiêu.",
        "Of each school its newest measurement; in brackets after a year the number of schools measured then. Mean: simple mean of those measured among the {whose} ({count}), group 3 included, not by pupils. The target, the schools that reach it and the mean beside them are over the same schools, those with a target.",
    ),
    "coverage.whose_all": ("của toàn kế hoạch", "schools of the whole plan"),
    "coverage.whose_owner": ("thuộc {owner}", "schools of {owner}"),
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
    "unmet.requests": (
        "Đ. Đề nghị của trường chưa được chọn trong phương án",
        "E. Schools' requests that the plan does not take up",
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
    "assume.groups": (
        "Nhóm của trường xác định tại đầu năm {year} và giữ nguyên trong kỳ kế hoạch.",
        "Schools' groups are as of the start of {year} and are kept throughout the plan.",
    ),
    "assume.one_tier": (
        "Mọi phần của nhu cầu được tính như nhau.",
        "Every part of a need counts the same.",
    ),
    "assume.tiers": (
        "Giá trị của việc đáp ứng nhu cầu giảm dần: {parts}.",
        "Meeting a need has diminishing value: {parts}.",
    ),
    "assume.tier": (
        "phần từ {low} đến {high} nhu cầu hệ số {weight}",
        "from {low} to {high} of the need, weight {weight}",
    ),
    "standing.fund_within_budget": (
        "Mỗi nguồn, mỗi năm: chi và số chuyển năm sau không vượt số được dùng (được giao trừ dự phòng) cộng số năm trước chuyển sang.",
        "Each fund, each year: spending and what is carried over stay within the usable money (given less reserve) and what was carried in.",
    ),
    "standing.carry_within_limit": (
        "Chỉ chuyển sang năm liền sau, không vượt tỷ lệ đã khai của nguồn, không chuyển vào hay ra khỏi kỳ kế hoạch.",
        "Money is carried to the next year only, within the fund's share, none into or out of the plan.",
    ),
    "standing.preparing_from_project": (
        "Trường nhóm 3 chỉ đề xuất vào dự án xây dựng của mình, không vượt phần dự án có thể dành cho CNTT.",
        "A group 3 school proposes into its own building project only, within the project's amount for IT.",
    ),
    "standing.site_ready": (
        "Hạng mục cần mặt bằng chỉ đưa vào sử dụng từ năm có công trình bàn giao.",
        "On-site items serve from the year in which the building is handed over.",
    ),
    "standing.prerequisite_in_service": (
        "Hạng mục có điều kiện chỉ mua khi hạng mục phải có trước đang được sử dụng tại trường và còn đủ năng lực phục vụ.",
        "A dependent item is bought only where its prerequisite is in service with capacity left.",
    ),
    "standing.upkeep_funded": (
        "Chi vận hành, duy trì hằng năm của thiết bị có từ trước và thiết bị mua mới phải có nguồn.",
        "Yearly upkeep of old and new equipment must be paid by its fund.",
    ),
    "standing.need_not_exceeded": (
        "Mua không vượt nhu cầu còn thiếu lớn nhất trong những năm thiết bị còn được sử dụng.",
        "Purchases never exceed the largest need left in the years in which they serve.",
    ),
    "standing.works_before_purchase": (
        "Lần giao đầu tiên ở trường chưa có hạng mục phải kèm lắp đặt, cải tạo ban đầu, chi từ cùng nguồn.",
        "The first delivery at a school without the item carries its set-up works, paid by the same fund.",
    ),
    "standing.one_delivery": (
        "Hạng mục giao một lần: mỗi trường chỉ một đợt giao trong kỳ, không kể thay thế.",
        "Items delivered once: one delivery a school, replacements excepted.",
    ),
    "standing.one_option_per_request": (
        "Mỗi đề nghị của trường được chọn nhiều nhất một phương án; đề nghị bắt buộc phải được chọn.",
        "At most one option of a school's request is chosen; exactly one of a mandatory request.",
    ),
    "standing.grant_within_envelope": (
        "Khoản hỗ trợ trọn gói chỉ cấp trong khoảng từ mức thấp nhất đến mức cao nhất đã khai.",
        "A block grant is given between its declared least and most only.",
    ),
    "standing.locked": (
        "Các dòng đã chốt của phương án trước được giữ nguyên.",
        "Lines that were locked are kept as they are.",
    ),
    "standing.request_requires": (
        "Đề nghị có điều kiện chỉ được chọn khi đề nghị phải có trước được chọn.",
        "A dependent request is chosen only with the request that it requires.",
    ),
    "standing.committed": (
        "Hợp đồng đã ký được giữ nguyên trong kế hoạch.",
        "Signed contracts are in the plan as they are.",
    ),
    "standing.banned": (
        "Không mua những hạng mục mà kịch bản đã loại trừ.",
        "What the scenario excludes is not bought.",
    ),
    "standing.capacity_within": (
        "Số lượng hoặc số tiền thực hiện mỗi năm không vượt năng lực đã khai.",
        "Units or money handled in a year stay within the declared capacity.",
    ),
    "standing.one_source": (
        "Một hạng mục của một trường trong một năm chỉ chi từ một nguồn.",
        "An item of a school is paid from one fund in a year.",
    ),
    "assume.proof": (
        "Kết quả tính: {status}; sai số đã chứng minh không quá {gap}. Cận trên do bộ giải chứng "
        "minh; kiểm toán không tính lại cận này (planner audit --prove giải lại).",
        "Result: {status}; proven gap at most {gap}. The bound was proven by the solver; the audit "
        "does not recompute it (planner audit --prove solves again).",
    ),
    "assume.price_table": ("A. Đơn giá năm đầu kỳ", "A. Unit prices in the first year"),
    "assume.norm_table": ("B. Định mức", "B. Norms"),
    "assume.input_table": ("C. Tệp số liệu đầu vào (SHA-256)", "C. Input files (SHA-256)"),
    "norm.rule": ("1 đơn vị cho mỗi {every} {per}", "1 for every {every} {per}"),
    "norm.minimum": ("; ít nhất {value}", "; at least {value}"),
    "norm.maximum": ("; nhiều nhất {value}", "; at most {value}"),
    "norm.from_year": ("; từ năm {value}", "; from {value}"),
    "norm.only": ("; chỉ với {only}", "; only {only}"),
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
    "amount": ("Thành tiền", "Amount"), "given": ("Được giao", "Given"), "due": ("Phải trả", "Due"),
    "request_cost": ("Giá trị", "Cost"), "request": ("Đề nghị", "Request"), "fund": ("Nguồn vốn", "Fund"), "year": ("Năm", "Year"),
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
    "before": ("Đáp ứng trước", "Before"), "after": ("Đáp ứng sau", "After"),
    "people": ("Học sinh-năm", "Pupil-years"), "need": ("Nhu cầu", "Need"),
    "stock": ("Hiện có", "Stock"), "in_service": ("Đang sử dụng", "In service"),
    "criterion": ("Tiêu chí", "Criterion"),
    "mean": ("Bình quân", "Mean"), "target": ("Mục tiêu", "Target"),
    "targeted": ("Số trường có mục tiêu", "With a target"),
    "targeted_mean": ("Bình quân các trường này", "Their mean"),
    "reached": ("Số trường đạt", "Reached"), "reason": ("Lý do", "Reason"),
    "needs": ("Số nhu cầu", "Needs"), "cost": ("Kinh phí cần thêm", "Cost"),
    "missing": ("Còn thiếu", "Missing"), "owner": ("Đơn vị", "Owner"),
    "method": ("Hình thức lựa chọn nhà thầu", "Method"), "dossier": ("Hồ sơ", "Dossier"),
    "price": ("Đơn giá", "Price"), "growth": ("Tăng giá mỗi năm", "Growth"),
    "life": ("Số năm dùng", "Life"), "upkeep_share": ("Duy trì mỗi năm", "Upkeep"),
    "source": ("Nguồn", "Source"), "verified": ("Đối chiếu", "Verified"),
    "norm": ("Định mức", "Norm"), "file": ("Tệp", "File"), "hash": ("SHA-256", "SHA-256"),
}  # fmt: skip
SENTENCES: dict[str, tuple[str, str]] = {
    **{f"report.{k}": v for k, v in _TEXT.items()},
    **{f"report.col.{k}": v for k, v in _COLUMNS.items()},
    "report_owner_unknown": (
        "không trường nào có đơn vị «{owner}»",
        "no school has the owner “{owner}”",
    ),
    "report_area_unknown": (
        "bảng trường không có cột «{column}»; sửa proposal.area hoặc bỏ đi",
        "the table schools has no column “{column}”; mend proposal.area or leave it out",
    ),
    "report_differs": (
        "{form}: {place} ghi «{found}», nội dung là «{expected}»; không tệp nào được giữ lại",
        "{form}: {place} says “{found}”, the content is “{expected}”; nothing was kept",
    ),
    "report_font": ("phông chữ không tìm thấy: {detail}", "a font was not found: {detail}"),
    "report_date": ("ngày phải viết dạng NĂM-THÁNG-NGÀY: {found}", "a date is YYYY-MM-DD: {found}"),
    "report_template_size": (
        "mẫu quá lớn khi giải nén (tối đa 64 MB)",
        "the template is too large when unpacked (64 MB at most)",
    ),
    "report_template_macros": (
        "mẫu chứa macro; lưu lại dạng .docx không có macro",
        "the template holds macros; save it as a .docx without them",
    ),
    "report_template_outside": (
        "mẫu trỏ tới tệp bên ngoài (mẫu gốc hoặc ảnh liên kết); nhúng vào tệp hoặc bỏ đi",
        "the template points outside itself (attached template or linked picture); embed or remove it",
    ),
    "report_template_mark": (
        "mẫu thiếu dòng {{{{ appendices }}}} ở một đoạn riêng: không biết đặt các phụ lục ở đâu",
        "the template lacks {{{{ appendices }}}} in a paragraph of its own: where do appendices go?",
    ),
    "report_template": ("không dùng được mẫu: {detail}", "the template cannot be used: {detail}"),
}
