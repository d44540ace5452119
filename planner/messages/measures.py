"""Sentences on units of figures, on rows that sum up others, and on the choice of columns."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # units
    "unit_applied": (
        "cột «{name}» tính theo «{unit}»: mỗi số đã được nhân với {times}, ví dụ «{value}» thành "
        "{read}; nếu số liệu không theo đơn vị này, hãy sửa đơn vị ghi ở bảng",
        "the column «{name}» is in «{unit}»: each figure was multiplied by {times}, so «{value}» "
        "became {read}; if the figures are not in this unit, mend the unit in the table",
    ),
    "unit_divided": (
        "cột «{name}» tính theo «{unit}»: mỗi số đã được chia cho {times}, ví dụ «{value}» thành "
        "{read}; nếu số liệu không theo đơn vị này, hãy sửa đơn vị ghi ở bảng",
        "the column «{name}» is in «{unit}»: each figure was divided by {times}, so «{value}» "
        "became {read}; if the figures are not in this unit, mend the unit in the table",
    ),
    "unit_unknown": (
        "không hiểu «{unit}» ở tiêu đề «{name}»: nếu là đơn vị, hãy đổi số liệu rồi ghi một đơn vị "
        "đã biết (ví dụ nghìn đồng, triệu đồng, tháng, %; tiền của kịch bản là {currency}); nếu "
        "chỉ là chú thích, hãy bỏ khỏi tiêu đề",
        "«{unit}» in the header «{name}» is not understood: if it is a unit, bring the figures to "
        "a known one (such as thousand VND, million VND, months, %; the scenario's money is "
        "{currency}); if it is a remark alone, take it out of the header",
    ),
    "unit_unread": (
        "«{unit}» ở tiêu đề «{name}» không được xét: các số được lấy như đã ghi; nếu đó là đơn vị, "
        "hãy đổi số liệu",
        "«{unit}» in the header «{name}» was not considered: the figures are taken as they stand; "
        "if it is a unit, convert them",
    ),
    "unit_of_several": (
        "có nhiều đơn vị khác nhau: {units}[[ (cột «{name}»)]]; hãy giữ một",
        "there are several units: {units}[[ (column «{name}»)]]; keep one",
    ),
    "unit_line_unknown": (
        "«{unit}» ở trên bảng có vẻ là đơn vị nhưng không áp dụng được (tiền của kịch bản là "
        "{currency}): hãy ghi đơn vị trong tiêu đề của từng cột, hoặc xóa",
        "«{unit}» above the table looks like a unit but cannot be applied (the scenario's money is "
        "{currency}): write the unit in the header of each column it is meant for, or delete it",
    ),
    "unit_beside_none": (
        "cột «{name}» không ghi đơn vị nên được tính bằng đơn vị nhỏ nhất của tiền, còn cột "
        "«{other}» tính theo «{unit}»; hãy ghi đơn vị ở cả hai tiêu đề",
        "the column «{name}» has no unit and is taken in whole minor units, while «{other}» is in "
        "«{unit}»; write the unit in both headers",
    ),
    "unit_on_units": (
        "cột «{name}» ghi đơn vị tiền «{unit}» nhưng có dòng tính theo số lượng thiết bị; hãy bỏ "
        "đơn vị khỏi tiêu đề và ghi tiền bằng đồng",
        "the column «{name}» has the unit «{unit}», but rows with an item count units; take the "
        "unit out of the header and write money in whole minor units",
    ),
    "unit_percent_doubtful": (
        "cột «{name}» ghi «{unit}» nhưng không số nào lớn hơn 1: chưa rõ 0,05 là 5% hay 0,05%; hãy "
        "ghi dấu % trong ô (5%), hoặc bỏ «{unit}» khỏi tiêu đề nếu số là tỷ lệ từ 0 đến 1",
        "the column «{name}» says «{unit}», but no figure passes 1: 0.05 may be 5% or 0.05%; write "
        "the sign in the cells (5%), or take «{unit}» out of the header if they are shares from 0 "
        "to 1",
    ),
    "unit_not_whole": (
        "«{value}» theo đơn vị của cột không thành số nguyên; hãy làm tròn",
        "«{value}» in the column's unit makes no whole number; round it",
    ),
    "unit_beside_percent": (
        "«{value}» có dấu % trong cột có đơn vị khác; chỉ ghi số",
        "«{value}» has a % in a column of another unit; write the number alone",
    ),
    "note_holds_unit": (
        "dòng «{value}» nói đến đơn vị của số liệu; hãy ghi đơn vị vào tiêu đề cột rồi xóa dòng "
        "này",
        "the row «{value}» speaks of the unit of the figures; write the unit in the header of the "
        "column and delete this row",
    ),
    # rows that are no data
    "row_is_heading": (
        "dòng «{value}» là dòng nhóm, không phải số liệu; hãy xóa dòng này, hoặc bỏ số thứ tự nếu "
        "là số liệu",
        "the row «{value}» heads a group and is not data; delete this row, or drop its counter if "
        "it is data",
    ),
    "row_is_sum": (
        "dòng «{value}» bằng tổng các dòng {rows}; hãy xóa dòng này",
        "the row «{value}» is the sum of row(s) {rows}; delete this row",
    ),
    "row_may_be_sum": (
        "dòng «{value}» bằng đúng tổng các dòng {rows} và vẫn được tính là một trường; nếu là dòng "
        "tổng, hãy xóa",
        "the row «{value}» is exactly the sum of row(s) {rows} and is counted as a school; if it "
        "is a subtotal, delete it",
    ),
    "row_like_total": (
        "tên «{value}» giống dòng tổng nhưng vẫn được tính là số liệu; nếu là dòng tổng, hãy xóa",
        "«{value}» reads like a total and is counted as data; if it is a total, delete the row",
    ),
    "cell_merged": (
        "ô «{value}» gộp các dòng {rows}: chỉ dòng đầu có giá trị; hãy bỏ gộp và ghi giá trị vào "
        "từng dòng",
        "the cell «{value}» is merged over rows {rows}, of which only the first has the value; "
        "unmerge it and write the value in each row",
    ),
    "adopt_sum_left_out": (
        "dòng «{value}» bằng tổng các dòng {rows} nên không đưa vào; nếu là một trường, hãy ghi mã "
        "trường ở mọi dòng và thêm --column school=TIÊU_ĐỀ",
        "the row «{value}» is the sum of row(s) {rows} and was left out; if it is a school, give "
        "every row an id and add --column school=HEADER",
    ),
    # figures that may mean something else
    "date_for_id": (
        "mã ở ô này là một ngày ({value}): Excel có thể đã đổi một mã như «3-5» thành ngày; hãy "
        "định dạng ô là văn bản rồi gõ lại mã",
        "the id in this cell is a date ({value}): a spreadsheet may have turned an id such as "
        "«3-5» into it; format the cell as text and type the id again",
    ),
    "percent_beside_numbers": (
        "«{value}» được đọc là {read}, nhưng cột này có số lớn hơn 1 không ghi %; hãy ghi cả cột "
        "theo một cách",
        "«{value}» was read as {read}, but the column has figures above 1 without the sign; write "
        "the whole column in one way",
    ),
    "name_of_another": (
        "«{value}» là tên của mã {other}, nhưng dòng này ghi mã {id} và được tính theo mã; hãy sửa "
        "tên hoặc mã",
        "«{value}» is the name of {other}, but this row has the id {id}, which counts; mend the "
        "name or the id",
    ),
    # columns
    "adopt_column_twice": (
        "«{name}» có thể lấy từ nhiều cột: {names}; hãy chọn một bằng "
        '--column "{name}=TIÊU_ĐỀ", ví dụ --column "{name}={first}"',
        "«{name}» may come from several columns: {names}; choose one by "
        '--column "{name}=HEADER", such as --column "{name}={first}"',
    ),
    "adopt_header_for_two": (
        "--column: cột «{header}» được chỉ cho nhiều trường dữ liệu ({names}); hãy chỉ cho một",
        "--column: the column «{header}» is named for several fields ({names}); name it for one",
    ),
    "adopt_column_left": (
        "cột «{name}» không thuộc bảng {table} nên không đưa vào; nếu là số liệu của bảng, hãy "
        "thêm --column TRƯỜNG_DỮ_LIỆU=«{name}»",
        "the column «{name}» is none of the table {table} and was not carried over; if it holds a "
        "field of it, add --column FIELD=«{name}»",
    ),
    "adopt_column_renamed": (
        "cột «{name}» được giữ làm thuộc tính «{kept}» của trường, vì tên đó dành cho việc khác; "
        "nếu cần tên khác, hãy đổi tiêu đề trong tệp",
        "the column «{name}» is kept as the attribute «{kept}» of the schools, as its name means "
        "something else; rename it in the file if it should have another",
    ),
    "adopt_column_empty": (
        "cột «{name}» trống nên không đưa vào",
        "the column «{name}» is empty and was not carried over",
    ),
    "adopt_columns_aside": (
        "không đưa vào các cột: {names}",
        "columns not carried over: {names}",
    ),
}
