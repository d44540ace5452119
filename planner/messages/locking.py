"""Sentences of the table ``locks`` and of a plan's workbook that comes back edited."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # ---- the table ------------------------------------------------------------------------
    "lock_incomplete": (
        "mỗi dòng khóa một quyết định: ghi đủ trường, mã, nguồn, năm; hoặc đề xuất và phương án",
        "a row locks one decision: give school, item, fund and year, or request and option",
    ),
    "lock_option_quantity": (
        "với phương án của đề xuất ghi 1 (chọn), 0 (không chọn) hoặc số lần chọn, "
        "không phải {quantity}",
        "of a request's option write 1 (chosen), 0 (not chosen) or how many copies, not {quantity}",
    ),
    "audit_locked": (
        "số lượng đã quyết định là {expected}, phương án ghi {found}",
        "{expected} was decided, the plan has {found}",
    ),
}
