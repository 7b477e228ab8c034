"""``policygen plan``: which proposals AWS lets happen, and how the target is reached."""

from __future__ import annotations

import click

from policygen.cli.main import EXIT_NO, EXIT_OK, Command
from policygen.cli.options import Output, output_options


@click.command("plan", cls=Command, epilog="Example: policygen plan samples/migrate-single-region-key/spec.yaml")
@click.argument("spec", metavar="SPEC")
@output_options()
def command(spec: str, output: Output) -> int:
    """Judge the proposals in the spec's `migration` by AWS's rules, and find ways to the target.

    Each step is judged on keys, buckets and replication as the steps before it left them; a step that AWS would
    refuse is named with the rule it breaks. The ways that are recommended are judged like proposals, and can be
    pasted as such.

    Exit status: 0 a proposal satisfies (or, where none is made, there is a way), 1 none does, 3 an input could not be
    used.
    """
    from policygen.api import specs

    loaded = specs.load_spec(spec)
    output.warn(loaded.warnings)
    plan = specs.plan(loaded)
    if output.is_text:
        from policygen.report.plan import print_plan

        print_plan(plan, output.console(), quiet=output.quiet)
    else:
        output.json(plan.to_dict())
    if plan.ok:
        return EXIT_OK
    way = "take the steps of a way above as a proposal" if plan.recommended else "ask for less in `require`"
    output.next(f"{way}, in `migration` of {spec}")
    return EXIT_NO
