"""The folder that was opened: what is in it, and the only place where the page reads and writes.

Scenarios and plan folders on disk are the only state, so the page and the command line never
disagree. A request names what it means by its path within the folder, with forward slashes;
whatever leads out of it, by dots, by a drive, by a link, is nowhere.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from planner.errors import Finding, InputError, Place
from planner.run import folder as folders
from planner.scenario.load import WORKBOOKS
from planner.solving.solution import Status

PLANS = "plans"
"""Folder of plans, as ``planner run`` has it by default."""
HANDED_IN = "handed-in"
"""Folder of the files that were handed in: a folder each time."""
DEEPEST = 4
"""Folders below the opened one that are looked into."""
MOST = 2000
"""Scenarios or plans that are listed at most."""
HEAD = 65536
"""Bytes at the beginning of a YAML file in which a scenario says what it is."""
TABLES = (".csv", ".tsv", ".txt", *WORKBOOKS)
TAKEN = (*TABLES, ".yaml", ".yml", ".docx")
"""Kinds of files that may be handed in."""
LONGEST_NAME = 120
BESIDE = ("-report", "-figures", "-alternatives", "-executed", "-prices", "-compare")
"""How folders end that verbs write beside a plan."""
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
"""Names that mean devices on Windows."""
_OF_A_SCENARIO = re.compile(r"(?m)^(schema|extends|data)\s*:")


class NowhereError(Exception):
    """A path that leads to nothing that this page shows."""


def _unseen(char: str) -> bool:
    """Whether a character is one that controls (no sign of its own)."""
    return unicodedata.category(char)[0] == "C"


def file_name(given: str) -> str:
    """A name for a file that was handed in, out of the one its sender gave it: the last part of a
    path of either kind of slashes, without what systems stumble over.

    Raises :class:`~planner.errors.InputError` where its kind is none that can be read.
    """
    text = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    kept = "".join(" " if _unseen(c) or c in '<>:"|?*' else c for c in text)
    name = " ".join(kept.split()).strip(". ")
    stem, dot, suffix = name.rpartition(".")
    if not dot or not stem or f".{suffix.lower()}" not in TAKEN:
        kinds = ", ".join(TAKEN)
        raise InputError([Finding("web.file_kind", Place(file=name or "-"), {"kinds": kinds})])
    stem = stem[: LONGEST_NAME - len(suffix) - 1].rstrip(". ")
    return f"_{stem}.{suffix}" if RESERVED.match(f"{stem}.") else f"{stem}.{suffix}"


def folder_name(given: str) -> str:
    """A name for a folder out of what people call it: letters and digits without marks, hyphens."""
    text = unicodedata.normalize("NFD", given.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(c for c in text if not unicodedata.combining(c)).lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
    return f"{name}-1" if RESERVED.match(f"{name}.") else name


class Opened:
    """The opened folder.

    Parameters
    ----------
    root
        The folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.read_only = False
        """Whether the system lets nothing be written there: pages show what is there, and refuse
        what would write."""
        self._known: dict[str, tuple[Any, Any]] = {}
        self._lock = threading.Lock()

    def path(self, given: str) -> Path:
        """Where a path of a request leads; raises :class:`NowhereError` where that is outside,
        hidden, or no path at all."""
        parts = given.split("/")
        if not given or len(given) > 1000 or "\\" in given or ":" in given:
            raise NowhereError(given)
        if any(not p or p.startswith(".") or any(map(_unseen, p)) for p in parts):
            raise NowhereError(given)
        try:
            found = self.root.joinpath(*parts).resolve()
        except (OSError, ValueError, RuntimeError):
            raise NowhereError(given) from None
        if not found.is_relative_to(self.root):
            raise NowhereError(given)
        return self.root.joinpath(*parts)

    def there(self, given: str) -> Path:
        """The same, of what is there."""
        path = self.path(given)
        if not path.exists():
            raise NowhereError(given)
        return path

    def plan(self, given: str) -> Path:
        """A plan folder."""
        path = self.there(given)
        if not folders.is_plan_folder(path):
            raise NowhereError(given)
        return path

    def name(self, path: Path) -> str:
        """How a request names a path."""
        return path.absolute().relative_to(self.root).as_posix()

    def free(self, wanted: Path) -> Path:
        """The path, or with a number where something stands there already, or would not be found
        again: a scenario in a folder that is one for plans, or for what was handed in."""
        number, free = 2, wanted
        while free.exists() or (free.parent == self.root and _taken(free.name)):
            free = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
            number += 1
        return free

    def sealed(self, path: Path) -> bool:
        """Whether a file belongs to a plan folder, which another file within would spoil, or to
        what was handed in."""
        above = (p for p in path.parents if p.is_relative_to(self.root))
        return any(folders.is_plan_folder(p) or p.name == HANDED_IN for p in above)

    def _folders(self) -> Iterator[Path]:
        """Folders to look into, the opened one first."""
        level = [self.root]
        for _ in range(DEEPEST):
            below: list[Path] = []
            for place in level:
                yield place
                if folders.is_plan_folder(place):
                    continue
                try:
                    inside = sorted(p for p in place.iterdir() if _is_text(p) and p.is_dir())
                except OSError:
                    continue
                below += [
                    p for p in inside if not p.name.startswith((".", "_")) and p.name != HANDED_IN
                ]
            level = [p for p in below if not p.is_symlink()]

    def scenarios(self) -> list[Path]:
        """Files that are scenarios: YAML files that say so, and workbooks outside plan folders."""
        found: list[Path] = []
        for place in self._folders():
            if folders.is_plan_folder(place) or not self._holds_scenarios(place):
                continue
            try:
                inside = sorted(p for p in place.iterdir() if _is_text(p))
            except OSError:  # not ours to read, or gone
                continue
            for path in inside:
                if len(found) == MOST:
                    return found
                if path.is_file() and not path.name.startswith((".", "~$")) and _is_scenario(path):
                    found.append(path)
        return found

    def _holds_scenarios(self, place: Path) -> bool:
        """Whether it is no folder of papers or figures that a verb has written beside a plan."""
        return place == self.root or not (place.name.endswith(BESIDE) or place.name == PLANS)

    def plans(self) -> list[Path]:
        """Plan folders, the newest first."""
        found = list[tuple[float, str, Path]]()
        for path in self._folders():
            if folders.is_plan_folder(path):
                with suppress(OSError):  # gone meanwhile
                    found.append((-(path / folders.CLAIMS).stat().st_mtime, path.name, path))
        return [path for _, _, path in sorted(found)[:MOST]]

    def remember(self, key: str, state: Any, make: Callable[[], Any]) -> Any:
        """What ``make`` gives, made again when ``state`` is another than when it was made; the
        last sixteen are kept."""
        known = self._known.get(key)
        if known is not None and known[0] == state:
            return known[1]
        made = make()
        with self._lock:
            self._known.pop(key, None)
            self._known[key] = (state, made)
            while len(self._known) > 16:
                self._known.pop(next(iter(self._known)))
        return made

    def read_plan(self, given: str) -> folders.PlanFolder:
        """A plan folder, proven; once for as long as nothing in it changes."""
        path = self.plan(given)
        return self.remember(f"plan {given}", state_of(path), lambda: folders.read(path))


