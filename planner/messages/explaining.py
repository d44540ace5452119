"""Sentences: repairs of infeasible scenarios, the price of policies, why a school got what."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "repair.searching": (
        "Đang tìm quy tắc mâu thuẫn và cách sửa (khoảng {seconds} giây)…",
        "Looking for the conflict and for repairs (about {seconds} s)…",
    ),
    "repair.conflict": (
        "Các quy tắc sau không thể cùng giữ; bỏ bất kỳ quy tắc nào thì những quy tắc còn lại "
        "giữ được:",
        "These rules cannot hold together; whichever is dropped, the others can:",
    ),
    "repair.conflict_open": (
        "Các quy tắc sau không thể cùng giữ (hết thời gian, danh sách có thể còn thừa):",
        "These rules cannot hold together (time ran out; the list may hold more than is needed):",
    ),
    "repair.no_conflict": (
        "Không kịp tìm ra một nhóm quy tắc mâu thuẫn, hoặc mâu thuẫn nằm ngoài các quy tắc.",
        "No conflicting set was found in the time, or the conflict lies outside of the rules.",
    ),
    "repair.kind.law": ("bắt buộc, không sửa", "law, not moved"),
    "repair.kind.policy": ("chủ trương", "policy"),
    "repair.kind.fund": ("kinh phí năm", "money of a year"),
    "repair.kind.standing": ("dữ kiện, không sửa", "a fact, not moved"),
    "repair.head": (
        "Những cách sửa rẻ nhất tìm được, mỗi cách đã được giải lại và kiểm toán:",
        "Cheapest repairs found, each solved again and audited:",
    ),
    "repair.none": (
        "Không tìm được cách sửa nào chỉ bằng chủ trương và kinh phí.",
        "No repair by policies and amounts was found.",
    ),
    "repair.open": (
        "Hết thời gian trước khi xét hết: có thể còn cách rẻ hơn. Tăng --time-limit để tìm tiếp.",
        "Time ran out before everything was looked at: a cheaper one may exist. "
        "Raise --time-limit to go on.",
    ),
    "repair.change": (
        "{name} ({field}): {old} → {new} ({change})",
        "{name} ({field}): {old} → {new} ({change})",
    ),
    "repair.and": (" và ", " and "),
    "repair.detail": (
        "chi phí sửa {cost} (trọng số {weights}); {people}",
        "repair cost {cost} (weight {weights}); {people}",
    ),
    "repair.people": (
        "{people} lượt học sinh-năm được trang bị, {change} so với tham chiếu",
        "{people} equipped pupil-years, {change} against the reference",
    ),
    "repair.people_alone": (
        "{people} lượt học sinh-năm được trang bị",
        "{people} equipped pupil-years",
    ),
    "repair.people_gap": (
        " (kế hoạch cách tốt nhất không quá {gap})",
        " (the plan is within {gap} of the best)",
    ),
    "repair.reference": (
        "Tham chiếu: cùng số tiền, bỏ {lifted}: {people} lượt học sinh-năm (cách tốt nhất không "
        "quá {gap}).",
        "Reference: the same money without {lifted}: {people} pupil-years (within {gap} of the "
        "best).",
    ),
    "repair.year": ("năm {year}", "{year}"),
    "repair.at_least": ("ít nhất", "at least"),
    "repair.at_most": ("không quá", "at most"),
    "repair.exactly": ("đúng bằng", "exactly"),
    "repair.points": ("{change} điểm phần trăm", "{change} percentage points"),
    "repair.money": ("{change} {currency}", "{change} {currency}"),
    "repair.units": ("{change} đơn vị", "{change} units"),
    "repair.count": ("{change} đề xuất", "{change} requests"),
    "repair.apply": (
        "Thêm --apply-repair K để ghi kịch bản đã sửa theo cách K.",
        "Add --apply-repair K to write the scenario amended by repair K.",
    ),
    "repair.written": ("Đã ghi kịch bản đã sửa: {file}", "Amended scenario written: {file}"),
    "repair.exists": (
        "--apply-repair: {file} đã có; hãy đổi tên hoặc xóa tệp đó",
        "--apply-repair: {file} exists; rename or remove it",
    ),
    "repair.too_few": (
        "--apply-repair {number}: chỉ tìm được {found} cách sửa",
        "--apply-repair {number}: only {found} found",
    ),
}
