"""docs/terminal.svg: a terminal of 80 columns, recorded from real runs.

A picture for the README: no script and no font from outside, as GitHub shows pictures; the colours are its own, so that
it reads alike on a light and on a dark page.
"""

import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).parents[2]
COLUMNS = 80
COMMANDS = (("verify", "spec.yaml", "--quiet"), ("diagnose", "answers", "--quiet"))
_GIVEN = {"spec.yaml": ROOT / "samples/mrk-replication/spec.yaml", "answers": ROOT / "tests/inference/fails"}
_DATED = "judged: "  # it ends with the day of the run: the picture would be another one tomorrow
_CODE = re.compile(r"\x1b\[(?P<codes>[\d;]*)m|\x1b\[[\d;?]*[A-Za-z]")
_COLOURS = {31: "#ff7b72", 32: "#3fb950", 33: "#d29922", 34: "#58a6ff", 35: "#bc8cff", 36: "#39c5cf", 90: "#8b949e"}
_WIDTH, _HEIGHT, _PAD, _BAR = 8.4, 19, 16, 36
_STYLE = """
.window { fill: #0d1117; stroke: #3d444d }
text { fill: #e6edf3; font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.prompt { fill: #8b949e }
.typed { font-weight: 600 }
"""


def recording() -> str:
    """Return the picture: each command as somebody types it, and what it prints."""
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, path in _GIVEN.items():
            (shutil.copytree if path.is_dir() else shutil.copy)(path, Path(folder) / name)
        for arguments in COMMANDS:
            typed = f"policygen {' '.join(arguments)}"
            lines.append(f'<tspan class="prompt">$ </tspan><tspan class="typed">{typed}</tspan>')
            for line in printed(arguments, Path(folder)).splitlines():
                lines.extend([] if line.startswith(_DATED) else _rows(line.rstrip()))
            lines.append("")
    return _picture(lines[:-1])


def printed(arguments: tuple[str, ...], folder: Path) -> str:
    """Return what policygen prints to standard output where that is a terminal of 80 columns, with its colours."""
    import fcntl
    import termios

    reader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    hidden = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"TERM": "xterm", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "policygen", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=terminal, stderr=subprocess.DEVNULL):
        os.close(terminal)
        found = b"".join(_read(reader))
    os.close(reader)
    return found.decode().replace("\r\n", "\n").strip("\n")


def _read(reader: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(reader, 65536)
        except OSError:  # on Linux a terminal that nobody writes to any more is an error
            return
        if not data:
            return
        yield data


def _rows(line: str) -> Iterator[str]:
    """Yield a line with its colours as SVG has them: broken at the edge, as terminals do."""
    cells: list[tuple[str, str]] = []
    style, at = "", 0
    for code in (*_CODE.finditer(line), None):
        cells.extend((char, style) for char in line[at : code.start() if code else None])
        if code is not None:
            at, style = code.end(), style if code["codes"] is None else _style(code["codes"], style)
    for start in range(0, max(len(cells), 1), COLUMNS):
        runs = groupby(cells[start : start + COLUMNS], key=lambda cell: cell[1])
        yield "".join(_span("".join(char for char, _ in run), look) for look, run in runs)


def _style(codes: str, style: str) -> str:
    for code in map(int, (codes or "0").split(";")):
        if code == 0:
            style = ""
        elif code == 1:
            style += ' font-weight="600"'
        elif code == 2:
            style += ' opacity="0.7"'
        elif code in _COLOURS:
            style += f' style="fill: {_COLOURS[code]}"'
    return style


def _span(text: str, style: str) -> str:
    return f"<tspan{style}>{escape(text)}</tspan>" if style else escape(text)


def _picture(lines: list[str]) -> str:
    width, height = COLUMNS * _WIDTH + 2 * _PAD, len(lines) * _HEIGHT + _BAR + _PAD
    rows = (
        f'<text x="{_PAD}" y="{_BAR + _HEIGHT * (number + 0.8):g}" xml:space="preserve">{line}</text>'
        for number, line in enumerate(lines)
        if line
    )
    dots = "".join(f'<circle cx="{_PAD + 6 + 18 * at}" cy="18" r="5.5" fill="#484f58"/>' for at in range(3))
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="terminal-title" {size}>',
            f'<title id="terminal-title">{" and ".join(escape(" ".join(each)) for each in COMMANDS)}</title>',
            f"<style>{_STYLE}</style>",
            f'<rect class="window" x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="8"/>',
            dots,
            *rows,
            "</svg>\n",
        ]
    )
