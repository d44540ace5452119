"""Bytes → text: UTF-8 with or without BOM, UTF-16, and Windows-1258 where nothing else fits."""

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
    try:
        text = unicodedata.normalize("NFC", data.decode("cp1258"))
    except UnicodeDecodeError as error:
        log.error("encoding_unknown", Place(file), position=error.start + 1)
        return None
    log.warn("encoding_windows", Place(file))
    return text
