"""Bytes → text: UTF-8 with or without BOM, UTF-16, and where nothing else fits the Windows
code pages, 1258 where Vietnamese tones stand on vowels, else 1252 (Western Europe)."""

from __future__ import annotations

import codecs
import unicodedata

from planner.errors import Place
from planner.scenario.log import Log

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_VOWELS = "aăâeêioôơuưy"


def decoded(data: bytes, file: str, log: Log) -> str | None:
    """The text of a file; how it was decoded is noted, and said aloud where it is not sure."""
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _strict(data, codec, name, file, log)
    sample = data[:4000]
    if len(sample) >= 4 and sample.count(0) * 3 > len(sample):
        codec = "utf-16-le" if sample[1::2].count(0) >= sample[0::2].count(0) else "utf-16-be"
        return _strict(data, codec, "UTF-16", file, log)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _windows(data, file, log)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _strict(data: bytes, codec: str, name: str, file: str, log: Log) -> str | None:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        log.error("encoding_broken", Place(file), encoding=name, position=error.start + 1)
        return None
    if name != "UTF-8":
        log.note("read_encoding", Place(file), encoding=name)
    return unicodedata.normalize("NFC", text)


def _windows(data: bytes, file: str, log: Log) -> str | None:
    pages = ("cp1258", "cp1252") if _has_tones(data) else ("cp1252", "cp1258")
    for page in pages:
        try:
            text = unicodedata.normalize("NFC", data.decode(page))
        except UnicodeDecodeError as error:
            position = error.start + 1
            continue
        log.warn("encoding_windows", Place(file), encoding=f"Windows-{page[2:]}")
        return text
    log.error("encoding_unknown", Place(file), position=position)
    return None


def _has_tones(data: bytes) -> bool:
    """Whether bytes that are tones in Windows-1258 mostly follow vowels, as Vietnamese does."""
    text = data[:1_000_000].decode("cp1258", "replace")
    marks = [k for k, c in enumerate(text) if c in _TONES]
    after = sum(1 for k in marks if k and text[k - 1].casefold() in _VOWELS)
    return bool(marks) and after * 2 > len(marks)
