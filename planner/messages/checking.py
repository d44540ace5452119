"""Sentences: what the checks across tables find."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "id_unknown": (
        "mã «{name}» không có trong bảng {table}[[; có phải «{nearest}»?]]",
        "«{name}» is not declared in {table}[[; is it «{nearest}»?]]",
    ),
    "set_loses_envelope": (
        "đặt số tiền một năm cho nguồn {fund} thay cả cách tính envelope, các năm {years} sẽ mất "
        "tiền; hãy đặt số tiền của mọi năm, hoặc đổi khóa của envelope",
        "an amount set for one year of fund {fund} replaces its envelope, and {years} would lose "
        "their money; set the amounts of every year, or change a key of envelope",
    ),
    "row_twice": (
        "«{value}» đã có ở dòng {first}; mỗi mã chỉ một dòng",
        "«{value}» stands in row {first} already; keep one row",
    ),
    "stock_row_repeated": (
        "dòng này giống hệt một dòng trên ({school}, {item}); số lượng được cộng cả hai",
        "this row repeats one above ({school}, {item}); both quantities are counted",
    ),
    "cost_row_repeated": (
        "dòng này giống hệt một dòng trên ({request}, {option}, {fund}, {year}); số tiền được cộng "
        "cả hai",
        "this row repeats one above ({request}, {option}, {fund}, {year}); both amounts are "
        "counted",
    ),
    "sum_of_funds": (
        "tiền của mọi nguồn và mọi năm cộng lại là {total}, quá mức lớn nhất {bound}",
        "the money of all funds and years sums to {total}, above the most that is supported, "
        "{bound}",
    ),
    "price_grows_above": (
        "đến năm {year}, giá của {item} tăng lên {amount}, quá mức lớn nhất {bound}",
        "by {year} the price of {item} grows to {amount}, above the most that is supported, "
        "{bound}",
    ),
    "lot_too_dear": (
        "một lô {item} có giá {total}, quá mức lớn nhất {bound}",
        "one lot of {item} costs {total}, above the most that is supported, {bound}",
    ),
    "need_too_large": (
        "định mức này cho một trường đến {units} đơn vị {item}, quá mức lớn nhất {bound}",
        "this norm asks for {units} {units:unit|units} of {item} at one school, above the most "
        "that is supported, {bound}",
    ),
    "copies_bring_too_many": (
        "mọi bản của phương án đem lại {units} đơn vị, quá mức lớn nhất {bound}",
        "all copies of the option bring {units} {units:unit|units}, above the most that is "
        "supported, {bound}",
    ),
    "worth_together": (
        "mọi thứ cần mua, đang có và được đề nghị trị giá {total}, quá mức lớn nhất {bound}; phần "
        "lớn nhất là {item}",
        "all that is needed, in stock and asked for is worth {total}, above the most that is "
        "supported, {bound}; the largest part is {item}",
    ),
    "points_together": (
        "các trọng số ở đây cho đến {total} điểm, quá mức lớn nhất {bound}; hãy chia mọi trọng số "
        "cho cùng một số",
        "these weights make {total} {total:point|points}, above the most that is supported, "
        "{bound}; divide all weights by the same number",
    ),
    "table_without_rows": ("bảng «{name}» không có dòng nào", "the table «{name}» has no rows"),
    "ready_missing": (
        "trường {school} (nhóm {group}) phải có năm sử dụng được",
        "school {school} (group {group}) needs the first year its building is usable",
    ),
    "ready_before_plan": (
        "trường {school} đang chuẩn bị đầu tư nên năm sử dụng được ({year}) không thể "
        "trước {first}",
        "school {school} is in preparation: ready ({year}) cannot be before {first}",
    ),
    "ready_after_completion": (
        "trường {school} thuộc nhóm đã xong nhưng năm sử dụng được là {year}",
        "school {school} is in the completed group but ready only in {year}",
    ),
    "project_amount_missing": (
        "trường {school} chưa có kinh phí dự án: không có gì được đề xuất cho trường này",
        "school {school} has no project amount: nothing can be proposed for it",
    ),
    "project_amount_unused": (
        "kinh phí dự án của trường {school} (nhóm {group}) không được dùng; chỉ nhóm «Chuẩn bị đầu "
        "tư» có",
        "the project amount of {school} (group {group}) is not used; only preparing schools have "
        "one",
    ),
    "project_fund_missing": (
        "có {count} trường chuẩn bị đầu tư nhưng không có nguồn vốn của dự án (vai trò: project)",
        "there {count:is|are} {count} preparing {count:school|schools} but no fund with role: "
        "project",
    ),
    "acquired_after_start": (
        "năm mua {year} sau năm đầu kế hoạch {first}; hợp đồng đã ký ghi ở bảng "
        "«Hợp đồng đã ký» (commitments)",
        "acquired in {year}, after the first plan year {first}; signed contracts go to commitments",
    ),
    "usable_before_acquired": (
        "dùng đến năm {year} trước năm mua {acquired}",
        "usable until {year}, before it was acquired in {acquired}",
    ),
    "driver_unknown": (
        "không có số liệu «{name}» của trường[[; có phải «{nearest}»?]]",
        "schools have no figure «{name}»[[; is it «{nearest}»?]]",
    ),
    "attribute_unknown": (
        "bảng trường không có cột «{name}»[[; có phải «{nearest}»?]]",
        "schools have no column «{name}»[[; is it «{nearest}»?]]",
    ),
    "price_order": (
        "đơn giá của {item} phải theo thứ tự thấp ≤ cơ sở ≤ cao ({low} > {high})",
        "prices of {item} must run low ≤ base ≤ high ({low} > {high})",
    ),
    "payments_sum": (
        "các phần thanh toán của {item} có tổng {total}, phải bằng 1",
        "the payments of {item} sum to {total}, not to 1",
    ),
    "lot_not_whole": (
        "{item} không mua nguyên chiếc nên không thể có lô; hãy để lô là 1",
        "{item} is not bought in whole units, so it cannot have a lot; leave the lot at 1",
    ),
    "capacity_count": (
        "{item} có {count} điều kiện trước nhưng {found} số phục vụ; ghi cùng thứ tự, "
        "ngăn bằng «;»",
        "{item} requires {count} {count:item|items} but gives {found} {found:capacity|capacities}; "
        "same order, divided by «;»",
    ),
    "requires_cycle": (
        "điều kiện trước chạy vòng: {chain}",
        "the requirements run in a circle: {chain}",
    ),
    "norm_bounds": (
        "tối thiểu {low} lớn hơn tối đa {high}",
        "the minimum {low} is above the maximum {high}",
    ),
    "only_unreadable": (
        "«{value}» phải có dạng thuộc_tính=giá_trị",
        "«{value}» should be attribute=value",
    ),
    "only_matches_none": (
        "không trường nào thỏa «{value}»[[; có phải giá trị «{nearest}»?]]",
        "no school matches «{value}»[[; is the value «{nearest}»?]]",
    ),
    "norm_twice": (
        "hai định mức cùng hiệu lực cho {item} (dòng {first}; ví dụ trường {school}); hãy giữ một",
        "two norms apply to {item} from the same year (row {first}; e.g. school {school}); keep "
        "one",
    ),
    "indicator_above": (
        "{value} lớn hơn mức tối đa {bound} của tiêu chí «{criterion}»; sửa số, hoặc ghi mức tối "
        "đa vào cột maximum",
        "{value} is above {bound}, the maximum of the criterion «{criterion}»; mend the figure, "
        "or write the maximum in the column maximum",
    ),
    "indicator_maxima": (
        "tiêu chí «{criterion}» có hai mức tối đa: {one} và {other}; giữ một",
        "the criterion «{criterion}» has two maxima: {one} and {other}; keep one",
    ),
    "criterion_spelt_twice": (
        "tiêu chí «{value}» ({count} dòng) chỉ khác «{other}» (dòng {first}) ở cách viết; viết "
        "thống nhất, nếu không sẽ thành hai tiêu chí",
        "the criterion «{value}» ({count} {count:row|rows}) differs from «{other}» (row {first}) "
        "in its "
        "spelling only; write one of them, or they count as two criteria",
    ),
    "criterion_alike": (
        "tiêu chí «{value}» ({count} dòng) gần giống «{other}» (dòng {first}) và không trường nào "
        "đo cả hai; nếu là một tiêu chí, hãy viết thống nhất",
        "the criterion «{value}» ({count} {count:row|rows}) is much like «{other}» (row {first}), "
        "and no "
        "school has both; if they are one, write them alike",
    ),
    "weights_all_zero": (
        "mọi thiết bị mà cấp {level} cần đều có trọng số 0",
        "all items that level {level} needs weigh 0",
    ),
    "years_order": (
        "năm cuối {last} trước năm đầu {first}",
        "the last year {last} is before the first {first}",
    ),
    "years_too_many": (
        "{count} năm kể cả sau kế hoạch; nhiều nhất {limit}",
        "{count} {count:year|years} with those after the plan; at most {limit}",
    ),
    "tiers_bounds": (
        "các bậc phải tăng dần và kết thúc ở 1",
        "the bounds of tiers must rise and end at 1",
    ),
    "tiers_rise": (
        "trọng số của bậc sau không được lớn hơn bậc trước",
        "a later tier may not weigh more than the one before",
    ),
    "tiers_zero": ("mọi bậc đều có trọng số 0", "all tiers weigh 0"),
    "envelope_missing": (
        "nguồn {fund} tính theo envelope nhưng kịch bản không có khóa envelope",
        "fund {fund} draws on the envelope, but the scenario has no key envelope",
    ),
    "envelope_year_missing": (
        "thiếu tổng vốn đầu tư công năm {year}",
        "total public investment of {year} is missing",
    ),
    "envelope_twice": (
        "các nguồn {funds} cùng tính theo envelope: số tiền bị tính hai lần",
        "the funds {funds} all draw on the whole envelope: its money counts more than once",
    ),
    "project_fund_amounts": (
        "nguồn {fund} (vai trò: project) lấy tiền từ cột «Kinh phí dự án» của trường; hãy bỏ "
        "số tiền ghi ở nguồn",
        "fund {fund} (role: project) takes its money from schools' project_amount; drop amounts",
    ),
    "project_fund_upkeep": (
        "nguồn {fund} (vai trò: project) không trả chi thường xuyên",
        "fund {fund} (role: project) cannot pay upkeep",
    ),
    "fund_without_money": (
        "nguồn {fund} không có tiền trong năm kế hoạch nào",
        "fund {fund} has no money in any plan year",
    ),
    "fund_year_outside": (
        "năm {year} của nguồn {fund} nằm ngoài kế hoạch và các năm sau đó; số này không được dùng",
        "year {year} of fund {fund} is outside the plan and its tail; the amount is not used",
    ),
    "selector_unknown": (
        "không chọn được theo «{name}»[[; có phải «{nearest}»?]]",
        "«{name}» cannot be selected by[[; is it «{nearest}»?]]",
    ),
    "selector_matches_none": (
        "{name}: không có giá trị «{value}»[[; có phải «{nearest}»?]]",
        "{name}: nothing has the value «{value}»[[; is it «{nearest}»?]]",
    ),
    "upkeep_twice": (
        "chi thường xuyên của trường {school} vừa tính vào {other} vừa tính vào {fund}; chỉ một "
        "nguồn được trả",
        "the upkeep of school {school} falls on {other} and on {fund}; only one may pay",
    ),
    "stock_upkeep_above_fund": (
        "năm {year}, chi thường xuyên của thiết bị đã có là {owed}, quá phần dùng được "
        "{usable} của "
        "nguồn {fund}; hãy thêm tiền hoặc đặt upkeep: reported",
        "in {year} the upkeep of existing stock is {owed}, above the usable {usable} of fund "
        "{fund}; add money or set upkeep: reported",
    ),
    "request_differs": (
        "các phương án của đề xuất {request} khác nhau ở cột {name}",
        "the options of request {request} differ in {name}",
    ),
    "copies_with_rivals": (
        "đề xuất {request} có nhiều phương án nên mỗi phương án chỉ được chọn một lần; "
        "để trống copies hoặc tách thành đề xuất riêng",
        "request {request} has several options, so each can be chosen once only; leave copies "
        "empty or file it as a request of its own",
    ),
    "requires_later": (
        "đề xuất {request} bắt đầu năm {year} nhưng cần {required}, sớm nhất năm {later}; "
        "kế hoạch không so năm của hai đề xuất",
        "request {request} begins in {year} but requires {required}, which begins in {later} at "
        "the earliest; the plan does not compare their years",
    ),
    "grant_twice": (
        "khoán kinh phí của đề xuất {request} đã có dòng cùng nguồn vốn và năm; gộp thành một dòng",
        "the block grant of request {request} has a row of the same fund and year already; make "
        "them one",
    ),
    "grant_most_below": (
        "mức khoán cao nhất {most} thấp hơn mức thấp nhất {least} (cột amount)",
        "the most {most} of the block grant is below its least {least} (column amount)",
    ),
    "grant_value_unused": (
        "điểm ở bảng này chỉ dùng cho khoán kinh phí: ghi most lớn hơn amount, hoặc ghi điểm ở "
        "bảng requests",
        "points here are for block grants only: give a most above amount, or set the points in "
        "the table requests",
    ),
    "option_unknown": (
        "đề xuất {request} không có phương án «{name}»[[; có phải «{nearest}»?]]",
        "request {request} has no option «{name}»[[; is it «{nearest}»?]]",
    ),
    "option_without_cost": (
        "phương án {option} của đề xuất {request} không có chi phí",
        "option {option} of request {request} costs nothing",
    ),
    "fund_wrong_role": (
        "nguồn {fund} không trả được cho trường {school} (nhóm {group}): chỉ trường thuộc nhóm "
        "«Chuẩn bị đầu tư» dùng nguồn có vai trò project",
        "fund {fund} cannot pay for school {school} (group {group}): project funds serve preparing "
        "schools, and only those",
    ),
    "fund_not_for_school": (
        "phạm vi của nguồn {fund} không gồm trường {school}",
        "fund {fund} may not pay for school {school}",
    ),
    "fund_not_for_item": (
        "nguồn {fund} không mua được {item} (tính chất nguồn hoặc phạm vi)",
        "fund {fund} may not buy {item} (its nature or selection)",
    ),
    "fund_has_no_year": (
        "nguồn {fund} không có số tiền năm {year}",
        "fund {fund} has no amount for {year}",
    ),
    "year_outside_plan": (
        "năm {year} nằm ngoài các năm kế hoạch {first}–{last}",
        "year {year} is outside the plan years {first}–{last}",
    ),
    "year_not_ready": (
        "với trường chuẩn bị đầu tư {school}, năm phải là {ready} (đang là {year})",
        "for the preparing school {school} the year must be {ready}, not {year}",
    ),
    "need_year_outside": (
        "năm {year} không được đánh giá trong kịch bản; dòng này không có tác dụng",
        "year {year} is not evaluated in this scenario; the row has no effect",
    ),
    "capacity_needed": (
        "{required} không mua nguyên chiếc: hãy ghi capacity, một đơn vị phục vụ bao nhiêu {item}",
        "{required} is not bought in whole units: give capacity, how many {item} one unit serves",
    ),
    "price_zero_not_whole": (
        "{item} không mua nguyên chiếc nên đơn giá phải lớn hơn 0: số lượng = số tiền ÷ đơn giá",
        "{item} is not bought in whole units, so its prices must exceed 0: units = amount ÷ price",
    ),
    "project_twice": (
        "hai nguồn dự án {fund}, {other} cùng phục vụ {school}; mỗi trường chỉ có một dự án",
        "two project funds, {fund} and {other}, serve {school}; a school has one building project",
    ),
    "quantity_not_lots": (
        "{quantity} không phải bội số của lô {lot} của {item}",
        "{quantity} is not a multiple of the lot {lot} of {item}",
    ),
    "committed_before_ready": (
        "trường {school} chỉ dùng được từ {ready}; hợp đồng năm {year} thanh toán xong trước đó",
        "school {school} is usable from {ready}; a contract of {year} is paid and delivered before",
    ),
    "committed_and_banned": (
        "hợp đồng này trái với lệnh cấm ở {banned}",
        "this contract is banned by {banned}",
    ),
    "rule_named_like_standing": (
        "«{rule}» là tên một quy tắc có sẵn trong mọi kế hoạch; hãy đặt tên khác cho quy tắc này",
        "«{rule}» is the name of a standing rule of every plan; call this rule something else",
    ),
    "rule_named_like_link": (
        "«{rule}» là tên một dòng có sẵn trong mọi mô hình; hãy đặt tên khác cho quy tắc này",
        "«{rule}» is the name of a row that every model has; call this rule something else",
    ),
    "rule_named_like_stage": (
        "«{rule}» là tên một bước tính hoặc một nhóm trường; hãy đặt tên khác cho quy tắc này",
        "«{rule}» is the name of a stage or of a group of schools; call this rule something else",
    ),
    "rule_without_bound": (
        "quy tắc {rule} cần at_most, at_least hoặc exactly",
        "rule {rule} needs at_most, at_least or exactly",
    ),
    "rule_bounds_clash": (
        "quy tắc {rule} có exactly thì không có giới hạn khác",
        "rule {rule} has exactly and another bound; keep one",
    ),
    "rule_bounds_cross": (
        "quy tắc {rule}: at_least lớn hơn at_most",
        "rule {rule}: at_least is above at_most",
    ),
    "rule_exact_spend": (
        "quy tắc {rule}: mua nguyên chiếc không thể đúng từng đồng; dùng at_least và at_most",
        "rule {rule}: whole units cannot meet an amount exactly; use at_least and at_most",
    ),
    "wish_without_price": (
        "mong muốn {rule} cần price: điểm trừ cho mỗi đơn vị thiếu",
        "the wish {rule} needs price: the points lost per unit missed",
    ),
    "price_without_wish": (
        "price của quy tắc {rule} không được dùng; chỉ firmness: wish có price",
        "the price of rule {rule} is not used; only firmness: wish has one",
    ),
    "coverage_only_floor": (
        "quy tắc {rule}: tỷ lệ đáp ứng chỉ có mức ít nhất (at_least)",
        "rule {rule}: coverage takes at_least only",
    ),
    "coverage_one_item": (
        "quy tắc {rule}: tỷ lệ đáp ứng tính cho một thiết bị; thêm where: {{item: …}} "
        "hoặc for_each: "
        "[item]",
        "rule {rule}: coverage is of one item; add where: {{item: …}} or for_each: [item]",
    ),
    "coverage_no_share": (
        "quy tắc {rule}: tỷ lệ đáp ứng là một số từ 0 đến 1, không phải share",
        "rule {rule}: coverage is a number from 0 to 1, not a share",
    ),
    "share_of_budget": (
        "quy tắc {rule}: of: budget chỉ dùng với measure: spend",
        "rule {rule}: of: budget goes with measure: spend only",
    ),
    "selection_matches_none": (
        "quy tắc {rule}: không có trường nào (hoặc thiết bị nào) thuộc phạm vi này; sửa hoặc bỏ "
        "bớt điều kiện",
        "rule {rule}: no school (or no item) falls under this selection; change or drop a "
        "condition",
    ),
    "rule_without_lines": (
        "quy tắc {rule} không ràng buộc gì: không khoản chi nào có thể thuộc phạm vi của nó",
        "rule {rule} binds nothing: no line of money can fall under its selection",
    ),
    "floor_row_without_lines": (
        "quy tắc {rule} đòi mức ít nhất cho ({key}) nhưng không khoản chi nào có thể thuộc phạm "
        "vi đó",
        "rule {rule} sets a floor for ({key}), but no line of money can fall there",
    ),
    "floor_unserved": (
        "quy tắc {rule} đòi mức đáp ứng ít nhất nhưng không gì có thể đáp ứng: không quỹ nào mua "
        "được, không đề xuất nào mang lại, trường cũng chưa có; như vậy sẽ không có kế hoạch nào. "
        "Hãy sửa quỹ, danh mục hoặc quy tắc",
        "rule {rule} sets a floor of coverage that nothing can serve: no fund may buy it, no "
        "request brings it, and no school has it; no plan can satisfy it. Mend the fund, the "
        "catalogue or the rule",
    ),
    "floor_row_unserved": (
        "quy tắc {rule} đòi mức đáp ứng ít nhất cho ({key}) nhưng không gì có thể đáp ứng: không "
        "quỹ nào mua được, không đề xuất nào mang lại, trường cũng chưa có; như vậy sẽ không có "
        "kế hoạch nào. Hãy sửa quỹ, danh mục hoặc quy tắc",
        "rule {rule} sets a floor of coverage for ({key}) that nothing can serve: no fund may buy "
        "it, no request brings it, and no school has it; no plan can satisfy it. Mend the fund, "
        "the catalogue or the rule",
    ),
    "floor_without_lines": (
        "quy tắc {rule} đòi mức ít nhất nhưng không khoản mua hay đề xuất nào có thể thuộc phạm "
        "vi của nó",
        "rule {rule} sets a floor, but no purchase or request can fall under its selection",
    ),
}
