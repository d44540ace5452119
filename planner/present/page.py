"""What a screen says and what a check found, as HTML for the page in the browser.

The words are those of the console: :func:`planner.present.terminal.blocks` makes blocks of the same
lines, and here they are only laid out. Classes alone say how they look: no style and no script
stands in what is made, as the page's strict policy for content asks. Every text is escaped, on one
line and without control or direction marks, as on a console.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from planner.errors import Finding, errors_in
from planner.messages import say
from planner.present.content import Block, Paragraph, Row, Table
from planner.present.terminal import clean


def html_blocks(parts: Iterable[Block], lang: str, currency: str, level: int = 3) -> str:
    """Blocks as sections, each under its heading of a level (``<h3>``); a note that follows what a
    heading heads begins a section of its own.

    ``<p class="…">`` has the style of its paragraph (``lead``, ``body``, ``item``, ``note``), a
    table is that of :func:`html_table`.
    """
    sections: list[list[str]] = []
    heading, labels = "", set[str]()
    for part in parts:
        head = isinstance(part, Paragraph) and part.style == "heading"
        apart = isinstance(part, Paragraph) and part.style == "note"
        if not sections or head or (apart and heading and len(sections[-1]) > 1):
            sections.append([])
            heading = ""
        if isinstance(part, Table):
            label = _label(part, heading, labels)
            labels.add(label)
            sections[-1].append(html_table(part, lang, currency, label))
        elif head:
            heading = clean(part.text)
            sections[-1].append(f"<h{level}>{_text(heading)}</h{level}>")
        else:
            sections[-1].append(f'<p class="{part.style}">{_text(part.text)}</p>')
    return "\n".join("\n".join(["<section>", *body, "</section>"]) for body in sections)


def _label(part: Table, heading: str, taken: set[str]) -> str:
    """What a table is called where it is not seen: no two on a page alike."""
    heads = ", ".join(clean(c.head) for c in part.columns)
    first = clean(part.heading) or heading or heads
    label, number = first if first not in taken else f"{first}: {heads}", 2
    while label in taken:
        label, number = f"{first} ({number})", number + 1
    return label


def html_table(part: Table, lang: str, currency: str, label: str) -> str:
    """A table in a box that scrolls sideways by itself, by keyboard too, and is called ``label``.

    Figures have the class ``n``; rows that sum up or head others the class ``total``, ``subtotal``
    or ``head``; totals at the end stand in ``<tfoot>``; its heading, where it has one, is its
    ``<caption>``.
    """
    caption = f"<caption>{_text(part.heading)}</caption>\n" if clean(part.heading) else ""
    heads = "".join(
        f'<th scope="col"{_figures(part, at)}>{_text(column.head)}</th>'
        for at, column in enumerate(part.columns)
    )
    rows = list(part.rows)
    ends = len(rows)
    while ends and rows[ends - 1].kind == "total":
        ends -= 1
    bodies: list[list[str]] = [[]]
    for row in rows[:ends]:
        if _is_head(part, row) and bodies[-1]:
            bodies.append([])
        bodies[-1].append(_row(part, row, lang, currency))
    body = "\n".join("\n".join(["<tbody>", *lines, "</tbody>"]) for lines in bodies)
    foot = [_row(part, row, lang, currency) for row in rows[ends:]]
    below = "\n".join(["", "<tfoot>", *foot, "</tfoot>"]) if foot else ""
    return (
        f'{_box(label)}<table class="figures">\n{caption}<thead><tr>{heads}</tr></thead>\n'
        f"{body}{below}\n</table></div>"
    )


def html_findings(
    findings: Sequence[Finding], lang: str, of: Sequence[Finding] | None = None
) -> str:
    """Findings as a table: how grave, where, and the sentence that ``planner check`` says; how many
    errors and warnings there are is its caption. Nothing where there are none.

    ``of``: all of them, where only some are shown. A row has the class of its severity (``error``,
    ``warning``) and can be filtered by ``data-severity``, ``data-code``, ``data-file``,
    ``data-sheet`` (of a file without sheets: the file), ``data-row``, ``data-column`` and, in a
    sheet, ``data-cell`` (``B3``; of a row or a column alone as much as is known).
    """
    counted = findings if of is None else of
    errors = len(errors_in(counted))
    caption = say("check_findings", lang, errors=errors, warnings=len(counted) - errors)
    rows = [_finding(f, str(f.severity), say(f"check_{f.severity}", lang), lang) for f in findings]
    return _found(rows, caption, lang)


def html_notes(notes: Sequence[Finding], lang: str, of: Sequence[Finding] | None = None) -> str:
    """What was interpreted while reading, as ``planner check --verbose`` says it: a table like that
    of :func:`html_findings`, its rows of the class and severity ``note``."""
    caption = say("page.notes", lang, count=len(notes if of is None else of))
    rows = [_finding(n, "note", say("check_note", lang), lang) for n in notes]
    return _found(rows, caption, lang)


def _found(rows: Sequence[str], caption: str, lang: str) -> str:
    """The table of such rows; nothing without any."""
    if not rows:
        return ""
    columns = [say(f"page.finding.{c}", lang) for c in ("severity", "where", "what")]
    heads = "".join(f'<th scope="col">{_text(column)}</th>' for column in columns)
    return "\n".join(
        [
            f'{_box(caption)}<table class="findings">',
            f"<caption>{_text(caption)}</caption>",
            f"<thead><tr>{heads}</tr></thead>",
            "<tbody>",
            *rows,
            "</tbody>",
            "</table></div>",
        ]
    )


def _finding(finding: Finding, kind: str, word: str, lang: str) -> str:
    """A row: its kind in a word, its place, its sentence."""
    where = finding.where
    row = "" if where.row is None else str(where.row)
    marks = {
        "severity": kind, "code": finding.code, "file": where.file,
        "sheet": where.sheet or where.file, "row": row, "column": where.column,
        "cell": f"{where.column}{row}" if where.sheet else "",
    }  # fmt: skip
    data = " ".join(f'data-{name}="{_text(value)}"' for name, value in marks.items() if value)
    told = say(finding.code, lang, **{str(k): v for k, v in finding.params.items()})
    return (
        f'<tr class="{kind}" {data}><td class="severity">{_text(word)}</td>'
        f'<td class="where">{_text(str(where))}</td><td class="what">{_text(told)}</td></tr>'
    )


def _row(part: Table, row: Row, lang: str, currency: str) -> str:
    """A row of a table; its first word names it."""
    texts = [_text(text) for text in part.texts(row, lang, currency)]
    if _is_head(part, row):
        wide = f' colspan="{len(part.columns)}"' if len(texts) == 1 else ""
        return f'<tr class="head"><th scope="rowgroup"{wide}>{texts[0]}</th>' + _cells(part, texts)
    named = bool(part.words()) and bool(texts[0])
    first = f'<th scope="row">{texts[0]}</th>' if named else f"<td>{texts[0]}</td>"
    if not part.words():
        first = f"<td{_figures(part, 0)}>{texts[0]}</td>"
    kind = f' class="{row.kind}"' if row.kind != "line" else ""
    return f"<tr{kind}>{first}{_cells(part, texts)}"


def _cells(part: Table, texts: Sequence[str]) -> str:
    """The cells after a row's first one."""
    cells = (f"<td{_figures(part, at)}>{text}</td>" for at, text in enumerate(texts) if at)
    return "".join(cells) + "</tr>"


def _is_head(part: Table, row: Row) -> bool:
    """Whether a row heads those after it."""
    return row.kind == "head" or len(row.cells) == 1 < len(part.columns)


def _figures(part: Table, at: int) -> str:
    return ' class="n"' if part.columns[at].side() == "right" else ""


def _box(label: str) -> str:
    return f'<div class="wide" tabindex="0" role="region" aria-label="{_text(label)}">'


def _text(text: str) -> str:
    """A text as it may stand in HTML, in an attribute too."""
    return escape(clean(text), quote=True)
