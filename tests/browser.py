"""A headless Chromium driven over its debugging pipe: no driver, no library, no network port."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def found() -> str | None:
    """The browser of this machine."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One page; everything that it logs, throws or fetches is kept in ``events``."""

    def __init__(self, width: int = 1200) -> None:
        executable = found()
        assert executable, "no Chromium found"
        self.home = tempfile.mkdtemp()
        to_browser, self.write = os.pipe()
        self.read, from_browser = os.pipe()
        command = [
            executable, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            f"--user-data-dir={self.home}", "--remote-debugging-pipe",
            f"--window-size={width},900",
        ]  # fmt: skip

        # the browser reads at 3 and writes at 4: a shell puts the pipes there
        script = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        self.process = subprocess.Popen(
            ["bash", "-c", script, "browser", *command], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, pass_fds=(to_browser, from_browser),
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        self.number, self.left, self.session = 0, b"", ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        joined = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = joined["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        """The result of a command; events that come before it are kept."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.left:
            piece = os.read(self.read, 2**20)
            assert piece, "the browser is gone"
            self.left += piece
        message, self.left = self.left.split(b"\0", 1)
        answer: dict[str, Any] = json.loads(message)
        return answer

    def open(self, path: Path) -> None:
        """Opens a file and waits until it is loaded."""
        self.call("Page.navigate", url=path.absolute().as_uri())
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self._next())

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        got = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in got, got
        return got["result"].get("value")

    def pdf(self) -> bytes:
        """The page as it is printed."""
        got = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(got["data"])

    def complaints(self) -> list[dict[str, Any]]:
        """What was logged or thrown, and every address fetched but the page itself."""
        bad = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded",
               "Page.javascriptDialogOpening")  # fmt: skip
        asked = [e for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [e for e in self.events if e.get("method") in bad] + asked[1:]

    def close(self) -> None:
        """Ends the browser."""
        self.process.kill()
        self.process.wait()
        for end in (self.read, self.write):
            os.close(end)
        shutil.rmtree(self.home, ignore_errors=True)
