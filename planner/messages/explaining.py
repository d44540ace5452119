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
    "repair.open_combined": (
        "Hết thời gian trước khi xét hết các cách sửa nhiều con số cùng lúc; sửa một con số thì đã "
        "xét hết. Tăng --time-limit để tìm tiếp.",
        "Time ran out before every combination was looked at; changes of a single number were, to "
        "the end. Raise --time-limit to go on.",
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
        "{people} equipped {people:pupil-year|pupil-years}, {change} against the reference",
    ),
    "repair.people_alone": (
        "{people} lượt học sinh-năm được trang bị",
        "{people} equipped {people:pupil-year|pupil-years}",
    ),
    "repair.people_gap": (
        " (kế hoạch cách tốt nhất không quá {gap})",
        " (the plan is within {gap} of the best)",
    ),
    "repair.reference": (
        "Tham chiếu: cùng số tiền, bỏ {lifted}: {people} lượt học sinh-năm (cách tốt nhất không "
        "quá {gap}).",
        "Reference: the same money without {lifted}: {people} {people:pupil-year|pupil-years} "
        "(within {gap} of the "
        "best).",
    ),
    "repair.year": ("năm {year}", "{year}"),
    "repair.at_least": ("ít nhất", "at least"),
    "repair.at_most": ("không quá", "at most"),
    "repair.exactly": ("đúng bằng", "exactly"),
    "repair.points": ("{change} điểm phần trăm", "{change} percentage {change:point|points}"),
    "repair.money": ("{change} {currency}", "{change} {currency}"),
    "repair.units": ("{change} đơn vị", "{change} {change:unit|units}"),
    "repair.count": ("{change} đề nghị", "{change} {change:request|requests}"),
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
    # the price of policy
    "explain.solving": ("Giải lại khi không có {name}…", "Solving without {name}…"),
    "explain.policies.head": (
        "GIÁ CỦA TỪNG CAM KẾT: nếu bỏ nó thì được gì",
        "THE PRICE OF EACH PROMISE: what would be won without it",
    ),
    "explain.policies.note": (
        "Điểm là một khoảng, suy từ sai số đã chứng minh của hai lời giải; «tối đa» nghĩa là có "
        "thể không mất gì. Học sinh-năm là chênh lệch giữa hai kế hoạch tìm được. Quy tắc bắt "
        "buộc (law) không có giá: không ai được bỏ.",
        "Points are an interval, from the proven gaps of both solves; «at most» means that it may "
        "cost nothing. Pupil-years are the difference of the two plans found. Laws have no price: "
        "nobody may drop them.",
    ),
    "explain.policies.none": (
        "Kịch bản này không có cam kết nào để tính giá.",
        "This scenario has no promise to be priced.",
    ),
    "explain.col.kind": ("Loại", "Kind"),
    "explain.col.name": ("Cam kết", "Promise"),
    "explain.col.points": ("Điểm mất đi", "Points it costs"),
    "explain.col.people": ("Học sinh-năm", "Pupil-years"),
    "explain.col.instead": ("Khi bỏ: mua thêm / bớt", "Without it: more / less"),
    "explain.kind.policy": ("chủ trương", "policy"),
    "explain.kind.wish": ("mong muốn", "wish"),
    "explain.kind.mandate": ("đề nghị bắt buộc", "mandatory request"),
    "explain.kind.commitment": ("hợp đồng đã ký", "signed contract"),
    "explain.kind.priority": ("thứ tự ưu tiên", "priority mode"),
    "explain.priority.weighted": (
        "trọng số các nhóm (so với mọi nhóm ngang nhau)",
        "weights of the groups (against all equal)",
    ),
    "explain.priority.strict:tier": (
        "ưu tiên chặt theo mức (so với trọng số)",
        "strict by tier (against weights)",
    ),
    "explain.priority.strict:whole": (
        "ưu tiên chặt theo nhóm (so với trọng số)",
        "strict by group (against weights)",
    ),
    "explain.priority.maxmin": (
        "nâng trường thấp nhất (so với trọng số)",
        "lowest school first (against weights)",
    ),
    "explain.at_most": ("tối đa {high}", "at most {high}"),
    "explain.nothing": ("0", "0"),
    "explain.between": ("{low} – {high}", "{low} – {high}"),
    "explain.unknown": ("không rõ ({status})", "not known ({status})"),
    "explain.no_change": ("không đổi gì", "nothing changes"),
    "explain.more": ("+{quantity} {item}", "+{quantity} {item}"),
    "explain.less": ("−{quantity} {item}", "−{quantity} {item}"),
    "explain.more_money": ("+{money} {item}", "+{money} {item}"),
    "explain.less_money": ("−{money} {item}", "−{money} {item}"),
    "explain.figure.policies": (
        "Giá của từng cam kết (điểm)",
        "The price of each promise (points)",
    ),
    "explain.figure.points": ("Điểm", "Points"),
    "explain.figure.note": (
        "Đậm: chắc chắn mất; nhạt: tối đa. Trong ngoặc: thêm (+) hoặc bớt (−) khi bỏ cam kết.",
        "Full: certain; pale: at most. In brackets: more (+) or fewer (−) without the promise.",
    ),
    "explain.figure.people": ("{people} học sinh-năm", "{people} {people:pupil-year|pupil-years}"),
    "explain.written": ("Đã ghi vào {folder}", "Written to {folder}"),
    # why a school got what it got
    "why.looking": ("Đang xét {item}…", "Looking into {item}…"),
    "why.unknown_school": (
        "kế hoạch này không có trường «{school}»; gần nhất: {nearest}",
        "this plan has no school «{school}»; nearest: {nearest}",
    ),
    "why.head": (
        "VÌ SAO {name} ({school}) ĐƯỢC NHƯ VẬY",
        "WHY {name} ({school}) GOT WHAT IT GOT",
    ),
    "why.standing": (
        "{group}; trọng số của nhóm {weight}. Mức đáp ứng {before} → {after}, {people} lượt học "
        "sinh-năm.",
        "{group}; weight of the group {weight}. Coverage {before} → {after}, {people} equipped "
        "{people:pupil-year|pupil-years}.",
    ),
    "why.standing_alone": (
        "{group}; trọng số của nhóm {weight}. Trường không có nhu cầu nào theo định mức.",
        "{group}; weight of the group {weight}. No norm asks anything for it.",
    ),
    "why.quantity": ("Số lượng", "Quantity"),
    "why.received": ("Được bố trí", "What it got"),
    "why.received_none": ("Không được bố trí gì.", "It got nothing."),
    "why.met": (
        "Cuối kỳ không còn nhu cầu hay đề nghị nào chưa được đáp ứng.",
        "At the end no need or request of it stays unmet.",
    ),
    "why.unmet": ("Còn thiếu, và vì sao", "What it lacks, and why"),
    "why.need": (
        "{item}: có {in_service} trên {need} năm {year}",
        "{item}: {in_service} of {need} in {year}",
    ),
    "why.request": (
        "Đề nghị {request} ({title}): chưa được chấp thuận",
        "Request {request} ({title}): not granted",
    ),
    "why.reason.not_ready": (
        "công trình chưa bàn giao trong kỳ, nên chưa lắp đặt được",
        "the building is handed over later, so nothing can be installed yet",
    ),
    "why.reason.no_eligible_fund": (
        "không nguồn vốn nào được phép chi cho việc này",
        "no fund may pay for it",
    ),
    "why.reason.banned": ("kịch bản cấm mua", "the scenario bans the purchase"),
    "why.reason.expired": (
        "thứ đã đề xuất hết thời gian sử dụng trước năm đó",
        "what was proposed is worn out by then",
    ),
    "why.reason.lot": (
        "thiếu chưa đến một lô, mua thêm sẽ vượt định mức",
        "less than one lot is missing; a lot more would exceed the norm",
    ),
    "why.reason.prerequisite": (
        "thiếu {blocked_by} là điều kiện phải có trước; cả hai: {beneath}",
        "{blocked_by}, which it requires, is missing too; both: {beneath}",
    ),
    "why.reason.gap": (
        "vẫn bố trí thêm được: kế hoạch nằm trong sai số cho phép, chưa phải tốt nhất",
        "it would still fit: the plan is within its gap, not the very best",
    ),
    "why.reason.rule": (
        "tiền còn, nhưng vướng quy tắc {rules}",
        "money is left, but {rules} stands in the way",
    ),
    "why.reason.outbid": (
        "tiền đã dành cho nơi tính ra được nhiều điểm hơn[[; nếu vẫn cấp bằng số tiền ấy, cả "
        "kế hoạch mất {loss} điểm]]",
        "the money went where it counts more[[; met with the same money, the whole plan would "
        "lose {loss} points]]",
    ),
    "why.reason.rule_and_money": (
        "vừa thiếu tiền, vừa vướng quy tắc {rules}",
        "both money and {rules} stand in the way",
    ),
    "why.reason.promised": (
        "đã hứa tiền cho việc khác: không thể cấp mà vẫn giữ {rules}",
        "the money is promised elsewhere: it cannot be met while {rules} holds",
    ),
    "why.reason.no_money": (
        "các nguồn không đủ tiền cho khoản này, kể cả khi không chi cho ai khác",
        "the funds could not pay for it even if nobody else got anything",
    ),
    "why.reason.no_points": (
        "vẫn đủ tiền và không vướng quy tắc, nhưng đề nghị không được chấm điểm dương nào",
        "money and rules would allow it, but no points above nought were set for it",
    ),
    "why.reason.unknown": (
        "chưa rõ: chưa tìm được kế hoạch nào có thêm khoản này trong thời gian cho phép",
        "not known: no plan with it was found in the time",
    ),
    "why.by_money": (
        "Ít tiền nhất để cấp mà không ai mất gì: {changes} (đã giải lại và kiểm toán: {people} "
        "học sinh-năm)",
        "Least money that meets it while nobody loses anything: {changes} (solved again and "
        "audited: {people} {people:pupil-year|pupil-years})",
    ),
    "why.by_rule": (
        "Sửa quy tắc ít nhất: {changes} (đã giải lại và kiểm toán: {people} học sinh-năm)",
        "Least change of rules: {changes} (solved again and audited: {people} "
        "{people:pupil-year|pupil-years})",
    ),
    "why.no_remedy": (
        "Không tìm được thay đổi nào về tiền hay quy tắc đủ để cấp.",
        "No change of money or rules that meets it was found.",
    ),
}
