"""``planner open``: the server, its one-time link, the folder's lock, its end.

It listens on 127.0.0.1, on a free port, and ends by a button, by Ctrl-C, or half an hour after the
last page was asked for when no work is under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import http.client
import json
import logging
import os
import secrets
import signal
import socket
import threading
import time
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from planner.errors import Finding, InputError, Place
from planner.web import pages, work
from planner.web.guard import ENTRANCE, Gate, Guard
from planner.web.jobs import Jobs
from planner.web.opened import Opened
from planner.web.pages import Ask, html

LOCK = ".planner-open.json"
"""In the opened folder while it is open: port, process, machine, and the secret by which a second
``planner open`` of the same user asks for a link."""
IDLE = 30 * 60.0
"""Seconds after the last page at which the server ends."""
WORKER_AFTER = 1.0
"""Seconds after which the worker is started, if no page has asked for it before."""
AGAIN = "/again"


class LockedError(Exception):
    """The folder is open already; ``link`` lets one more browser in."""

    def __init__(self, link: str) -> None:
        self.link = link


class Lock:
    """The mark of an open folder.

    Parameters
    ----------
    root
        The folder.
    port
        Of the server.
    """

    def __init__(self, root: Path, port: int) -> None:
        self.path, self.port = root / LOCK, port
        self.secret = secrets.token_urlsafe(32)
        self.held = False

    def take(self) -> bool:
        """Marks the folder; ``False`` where the system lets nothing be written there, and nobody
        needs a mark. Raises :class:`LockedError` where a server of this user answers for it, and
        :class:`~planner.errors.InputError` where one on another machine may be at work."""
        body = {"port": self.port, "pid": os.getpid(), "host": socket.gethostname()}
        body["secret"] = self.secret
        for _ in range(2):
            try:
                file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                self._ask()
                try:
                    self.path.unlink(missing_ok=True)  # of a server that is gone
                except OSError as refused:
                    return _writable(refused)
                continue
            except OSError as refused:
                return _writable(refused)
            with os.fdopen(file, "w", encoding="utf-8") as mark:
                json.dump(body, mark)
            self.held = True
            return True
        return True

    def _ask(self) -> None:
        """Asks the server that has marked the folder for a link; returns where it is gone."""
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
            port, secret, host = int(known["port"]), str(known["secret"]), str(known["host"])
        except (OSError, ValueError, KeyError, TypeError):
            return
        if host != socket.gethostname():
            raise InputError([Finding("web.open_elsewhere", Place(LOCK), {"host": host})])
        address = f"http://127.0.0.1:{port}{AGAIN}"
        asking = urllib.request.Request(address, headers={"x-planner-secret": secret})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(asking, timeout=3) as answer:
                link = answer.read(500).decode()
        except (OSError, OverflowError, ValueError, http.client.HTTPException):
            return
        if link.startswith(f"http://127.0.0.1:{port}{ENTRANCE}?key="):
            raise LockedError(link)  # else another program has that port now

    def leave(self) -> None:
        """Takes the mark away, if it is ours."""
        if self.held:
            with contextlib.suppress(OSError):
                if self.secret in self.path.read_text(encoding="utf-8", errors="replace"):
                    self.path.unlink()


def _writable(refused: OSError) -> bool:
    """``False`` for a folder in which nothing may be written; raises what else was refused."""
    if refused.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
        raise refused
    return False


class QuietServer(uvicorn.Server):
    """A server that Ctrl-C and SIGTERM end as the button does, and that does not send them on."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes both signals while it serves, where this is the main thread."""
        before: dict[int, Any] = {}
        with contextlib.suppress(ValueError):
            for number in (signal.SIGINT, signal.SIGTERM):
                before[number] = signal.signal(number, self.handle_exit)
        try:
            yield
        finally:
            for taken, handler in before.items():
                signal.signal(taken, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends. Pages that are still being made then are cut short: that is no error to be told."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


class Served:
    """One opened folder and its server.

    Parameters
    ----------
    root
        The folder.
    port
        To listen on; 0: a free one.
    idle
        Seconds after the last page at which it ends.
    """

    def __init__(self, root: Path, port: int = 0, idle: float = IDLE) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.socket.bind(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise InputError([Finding("web.open.port", Place(), {"port": str(port)})]) from None
        self.port = int(self.socket.getsockname()[1])
        self.gate = Gate(self.port)
        self.opened = Opened(root)
        self.lock = Lock(self.opened.root, self.port)
        try:
            self.opened.read_only = not self.lock.take()
        except BaseException:
            self.socket.close()
            raise
        self.idle = idle
        self.touched = time.monotonic()
        self.pages: list[pages.Server] = []
        self.jobs = Jobs(self.opened.root)
        config = uvicorn.Config(
            self.app(), log_config=None, access_log=False, lifespan="off", server_header=False,
            timeout_graceful_shutdown=1, ws="none",
        )  # fmt: skip
        self.server = QuietServer(config)

    def touch(self) -> None:
        """A page was asked for."""
        self.touched = time.monotonic()

    def app(self) -> ASGIApp:
        """All pages behind the guard."""
        work.furnish()
        server = pages.Server(self.opened, self.jobs, self.touch)
        self.pages.append(server)
        static = StaticFiles(directory=pages.HERE / "static")

        async def end(request: Request) -> Response:
            lang = pages.language_of(request.headers, {})
            body = pages.environment().get_template("ended.html")
            self.server.should_exit = True
            return html(body.render(**pages.words(lang)))

        async def gone(request: Request, _: Exception) -> Response:
            lang = pages.language_of(request.headers, dict(request.query_params))
            ask = Ask(self.opened, self.jobs, "/", {}, lang)
            return pages.trouble(ask, 404, ask.say("web.nowhere"))

        routes = [
            *server.routes(),
            Route("/end", end, methods=["POST"]),
            Mount("/static", static),
        ]
        inside = Starlette(routes=routes, exception_handlers={404: gone, 405: gone})
        guarded = Guard(inside, self.gate, pages.refusal)

        async def outermost(scope: Scope, receive: Receive, send: Send) -> None:
            """A second ``planner open`` asks for a link with the secret of the folder's mark."""
            if scope["type"] == "http" and scope["path"] == AGAIN:
                given = Headers(scope=scope).get("x-planner-secret", "")
                known = secrets.compare_digest(given.encode(), self.lock.secret.encode())
                answer = PlainTextResponse(self.gate.link() if known else "", 200 if known else 403)
                await answer(scope, receive, send)
                return
            await guarded(scope, receive, send)

        return outermost

    def run(self, opened: Callable[[str], None]) -> None:
        """Serves until it is ended; ``opened`` is told a link as soon as pages are answered."""

        async def served() -> None:
            serving = asyncio.create_task(self.server.serve([self.socket]))
            while not self.server.started and not serving.done():
                await asyncio.sleep(0.02)
            opened(self.gate.link())
            # the worker's imports wait until the first page is there
            begin = threading.Timer(WORKER_AFTER, self.jobs.begin)
            begin.daemon = True
            begin.start()
            while not serving.done():
                await asyncio.wait([serving], timeout=1.0)
                quiet = time.monotonic() - self.touched
                if quiet > self.idle and not self.jobs.busy:
                    self.server.should_exit = True

        try:
            asyncio.run(served())
        finally:
            self.close()

    def close(self) -> None:
        """Ends the work and takes the folder's mark away."""
        self.jobs.close()
        for server in self.pages:
            server.close()
        self.lock.leave()
        self.socket.close()


def show_in_browser(link: str) -> None:
    """Opens the browser beside this program, which goes on."""
    threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
