"""The options of ``replay`` that name policies: those that are asked, and those that they are compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import reduce, update_wrapper
from typing import TYPE_CHECKING, Any

import click

from policygen.cli.options import parameter_options

if TYPE_CHECKING:
    from policygen.api.replaying import Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The values of the options."""

    environments: tuple[str, ...]
    spec: str | None
    against: tuple[str, ...]
    attach: tuple[str, ...]
    to: str | None
    parameters: dict[str, str]
    shapes: str | None

    @property
    def policies(self) -> tuple[str, ...]:
        """The files and folders of the policies that are asked."""
        return self.environments if self.spec is None else (self.spec,)

    def check(self) -> None:
        """Refuse what cannot be meant together.

        Raises:
            click.UsageError: No policies are given, or twice, or what is attached has no place.
        """
        if bool(self.environments) == (self.spec is not None):
            raise click.UsageError("give the policies: --environment PATH, or --spec SPEC")
        if bool(self.attach) != (self.to is not None):
            raise click.UsageError("give both: --attach FILE and --to ID, such as ou-ab12-34cd56ef")
        if self.attach and self.spec is not None:
            raise click.UsageError("--attach needs an organization: give it with --environment")

    def open(self) -> Opened:
        """Open the policies.

        Raises:
            PolicygenError: Something cannot be read or used.
        """
        from policygen.api.replaying import check_libraries, open_policies

        check_libraries()
        return open_policies(
            self.environments,
            self.spec,
            self.against,
            attach=self.attach,
            to=self.to,
            parameters=self.parameters,
            shapes=self.shapes,
        )


_OPTIONS = (
    parameter_options,
    click.option("--to", metavar="ID", help="Where it is attached: a root, an organizational unit or an account."),
    click.option(
        "--attach", metavar="FILE", multiple=True, help="Attach an SCP or RCP to --to first; may be repeated."
    ),
    click.option(
        "--against",
        metavar="PATH",
        multiple=True,
        help="Compare with other policies, as --environment takes them, and not with what AWS did; may be repeated.",
    ),
    click.option("--spec", metavar="SPEC", help="Policies: what this spec generates."),
    click.option(
        "--environment",
        "environments",
        metavar="PATH",
        multiple=True,
        help="Policies: an environment file, or files and folders of any shape that is known; may be repeated.",
    ),
)


def compared_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--environment``, ``--spec``, ``--against``, ``--attach`` … ; the command gets ``compared``."""

    def command(**arguments: Any) -> Any:
        given = {each.name: arguments.pop(each.name) for each in fields(Compared)}
        return function(compared=Compared(**given), **arguments)

    return reduce(lambda decorated, option: option(decorated), _OPTIONS, update_wrapper(command, function))
