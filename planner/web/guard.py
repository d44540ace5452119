"""Who may speak to the page: nobody but the browser that was let in, and only in the open.

The page listens on 127.0.0.1 alone, but any page of the web can make a browser send requests
there, and every program of the machine can. So, before anything else is looked at:

- **Host** must be the page's own name and port: a name of the web that was made to point here (DNS
  rebinding) is not.
- **Token**: the browser is opened with a link that lets one browser in, once, and is then used up;
  from then on it has a cookie that scripts do not see and that no other site's request carries.
- **Origin** of what changes anything (POST) must be the page itself.
- **Sizes**: a body is refused before it is read where its length is told, and as soon as it grows
  too large where it is not.

Every answer carries the headers that forbid what the page does not use: scripts and styles that are
not its own files, frames, guessing at types.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 64 * 2**20
"""Bytes of a request's body: a workbook of 60,000 schools has about 20 MiB."""
METHODS = ("GET", "HEAD", "POST")
ENTRANCE = "/enter"
"""Where a link of one time leads."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""Of every answer. ``same-origin``, since without a referrer browsers send ``Origin: null`` with
the page's own forms."""


class TooLargeError(Exception):
    """A request's body that grew beyond :data:`LARGEST`."""


class Gate:
    """What lets a browser in: links that work once, and the cookies that they gave.

    Parameters
    ----------
    port
        Of the server.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.names = (f"127.0.0.1:{port}", f"localhost:{port}")
        self.cookie = f"planner_{port}"
        self._links: set[str] = set()
        self._inside: set[str] = set()

    def link(self) -> str:
        """A new address that lets one browser in, once."""
        token = secrets.token_urlsafe(32)
        self._links.add(token)
        return f"http://{self.names[0]}{ENTRANCE}?key={token}"

    def admit(self, token: str) -> str | None:
        """The cookie that a link's token is worth, which is used up with it."""
        known = next((t for t in self._links if _equal(t, token)), None)
        if known is None:
            return None
        self._links.discard(known)
        cookie = secrets.token_urlsafe(32)
        self._inside.add(cookie)
        return cookie

    def knows(self, cookie: str) -> bool:
        """Whether a cookie is one that was given."""
        return any(_equal(one, cookie) for one in self._inside)

    def refuse(self, scope: Scope) -> tuple[int, str] | None:
        """The status and the sentence with which a request is refused; nothing: it may pass."""
        headers = Headers(scope=scope)
        if [h for h in headers.getlist("host") if h not in self.names] or "host" not in headers:
            return 421, "web.refused.host"
        if scope["method"] not in METHODS:
            return 405, "web.refused.method"
        if scope["method"] == "POST":
            if headers.get("origin") not in [f"http://{name}" for name in self.names]:
                return 403, "web.refused.origin"
            length = headers.get("content-length")
            if length is not None and not (length.isdecimal() and int(length) <= LARGEST):
                return 413, "web.refused.large"
        if scope["path"] != ENTRANCE and not self.knows(cookie_of(headers, self.cookie)):
            return 403, "web.refused.cookie"
        return None


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode(errors="replace"))


def cookie_of(headers: Headers, name: str) -> str:
    """The value of a cookie; empty where there is none. Browsers send those of every port of this
    machine: what other programs wrote there, in whatever form, is no hindrance."""
    return cookie_parser(headers.get("cookie", "")).get(name, "")


class Guard:
    """The page's first door: refuses, lets in, counts bytes, and sets every answer's headers.

    Parameters
    ----------
    app
        What answers those who may pass.
    gate
        Who may.
    words
        ``(status, sentence, headers of the request)`` → the page that says so.
    """

    def __init__(
        self, app: ASGIApp, gate: Gate, words: Callable[[int, str, Headers], Response]
    ) -> None:
        self.app, self.gate, self.words = app, gate, words

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets here
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        began = False

        async def answer(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                own = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    own[name] = value
                own.setdefault("cache-control", "no-store")
            await send(message)

        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LARGEST:
                raise TooLargeError
            return message

        refused = self.gate.refuse(scope)
        if refused is None and scope["path"] == ENTRANCE:
            refused = await self._enter(scope, receive, answer)
            if refused is None:
                return
        if refused is not None:
            await self.words(*refused, headers)(scope, receive, answer)
            return
        try:
            await self.app(scope, counted, answer)
        except TooLargeError:
            if not began:
                await self.words(413, "web.refused.large", headers)(scope, receive, answer)

    async def _enter(self, scope: Scope, receive: Receive, answer: Any) -> tuple[int, str] | None:
        """Lets a browser in, or says why not."""
        key = QueryParams(scope["query_string"]).get("key", "")
        cookie = self.gate.admit(key) if scope["method"] == "GET" else None
        if cookie is None:
            return 403, "web.refused.link"
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(self.gate.cookie, cookie, httponly=True, samesite="strict", path="/")
        await response(scope, receive, answer)
        return None
