"""The command group: finds commands by name, turns errors into messages and exit statuses."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from io import StringIO
from typing import TYPE_CHECKING, Any

import click

from policygen.cli import streams
from policygen.errors import PolicygenError, Problem
from policygen.version import VERSION

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

EXIT_OK = 0
EXIT_NO = 1
EXIT_USAGE = 2
EXIT_INPUT = 3
EXIT_INTERNAL = 70

_MOST_CODES = 3
"""Codes that are named as the next to read up."""

COMMANDS = {
    "init": "Write a commented starter spec or a sample, its suite and the spec's JSON Schema.",
    "generate": "Generate the policy documents of a spec.",
    "verify": "Generate, derive every request that must be allowed or denied, and judge them all.",
    "plan": "Judge proposals of a migration by AWS's rules, and find ways to the target.",
    "evaluate": "Judge one request, with the full explanation.",
    "denied": "Tell why calls were denied: AWS's answer beside what the policies say, check by check.",
    "replay": "Replay recorded calls against policies: what breaks, what opens, what is not known.",
    "environment": "Make an environment file of what accounts, plans and templates hold.",
    "test": "Run test suites.",
    "mutate": "Change the policies of test suites, and tell which changes no test notices.",
    "diff": "Prove what one policy, spec, environment or plan allows and another does not.",
    "check": "Prove that a policy allows nothing new, nothing listed, nothing to the public, or has no idle statement.",
    "who-can": "List everybody who may do something, and under which conditions, proved.",
    "access": "Show what a user or role may do, as statements: all policies together, proved.",
    "minimize": "Write policies in fewer bytes, or fewer policies: the same access, proved.",
    "suggest": "Make the policy that allows what was used, from CloudTrail events, proved and replayed.",
    "diagnose": "Tell why replication fails, from AWS's answers on disk, without a spec.",
    "fetch": "Read from AWS, with your credentials, what a bucket's configuration names, or whole accounts.",
    "validate": "Tell whether AWS would accept policy documents.",
    "explain": "Say what a code means, with examples and AWS's page.",
}
"""Every command with its one line of help; each lives in a module of its own name, with `_` for `-`."""


_OF_FILES = frozenset({"SPEC", "FILE", "FILE...", "DIR", "PATH", "[DIR]", "PATH...", "OLD", "NEW", "[NEW]"})
"""What stands in a command's help for the names of files and folders."""


class _FileName(click.types.StringParamType):
    """The name of a file or folder: shells complete it."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002  # click's signature
        """Return that the shell shall look for files, or folders."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="dir" if param.metavar in ("DIR", "[DIR]") else "file")]


class Command(click.Command):
    """A command that takes an option once, unless it may be repeated, and no empty names of files and folders."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take what click takes; shells complete the names of files."""
        super().__init__(*args, **options)
        for parameter in self.params:
            if parameter.metavar in _OF_FILES and parameter.type is click.STRING:
                parameter.type = _FileName()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse an option that is given again: click would keep the last and drop the others without a word.

        An empty name would be the working folder: `-o "$DIR"` of a variable that nobody set writes there.

        Raises:
            click.UsageError: An option is given twice, or a name is empty.
        """
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        for parameter, times in Counter(order).items():
            if isinstance(parameter, click.Option) and times > 1 and not parameter.multiple:
                message = f"`{max(parameter.opts, key=len)}` is given {times} times: give it once"
                raise click.UsageError(message, ctx)
        rest = super().parse_args(ctx, args)
        for parameter in self.params:
            value = ctx.params.get(parameter.name or "")
            if parameter.metavar in _OF_FILES and "" in (value if isinstance(value, tuple) else (value,)):
                message = "the name is empty; the working folder is `.`"
                raise click.BadParameter(message, ctx, parameter)
        return rest


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the commands in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # as above
        """Import a command; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"policygen.cli.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Resolve a command; suggest the nearest name for one that does not exist."""
        name = args[0] if args else ""
        if name and name not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            message = f"No such command `{name}`.{hint}"
            raise click.UsageError(message, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # as above
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: policygen init demo && policygen verify demo/spec.yaml",
)
@click.version_option(VERSION, prog_name="policygen", message="%(prog)s %(version)s")
def group() -> None:
    """Generate IAM, S3 bucket and KMS key policies from a spec, and evaluate requests against them, offline."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 all holds, 1 answered no, 2 wrong usage, 3 unusable input."""
    sys.exit(run(arguments))


def _say_next(problems: Iterable[Problem]) -> None:
    """Say where to read on of problems without a hint; those of files (PG-F) say all there is to say."""
    codes = dict.fromkeys(each.code for each in problems if not each.hint and not each.code.startswith("PG-F"))
    if codes:
        streams.say(f"next: policygen explain {' '.join(list(codes)[:_MOST_CODES])}")


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    try:
        status = group.main(arguments, standalone_mode=False)
        streams.flush_all()
        return int(status) if isinstance(status, int) else EXIT_OK
    except PolicygenError as error:
        streams.say("\n".join(str(problem) for problem in error.problems))
        _say_next(error.problems)
        return EXIT_INPUT
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        with StringIO() as text:
            error.show(text)
            streams.say(text.getvalue().rstrip("\n"))
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        streams.say("interrupted")
        return 130
    except BrokenPipeError:
        streams.silence_stdout()
        return EXIT_OK
    except Exception as error:  # the last resort: no user ever sees a traceback unasked
        if os.environ.get("POLICYGEN_DEBUG"):
            raise
        if isinstance(error, OSError) and error.filename is None:  # help that could not be printed
            streams.silence_stdout()
            streams.say(f"standard output: PG-F004 cannot be written: {(error.strerror or str(error)).lower()}")
            return EXIT_INPUT
        streams.say(f"internal error: {type(error).__name__}: {error}")
        streams.say("  hint: this is a defect of policygen; POLICYGEN_DEBUG=1 shows where")
        return EXIT_INTERNAL
