"""A Dask cluster gives the same tables.

``.venv/bin/uv run --extra cluster pytest -m slow tests/test_cluster.py``
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import planner
from planner.analysis.resolve import cluster
from planner.cli.commands import frontier as command
from planner.cli.commands import run

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.slow
BASE = str(Path(__file__).parents[1] / "scenarios" / "three-schools")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as local:
        yield local.scheduler_address


def test_a_frontier_on_a_cluster(address: str, tmp_path: Path) -> None:
    """Proves that ``--cluster`` changes where points are solved and nothing else."""
    ask = [BASE, "--fund", "district", "--points", "5"]
    tables = []
    for name, where in (("near", ["--workers", "0"]), ("far", ["--cluster", address])):
        ended = CliRunner().invoke(command, [*ask, *where, "--out", str(tmp_path / name)])
        assert ended.exit_code == 0, ended.output
        tables.append(pd.read_csv(tmp_path / name / "frontier.csv"))
    pd.testing.assert_frame_equal(*tables)


def test_what_ifs_on_a_cluster(address: str) -> None:
    """Proves the same of what-ifs, and that one that fails there loses no other."""
    base = planner.load(BASE)
    money = [base.with_("funds.district.amounts.2025", m * 10**6) for m in range(0, 200, 10)]
    with cluster(address) as executor:
        far = planner.solve_many([*money, None], executor=executor)  # type: ignore[list-item]
    near = planner.solve_many(money, workers=0)
    assert isinstance(far.pop(), Exception)
    for one, other in zip(far, near, strict=True):
        assert one.plan.allocation.equals(other.plan.allocation)


def test_futures_on_a_cluster(address: str, tmp_path: Path) -> None:
    """Proves the same of a decision for several futures, solved by school: every table is that of a
    run without a cluster."""
    futures = {"decide_until": 2025, "cases": {
        "same": {"weight": 3}, "less": {"set": {"funds.district.amounts.2026": 10_000_000}},
    }}  # fmt: skip
    ask = [BASE, "--set", f"futures={json.dumps(futures)}", "--method", "by-school"]
    for name, where in (("near", []), ("far", ["--cluster", address])):
        asked = [*ask, *where, "--gap", "0.001", "--no-figures", "--out", str(tmp_path / name)]
        ended = CliRunner().invoke(run, asked)
        assert ended.exit_code == 0, ended.output
    for table in ("decision.csv", "futures.csv", "waiting.csv"):
        near, far = (tmp_path / name / table for name in ("near", "far"))
        assert near.read_bytes() == far.read_bytes()
