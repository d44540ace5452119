"""A plan's workbook that comes back edited (layer 5)."""

from planner.edits.locks import Locked, with_locks
from planner.edits.reading import Change, Edited, read_edited

__all__ = ["Change", "Edited", "Locked", "read_edited", "with_locks"]
