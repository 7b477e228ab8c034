"""Running the script with a stand-in for the AWS CLI, whose calls moto answers in the words of the AWS CLI."""

import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import jmespath
from botocore.exceptions import ClientError

from tests.export.calls import operation, parameters
from tests.fetch.deployed import Deployed

_FAKE = """#!/usr/bin/env bash
printf '%s\\0' "$@" >"$FAKE_AWS/asked"
answer="$(cat "$FAKE_AWS/answer")" # all of it, before the script goes on and asks for more
status="${answer%%$'\\n'*}" text="${answer#*$'\\n'}"
if [ "$status" = 0 ]; then printf '%s' "${text%.}"; else printf '%s' "${text%.}" >&2; fi
exit "$status"
"""


class Shell:
    """Runs scripts; ``calls`` are the words of every call that they made."""

    def __init__(self, deployed: Deployed, folder: Path) -> None:
        self._deployed = deployed
        self._folder = folder
        self.calls: list[list[str]] = []
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "aws").write_text(_FAKE, encoding="utf-8")
        (folder / "bin" / "aws").chmod(0o755)
        for name in ("asked", "answer"):
            os.mkfifo(folder / name)

    def run(self, script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script to its end."""
        (self._folder / "fetch.sh").write_text(script, encoding="utf-8")
        path = f"{self._folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        given = {**os.environ, "PATH": path, "FAKE_AWS": str(self._folder), **variables}
        thread = threading.Thread(target=self._serve)
        thread.start()
        try:
            command = ["bash", str(self._folder / "fetch.sh"), *arguments]
            return subprocess.run(
                command, env=given, cwd=self._folder, capture_output=True, text=True, check=False, timeout=120
            )
        finally:
            (self._folder / "asked").write_text("end", encoding="utf-8")
            thread.join()

    def _serve(self) -> None:
        while (asked := (self._folder / "asked").read_text(encoding="utf-8")) != "end":
            words = asked.split("\0")[:-1]
            self.calls.append(words)
            try:
                status, text = 0, self._answer(words)
            except ClientError as error:
                status, text = 254, f"\n{error}\n"
            except Exception as error:  # the script must go on, and the test see it
                status, text = 255, f"{type(error).__name__}: {error}\n"
            (self._folder / "answer").write_text(f"{status}\n{text}.", encoding="utf-8")

    def _answer(self, words: list[str]) -> str:
        (profile, region), (service, command), rest = (words[1], words[3]), words[4:6], words[6:]
        service = service.replace("s3api", "s3")
        given = dict(parameters(operation(service, command), rest, {}))
        client = self._deployed.client(service, profile, region)
        name = command.replace("-", "_")
        if client.can_paginate(name):
            found = client.get_paginator(name).paginate(**given).build_full_result()
        else:
            found = getattr(client, name)(**given)
            found.pop("ResponseMetadata", None)
        if "--query" not in rest:
            return json.dumps(found, indent=4, default=lambda each: each.isoformat()) + "\n"
        return _as_text(jmespath.search(rest[rest.index("--query") + 1], found))


def _as_text(value: Any) -> str:
    """Return a value as ``--output text`` prints it."""
    rows = value if isinstance(value, list) and all(isinstance(each, list) for each in value) else [[value]]
    return "".join("\t".join("None" if each is None else str(each) for each in row) + "\n" for row in rows)
