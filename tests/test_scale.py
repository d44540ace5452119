"""The door at the size of a country: run with `pytest -m slow tests/test_scale.py -s -n 0`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from planner.scenario.new.starter import written
from planner.scenario.new.synthetic import synthetic
from planner.scenario.write import write

MEASURED = """
import resource, sys, time
start = time.process_time()
from planner.scenario.load import load
scenario = load(sys.argv[1])
print(len(scenario.schools), len(scenario.items), len(scenario.table("inventory")))
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
SCHOOLS = 60_000


@pytest.mark.slow
@pytest.mark.parametrize(("form", "seconds"), [("csv", 30), ("xlsx", 180)])
def test_sixty_thousand_schools(form: str, seconds: int, tmp_path: Path) -> None:
    """Proves 60,000 schools × 14 items load within 30 s of CPU from CSV and 180 s from XLSX,
    in a process of less than 1.5 GiB; a reader that makes an object a cell needs several."""
    scenario = synthetic(SCHOOLS, 1)
    if form == "csv":
        write(scenario, tmp_path)
    else:
        written(scenario, tmp_path, "vi")
    stock = len(scenario.table("inventory"))
    del scenario
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    sizes, cost = (line.split() for line in done.stdout.splitlines())
    print(f"{form}: {float(cost[0]):.1f} s of CPU, {int(cost[1]) / 2**20:.2f} GiB")
    assert list(map(int, sizes)) == [SCHOOLS, 14, stock]
    assert float(cost[0]) < seconds
    assert int(cost[1]) < 1.5 * 2**20
