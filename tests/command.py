"""The command ``policygen``, run in this process: what it prints and its exit status are what a shell would see."""

import contextlib
import io
import os
import subprocess
from pathlib import Path
from unittest import mock

from policygen.cli.main import run

ROOT = Path(__file__).parents[1]


def policygen(*arguments, stdin="", cwd=ROOT, together=False, **environment):
    """Run policygen with streams of bytes, as a pipe's are: a process of its own would import everything again.

    With ``together`` what is written to standard error stands in the output, where it was written.
    """
    given, out, err = (io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") for data in (stdin.encode(), b"", b""))
    err = out if together else err
    streams = (mock.patch("sys.stdin", given), mock.patch("sys.stdout", out), mock.patch("sys.stderr", err))
    with contextlib.ExitStack() as stack:
        for each in (contextlib.chdir(cwd), mock.patch.dict(os.environ, environment), *streams):
            stack.enter_context(each)
        status = run([str(each) for each in arguments])
    for stream in (out, err):
        stream.flush()
    return subprocess.CompletedProcess(arguments, status, *(each.buffer.getvalue().decode() for each in (out, err)))
