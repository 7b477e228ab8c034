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


_AROUND = """
## On a terminal, and in a pipe

On a terminal lines break at words, never inside an ARN, and a table that is wider than the terminal stands row by row.
JSON, differences and excerpts of files never break: people copy them. In a pipe or a file nothing depends on a width:
a line stays a line, columns are as wide as what stands in them, and no line ends with blanks.

## Values for scripts

`--query` asks the JSON, and prints JSON; with `--format text` it prints plain values, as `--output text` of the AWS CLI
does: a text without quotes, values of a list or an object in one line with tabs between them (an object's in the order
of their names), what holds others in lines of its own, `None` for no value, `True` and `False`.

<!-- output: policygen verify samples/mrk-replication/spec.yaml --query "checks[:2].id" -->
```
$ policygen verify samples/mrk-replication/spec.yaml --query "checks[:2].id"
[
    "nightly/AssumeRole",
    "nightly/west/GetReplicationConfiguration"
]
```

<!-- output: policygen verify samples/mrk-replication/spec.yaml --query "checks[:2].[id, kind]" --format text -->
```
$ policygen verify samples/mrk-replication/spec.yaml --query "checks[:2].[id, kind]" --format text
nightly/AssumeRole	must-allow
nightly/west/GetReplicationConfiguration	must-allow
```

## Completion

Shells complete commands, options, their choices, and the files and folders that a command takes:

| shell | line | in |
| --- | --- | --- |
| bash, from 4.4 on | `eval "$(_POLICYGEN_COMPLETE=bash_source policygen)"` | `~/.bashrc` |
| zsh | `eval "$(_POLICYGEN_COMPLETE=zsh_source policygen)"`, below `compinit` | `~/.zshrc` |
| fish | `_POLICYGEN_COMPLETE=fish_source policygen \\| source` | `~/.config/fish/completions/policygen.fish` |"""


def commands_page() -> str:
    """Return the page of the commands as Markdown."""
    lines = ["# Commands", "", "Made from the commands' own help.", "", _STATUSES, ""]
    lines.append(
        "Results go to standard output; progress, warnings and errors to standard error. `-` is standard input."
    )
    lines.append("No colour and no progress when not on a terminal; `NO_COLOR` is honoured.")
    lines.extend(_AROUND.splitlines())
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
