"""A file on the desktop that opens a folder by a click: ``.desktop``, ``.command`` or ``.bat``."""

from __future__ import annotations

import shlex
import stat
import sys
from pathlib import Path

from planner.errors import Finding, InputError, Place
from planner.messages import say
from planner.system.disk import write_file


def command(root: Path) -> list[str]:
    """What opens a folder: this very Python, with the program as its module."""
    return [sys.executable, "-m", "planner", "open", str(root.resolve())]


def desktop_file(root: Path, lang: str) -> str:
    """For Linux desktops (Desktop Entry Specification 1.5, "The Exec key"): an argument in quotes,
    in which quotes, backticks, dollars and backslashes are escaped, twice for the key's own sake;
    a per cent sign is written twice."""

    def quoted(text: str) -> str:
        for sign in '\\"`$':
            text = text.replace(sign, "\\" + sign)
        return '"' + text.replace("\\", "\\\\").replace("%", "%%") + '"'

    name = say("web.shortcut.name", lang, folder=root.resolve().name)
    lines = [
        "[Desktop Entry]", "Type=Application", "Version=1.5", f"Name={name}",
        "Exec=" + " ".join(quoted(part) for part in command(root)), "Terminal=true",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def command_file(root: Path) -> str:
    """For macOS: a script of the shell."""
    return "#!/bin/sh\nexec " + " ".join(shlex.quote(part) for part in command(root)) + "\n"


def batch_file(root: Path) -> str:
    """For Windows: a batch file in UTF-8, in which a per cent sign is written twice."""
    parts = " ".join('"' + part.replace("%", "%%") + '"' for part in command(root))
    return f"@echo off\r\nchcp 65001 >nul\r\n{parts}\r\nif errorlevel 1 pause\r\n"


def write_shortcut(root: Path, place: Path, lang: str, system: str = sys.platform) -> Path:
    """Writes the shortcut of a folder into another one; the file.

    Raises :class:`~planner.errors.InputError` where ``place`` is no folder or such a file is there.
    """
    if not place.is_dir():
        raise InputError([Finding("web.open.no_folder", Place(file=str(place)))])
    suffix = {"win32": "bat", "darwin": "command"}.get(system, "desktop")
    path = place / f"planner-{root.resolve().name or 'root'}.{suffix}"
    if path.exists():
        raise InputError([Finding("web.shortcut.exists", Place(file=str(path)))])
    if suffix == "bat":
        body = batch_file(root)
    else:
        body = desktop_file(root, lang) if suffix == "desktop" else command_file(root)
    write_file(path, body.encode())
    if suffix != "bat":
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP)
    return path
