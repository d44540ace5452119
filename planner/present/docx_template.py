"""The template of the letter: read within limits, run in a sandbox that can only fill it in.

A template may print the values that it is given, choose between them and repeat a part for each
of a list. It reaches no attribute of Python, calls nothing, and its size bounds the result: no
nested loops, no macros, no ranges, no repeated texts.
"""

from __future__ import annotations

import io
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError

from planner.errors import Finding, InputError, Place

DOCUMENT = "word/document.xml"
LARGEST = 64 * 2**20
"""Bytes of a template, unpacked."""
FILTERS = ("capitalize", "default", "e", "escape", "first", "join", "last", "length", "lower",
           "replace", "title", "trim", "upper")  # fmt: skip
REFUSED = (nodes.Macro, nodes.CallBlock, nodes.Call, nodes.Include, nodes.Import,
           nodes.FromImport, nodes.Extends, nodes.FilterBlock)  # fmt: skip


def shipped() -> bytes:
    """The template of the package, to be edited and given back with ``--template``."""
    return (files("planner.present") / "templates" / "report.docx").read_bytes()


def template_bytes(path: Path | None) -> bytes:
    """The template: the office's own, or the shipped one.

    Raises :class:`InputError` for what is no plain .docx, is too large, holds macros or points
    outside itself (links that a reader clicks are allowed).
    """
    if path is None:
        return shipped()
    place = Place(file=path.name)
    data = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            code = _wrong(archive)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise InputError([Finding("report_template", place, {"detail": detail})]) from error
    if code:
        raise InputError([Finding(code, place, {})])
    return data


def _wrong(archive: zipfile.ZipFile) -> str:
    """Code of the finding; empty: none. Sizes are counted as they come out."""
    archive.getinfo(DOCUMENT)
    left = LARGEST
    for name in archive.namelist():
        if name.endswith("vbaProject.bin"):
            return "report_template_macros"
        with archive.open(name) as part:
            data = part.read(left + 1)
        left -= len(data)
        if left < 0:
            return "report_template_size"
        if name.endswith(".rels") and _outside(data):
            return "report_template_outside"
    return ""


def _outside(relations: bytes) -> bool:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for node in etree.fromstring(relations, parser):
        kind = str(node.get("Type", "")).rsplit("/", 1)[-1]
        if node.get("TargetMode") == "External" and kind != "hyperlink":
            return True
    return False


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja that fills in: what is beyond that is refused before anything runs."""

    intercepted_binops = frozenset(("*", "**", "%", "+", "-", "/", "//"))

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.globals.clear()
        self.filters = {k: v for k, v in self.filters.items() if k in FILTERS}

    def from_string(self, source: Any, *args: Any, **more: Any) -> Template:
        """A template, once it was looked through."""
        tree = source if isinstance(source, nodes.Template) else self.parse(source)
        for node in tree.find_all(REFUSED):
            raise SecurityError(f"not allowed in a template: {type(node).__name__.lower()}")
        for loop in tree.find_all(nodes.For):
            inner = [p for p in (*loop.body, *loop.else_) if isinstance(p, nodes.For)]
            inner += [f for p in (*loop.body, *loop.else_) for f in p.find_all(nodes.For)]
            if loop.recursive or inner:
                raise SecurityError("not allowed in a template: a loop in a loop")
        return super().from_string(source, *args, **more)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic between numbers only: a text times a billion fills the memory."""
        if operator == "**" or not all(isinstance(v, int) for v in (left, right)):
            raise SecurityError(f"not allowed in a template: {operator}")
        return super().call_binop(context, operator, left, right)
