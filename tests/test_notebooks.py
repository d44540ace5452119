"""The notebooks run from top to bottom; each asserts its own key numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))

RUN = [
    pytest.param(p, marks=[] if p.stem.startswith("05") else [pytest.mark.slow]) for p in NOTEBOOKS
]
"""The others take most of a minute together: they solve the district, or write workbooks."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_stripped_and_framed(path: Path) -> None:
    """Proves that outputs are not committed, and that each opens with a question and ends with
    a figure; a notebook saved after running would show its outputs here."""
    cells = nbformat.read(path, 4).cells
    code = [c for c in cells if c.cell_type == "code"]
    assert not any(c.outputs or c.execution_count for c in code)
    assert cells[0].source.splitlines()[0].endswith("?")
    assert "## Answer" in cells[-2].source
    assert "planner.plots." in cells[-1].source


@pytest.mark.parametrize("path", RUN, ids=lambda p: p.stem)
def test_a_notebook_runs(path: Path) -> None:
    """Proves that every cell runs, every asserted number holds and every figure is seen; a
    renamed function stops in the cell that uses it, and a style that turns the interactive mode
    off would show a notebook's first figure only."""
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    book = nbformat.read(path, 4)
    where = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(book, timeout=240, kernel_name="python3", resources=where).execute()
    for cell in book.cells:
        if cell.cell_type == "code" and "planner.plots." in cell.source:
            assert any("image/png" in o.get("data", {}) for o in cell.outputs), cell.source
