"""The papers of 3,000 schools: `pytest -m slow tests/test_report_scale.py -s -n 0`."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from papers_at_scale import written

from tests.benchmarks.measuring import tree_memory

SCHOOLS_A_COPY = 60
PARTS = """
import resource, sys, time
from pathlib import Path
from planner.run.folder import read
from planner.present.papers.view import View
from planner.present.papers.package import write_report
def spent():
    both = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in both)
view = View(read(sys.argv[1]))
read_in = spent()
write_report(view, Path(sys.argv[2]), detail="full")
print(len(view.lines), read_in, spent() - read_in)
"""
"""``ru_maxrss`` of a child begins at its parent's size: memory is sampled from outside."""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize(("copies", "seconds"), [(1, 15), (50, 180)])
def test_papers_of_many_schools(copies: int, seconds: int, tmp_path: Path) -> None:
    """60 schools in 15 s of CPU, 3,000 with over 60,000 lines in three minutes and 2 GiB at any
    time, all processes together: plan read and proven, all forms written, reopened, compared."""
    plan = written(tmp_path / "plan", copies)
    command = [sys.executable, "-c", PARTS, str(plan), str(tmp_path / "out")]
    start, peak = time.monotonic(), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, tree_memory(process.pid))
            time.sleep(0.05)
        assert process.stdout is not None
        said = process.stdout.read()
    assert process.returncode == 0
    lines, read_in, cpu = (float(w) for w in said.split())
    print(f"{copies * SCHOOLS_A_COPY} schools, {lines:,.0f} lines: read and proven {read_in:.0f} s,"
          f" papers {cpu:.0f} s of CPU, {time.monotonic() - start:.0f} s in all,"
          f" {peak / 2**20:.2f} GiB at most")  # fmt: skip
    assert lines > 60_000 or copies == 1
    assert read_in + cpu < seconds
    assert peak < 2 * 2**20
    assert {p.suffix for p in (tmp_path / "out").iterdir()} == {".docx", ".xlsx", ".pdf", ".html"}
