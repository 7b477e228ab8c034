"""docs/cli.md: the commands, from their own help."""

from collections.abc import Iterator

import click

from policygen.cli.main import COMMANDS, group

_STATUSES = """| exit status | means |
| --- | --- |
| 0 | everything holds |
| 1 | the question was answered "no": an expectation failed, a check found an error, a test could not be judged |
| 2 | wrong usage |
| 3 | an input could not be used, or an output not written; every problem is listed |
| 70 | a defect of policygen; `POLICYGEN_DEBUG=1` shows where |
| 130 | interrupted |"""


def commands_page() -> str:
    """Return the page of the commands as Markdown."""
    lines = ["# Commands", "", "Made from the commands' own help.", "", _STATUSES, ""]
    lines.append(
        "Results go to standard output; progress, warnings and errors to standard error. `-` is standard input."
    )
    lines.append("No colour and no progress when not on a terminal; `NO_COLOR` is honoured.")
    for name in COMMANDS:
        lines.extend(_command(name))
    return "\n".join(lines) + "\n"


def _command(name: str) -> Iterator[str]:
    context = click.Context(group, info_name="policygen", terminal_width=100, **group.context_settings)
    command = group.get_command(context, name)
    if command is not None:
        yield from _help(command, context, name, "##")


def _help(command: click.Command, parent: click.Context, name: str, heading: str) -> Iterator[str]:
    """Yield the help of a command and of the commands below it."""
    inner = click.Context(command, parent=parent, info_name=name, max_content_width=100, terminal_width=100)
    yield from ("", f"{heading} {inner.command_path}", "", "```", command.get_help(inner), "```")
    if isinstance(command, click.Group):
        for below in command.list_commands(inner):
            yield from _help(command.commands[below], inner, below, f"{heading}#")
