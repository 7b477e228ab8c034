"""The command ``policygen``, and ``python -m policygen``.

Ctrl-C and the other ways to be told to stop are answered before anything else is imported, and at once: an exception
that is raised wherever the program happens to be may be swallowed, and while modules are imported it shows a traceback.
"""

import _signal as signal  # type: ignore[import-not-found]  # Python's signal module imports enum first: too late
import os
import sys

_CURSOR = b"\x1b[?25h"
"""Shows the cursor of a terminal, which a progress bar hides."""
_NO_LINE = b"\r\x1b[2K"
"""Takes away the line of a terminal in which the cursor stands: that of a progress bar."""


def _stop(number: int, _frame: object) -> None:
    """End the program with the status that shells give for a signal; what is half written is taken away.

    Where something goes on that can be taken up again, :data:`policygen.cli.streams.interruption` says how.
    """
    files = sys.modules.get("policygen.source.files")
    if files is not None and hasattr(files, "undo"):  # it may be half imported
        files.undo()
    lines = getattr(sys.modules.get("policygen.cli.streams"), "interruption", ["interrupted"])
    bar = _NO_LINE if "rich.progress" in sys.modules else b""
    try:
        os.write(2, (bar + _CURSOR if os.isatty(2) else b"") + "".join(f"{line}\n" for line in lines).encode())
    finally:  # nobody can be told where standard error is closed
        os._exit(128 + number)


def main() -> None:
    """Run the command line and exit: 0 all holds, 1 answered no, 2 wrong usage, 3 unusable input."""
    from policygen.cli import main as command_line

    try:
        command_line()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the answer is out: nothing is interrupted any more


if "multiprocessing.spawn" in sys.modules:  # a process that works for another: that one answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
else:
    for _name in ("SIGINT", "SIGTERM", "SIGHUP"):
        _signal = getattr(signal, _name, None)
        if _signal is not None and signal.getsignal(_signal) is not signal.SIG_IGN:
            signal.signal(_signal, _stop)

if __name__ == "__main__":
    main()