def first_place(root: Path, name: str, its_own: Callable[[Path], bool]) -> Path:
    """The folder of a name among the plans of an opened folder, or with a number: the first that is
    not there, or is its own."""
    names = (name if n == 1 else f"{name}-{n}" for n in count(1))
    places = (root / PLANS / each for each in names)
    return next(p for p in places if not p.exists() or its_own(p))


def state_of(path: Path) -> tuple[Any, ...]:
    """Changes whenever something in a file or a folder is changed."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    stats = [(p, p.stat()) for p in files if p.is_file()]
    return tuple((p.as_posix(), s.st_mtime_ns, s.st_size) for p, s in stats)


def head_of(path: Path) -> dict[str, Any]:
    """What ``plan.json`` says, of the kinds that pages show before the plan is proven: anybody may
    have written it.

    Raises :class:`~planner.errors.InputError` where it is none, or damaged.
    """
    head = folders.read_claims(path)
    cases = head.get("cases") or []
    kinds = {
        k: head.get(k) is None or (isinstance(head[k], (int, float)) and head[k] is not True)
        for k in ("value", "bound", "gap", "people")
    } | {
        "status": head.get("status") in (None, *map(str, Status)),
        "inputs": isinstance(head.get("inputs") or {}, Mapping),
        "scenario": isinstance(head.get("scenario") or "", str),
        "cases": isinstance(cases, list)
        and all(isinstance(c, Mapping) and isinstance(c.get("name"), str) for c in cases),
    }
    if wrong := [k for k, is_right in kinds.items() if not is_right]:
        place = Place(file=f"{path.name}/{folders.CLAIMS}")
        raise InputError([Finding("folder_damaged", place, {"detail": ", ".join(wrong)})])
    return head


def _is_text(path: Path) -> bool:
    """Whether a name can be written in a page: some systems take any bytes as one."""
    try:
        path.name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _taken(name: str) -> bool:
    """Whether scenarios in a folder of this name would not be listed."""
    return name in (PLANS, HANDED_IN) or name.endswith(BESIDE)


def _is_scenario(path: Path) -> bool:
    """Whether a file calls itself a scenario."""
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:
        return True
    if suffix not in (".yaml", ".yml"):
        return False
    try:
        with path.open("rb") as file:
            head = file.read(HEAD).decode("utf-8", errors="replace")
    except OSError:
        return False
    return _OF_A_SCENARIO.search(head) is not None
