"""Names of schools and items in the place of their ids: read where they are unmistakable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.scenario import cells
from planner.scenario.log import nearest

NAME_PROBLEMS = ("name_of_several", "name_unknown")
DECLARED = {"school": "schools", "item": "catalogue"}
"""Columns of ids, and the table whose names may stand in their place."""


@dataclass(frozen=True)
class Names:
    """The ids of a table and the names of its rows."""

    ids: frozenset[str]
    by_name: Mapping[str, str]
    """Folded name → id; a name that several rows bear is not here."""
    shared: Mapping[str, int]
    """Folded name → number of rows that bear it, where there are several."""
    spelled: tuple[str, ...]
    """Names as written, for suggestions."""

    def read(self, text: str) -> cells.Reading | None:
        """The id that is meant by a name, or its problem; ``None`` where ``text`` is an id."""
        if text in self.ids or not self.ids:
            return None
        folded = cells.folded(text)
        if folded in self.by_name:
            return cells.Reading(self.by_name[folded], "read_name_as_id")
        if folded in self.shared:
            return cells.Reading(problem="name_of_several")
        return cells.Reading(problem="name_unknown") if " " in text else None

    def hints(self, text: str) -> dict[str, Any]:
        """What the sentences of a problem need: rows that share the name, the nearest name."""
        count = self.shared.get(cells.folded(text), 0)
        return {"count": count, "nearest": nearest(text, self.spelled) or "-"}


def names_in(frame: pd.DataFrame, column: str) -> Names:
    """The ids in ``column`` of a declaring table, with the names beside them."""
    pairs = [(str(i), str(n)) for i, n in zip(frame[column], frame["name"], strict=True) if i]
    count = Counter(cells.folded(n) for _, n in pairs if n)
    return Names(
        ids=frozenset(i for i, _ in pairs),
        by_name={f: i for i, n in pairs if n and count[f := cells.folded(n)] == 1},
        shared={f: c for f, c in count.items() if c > 1},
        spelled=tuple(dict.fromkeys(n for _, n in pairs if n)),
    )
