"""Readers of docx and html: paragraphs and rows in reading order, a long file row by row."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from planner.present.check import Seen, blocks, compare
from planner.present.content_types import Paragraph, ReportContent

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def check_docx(path: Path, content: ReportContent, whole: bool = True) -> None:
    """The document against the content. ``whole=False``: an office's own template may leave the
    letter's body out; what of it is there must be all there."""
    letter = whole or _holds_letter(path, content)
    compare("docx", read_docx(path), content, list(blocks(content, letter)))


def _holds_letter(path: Path, content: ReportContent) -> bool:
    texts = {b.text for b in content.letter.blocks if isinstance(b, Paragraph)}
    return any(s.kind == "text" and s.texts[0] in texts for s in read_docx(path))


def read_docx(path: Path) -> Iterator[Seen]:
    """Paragraphs and table rows of the document."""
    from lxml import etree

    tags = (f"{WORD}p", f"{WORD}tr")
    depth = 0
    with zipfile.ZipFile(path) as archive, archive.open("word/document.xml") as source:
        for event, node in etree.iterparse(source, events=("start", "end"), tag=tags):
            row = node.tag == tags[1]
            depth += (1 if event == "start" else -1) if row else 0
            if event == "start" or depth:
                continue
            if row:
                yield Seen("row", tuple(_words(c) for c in node.iter(f"{WORD}tc")))
            else:
                yield Seen("text", (_words(node),))
            _forget(node)


def _words(node: Any) -> str:
    return "".join(t.text or "" for t in node.iter(f"{WORD}t"))


def _forget(node: Any) -> None:
    """Frees what has been read: the node's content and what stands before it."""
    node.clear(keep_tail=True)
    while node.getprevious() is not None:
        del node.getparent()[0]


def check_html(path: Path, content: ReportContent) -> None:
    """The page against the content, the table of schools included."""
    wanted = [*content.letter.blocks, content.schools]
    wanted += [b for a in content.appendices for b in a.blocks]
    compare("html", read_html(path), content, wanted)


def read_html(path: Path) -> Iterator[Seen]:
    """Paragraphs, headings and rows of the page."""
    from lxml import etree

    events = etree.iterparse(str(path), events=("end",), tag=("tr", "p", "h3"), html=True,
                             encoding="utf-8", huge_tree=True)  # fmt: skip
    for _, node in events:
        if node.tag == "tr":
            yield Seen("row", tuple("".join(c.itertext()) for c in node.iter("td", "th")))
        else:
            yield Seen("text", ("".join(node.itertext()),))
        _forget(node)
