"""Sentences: what the readers find in files and cells, and what they interpreted.

Each says what is wrong and what to do. ``[[…]]`` is left out where its parameter is empty.
"""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # paths and files
    "path_unreadable": (
        "đường dẫn «{path}» không đọc được; hãy ghi tên tệp trong thư mục kịch bản",
        "the path «{path}» cannot be read; name a file in the scenario's folder",
    ),
    "path_absolute": (
        "đường dẫn tuyệt đối «{path}» không được dùng; hãy ghi đường dẫn trong thư mục kịch bản",
        "the absolute path «{path}» is not allowed; use a path inside the scenario's folder",
    ),
    "path_outside": (
        "«{path}» nằm ngoài thư mục kịch bản; hãy chép tệp vào thư mục này",
        "«{path}» lies outside the scenario's folder; copy the file into it",
    ),
    "file_missing": (
        "không có tệp «{path}»[[; tệp gần nhất: «{nearest}»]]",
        "there is no file «{path}»[[; nearest: «{nearest}»]]",
    ),
    "file_not_regular": (
        "«{path}» không phải là một tệp",
        "«{path}» is not a file",
    ),
    "file_unreadable": (
        "không mở được «{path}» ({reason})",
        "«{path}» cannot be opened ({reason})",
    ),
    "file_too_large": (
        "«{path}» có {size} MiB, quá giới hạn {limit} MiB",
        "«{path}» has {size} MiB, more than the limit of {limit} MiB",
    ),
    "scenario_unknown_kind": (
        "kịch bản phải là tệp .yaml hoặc .xlsx",
        "a scenario is a .yaml or an .xlsx file",
    ),
    "scenario_is_table": (
        "tệp này chỉ là một bảng, chưa phải kịch bản; để lập kịch bản từ bảng này: "
        "planner new my-office --from {file}",
        "this file is a single table, not yet a scenario; to make one of it: "
        "planner new my-office --from {file}",
    ),
    "workbook_without_settings": (
        "sổ này chưa có trang «Cài đặt» và «Nguồn vốn» nên chưa phải kịch bản; để lập kịch bản "
        "từ sổ này: planner new my-office --from {file}",
        "this workbook has no sheets «Settings» and «Funds», so it is not yet a scenario; to "
        "make one of it: planner new my-office --from {file}",
    ),
    "workbook_other_kind": (
        "tệp là {kind}; hãy mở bằng Excel hoặc LibreOffice rồi lưu thành .xlsx",
        "the file is {kind}; open it in Excel or LibreOffice and save it as .xlsx",
    ),
    "scenario_not_named": (
        "thư mục không có scenario.yaml; hãy chỉ rõ tệp kịch bản[[ (có: {found})]]",
        "the folder has no scenario.yaml; name the scenario file[[ (found: {found})]]",
    ),
    "encoding_broken": (
        "tệp ghi là {encoding} nhưng hỏng ở byte {position}; hãy lưu lại dạng UTF-8",
        "the file claims {encoding} but breaks at byte {position}; save it again as UTF-8",
    ),
    "encoding_unknown": (
        "không nhận ra bảng mã (byte {position}); hãy lưu lại dạng UTF-8",
        "the encoding is not known (byte {position}); save the file as UTF-8",
    ),
    "encoding_windows": (
        "tệp không phải UTF-8, đã đọc theo {encoding}; hãy kiểm tra các chữ có dấu",
        "the file is not UTF-8 and was read as {encoding}; check the accents",
    ),
    # YAML
    "yaml_syntax": (
        "YAML sai cú pháp: {problem}",
        "the YAML cannot be read: {problem}",
    ),
    "yaml_empty": ("tệp kịch bản trống", "the scenario file is empty"),
    "yaml_too_large": (
        "YAML quá lớn hoặc lồng quá sâu; hãy để số liệu trong bảng CSV hoặc XLSX",
        "the YAML is too large or too deep; keep data in CSV or XLSX tables",
    ),
    "yaml_not_mapping": (
        "tệp kịch bản phải gồm các dòng «khóa: giá trị»",
        "a scenario file consists of «key: value» lines",
    ),
    "yaml_key": (
        "khóa phải là một từ; không dùng «<<» hay khóa ghép",
        "a key is one word; «<<» and composed keys are not used",
    ),
    "yaml_tag": ("nhãn YAML «{tag}» không được dùng", "the YAML tag «{tag}» is not allowed"),
    "key_twice": (
        "khóa «{name}» lặp lại (đã có ở {first}); hãy giữ một",
        "the key «{name}» stands twice (first at {first}); keep one",
    ),
    "key_unknown": (
        "không có khóa «{name}»[[; có phải «{nearest}»?]]",
        "there is no key «{name}»[[; is it «{nearest}»?]]",
    ),
    "key_missing": ("thiếu khóa «{name}»", "the key «{name}» is missing"),
    "extends_cycle": (
        "«extends» chạy vòng: {chain}",
        "«extends» runs in a circle: {chain}",
    ),
    "extends_too_long": (
        "chuỗi «extends» dài hơn {limit} tệp",
        "the chain of «extends» is longer than {limit} files",
    ),
    # texts
    "text_like_formula": (
        "«{value}» bắt đầu như một công thức (=, +, -, @ hoặc Tab): Excel sẽ tính thay vì hiện "
        "chữ; hãy bỏ dấu ở đầu",
        "«{value}» begins like a formula (=, +, -, @ or a tab), which a spreadsheet would "
        "calculate instead of showing the text; leave the sign at its beginning off",
    ),
    # values
    "value_not_mapping": (
        "«{value}» phải là các cặp «khóa: giá trị»",
        "«{value}» should be «key: value» pairs",
    ),
    "value_not_list": (
        "«{value}» phải là danh sách, ví dụ [2023, 2025]",
        "«{value}» should be a list, such as [2023, 2025]",
    ),
    "value_not_scalar": (
        "ở đây phải là một giá trị, không phải danh sách hay nhóm khóa",
        "a single value is expected here, not a list or a mapping",
    ),
    "value_wrong_kind": (
        "«{value}» không đúng loại giá trị ở đây",
        "«{value}» is not the kind of value expected here",
    ),
    "value_not_listed": (
        "«{value}» không thuộc danh sách cho phép[[; có phải: {nearest}?]]",
        "«{value}» is not on the list of allowed values[[; is it: {nearest}?]]",
    ),
    "value_below": (
        "{value} nhỏ hơn mức thấp nhất {bound}",
        "{value} is below the least value {bound}",
    ),
    "value_not_above": (
        "{value} phải lớn hơn {bound}",
        "{value} must be above {bound}",
    ),
    "value_above": (
        "{value} lớn hơn mức cao nhất {bound}",
        "{value} is above the greatest value {bound}",
    ),
    "value_not_below": ("{value} phải nhỏ hơn {bound}", "{value} must be below {bound}"),
    "value_too_small": (
        "{value} quá nhỏ: phải là 0 hoặc có độ lớn từ {bound} trở lên",
        "{value} is too small: it is 0, or its size is {bound} at least",
    ),
    "value_too_fine": (
        "{value} có quá nhiều chữ số thập phân; ở đây nhiều nhất {bound} chữ số sau dấu phẩy",
        "{value} has too many decimals; at most {bound} count here",
    ),
    "list_length": (
        "danh sách cần {count} giá trị, đang có {found}; ngăn bằng «;» trong ô Excel, bằng «,» "
        "trong ngoặc [ ]",
        "the list takes {count} {count:value|values} and has {found}; divide them by «;» in a "
        "cell, by «,» "
        "inside [ ]",
    ),
    "currency_malformed": (
        "«{value}» không phải mã tiền tệ ISO 4217; hãy ghi ba chữ hoa, ví dụ VND",
        "«{value}» is not an ISO 4217 currency code; write three capital letters, such as VND",
    ),
    "id_malformed": (
        "mã «{value}» chỉ được gồm chữ, số, «_», «.», «-», tối đa 80 ký tự",
        "the id «{value}» may hold only letters, digits, «_», «.», «-», at most 80 characters",
    ),
    "name_of_several": (
        "«{value}» là tên của {count} dòng; hãy ghi mã",
        "«{value}» is the name of {count} {count:row|rows}; write the id",
    ),
    "name_unknown": (
        "«{value}» không phải mã hay tên đã khai báo[[; có phải «{nearest}»?]]",
        "«{value}» is neither a declared id nor a name[[; is it «{nearest}»?]]",
    ),
    "text_too_long": (
        "văn bản quá dài: «{value}»; hãy rút gọn",
        "the text is too long: «{value}»; shorten it",
    ),
    "text_hidden_character": (
        "có ký tự ẩn trong «{value}»; hãy gõ lại ô này",
        "there is a hidden character in «{value}»; type this cell again",
    ),
    # cells
    "cell_missing": ("ô trống; cột này phải có giá trị", "the cell is empty; a value is needed"),
    "cell_error": (
        "ô có lỗi Excel {value}; hãy sửa công thức hoặc gõ số",
        "the cell holds the Excel error {value}; mend the formula or type the number",
    ),
    "cell_formula_without_value": (
        "công thức chưa có kết quả; hãy mở tệp bằng Excel hoặc LibreOffice rồi lưu lại",
        "the formula has no stored result; open the file in Excel or LibreOffice and save it",
    ),
    "cell_without_header": (
        "«{value}» nằm ở cột không có tiêu đề; hãy đặt tiêu đề hoặc xóa",
        "«{value}» stands in a column without a header; name the column or delete it",
    ),
    "number_unreadable": ("«{value}» không phải là số", "«{value}» is not a number"),
    "number_with_text": (
        "«{value}» có chữ lẫn với số; chỉ ghi số",
        "«{value}» mixes text and a number; write the number alone",
    ),
    "number_not_whole": (
        "«{value}» không phải số nguyên; nhóm nghìn phải đủ ba chữ số",
        "«{value}» is not a whole number; groups of thousands have three digits",
    ),
    "number_ambiguous": (
        "«{value}» có thể là phần nghìn hoặc phần thập phân; hãy bỏ dấu nghìn, hoặc thêm số 0 "
        "vào cuối phần thập phân",
        "in «{value}» the mark may be thousands or decimals; drop the thousands mark, or add a 0 "
        "to the decimals",
    ),
    "number_scientific": (
        "«{value}» là dạng rút gọn đã mất chữ số; hãy định dạng cột là số rồi lưu lại",
        "«{value}» is a shortened form that lost digits; format the column as a number and save",
    ),
    "year_unreadable": (
        "«{value}» không phải là năm; ghi bốn chữ số, ví dụ 2023",
        "«{value}» is not a year; write four digits, such as 2023",
    ),
    "year_shown_as_date": (
        "ô định dạng ngày ({value}) nhưng có lẽ đã gõ năm; hãy đổi định dạng sang số",
        "the cell is formatted as a date ({value}) but a year was probably typed; format it as a "
        "number",
    ),
    "truth_unreadable": (
        "«{value}» phải là «có» hoặc «không»",
        "«{value}» should be «yes» or «no»",
    ),
    # tables
    "table_missing": (
        "kịch bản thiếu bảng «{name}»",
        "the scenario lacks the table «{name}»",
    ),
    "table_empty": ("bảng trống", "the table is empty"),
    "table_too_long": (
        "bảng dài hơn {limit} dòng",
        "the table is longer than {limit} rows",
    ),
    "table_too_wide": (
        "bảng có hơn {limit} cột; hãy xóa các cột không dùng",
        "the table has more than {limit} columns; delete those that are not used",
    ),
    "csv_broken": (
        'dòng này không đọc được: dấu nháy kép chưa đóng hoặc đứng lẻ trong ô (hãy viết đôi «""»), '
        "hoặc ô dài hơn {limit} ký tự",
        "this row cannot be read: a double quote that is left open or stands alone in a cell "
        "(write it twice), or a cell longer than {limit} characters",
    ),
    "header_missing": (
        "không thấy dòng tiêu đề; cần các cột: {expected}",
        "no header row was found; these columns are needed: {expected}",
    ),
    "column_missing": (
        "thiếu cột «{name}»[[; có phải cột «{nearest}»?]]",
        "the column «{name}» is missing[[; is it «{nearest}»?]]",
    ),
    "column_twice": (
        "cột «{name}» lặp lại; hãy giữ một",
        "the column «{name}» stands twice; keep one",
    ),
    "column_unknown": (
        "bảng này không có cột «{name}»[[; có phải «{nearest}»?]]",
        "this table has no column «{name}»[[; is it «{nearest}»?]]",
    ),
    "column_reserved": (
        "thuộc tính của trường không được tên là «{name}»; hãy đổi tên cột",
        "an attribute of schools cannot be called «{name}»; rename the column",
    ),
    "column_like_known": (
        "cột «{name}» được coi là thuộc tính riêng; có phải «{nearest}»?",
        "the column «{name}» is taken as an attribute of your own; is it «{nearest}»?",
    ),
    "row_is_total": (
        "dòng tổng «{value}» không phải là số liệu; hãy xóa dòng này",
        "the total row «{value}» is not data; delete this row",
    ),
    "row_is_note": (
        "dòng này chỉ có «{value}»: nếu là ghi chú hay tiêu đề nhóm, hãy xóa; nếu là số liệu, "
        "hãy điền đủ các cột bắt buộc",
        "this row holds only «{value}»: if it is a note or a heading, delete it; if it is data, "
        "fill in the required columns",
    ),
    "more_of_the_same": (
        "và {count} chỗ khác cùng loại ({like})",
        "and {count} more of the same kind ({like})",
    ),
    "selection_unreadable": (
        "«{value}» phải có dạng khóa=giá trị, ngăn bằng «;»",
        "«{value}» should be key=value, several divided by «;»",
    ),
    # workbooks
    "workbook_broken": (
        "tệp XLSX hỏng hoặc không phải XLSX; hãy mở bằng Excel và lưu lại",
        "the XLSX file is damaged or is none; open it in Excel and save it again",
    ),
    "workbook_old_or_locked": (
        "tệp là .xls cũ hoặc có mật khẩu; hãy lưu lại dạng .xlsx không mật khẩu",
        "the file is an old .xls or has a password; save it as .xlsx without one",
    ),
    "workbook_too_large": (
        "nội dung giải nén quá giới hạn {limit} MiB; tệp bị từ chối",
        "the unpacked content passes the limit of {limit} MiB; the file is refused",
    ),
    "workbook_doctype": (
        "XML trong tệp có khai báo DOCTYPE; tệp bị từ chối",
        "the XML inside declares a DOCTYPE; the file is refused",
    ),
    "workbook_external_links": (
        "tệp có {count} liên kết tới tệp khác ({name}); các số lấy từ đó có thể đã cũ",
        "the workbook has {count} {count:link|links} to other files ({name}); figures from there "
        "may be old",
    ),
    "sheet_too_wide": (
        "vùng dữ liệu quá rộng; hãy xóa các ô ở rất xa bảng",
        "the sheet spans too many cells; delete the cells far away from the table",
    ),
    "sheet_twice": (
        "trang này và trang «{first}» cùng là bảng {name}; hãy giữ một",
        "this sheet and «{first}» are both the table {name}; keep one",
    ),
    "sheet_unknown": (
        "không có bảng «{name}»[[; có phải «{nearest}»?]]",
        "there is no table «{name}»[[; is it «{nearest}»?]]",
    ),
    "sheet_of_several": (
        "các trang {found} đều giống bảng {name}; hãy đặt tên «{name}» cho trang cần đọc",
        "the sheets {found} all look like the table {name}; give the one to be read that name",
    ),
    "sheet_skipped": (
        "trang này không được đọc vì tên không phải tên bảng; trông giống bảng {name}: nếu đúng, "
        "hãy đổi tên trang thành «{name}»[[ và thêm cột: {missing}]]",
        "the sheet was not read, as its name is no table; it looks like the table {name}: if it "
        "is, rename the sheet to «{name}»[[ and add the columns: {missing}]]",
    ),
    "sheet_hidden": (
        "trang này bị ẩn nhưng vẫn được đọc; hãy bỏ ẩn hoặc xóa",
        "this sheet is hidden and was read all the same; unhide or delete it",
    ),
    "sheet_empty_rows": (
        "có {count} dòng trống được định dạng sau dòng {last}; hãy xóa các dòng này",
        "{count} empty formatted {count:row follows|rows follow} row {last}; delete them",
    ),
    # what was interpreted
    "read_sheet": ("trang này được đọc là bảng {read}", "the sheet was read as the table {read}"),
    "read_sheet_by_header": (
        "trang này được đọc là bảng {read} vì có đủ các cột của bảng đó",
        "the sheet was read as the table {read}, because it has that table's columns",
    ),
    "read_not_sheet": ("trang này không phải bảng nào, bỏ qua", "the sheet is no table; skipped"),
    "read_hidden_rows": (
        "{count} dòng ẩn cũng được đọc; hãy bỏ ẩn để kiểm tra, hoặc xóa nếu không dùng",
        "{count} hidden {count:row was|rows were} read as well; unhide {count:it|them} to check, "
        "or delete {count:it|them}",
    ),
    "read_formulas": (
        "{count} công thức: đã dùng kết quả lưu trong tệp",
        "{count} {count:formula|formulas}: the results stored in the file were used",
    ),
    "read_csv_not_sheet": (
        "bảng {name} lấy từ tệp CSV, không lấy từ trang cùng tên; hãy bỏ tệp khỏi «data» hoặc xóa "
        "trang",
        "the table {name} comes from the CSV file, not from the sheet of that name; take the file "
        "out of «data» or delete the sheet",
    ),
    "read_thousands": ("«{value}» được đọc là {read}", "«{value}» was read as {read}"),
    "read_decimal_comma": ("«{value}» được đọc là {read}", "«{value}» was read as {read}"),
    "read_bare_fraction": ("«{value}» được đọc là {read}", "«{value}» was read as {read}"),
    "read_percent": ("«{value}» được đọc là {read}", "«{value}» was read as {read}"),
    "read_date_as_year": (
        "ngày «{value}» được đọc là năm {read}",
        "the date «{value}» was read as the year {read}",
    ),
    "read_date_as_text": (
        "ngày được đọc là chữ «{read}»",
        "the date was read as the text «{read}»",
    ),
    "read_composed": (
        "«{value}» được đổi sang Unicode dựng sẵn (NFC)",
        "«{value}» was brought to composed Unicode (NFC)",
    ),
    "read_label": ("«{value}» được đọc là {read}", "«{value}» was read as {read}"),
    "read_more": (
        "và {count} ô khác cùng cách đọc ({like})",
        "and {count} more {count:cell|cells} read in the same way ({like})",
    ),
    "read_column": (
        "cột «{name}» được đọc là {read}",
        "the column «{name}» was read as {read}",
    ),
    "read_name_as_id": (
        "tên «{value}» được đọc là mã {read}",
        "the name «{value}» was read as the id {read}",
    ),
    "read_column_numbers": (
        "dòng này chỉ đánh số cột nên không đọc",
        "this row only numbers the columns and was left out",
    ),
    "read_text_guard": (
        '{count} ô dạng ="…" được đọc là chữ bên trong',
        '{count} {count:cell of the form ="…" was|cells of the form ="…" were} read as the text '
        "inside",
    ),
    "read_aside": (
        "cột «{name}» không phải số liệu của bảng này nên không đọc",
        "the column «{name}» is no data of this table and was left out",
    ),
    "read_header": (
        "tiêu đề ở dòng này ({rows} dòng); các dòng trên được bỏ qua",
        "the header stands here ({rows} {rows:row|rows}); what is above was skipped",
    ),
    "read_delimiter": ("các cột ngăn bằng {delimiter}", "the columns are divided by {delimiter}"),
    "read_encoding": ("tệp đọc theo {encoding}", "the file was read as {encoding}"),
}
