"""What columns mean, for header comments in Vietnamese (English: the contracts' docstrings).

A column that means something else in one table has an entry of its own, ``<table>.<header>``.
"""

from __future__ import annotations

MEANINGS: dict[str, str] = {
    "school": "Mã của trường, dùng ở mọi bảng.",
    "level": "Cấp học; «Hệ thống dùng chung» là đơn vị quản lý hệ thống chung.",
    "group": "Nhóm ưu tiên tại ngày lập kế hoạch.",
    "ready": "Năm đầu tiên có công trình sử dụng được; bắt buộc với nhóm 2 và nhóm 3.",
    "pupils": "Số học sinh (hệ thống dùng chung: số học sinh được phục vụ).",
    "owner": "Chủ ngân sách, ví dụ phường.",
    "weight": "Trọng số trong giá trị của kế hoạch; để trống là 1.",
    "project_amount": "Phần dự án xây dựng có thể dành cho CNTT (trường chuẩn bị đầu tư).",
    "driver": (
        "Số liệu thay đổi: pupils, classes, teachers, staff, rooms hoặc cột số của bảng Trường."
    ),
    "item": "Mã thiết bị, phần mềm hoặc dịch vụ trong bảng Danh mục.",
    "acquired": "Năm mua.",
    "usable_until": "Năm cuối còn dùng được; để trống: năm mua + thời gian sử dụng − 1.",
    "unit": "Đơn vị tính, ví dụ bộ, gói.",
    "pillar": "Một trong ba trụ cột.",
    "nature": "Nguồn có thể mua: chi đầu tư, chi thường xuyên, hoặc cả hai.",
    "price": "Đơn giá ở năm đầu kế hoạch.",
    "price_growth": "Mức tăng giá mỗi năm, ví dụ 0,03 hoặc 3%.",
    "life": "Số năm sử dụng; để trống: không phải thay.",
    "upkeep": "Chi thường xuyên mỗi năm, tính theo phần đơn giá.",
    "on_site": "Có cần công trình sử dụng được hay không.",
    "whole": "Chỉ mua nguyên chiếc.",
    "lot": "Số lượng mua là bội số của số này.",
    "once": "Mỗi trường chỉ giao một lần trong thời gian sử dụng.",
    "requires": "Các mã phải có trước khi thiết bị này hoạt động.",
    "capacity": (
        "Một đơn vị của mã phải có trước phục vụ được bao nhiêu đơn vị; để trống: không giới hạn."
    ),
    "setup": "Chi phí lắp đặt một lần ở trường chưa có thiết bị này.",
    "payments": "Các phần thanh toán từ năm mua trở đi, ví dụ 0,3;0,7; tổng bằng 1.",
    "per": (
        "Nhu cầu tính theo: school, pupils, classes, teachers, staff, rooms "
        "hoặc cột số của bảng Trường."
    ),
    "every": "Cứ bao nhiêu thì cần một đơn vị; kết quả làm tròn lên.",
    "only": "Chỉ áp dụng cho trường có thuoc_tinh=gia_tri.",
    "from": "Áp dụng từ năm này; nhiều dòng thì dòng mới nhất được dùng.",
    "source": "Văn bản hoặc báo giá.",
    "verified": "Đã có người đối chiếu với văn bản hay chưa.",
    "fund": "Mã nguồn vốn.",
    "amounts": (
        "Ghi envelope nếu tính theo tỷ lệ đầu tư công; nếu không, để trống và ghi ở trang Số tiền."
    ),
    "reserve": "Phần dự phòng giữ lại mỗi năm.",
    "carry_over": "Phần nhiều nhất được chuyển sang năm sau.",
    "pays_upkeep": "Nguồn này trả chi thường xuyên hay không.",
    "where": "Phạm vi, ví dụ group=completed|none; item=lan.",
    "key": "Tên khóa; khóa bên trong ghi bằng dấu chấm, ví dụ envelope.it_share.",
    "measure": "Đại lượng: số tiền chi, số lượng mua, tỷ lệ đáp ứng hoặc số đề xuất.",
    "for_each": "Tính riêng cho từng tổ hợp, ví dụ year; fund.",
    "share_of": "budget, all hoặc một phạm vi: giới hạn là tỷ lệ của phần này.",
    "firmness": "law: luật định; policy: chủ trương; wish: mong muốn (có điểm trừ).",
    "penalty": "Với mong muốn: điểm trừ cho mỗi đơn vị thiếu.",
    "most": "Nhiều nhất: số lượng (khi có thiết bị) hoặc tiền (khi không).",
    "mandatory": "Có: phải chọn đúng một phương án.",
    "name": "Tên ghi trong văn bản.",
    "name_en": "Tên tiếng Anh; để trống: dùng tên tiếng Việt.",
    "classes": "Số lớp.",
    "teachers": "Số giáo viên.",
    "area": "Diện tích sàn dành cho phòng CNTT, m².",
    "staff": "Số nhân viên (không kể giáo viên).",
    "rooms": "Số phòng học.",
    "price_low": "Đơn giá thấp; để trống: bằng đơn giá.",
    "price_high": "Đơn giá cao; để trống: bằng đơn giá.",
    "accounting_life": "Số năm tính hao mòn; chỉ để báo cáo.",
    "joint_procurement": "Thuộc danh mục mua sắm tập trung hay không; chỉ để báo cáo.",
    "specification": "Thông số kỹ thuật cơ bản, in ở phụ lục.",
    "minimum": "Ít nhất phải có số lượng này.",
    "maximum": "Nhiều nhất là số lượng này.",
    "request": "Mã đề xuất của trường.",
    "option": "Mã phương án; mỗi đề xuất được chọn nhiều nhất một phương án.",
    "title": "Nội dung đề xuất.",
    "reason": "Vì sao trường đề xuất.",
    "year": "Năm.",
    "amount": "Số tiền.",
    "quantity": "Số lượng.",
    "criterion": "Tên tiêu chí.",
    "target": "Giá trị mục tiêu.",
    "role": "general: nguồn chung; project: dự án xây dựng của trường chuẩn bị đầu tư.",
    "repair_weight": "Khi không có kế hoạch thỏa mãn mọi quy tắc: mức ngại thay đổi số này.",
    "rule": "Mã quy tắc.",
    "at_most": "Mức nhiều nhất: một số, hoặc một tỷ lệ khi cột «Tỷ lệ của» được ghi.",
    "at_least": "Mức ít nhất.",
    "exactly": "Đúng bằng mức này.",
    "title_en": "Tiêu đề tiếng Anh.",
    "value": "Giá trị đo được.",
    "settings.value": "Giá trị của khóa; nhiều giá trị ngăn bằng «;».",
    "requests.value": "Điểm do cơ quan chấm; có thể âm.",
    "copies": "Số lần nhiều nhất chọn phương án; mỗi lần tính đủ chi phí, thiết bị, điểm.",
    "requests.requires": "Đề xuất (lan) hoặc phương án (lan:quang) phải được chọn cùng.",
    "requests.copies": "Được chọn nhiều nhất bao nhiêu lần; mỗi lần tính đủ tiền, thiết bị, điểm.",
    "drivers.value": "Con số, theo đơn vị của chính số liệu đó.",
    "drivers.year": "Áp dụng từ năm này cho đến dòng sau của cùng trường và số liệu.",
    "inventory.quantity": "Số lượng đang có và còn dùng được.",
    "needs.year": "Năm có nhu cầu.",
    "needs.quantity": "Số lượng cần có; thay cho định mức.",
    "request_costs.year": "Năm thanh toán.",
    "request_costs.amount": "Số tiền do nguồn này trả; khoán kinh phí: mức thấp nhất.",
    "request_costs.most": "Khoán kinh phí: mức cao nhất; để trống: trả đúng số tiền trên.",
    "request_costs.value": "Khoán kinh phí: điểm khi cấp mức cao nhất; ít hơn tính theo tỷ lệ.",
    "request_items.year": "Năm đưa vào sử dụng.",
    "request_items.quantity": "Số lượng thiết bị mà phương án mang lại.",
    "commitments.year": "Năm mua theo hợp đồng.",
    "commitments.quantity": "Số lượng theo hợp đồng.",
    "bans.school": "Mã trường không được mua; để trống: mọi trường.",
    "bans.item": "Mã không được mua; để trống: mọi thiết bị.",
    "bans.fund": "Nguồn vốn không được dùng; để trống: mọi nguồn.",
    "bans.year": "Năm không được mua; để trống: mọi năm.",
    "capacities.item": "Mã thiết bị; để trống: mọi thiết bị.",
    "capacities.fund": "Mã nguồn vốn; để trống: mọi nguồn.",
    "capacities.year": "Năm; để trống: từng năm kế hoạch.",
    "indicators.year": "Năm đo.",
    "indicators.maximum": "Mức cao nhất có thể đạt; để trống: theo tên tiêu chí, ví dụ «điểm/30».",
    "fund_amounts.year": "Năm được cấp.",
    "fund_amounts.amount": "Số tiền của nguồn vốn trong năm.",
    "rules.title": "Tiêu đề của quy tắc trong văn bản.",
}
"""Column header → its meaning in Vietnamese."""

