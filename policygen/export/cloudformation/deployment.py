"""How the templates are deployed: a script that does it, and a page that says it.

Source: https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policygen.export import inventory
from policygen.export.cloudformation import metadata
from policygen.export.cloudformation.model import template_path
from policygen.export.cloudformation.order import TemplateSet, template_set
from policygen.export.script import (
    Script,
    check_keys,
    create_jobs,
    let_requester_pay,
    look_up,
    put_key_policies,
    put_replication,
)
from policygen.export.shell import Context, context_of, line
from policygen.generator import Bundle
from policygen.generator.template_files import read_page
from policygen.spec.kinds import KeyType
from policygen.spec.model import Key, Spec
from policygen.spec.paths import DocumentKind, configuration_path, key_path

FOLDER = "cloudformation"
_ABOUT = (
    "Written by policygen. Deploys the templates in their order, stage by stage, then does what CloudFormation cannot:",
    "policies of keys that exist, Requester Pays, batch jobs. It reads the ids of keys from the stacks that make them.",
    "It stops at the first error, and may be run again: a stack never goes back to an earlier stage.",
    "STACK names the stacks (policygen); TEMPLATE_BUCKET a bucket for templates of more than 51,200 bytes.",
)


def deployment(spec: Spec, bundle: Bundle) -> dict[str, str]:
    """Return the script, the page, and the documents that no template puts, by path."""
    templates = template_set(spec, bundle)
    context = context_of(spec, bundle)
    paths = {key_path(key, region) for key in inventory.existing_keys(spec) for region in key.regions}
    paths |= {path for path, each in bundle.items() if each.kind is DocumentKind.BATCH_JOB}
    paths |= {configuration_path(each) for each in inventory.beyond_tools(bundle, spec)}
    script = Script(
        run="deploy.sh",
        about=_ABOUT,
        before=('STACK="${STACK:-policygen}"',),
        functions=(read_page("deploy-stacks.sh").rstrip(),),
        sections=(
            ("Keys that exist already, by the spec", _known_keys),
            ("Templates", partial(_deploy, templates)),
            ("Ids of keys", partial(_ids, templates)),
            ("Policies of keys that exist", _policies),
            ("Requester Pays", _requester_pays),
            ("Replication that CloudFormation has no words for", _replication),
            ("Batch jobs", create_jobs),
        ),
        documents=paths,
    )
    texts = {f"{FOLDER}/{path}": bundle[path].to_json() for path in bundle if path in paths}
    return {f"{FOLDER}/deploy.sh": script.text(context), f"{FOLDER}/deploy.md": _page(templates, context)} | texts


def _known_keys(context: Context) -> Iterator[str]:
    yield from check_keys(context)
    for key in context.unknown_keys():
        yield f"{context.key_variable(key)}={line(key.id_or_placeholder)}"


def _deploy(templates: TemplateSet, context: Context) -> Iterator[str]:
    for number, each in enumerate(templates.order.deployments, 1):
        target, stage = each.target, templates.stage_of(each)
        what = f"{number}: account {target.account}, {target.region}" + (f", stage {stage}" if stage else "")
        yield f"step {line(what)}"
        given = []
        for name, key, required in metadata.parameters_of(templates, each):
            if required:  # by a variable: where a value cannot be read, the script stops
                yield f'{context.key_variable(key)}="$({_value(templates, context, key)})"'
                given.append(f'"{name}=${context.key_variable(key)}"')
        words = (f'"${context.profile(target.account)}"', target.region, line(f"../{template_path(target)}"))
        yield " \\\n  ".join((f"deploy {' '.join(words)} {line(stage)}", *given))


def _value(templates: TemplateSet, context: Context, key: Key) -> str:
    """Return the command that prints the id of a key: of AWS's, or of the stack that makes its primary key."""
    if key.type is KeyType.AWS_MANAGED:
        return look_up(context, key, key.region, inventory.alias_of_managed(key))
    return f'stack_output "${context.profile(key.account)}" {key.region} {templates.names.key_id(key.name)}'


def _ids(templates: TemplateSet, context: Context) -> Iterator[str]:
    for key in context.unknown_keys():
        yield f'{context.key_variable(key)}="$({_value(templates, context, key)})"'


def _policies(context: Context) -> Iterator[str]:
    return put_key_policies(context, inventory.existing_keys(context.spec))


def _requester_pays(context: Context) -> Iterator[str]:
    for bucket in (each for each in context.spec.buckets if each.requester_pays):
        yield f"step {line(f'Requester Pays of {bucket.name}')}"
        yield let_requester_pay(context, bucket)


def _replication(context: Context) -> Iterator[str]:
    return put_replication(context, inventory.beyond_tools(context.bundle, context.spec))


def _page(templates: TemplateSet, context: Context) -> str:
    profiles = " ".join(f"{context.profile(account)}=NAME" for account in context.regions)
    lines = [
        "# Deploying the templates",
        "",
        f"`{profiles} bash {FOLDER}/deploy.sh` does what stands here: it reads the ids of keys from the stacks that",
        "make them, keeps and shows the policies of keys that exist before it replaces them, and never takes a stack",
        "back to an earlier stage. `DRY_RUN=yes` only looks.",
        "",
        "By hand the commands are run in the folder above this one, each with credentials of its account.",
        "",
        "| step | account | command | where its values are read |",
        "| --- | --- | --- | --- |",
    ]
    for step in metadata.deployment_order(templates):
        sources = "; ".join(f"`{name}`: {source}" for name, source in step.get("Parameters", {}).items())
        lines.append(f"| {step['Step']} | {step['Account']} | `{step['Command']}` | {sources} |")
    named = inventory.must_exist(templates.spec, templates.bundle)
    hand = [text for target in templates.targets for text in metadata.by_hand(templates, target)]
    for title, entries in (
        ("Must exist before", [f"`{arn}`" for arn in named]),
        ("What CloudFormation cannot do", hand),
    ):
        lines += ["", f"## {title}", "", *(f"- {entry}" for entry in entries)] if entries else []
    return "\n".join(lines) + "\n"
