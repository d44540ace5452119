"""Sentences of the table ``locks`` and of a plan's workbook that comes back edited."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # ---- the table ------------------------------------------------------------------------
    "lock_incomplete": (
        "mỗi dòng khóa một quyết định: ghi đủ trường, mã, nguồn, năm; hoặc đề xuất và phương án",
        "a row locks one decision: give school, item, fund and year, or request and option",
    ),
    "lock_option_quantity": (
        "với phương án của đề xuất chỉ ghi 1 (chọn) hoặc 0 (không chọn), không phải {quantity}",
        "of a request's option write 1 (chosen) or 0 (not chosen), not {quantity}",
    ),
    "audit_locked": (
        "số lượng đã quyết định là {expected}, phương án ghi {found}",
        "{expected} was decided, the plan has {found}",
    ),
}
