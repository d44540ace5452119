"""The page without a browser: the real application behind its guard, spoken to over HTTP in this
process; jobs run in a thread here, unless the worker process itself is what is tested."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from planner.web import work
from planner.web.jobs import Job, Jobs
from planner.web.serve import Served

ROOT = Path(__file__).parent.parent


class InThread(Jobs):
    """Jobs that are done in a thread of this process."""

    def _fresh(self) -> None:
        class Stop:
            """What says to stop, as an event of processes does."""

            on = False

            def set(self) -> None:
                self.on = True

            def clear(self) -> None:
                self.on = False

            is_set = property(lambda self: lambda: self.on)

        class Ear:
            """Hears what a job tells, at once."""

            def send(_, message: Any) -> None:  # noqa: N805
                number, told = message
                job = self._running
                if job is not None and job.id == number:
                    job.hear(told)

        class Pool(ThreadPoolExecutor):
            """A pool that cannot be killed: what runs is left to end."""

            def kill(self) -> None:
                self.shutdown(wait=False, cancel_futures=True)

        self._stop: Any = Stop()
        self._pool: Any = Pool(1)
        work.settle(Ear(), self._stop)


OPTION = re.compile(r"[\s(>«“]--[a-z][a-z-]+")
"""An option of the command line, in a sentence."""


def looked_at(answer: httpx.Response) -> httpx.Response:
    """A page of any test, which speaks of no option of the command line."""
    if "html" in answer.headers.get("content-type", ""):
        said = OPTION.search(answer.text)
        assert said is None, answer.text[max(0, said.start() - 200) : said.end() + 200]
    return answer


class Room:
    """An opened folder and a browser that was let in."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, worker: bool = False) -> None:
        if not worker:
            monkeypatch.setattr("planner.web.serve.Jobs", InThread)
        self.root = root
        self.served = Served(root)
        self.app = self.served.app()
        self.base = f"http://127.0.0.1:{self.served.port}"
        self.http = self.browser()
        self.http.get(self.served.gate.link())

    def browser(self) -> TestClient:
        """One more browser, which was not let in yet."""
        return TestClient(
            self.app, base_url=self.base, headers={"origin": self.base}, follow_redirects=False,
            raise_server_exceptions=False,
        )  # fmt: skip

    def get(self, address: str, follow: bool = True, **query: str) -> httpx.Response:
        """A page; one that is not ready is asked for again, a redirect followed."""
        for _ in range(600):
            answer = self.http.get(address, params=query or None)
            if answer.status_code == 202:
                time.sleep(0.05)
            elif follow and answer.status_code == 303:
                address, query = answer.headers["location"], {}
            else:
                return looked_at(answer)
        raise AssertionError(f"never ready: {address}")

    def post(self, address: str, files: Any = None, **form: Any) -> httpx.Response:
        """What a form sends; not followed."""
        return looked_at(self.http.post(address, data=form, files=files))

    def job(self, answer: httpx.Response, seconds: float = 120.0) -> Job:
        """The job that an answer leads to, once it has ended."""
        found = re.search(r"/job\?id=([0-9a-f]+)", answer.headers.get("location", ""))
        assert found, (answer.status_code, answer.headers, answer.text[:2000])
        job = self.served.jobs.jobs[found[1]]
        until = time.monotonic() + seconds
        while job.live and time.monotonic() < until:
            time.sleep(0.02)
        assert not job.live, job
        return job


def room_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *scenarios: str, worker: bool = False
) -> Iterator[Room]:
    """A room with copies of shipped scenarios; for a fixture to yield from."""
    root = tmp_path / "room"
    root.mkdir()
    for name in scenarios:
        shutil.copytree(ROOT / "scenarios" / name, root / name)
    made = Room(root, monkeypatch, worker)
    try:
        yield made
    finally:
        made.served.close()
