"""Words that a scenario's rules are said with: each rule is one sentence made of these."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "rule.line": ("{name} ({firmness}): {sentence}.", "{name} ({firmness}): {sentence}."),
    "rule.and": (" và ", " and "),
    "rule.or": (" hoặc ", " or "),
    # ---- one row for each ---------------------------------------------------------------------
    "rule.each.year": ("mỗi năm", "each year"),
    "rule.each.school": ("mỗi trường", "each school"),
    "rule.each.group": ("mỗi nhóm", "each group"),
    "rule.each.level": ("mỗi cấp học", "each level"),
    "rule.each.item": ("mỗi loại thiết bị", "each item"),
    "rule.each.pillar": ("mỗi trụ cột", "each pillar"),
    "rule.each.nature": ("mỗi tính chất nguồn", "each nature"),
    "rule.each.fund": ("mỗi nguồn vốn", "each fund"),
    "rule.each.kind": ("mỗi loại khoản chi", "each kind of line"),
    "rule.each.request": ("mỗi đề nghị", "each request"),
    "rule.each.other": ("mỗi «{key}»", "each “{key}”"),
    # ---- which schools ------------------------------------------------------------------------
    "rule.group.completed": ("nhóm 1", "group 1"),
    "rule.group.under_construction": ("nhóm 2", "group 2"),
    "rule.group.preparing": ("nhóm 3", "group 3"),
    "rule.group.none": ("nhóm không có dự án", "the group without a project"),
    "rule.level": ("cấp {values}", "{values} level"),
    "rule.attribute": ("trường có {key} là {values}", "schools whose {key} is {values}"),
    "rule.one_of": ("{each} thuộc {schools}", "{each} of {schools}"),
    # ---- which lines --------------------------------------------------------------------------
    "rule.items.spend": (" cho {items}", " for {items}"),
    "rule.items.quantity": (" {items}", " of {items}"),
    "rule.items.coverage": (" về {items}", " for {items}"),
    "rule.quoted": ("«{text}»", "“{text}”"),
    "rule.more": ("{values} và {more} mục khác", "{values} and {more} more"),
    "rule.pillar": ("trụ cột {values}", "the pillar {values}"),
    "rule.for_schools": (" cho {schools}", " for {schools}"),
    "rule.of_schools": (" của {schools}", " of {schools}"),
    "rule.from_funds": (" từ nguồn {funds}", " from {funds}"),
    "rule.nature": (" thuộc {values}", " of {values} nature"),
    "rule.for_requests": (" cho đề nghị {requests}", " for the request {requests}"),
    "rule.of_requests": (" trong các đề nghị {requests}", " among the requests {requests}"),
    "rule.in_years": (" năm {years}", " in {years}"),
    "rule.kind.purchase": (" để mua sắm", " for purchases"),
    "rule.kind.setup": (" để lắp đặt ban đầu", " for site works"),
    "rule.kind.request": (" cho đề nghị của các trường", " for schools' requests"),
    "rule.kind.upkeep": (" để vận hành, duy trì", " for upkeep"),
    # ---- what is measured ---------------------------------------------------------------------
    "rule.gets": ("{who} nhận {bounds}{details}", "{who} gets {bounds}{details}"),
    "rule.is": ("{what} {bounds}", "{what} is {bounds}"),
    "rule.spend": ("tổng chi", "total spending"),
    "rule.quantity": ("số lượng mua", "the number of units bought"),
    "rule.requests": ("số đề nghị được chọn", "the number of requests chosen"),
    "rule.coverage": ("tỷ lệ đáp ứng nhu cầu", "coverage of the need"),
    # ---- bounds -------------------------------------------------------------------------------
    "rule.at_least": ("ít nhất {bound}", "at least {bound}"),
    "rule.at_most": ("không quá {bound}", "at most {bound}"),
    "rule.exactly": ("đúng {bound}", "exactly {bound}"),
    "rule.share": ("{share} {whole}", "{share} of {whole}"),
    "rule.budget": ("tiền của các nguồn vốn", "the funds' money"),
    "rule.units": ("{number} đơn vị", "{number} {number:unit|units}"),
    # ---- firmness -----------------------------------------------------------------------------
    "rule.wish": (
        "{sentence}; được phép chưa đạt, mỗi {unit} thiếu trừ {price} điểm",
        "{sentence}; it may be missed at {price} {price:point|points} for each {unit}",
    ),
    "rule.unit.money": ("đồng", "minor unit of money"),
    "rule.unit.units": ("đơn vị", "unit"),
    "rule.unit.share": ("điểm phần trăm", "percentage point"),
    "rule.unit.count": ("đề nghị", "request"),
    "rule.skips.no_need": (
        "{name} không tính {count} trường không có nhu cầu: {schools}.",
        "{name} leaves out schools without a need ({count}): {schools}.",
    ),
    "rule.skips.not_ready": (
        "{name} không tính {count} trường chưa có công trình sẵn sàng: {schools}.",
        "{name} leaves out schools whose building is not ready ({count}): {schools}.",
    ),
    "rule.skips.off_site_only": (
        "{name}: ở {count} trường chưa có công trình sẵn sàng chỉ tính những mục không cần công "
        "trình: {schools}.",
        "{name} counts only what needs no building at schools whose building is not ready "
        "({count}): {schools}.",
    ),
    # ---- shadow prices ------------------------------------------------------------------------
    "prices.head": (
        "Giá đối ngẫu (điểm thêm khi giới hạn tăng một đơn vị; tiền tính theo đơn vị nhỏ nhất):",
        "Shadow prices (points added when the bound rises by one; money in minor units):",
    ),
    "prices.none": (
        "Không quy định nào có giá đối ngẫu: nới giới hạn nào cũng không thêm điểm.",
        "No rule has a shadow price: a little more of any bound adds no points.",
    ),
    "prices.row": ("Quy định", "Rule"),
    "prices.bound": ("Giới hạn", "Bound"),
    "prices.dual": ("Điểm mỗi đơn vị", "Points a unit"),
    "prices.more": ("… và {count} giá nữa.", "… and {count} more."),
    # ---- standing statements of the scenario's tables -----------------------------------------
    "stated.committed": (
        "{school} mua {quantity} {item} từ nguồn {fund} năm {year} theo hợp đồng đã ký",
        "{school} buys {quantity} {item} from {fund} in {year}, as the signed contract says",
    ),
    "stated.banned": ("không mua {what}", "nothing is bought {what}"),
    "stated.banned.item": ("{item}", "of {item}"),
    "stated.banned.any": ("bất cứ thiết bị nào", "at all"),
    "stated.capacity.units": (
        "{when}mua không quá {most} {item}{fund}",
        "{when}at most {most} {item} are bought{fund}",
    ),
    "stated.capacity.money": (
        "{when}các hợp đồng{fund} không quá {most}",
        "{when}contracts{fund} come to at most {most}",
    ),
    "stated.requires": (
        "phương án {option} của đề nghị {request} chỉ được chọn khi đã chọn {wanted}",
        "option {option} of the request {request} is chosen only with {wanted}",
    ),
    "stated.requires_all": (
        "đề nghị {request} chỉ được chọn khi đã chọn {wanted}",
        "the request {request} is chosen only with {wanted}",
    ),
    "stated.grant": (
        "khoán cho {school} ({request}, nguồn {fund}, năm {year}) từ {least} đến {most}, nhà "
        "trường tự quyết việc sử dụng",
        "{school} is granted {least} to {most} ({request}, from {fund}, in {year}) to spend as it "
        "sees fit",
    ),
    "stated.copies": (
        "đề nghị {request} được chọn không quá {copies} lần",
        "the request {request} is chosen at most {copies} {copies:time|times}",
    ),
    "stated.mandatory": (
        "đề nghị {requests} phải được chọn",
        "{requests} must be chosen",
    ),
    "stated.one_option": (
        "mỗi đề nghị được chọn nhiều nhất một phương án",
        "at most one option of each request is chosen",
    ),
    "stated.one_source": (
        "mỗi loại thiết bị của một trường trong một năm chỉ chi từ một nguồn vốn",
        "an item of a school is paid from one fund in a year",
    ),
    "stated.more": ("… và {count} dòng nữa", "… and {count} more"),
    "standing.grant_within_envelope": (
        "Kinh phí khoán cho trường nằm giữa mức thấp nhất và mức cao nhất đã khai; nhà trường tự "
        "quyết việc sử dụng.",
        "A block grant lies between its least and its most; the school spends it as it sees fit.",
    ),
}