KEYS: dict[str, str] = {
    "schema": "Phiên bản của mẫu này; luôn là 1.",
    "title.vi": "Tên kịch bản.",
    "title.en": "Tên kịch bản bằng tiếng Anh; không bắt buộc.",
    "years": "Năm đầu và năm cuối của kế hoạch; nhóm của trường tính tại năm đầu.",
    "tail_years": "Số năm sau kế hoạch còn tính phục vụ, chi thường xuyên và các đợt thanh toán.",
    "currency": "Mã tiền tệ; mọi số tiền là số nguyên của đơn vị nhỏ nhất.",
    "prices": "Dùng đơn giá nào: thấp, cơ sở hay cao.",
    "illustrative": "«có» khi số liệu chỉ để minh họa; đổi thành «không» khi đã nhập số thật.",
    "priority.mode": "Cách ưu tiên: theo trọng số, theo thứ tự nhóm, hoặc nâng trường thấp nhất.",
    "priority.by": "Khi ưu tiên theo thứ tự: theo từng bậc đáp ứng, hay xong hẳn một nhóm trước.",
    "priority.weights": "Điểm của nhóm; nhóm không ghi tính là 1.",
    "discount": "Mức giảm giá trị mỗi năm (không phải tiền), từ 0 đến 1.",
    "tiers": "Lợi ích giảm dần: [đáp ứng đến, trọng số]; mức tăng dần đến 1.",
    "upkeep": "Bắt buộc: nguồn vốn phải trả chi thường xuyên; chỉ báo cáo: chỉ nêu ra.",
    "one_source": "«có»: mỗi thiết bị của một trường trong một năm chỉ do một nguồn trả.",
    "envelope.public_investment": "Tổng vốn đầu tư công của năm.",
    "envelope.education_share": "Phần dành cho giáo dục, từ 0 đến 1.",
    "envelope.it_share": "Phần của giáo dục dành cho CNTT, từ 0 đến 1.",
    "solve.gap": "Dừng khi đã chứng minh không kế hoạch nào hơn quá tỷ lệ này.",
    "solve.time_limit": "Thời gian tính nhiều nhất, giây.",
    "solve.method": "Cách giải: toàn bộ một lần, hay theo trường (khi có rất nhiều trường).",
    "solve.threads": "Số nhân xử lý; để trống: dùng tất cả.",
    "proposal": "Phần đầu, chữ ký và nơi nhận của tờ trình.",
}
"""Settings key, or a key above it → its meaning in Vietnamese."""


def key_meaning(key: str) -> str:
    """What a dotted settings key means, in Vietnamese: its own, or that of a key above it."""
    steps = key.split(".")
    known = (".".join(steps[:k]) for k in range(len(steps), 0, -1))
    return next((KEYS[k] for k in known if k in KEYS), "")


def meaning(table: str, header: str) -> str:
    """What a column of a table means, in Vietnamese."""
    return MEANINGS.get(f"{table}.{header}") or MEANINGS.get(header, "")
