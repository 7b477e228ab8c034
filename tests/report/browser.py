"""Chromium without a window, driven through its DevTools protocol over two pipes.

Source: https://chromedevtools.github.io/devtools-protocol/
"""

import fcntl
import json
import os
import select
import shutil
import signal
import time
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_SECONDS = 60
_OPTIONS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Browser:
    """One browser with one tab."""

    def __init__(self, profile: Path):
        """Start it; ``profile`` is a folder of its own."""
        ours_in, its_out = _pipe()
        its_in, ours_out = _pipe()
        silent = [(os.POSIX_SPAWN_OPEN, each, os.devnull, os.O_RDWR, 0) for each in (0, 1, 2)]
        pipes = [(os.POSIX_SPAWN_DUP2, its_in, 3), (os.POSIX_SPAWN_DUP2, its_out, 4)]
        command = [CHROMIUM, *_OPTIONS, f"--user-data-dir={profile}"]
        environment = os.environ | {"HOME": str(profile)}
        self.process = os.posix_spawn(CHROMIUM, command, environment, file_actions=[*silent, *pipes], setpgroup=0)
        os.close(its_in)
        os.close(its_out)
        self.reader, self.writer = ours_in, ours_out
        self.buffer, self.number, self.session = b"", 0, None
        self.events: list[dict] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def close(self):
        """End it and every process it started."""
        os.killpg(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.reader)
        os.close(self.writer)

    def call(self, method, **parameters):
        """Return the result of a command of the protocol."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.writer, data) :]
        while True:
            found = self._next()
            if found.get("id") == self.number:
                assert "error" not in found, (method, found)
                return found["result"]
            self.events.append(found)

    def open(self, path, *, width=1400, height=900, dark=False, first=""):
        """Open a file; ``first`` is a script that runs before the page's own. Events are noted from here on."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        early = self.call("Page.addScriptToEvaluateOnNewDocument", source=first)["identifier"]
        self._go("about:blank")
        self._go(Path(path).as_uri())
        self.call("Page.removeScriptToEvaluateOnNewDocument", identifier=early)

    def _go(self, url):
        self.events = []
        self.call("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next())

    def run(self, script):
        """Return the value of a script, its promise awaited."""
        found = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def complaints(self):
        """Return the errors and warnings that the page caused, the policy's refusals among them."""
        self.run("new Promise(resolve => setTimeout(resolve, 100))")
        bad = []
        for event in self.events:
            method, given = event.get("method"), event.get("params", {})
            if (
                method == "Runtime.exceptionThrown"
                or (method == "Log.entryAdded" and given["entry"]["level"] in ("error", "warning"))
                or (method == "Runtime.consoleAPICalled" and given["type"] in ("error", "warning"))
            ):
                bad.append(given)
        return bad

    def requests(self):
        """Return the addresses that were asked for."""
        asked = [event["params"] for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        return [given["request"]["url"] for given in asked]

    def _next(self):
        end = time.monotonic() + _SECONDS
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.reader], [], [], max(0, end - time.monotonic()))
            assert ready, "chromium says nothing"
            more = os.read(self.reader, 1 << 20)
            assert more, "chromium has gone"
            self.buffer += more
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)


def _pipe():
    """Return a pipe whose ends are neither 3 nor 4, which the browser's ends become."""
    ends = []
    for end in os.pipe():
        ends.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(end)
    return ends
