# ruff: noqa: E501
"""Sentences of the letter (Tờ trình); the three groups in the verbs of the source article."""

from __future__ import annotations

_LETTER: dict[str, tuple[str, str]] = {
    "letter.kind": ("TỜ TRÌNH", "PROPOSAL"),
    "letter.number": ("Số:        /{symbol}", "No.:        /{symbol}"),
    "letter.no_date": (
        "{place}, ngày      tháng      năm     ",
        "{place}, date      /      /     ",
    ),
    "letter.date": (
        "{place}, ngày {day} tháng {month} năm {year}",
        "{place}, {day}/{month}/{year}",
    ),
    "letter.subject": ("Về việc phê duyệt {title}", "On the approval of: {title}"),
    "letter.years": ("từ năm {first} đến năm {last}", "{first} to {last}"),
    "letter.subject_plan": ("kế hoạch: {title}", "the plan: {title}"),
    "letter.whom": ("cấp có thẩm quyền", "the competent authority"),
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
        "The plan covers {schools} {schools:school or office|schools and offices} serving {pupils} {pupils:pupil|pupils}. With no purchases, mean coverage in {year} would be only {before} (assumptions in Appendix {assumptions}).",
    ),
    "principle.completed": (
        "a) Ưu tiên thực hiện trước đối với trường đã cải tạo, sửa chữa, xây dựng xong (nhóm 1);",
        "a) Schools already renovated, repaired or built are done first (group 1);",
    ),
    "principle.under_construction": (
        "b) Bổ sung kinh phí mua sắm máy tính và nâng cấp hạ tầng CNTT cho trường đang thực hiện đầu tư (nhóm 2);",
        "b) Money is added for computers and IT infrastructure of schools under construction (group 2);",
    ),
    "principle.preparing": (
        "c) Rà soát, đề xuất kinh phí mua sắm máy tính và nâng cấp hạ tầng CNTT vào nhóm dự án đang ở giai đoạn chuẩn bị đầu tư (nhóm 3), không tính vào tổng kinh phí bố trí;",
        "c) For projects in preparation the money is only reviewed and proposed into the project (group 3), outside every funded total;",
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
    "letter.bridge": (
        "Tổng chi trong kỳ {total} gồm giá trị mua sắm, lắp đặt và đề nghị của các trường được bố trí vốn {contracts} (Phụ lục {lists}), cộng chi vận hành, duy trì {upkeep}, trừ phần thanh toán sau kỳ kế hoạch {later}.",
        "The total paid, {total}, is the contract value of the funded schools {contracts} (Appendices {lists}) plus upkeep {upkeep} less what is paid after the plan {later}.",
    ),
    "letter.requests": (
        "Các trường được bố trí vốn có {total} đề nghị riêng; trình chấp thuận {taken} đề nghị, giá trị {amount}, ghi tại phụ lục của nhóm trường.",
        "The funded schools made {total} {total:request|requests} of their own; {taken} {taken:is|are} taken up at {amount}, listed in the appendix of the school's group.",
    ),
    "letter.requests_proposed": (
        "Trường nhóm 3 có {total} đề nghị riêng; đề xuất vào dự án {taken} đề nghị, giá trị {amount} (Phụ lục {proposal}), không thuộc tổng kinh phí bố trí.",
        "Group 3 made {total} {total:request|requests} of its own; {taken} {taken:is|are} proposed into the projects at {amount} (Appendix {proposal}), in no funded total.",
    ),
    "letter.group.completed": (
        "Nhóm 1: ưu tiên thực hiện trước đối với {count} trường đã cải tạo, sửa chữa, xây dựng xong, giá trị mua sắm, lắp đặt {amount} (Phụ lục {number})",
        "Group 1: done first, {count} {count:school|schools} already renovated, repaired or built, contract value {amount} (Appendix {number})",
    ),
    "letter.group.under_construction": (
        "Nhóm 2: bổ sung kinh phí mua sắm máy tính và nâng cấp hạ tầng CNTT cho {count} trường đang thực hiện đầu tư, giá trị mua sắm, lắp đặt {amount} (Phụ lục {number})",
        "Group 2: money added for computers and IT infrastructure of {count} {count:school|schools} under construction, contract value {amount} (Appendix {number})",
    ),
    "letter.group.none": (
        "Trường không có dự án xây dựng: {count} trường, đơn vị, giá trị mua sắm, lắp đặt {amount} (Phụ lục {number})",
        "No building project: {count} {count:school or office|schools and offices}, contract value {amount} (Appendix {number})",
    ),
    "letter.group.preparing": (
        "Nhóm 3: rà soát, đề xuất kinh phí mua sắm máy tính và nâng cấp hạ tầng CNTT vào nhóm dự án đang ở giai đoạn chuẩn bị đầu tư của {count} trường, số đề xuất {amount} (Phụ lục {number}), không thuộc tổng kinh phí bố trí",
        "Group 3: reviewed and proposed into the projects in preparation of {count} {count:school|schools}, {amount} proposed (Appendix {number}), in no funded total",
    ),
    "letter.need_requests": (
        "Kế hoạch gồm {schools} trường, đơn vị với {pupils} lượt học sinh thụ hưởng, lập từ các đề nghị riêng của trường; không có định mức, nhu cầu nào được khai.",
        "The plan covers {schools} {schools:school or office|schools and offices} serving {pupils} {pupils:pupil|pupils} and is made of schools' own requests; no norm or need is declared.",
    ),
    "letter.result_requests": (
        "Kết quả của kế hoạch là {taken} đề nghị được chấp thuận; không có nhu cầu theo định mức để tính tỷ lệ đáp ứng.",
        "What the plan achieves {taken:is|are} the {taken} {taken:request|requests} granted; there is no need by norm to measure coverage by.",
    ),
    "letter.result": (
        "Đến năm {year}, tỷ lệ đáp ứng bình quân của các trường được bố trí vốn tăng từ {before} lên {after}; số học sinh-năm được trang bị thêm là {people} (Phụ lục {coverage}).",
        "By {year} mean coverage of the funded schools rises from {before} to {after}; equipped pupil-years gained: {people} (Appendix {coverage}).",
    ),
    "letter.unmet": (
        "Còn {count} nhu cầu chưa bố trí được, cần thêm {amount} (Phụ lục {unmet}).",
        "{count} {count:need stays|needs stay} unmet and would take another {amount} (Appendix {unmet}).",
    ),
    "ask.approve": (
        "Phê duyệt danh mục và kinh phí tại các Phụ lục {lists}, nguồn vốn theo năm tại Phụ lục {money}",
        "Approve the lists in Appendices {lists} and the money by fund and year in Appendix {money}",
    ),
    "ask.propose": (
        "Cho phép đề xuất nội dung tại Phụ lục {proposal} vào các dự án đang ở giai đoạn chuẩn bị đầu tư",
        "Allow Appendix {proposal} to be proposed into the projects in preparation",
    ),
    "ask.after": (
        "Bảo đảm kinh phí cho nghĩa vụ sau kỳ kế hoạch nêu tại Phụ lục {money}",
        "Secure the obligations after the plan stated in Appendix {money}",
    ),
    "letter.close": (
        "{agency} kính trình {addressee} xem xét, quyết định./.",
        "{agency} respectfully submits this to {addressee} for decision./.",
    ),
}

SENTENCES: dict[str, tuple[str, str]] = {f"report.{k}": v for k, v in _LETTER.items()}
