"""The ``.docx``: a letter from a template that offices can replace, appendices written behind it.

The template runs in Jinja's sandbox with escaping on; its tag ``{{ appendices }}`` says where
the appendices stand.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from planner.errors import Finding, InputError, Place
from planner.present import docx_xml
from planner.present.content_types import ReportContent
from planner.present.docx_template import DOCUMENT, Sandbox, template_bytes

MARK = "planner-appendices-stand-here"
DATE = (2000, 1, 1, 0, 0, 0)


def write_docx(content: ReportContent, path: Path, template: Path | None = None) -> None:
    """Writes the package; the same content and template give the same bytes.

    Raises :class:`InputError` for a template that cannot be used: one finding, nothing written.
    """
    source = template_bytes(template)
    place = Place(file=template.name if template else "report.docx")
    try:
        rendered = _rendered(content, source)
    except Exception as error:  # whatever a foreign template does: one finding
        detail = f"{type(error).__name__}: {error}"
        raise InputError([Finding("report_template", place, {"detail": detail})]) from error
    with zipfile.ZipFile(io.BytesIO(rendered)) as archive:
        document = archive.read(DOCUMENT).decode("utf-8")
        if MARK not in document:
            raise InputError([Finding("report_template_mark", place, {})])
        with zipfile.ZipFile(path, "w") as target:
            for name in archive.namelist():
                entry = zipfile.ZipInfo(name, DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with target.open(entry, "w", force_zip64=True) as out:
                    if name != DOCUMENT:
                        out.write(archive.read(name))
                        continue
                    for piece in _with_appendices(document, content):
                        out.write(piece.encode("utf-8"))


def _rendered(content: ReportContent, source: bytes) -> bytes:
    from docxtpl import DocxTemplate
    from markupsafe import Markup

    document = DocxTemplate(io.BytesIO(source))
    context = {
        "letter": content.letter, "letter_body": Markup(docx_xml.letter_body(content)),
        "country": content.country, "motto": content.motto, "labels": content.labels,
        "title": content.title, "illustrative": content.illustrative, "owner": content.owner,
        "appendices": MARK,
    }  # fmt: skip
    document.render(context, jinja_env=Sandbox())
    memory = io.BytesIO()
    document.save(memory)
    return memory.getvalue()


def _with_appendices(document: str, content: ReportContent) -> Iterator[str]:
    """The document with the marked paragraph replaced; the last section is the appendices'."""
    marked = re.search(
        rf"<w:p(?: [^>]*)?>(?:(?!</w:p>).)*{MARK}(?:(?!</w:p>).)*</w:p>", document, re.S
    )
    if marked is None:
        raise ValueError("the mark of the appendices stands in no paragraph of its own")
    references = "".join(
        dict.fromkeys(re.findall(r"<w:(?:header|footer)Reference [^>]*/>", document))
    )
    rest = document[marked.end() :]
    last = rest.rfind("<w:sectPr")
    yield document[: marked.start()]
    yield from docx_xml.appendices(content, references)
    yield rest[:last] if last >= 0 else ""
    yield rest[rest.rfind("</w:sectPr>") + len("</w:sectPr>") :] if last >= 0 else rest
