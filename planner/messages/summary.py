"""Sentences: summary (what is read aloud after a run)."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "summary.scenario": (
        "Kịch bản {scenario}, kỳ kế hoạch {first}–{last}, {prices}, {mode}.",
        "Scenario {scenario}, plan years {first}–{last}, {prices}, {mode}.",
    ),
    "summary.tail": (
        "Kết quả được theo dõi đến hết năm {year}.",
        "Results are followed to the end of {year}.",
    ),
    # status and gap
    "summary.head.locks": ("ĐÃ QUYẾT ĐỊNH TRƯỚC", "DECIDED BEFOREHAND"),
    "summary.head.status": ("KẾT QUẢ", "RESULT"),
    "summary.status.optimal": (
        "Đây là kế hoạch tốt nhất: đã chứng minh không phương án nào đạt điểm cao hơn.",
        "This is the best plan: it is proven that no other scores higher.",
    ),
    "summary.status.within_gap": (
        "Kế hoạch đạt yêu cầu: đã chứng minh không phương án nào tốt hơn quá {gap}.",
        "The plan is good enough: it is proven that no other is better by more than {gap}.",
    ),
    "summary.status.stopped": (
        "Chưa chứng minh được đến mức sai số yêu cầu. Kế hoạch đúng mọi quy định và dùng được, "
        "nhưng có thể còn phương án tốt hơn đến {gap}.",
        "The proof falls short of the gap asked for. The plan keeps every rule and can be used, "
        "but another may be better by up to {gap}.",
    ),
    "summary.status.stopped_unbounded": (
        "Việc tính dừng sớm. Kế hoạch đúng mọi quy định và dùng được, nhưng chưa biết còn phương "
        "án tốt hơn hay không.",
        "The solve was stopped early. The plan keeps every rule and can be used, but nothing is "
        "known yet about better ones.",
    ),
    "summary.status.no_plan": (
        "Việc tính dừng khi chưa tìm được kế hoạch nào. Hãy cho thêm thời gian tính.",
        "The solve was stopped before any plan was found. Allow it more time.",
    ),
    "summary.status.infeasible": (
        "Không có kế hoạch nào: đã chứng minh các quy định của kịch bản không thể cùng đạt.",
        "There is no plan: it is proven that the scenario's rules cannot all hold together.",
    ),
    "summary.status.unbounded": (
        "Không có kế hoạch: mô hình có lỗi (điểm tăng không giới hạn). Xin báo lại cho chúng tôi.",
        "There is no plan: the model is defective (its value has no limit). Please report this.",
    ),
    "summary.status.numerics": (
        "Không có kế hoạch: sai số làm tròn không khắc phục được. Xin xem lại độ lớn của số liệu.",
        "There is no plan: rounding errors could not be removed. Please look at the size of the "
        "figures.",
    ),
    "summary.points": (
        "Điểm đạt được: {value}; không phương án nào vượt {bound}. Thời gian tính: {seconds} giây.",
        "Points reached: {value}; no plan can pass {bound}. Time taken: {seconds} s.",
    ),
    "summary.points_only": (
        "Điểm đạt được: {value}. Thời gian tính: {seconds} giây.",
        "Points reached: {value}. Time taken: {seconds} s.",
    ),
    "summary.stages": (
        "Tính theo {count} bước; bước sau giữ nguyên kết quả của các bước trước:",
        "Solved in {count} {count:stage|stages}; each keeps what those before it reached:",
    ),
    "summary.tier": ("Bậc {tier}, {group}", "Tier {tier}, {group}"),
    "summary.col.stage": ("Bước", "Stage"),
    "summary.col.status": ("Kết quả", "Status"),
    "summary.col.value": ("Đạt", "Reached"),
    "summary.col.bound": ("Cận", "Bound"),
    "summary.col.gap": ("Sai số", "Gap"),
    # money
    "summary.head.money": (
        "TIỀN THEO NGUỒN VÀ NĂM ({unit})",
        "MONEY BY FUND AND YEAR ({unit})",
    ),
    "summary.money": (
        "Trong kỳ bố trí {spent} trên {amount} được giao ({share}). Dự phòng giữ lại {reserve}. "
        "Còn lại {left}, trong đó hết hạn sử dụng {lapsed}.",
        "The plan spends {spent} of the {amount} given ({share}). {reserve} is held in reserve. "
        "{left} is left, of which {lapsed} lapses.",
    ),
    "summary.no_money": (
        "Kịch bản không khai số tiền của nguồn vốn nào trong kỳ.",
        "The scenario gives no fund an amount in the plan years.",
    ),
    "summary.col.given": ("Được giao", "Given"),
    "summary.col.left": ("Còn lại", "Left"),
    "summary.carried_note": (
        "Được dùng = được giao − dự phòng + năm trước chuyển sang. Còn lại = được dùng − đã bố "
        "trí; phần không chuyển sang năm sau thì hết hạn. Tiền tính theo năm thanh toán.",
        "Usable = given − reserve + carried in. Left = usable − spent; what is not carried over "
        "lapses. Money stands in the year it is paid.",
    ),
    # coverage, pupil-years, groups
    "summary.head.groups": (
        "TỶ LỆ ĐÁP ỨNG VÀ HỌC SINH ĐƯỢC TRANG BỊ THEO NHÓM",
        "COVERAGE AND PUPILS EQUIPPED, BY GROUP",
    ),
    "summary.coverage": (
        "Đến hết năm {year}, tỷ lệ đáp ứng nhu cầu trung bình của các trường được bố trí vốn tăng "
        "từ {before} lên {after}.",
        "By the end of {year} the mean coverage of the funded schools rises from {before} to "
        "{after}.",
    ),
    "summary.col.schools": ("Số trường", "Schools"),
    "summary.col.money": ("Bố trí ({unit})", "Funded ({unit})"),
    "summary.col.people": ("Học sinh-năm", "Pupil-years"),
    "summary.funded_total": ("Cộng phần được bố trí", "Total funded"),
    "summary.proposal_row": ("Nhóm 3, ngoài tổng", "Group 3, outside the total"),
    "summary.proposals": (
        "Nhóm 3 chỉ là đề xuất, không nằm trong các tổng trên: {schools} trường, đề xuất {amount} "
        "từ dự án xây dựng của trường, thêm {people} học sinh-năm nếu được duyệt. Tỷ lệ đáp ứng "
        "của nhóm này tính ở năm bàn giao.",
        "Group 3 is proposed only and outside every total above: {schools} "
        "{schools:school|schools}, {amount} "
        "proposed from their building projects, {people} more {people:pupil-year|pupil-years} if "
        "approved. Their "
        "coverage is that of the hand-over year.",
    ),
    "summary.people": (
        "Số học sinh-năm được trang bị thêm: {people}. (Một học sinh được đáp ứng đủ thêm mọi "
        "hạng mục trong một năm tính là 1.)",
        "Equipped pupil-years gained: {people}. (One pupil given all that was missing, for one "
        "year, counts 1.)",
    ),
    "summary.pillar": ("{pillar}: {people} ({share})", "{pillar}: {people} ({share})"),
    # rules and requests
    "summary.head.rules": ("QUY ĐỊNH", "RULES"),
    "summary.rule_kept": (
        "Giữ đúng; sát nhất là {row}: {left} {relation} {bound}.",
        "Kept; closest is {row}: {left} {relation} {bound}.",
    ),
    "summary.rule_missed": (
        "Chưa đạt ở {missed} trên {rows} dòng; xa nhất là {row}: {left}, mong muốn {relation} "
        "{bound}.",
        "Missed in {missed} of {rows} {rows:row|rows}; furthest is {row}: {left}, wished "
        "{relation} {bound}.",
    ),
    "summary.rule_empty": (
        "Không có dòng nào để tính.",
        "There is no row that it speaks of.",
    ),
    "summary.rules_standing": (
        "Các quy định thường trực đều được giữ: {names}.",
        "The standing rules are all kept: {names}.",
    ),
    "summary.head.requests": ("ĐỀ NGHỊ CỦA CÁC TRƯỜNG", "SCHOOLS' OWN REQUESTS"),
    "summary.requests": (
        "Chọn {chosen} trên {count} đề nghị, bố trí {amount}, được {points} điểm.",
        "{chosen} of {count} {count:request|requests} {chosen:is|are} chosen, for {amount} and "
        "{points} {points:point|points}.",
    ),
    "summary.requests_left": ("Không chọn: {names}.", "Not chosen: {names}."),
    "summary.requests_proposed": (
        "Ngoài tổng, nhóm 3 được đề xuất {count} đề nghị vào dự án xây dựng ({amount}): {names}.",
        "Outside the total, {count} {count:request|requests} of group 3 {count:is|are} proposed "
        "into building projects "
        "({amount}): {names}.",
    ),
    "summary.requests_more": (
        "… và {count} đề nghị nữa ở bảng requests.",
        "… and {count} more in the table requests.",
    ),
    "summary.col.copies": ("Số lần", "Times"),
    "summary.head.money_groups": ("TIỀN THEO NHÓM", "MONEY BY GROUP"),
    # fairness
    "summary.head.fairness": ("CÔNG BẰNG GIỮA CÁC TRƯỜNG", "FAIRNESS BETWEEN SCHOOLS"),
    "summary.fairness": (
        "Trong nhóm được bố trí vốn, trường thấp nhất đạt {lowest}; một phần mười số trường đạt "
        "không quá {p10}. Hệ số Gini {change} (0 là hoàn toàn đều nhau).",
        "Among the funded schools the lowest reaches {lowest}; a tenth of them reach no more than "
        "{p10}. The Gini coefficient {change} (0 means all are equal).",
    ),
    "summary.gini_falls": ("giảm từ {before} xuống {after}", "falls from {before} to {after}"),
    "summary.gini_rises": ("tăng từ {before} lên {after}", "rises from {before} to {after}"),
    "summary.gini_stays": ("giữ nguyên {after}", "stays at {after}"),
    "summary.col.min": ("Thấp nhất", "Lowest"),
    "summary.col.p10": ("Phân vị 10%", "10th percentile"),
    "summary.col.mean": ("Trung bình", "Mean"),
    "summary.col.gini_before": ("Gini trước", "Gini before"),
    "summary.col.gini_after": ("Gini sau", "Gini after"),
    # schools that fare worst
    "summary.head.worst": (
        "{count} TRƯỜNG CÓ TỶ LỆ ĐÁP ỨNG THẤP NHẤT",
        "THE {count} SCHOOLS THAT FARE WORST",
    ),
    "summary.col.before": ("Trước", "Before"),
    "summary.col.after": ("Sau", "After"),
    "summary.col.worst_reason": ("Lý do lớn nhất", "Largest reason"),
    # unmet
    "summary.head.unmet": ("CHƯA ĐÁP ỨNG ĐƯỢC", "WHAT STAYS UNMET"),
    "summary.unmet": (
        "Cuối kỳ, {short} trong {lines} nhu cầu (mỗi nhu cầu là một hạng mục của một trường được "
        "bố trí vốn) còn thiếu, ở {schools} trường. Đáp ứng hết cần thêm {cost} theo giá năm "
        "{year}.",
        "At the end {short} of {lines} {lines:need|needs} (one need is one item at one funded "
        "school) {short:is|are} not "
        "fully met; schools concerned: {schools}. Meeting all of them would take another {cost} at "
        "{year} prices.",
    ),
    "summary.unmet_none": (
        "Cuối kỳ, mọi nhu cầu của các trường được bố trí vốn đều được đáp ứng.",
        "At the end every need of the funded schools is met.",
    ),
    "summary.unmet_proposals": (
        "Ngoài tổng, nhóm 3 còn thiếu {short} nhu cầu ở năm bàn giao ({cost}).",
        "Outside these figures, group 3 still misses {short} {short:need|needs} in the hand-over "
        "year ({cost}).",
    ),
    "summary.unmet_items": ("Thiếu nhiều nhất: {items}.", "Most is missing of: {items}."),
    "summary.col.reason": ("Lý do", "Reason"),
    "summary.col.lines": ("Số nhu cầu", "Needs"),
    "summary.col.cost": ("Cần thêm ({unit})", "Would take ({unit})"),
    # obligations
    "summary.head.after": ("NGHĨA VỤ SAU KỲ KẾ HOẠCH", "OBLIGATIONS AFTER THE PLAN"),
    "summary.after": (
        "Sau năm {year}, thiết bị mua theo kế hoạch này cần {upkeep} để vận hành ({years}); "
        "nguồn vốn đã khai chịu được {funded}.",
        "After {year} what this plan buys costs {upkeep} to run ({years}); declared funds bear "
        "{funded}.",
    ),
    "summary.after_none": (
        "Kế hoạch này không để lại chi phí vận hành sau năm {year}.",
        "This plan leaves no upkeep after {year}.",
    ),
    "summary.after_year": ("năm {year}: {amount}", "{year}: {amount}"),
    "summary.after_instalments": (
        "Các đợt thanh toán sau kỳ: {amount}, đã có nguồn {funded}.",
        "Instalments due after the plan: {amount}, of which funded {funded}.",
    ),
    "summary.after_stock": (
        "Vận hành thiết bị có từ trước: {amount}, đã có nguồn {funded}.",
        "Upkeep of equipment from before: {amount}, of which funded {funded}.",
    ),
    "summary.after_proposals": (
        "Nếu duyệt đề xuất của nhóm 3, vận hành thêm {amount} (chưa có nguồn nào chịu).",
        "If group 3's proposals are approved, they cost another {amount} to run (charged to no "
        "fund).",
    ),
    # files
    "summary.head.files": ("TỆP KẾT QUẢ", "FILES"),
}
