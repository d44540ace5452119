"""What is written beside its place first: complete, or not there at all.

A folder (or file) in the making is marked as its maker's for as long as that lives; the system
takes the mark away however the maker ends. So the next one knows what dead makers left behind,
and removes that and nothing else.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from planner.errors import (
    ExitCode,
    Finding,
    FoundError,
    InputError,
    Place,
    PlannerError,
    SolverError,
)
from planner.messages import say

RANDOM = "[a-z0-9_]{8}"
"""How the name of something in the making ends."""
LONGEST = 200
"""Bytes of a name that still take an addition; file systems take 255."""
IN_THE_MAKING = re.compile(rf"[/\\]\.[^/\\]*(new|report)-{RANDOM}([/\\]|$)")
INSIDE = ".planner.new-"
"""How names begin of what is written inside a folder of files."""
Ours = Callable[[Path], bool]
"""Whether a folder that was left behind was made by us."""
OPEN: set[Path] = set()
"""What this process is writing now."""
SHEET = 4096
"""Bytes that are tried to be written."""


def name_beside(name: str) -> str:
    """How names begin that stand beside ``name`` while it is written: ``.plan.new-``."""
    if len(os.fsencode(name)) > LONGEST:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
    return f".{name}.new-"


@contextmanager
def beside(place: Path, prefix: str, ours: Ours = lambda _: True) -> Iterator[Path]:
    """A new folder in ``place`` (which is there), gone at the end unless it was moved away.

    What dead makers left there under the same prefix goes first, where ``ours`` says that it
    was made here.
    """
    sweep(place, prefix, "", ours)
    while True:  # another one where a sweeper came in between
        path = place / f"{prefix}{secrets.token_hex(4)}"
        mark = Mark(path)
        try:
            path.mkdir(mode=0o700)
            with suppress(FileNotFoundError):  # a sweeper was quicker
                mark.take()
        except OSError as error:
            mark.release()
            if isinstance(error, FileExistsError):
                continue
            raise
        if path.exists():
            break
        mark.release()
    OPEN.add(path)
    try:
        yield path
    finally:
        OPEN.discard(path)
        shutil.rmtree(path, ignore_errors=True)
        mark.release()


def sweep(place: Path, prefix: str, suffix: str = "", ours: Ours = lambda _: True) -> None:
    """Removes what dead makers left in ``place``: ``<prefix>########<suffix>``.

    What cannot be read or removed stays: a sweeper never fails.
    """
    known = re.compile(re.escape(prefix) + RANDOM + re.escape(suffix))
    with suppress(OSError):
        for entry in list(os.scandir(place)):
            if not known.fullmatch(entry.name) or entry.is_symlink():
                continue
            path, mark = Path(entry.path), Mark(Path(entry.path))
            try:
                if not mark.alone():
                    continue
                if not path.is_dir():
                    path.unlink()
                elif ours(path):
                    shutil.rmtree(path, ignore_errors=True)
            except OSError:
                continue
            finally:
                mark.release()


class Mark:
    """A maker's mark on a path, which the system takes away when the maker ends.

    Where the system knows them (POSIX) it is a lock on the path itself; on Windows it is a file
    beside that lives as long as it is open. Where neither works (some network drives) nothing
    counts as left behind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held: int | None = None
        if os.name == "nt":
            # A file beside, that Windows removes with the last process that has it open.
            flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_TEMPORARY", 0)
            with suppress(OSError):  # another process has it
                self.held = os.open(f"{path}.mark", flags)

    def take(self, handle: int | None = None) -> None:
        """Marks the path, which is there now; ``handle``: a descriptor of it, kept open."""
        if os.name == "nt":
            return
        from fcntl import LOCK_EX, flock

        self.held = os.open(self.path, os.O_RDONLY) if handle is None else os.dup(handle)
        with suppress(OSError):
            flock(self.held, LOCK_EX)

    def alone(self) -> bool:
        """Takes the mark of a path that somebody else made; false while that one lives."""
        if os.name == "nt":
            return self.held is not None
        from fcntl import LOCK_EX, LOCK_NB, flock

        try:
            self.held = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            flock(self.held, LOCK_EX | LOCK_NB)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Takes the mark away."""
        if self.held is not None:
            os.close(self.held)
            self.held = None


@contextmanager
def whole(folder: Path, *, prefix: str = INSIDE, ours: Ours = lambda _: True) -> Iterator[Path]:
    """A folder to write files into; they stand in ``folder`` (made if missing) together, when
    all are written. Where one of them fails, none does.

    Raises :class:`OSError` that names ``folder``.
    """
    folder = through(folder)
    with naming(folder), standing(folder), beside(folder, prefix, ours) as place:
        yield place
        for path in sorted(p for p in place.rglob("*") if p.is_file()):
            target = folder / path.relative_to(place)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, target)


@contextmanager
def standing(folder: Path) -> Iterator[None]:
    """A folder that is there for a while, and stays where something came to stand in it; so do
    the folders on the way to it."""
    made = missing(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for path in made:
            with suppress(OSError):
                path.rmdir()


def missing(folder: Path) -> list[Path]:
    """The folders that are not there on the way to ``folder``, the innermost first."""
    found = []
    for path in (folder, *folder.parents):
        if path.exists():
            break
        found.append(path)
    return found


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """An :class:`OSError` without a name (a full disk says none), or with that of something in
    the making, gets that of ``path``; one that a library has wrapped comes out."""
    try:
        yield
    except OSError as error:
        if error.filename is None or IN_THE_MAKING.search(str(error.filename)):
            error.filename = str(error.filename2 or path)
        raise
    except Exception as error:
        inner = error.args[0] if error.args else None
        if not isinstance(inner, OSError):
            raise
        inner.filename = str(path)
        raise inner from error


def through(path: Path | str) -> Path:
    """The absolute path with links followed: what is written to a link stands where it leads."""
    return Path(os.path.realpath(path))


def write_file(path: Path, body: bytes, *, new: bool = False) -> None:
    """Writes one file: all of it, or what stood there before stays. ``new``: raises
    :class:`FileExistsError` where anything stands there, also what came in between."""
    path = through(path)
    with naming(path), standing(path.parent), beside(path.parent, INSIDE) as place:
        made = place / path.name
        made.write_bytes(body)
        if new and path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        if new:
            with suppress(OSError):  # a link never replaces; some file systems have none
                os.link(made, path)
                return
            if path.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        os.replace(made, path)


KINDS = {
    errno.ENOSPC: "space", getattr(errno, "EDQUOT", errno.ENOSPC): "space", errno.EFBIG: "large",
    errno.EACCES: "denied", errno.EPERM: "denied", errno.EROFS: "readonly",
    errno.ENAMETOOLONG: "long", errno.EEXIST: "in_the_way", errno.ENOTDIR: "in_the_way",
    errno.ELOOP: "loop", errno.EXDEV: "mounted", errno.EBUSY: "mounted",
    errno.EMFILE: "files", errno.ENFILE: "files", errno.EAGAIN: "processes",
}  # fmt: skip
"""What the system says, by the sentence (``disk_…``) that tells people what to do."""


def is_full(error: OSError) -> bool:
    """Whether there was no room (left, or allowed) for what was written."""
    return KINDS.get(error.errno or 0) in ("space", "large")


def finding_of(error: OSError) -> Finding:
    """What the system refused, where, and what to do about it."""
    kind = KINDS.get(error.errno or 0, "other")
    detail = error.strerror or str(error) or type(error).__name__
    return Finding(f"disk_{kind}", Place(file=str(error.filename or "")), {"detail": detail})


class Failure(NamedTuple):
    """An error as people read it: the exit code, then findings, or one sentence."""

    code: int
    findings: tuple[Finding, ...]
    sentence: str


def failure_of(error: BaseException, lang: str) -> Failure:
    """What went wrong, in a language: findings stay findings, what the system refused becomes one,
    a defect names itself."""
    if isinstance(error, FoundError):
        return Failure(int(error.exit_code), error.findings, "")
    if isinstance(error, SolverError):
        told = say(f"door_{error.code}", lang, detail=error.detail)
        return Failure(int(error.exit_code), (), told)
    if isinstance(error, MemoryError):
        return Failure(int(ExitCode.INPUT), (), say("door_memory", lang))
    # The system starts no more threads; Python says so in words alone.
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        error = OSError(errno.EAGAIN, str(error))
    if isinstance(error, OSError):
        # What the system refused (a full disk, a limit), where, and what to do.
        return Failure(int(ExitCode.INPUT), (finding_of(error),), "")
    told = say("door_internal", lang, detail=f"{type(error).__name__}: {error}")
    known = error.exit_code if isinstance(error, PlannerError) else ExitCode.INTERNAL
    return Failure(int(known), (), told)


def try_folder(folder: Path, *, inside: bool) -> None:
    """Tries whether ``folder`` can be written, and leaves nothing behind.

    ``inside``: files are written into it; otherwise it is written beside its place, which has
    to take it whole.

    Raises :class:`InputError` with the path that is in the way and what to do.
    """
    folder = through(folder)
    place, prefix = (folder, INSIDE) if inside else (folder.parent, name_beside(folder.name))
    try:
        if folder.exists() and not folder.is_dir():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))
        with naming(folder), standing(folder):
            if not inside and os.path.ismount(folder):
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(folder))
            handle, name = tempfile.mkstemp(dir=place, prefix=prefix)
            try:
                with open(handle, "wb") as file:
                    file.write(bytes(SHEET))
            finally:
                os.unlink(name)
    except OSError as error:
        raise InputError([finding_of(error)]) from error


@contextmanager
def refusals_as_findings() -> Iterator[None]:
    """What the system refuses becomes an :class:`InputError` with the path and what to do."""
    try:
        yield
    except OSError as error:
        raise InputError([finding_of(error)]) from error
