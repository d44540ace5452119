"""What columns mean, for header comments in Vietnamese (English: the contracts' docstrings)."""

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
    "value": "Giá trị; ở bảng Đề xuất là điểm do cơ quan chấm, ở bảng Cài đặt là giá trị của khóa.",
}
"""Column header → its meaning in Vietnamese."""
