"""What a template tells people: in which order to deploy, what CloudFormation cannot make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policygen.export.cloudformation.model import Deployment, Schedule, template_path
from policygen.export.cloudformation.order import TemplateSet
from policygen.export.cloudformation.parameters import source_of
from policygen.export.cloudformation.references import STAGE
from policygen.export.inventory import Target, names_unknown_key, new_keys, new_members
from policygen.spec.kinds import KeyState
from policygen.spec.model import Key, Replication
from policygen.spec.paths import configuration_path, job_path, key_path

_MOST_BYTES_OF_A_DESCRIPTION = 1024


def description(target: Target, order: Schedule) -> str:
    """Return a template's description: what it is for, and the order of deployment as far as there is room.

    Fact: Q26
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    text = f"By policygen, for account {target.account} in Region {target.region}. Order of deployment:"
    for number, each in enumerate(order.deployments, 1):
        stage = f" {STAGE}={each.stage}" if order.last_stage(each.target) > 1 else ""
        entry = f" ({number}) {each.target.account} {each.target.region}{stage}"
        if len(text) + len(entry) > _MOST_BYTES_OF_A_DESCRIPTION - 50:
            return f"{text} and so on: Order in the Metadata."
        text += entry
    return f"{text}. Commands: Order in the Metadata."


def deployment_order(templates: TemplateSet) -> list[dict[str, Any]]:
    """Return every deployment with its command and where its parameters are read."""
    found = []
    for number, each in enumerate(templates.order.deployments, 1):
        entry: dict[str, Any] = {"Step": number, "Account": each.target.account, "Command": _command(templates, each)}
        given = parameters_of(templates, each)
        sources = {name: source_of(key, each.target, templates.directory) for name, key, _ in given}
        found.append(entry | ({"Parameters": sources} if sources else {}))
    return found


def _command(templates: TemplateSet, deployment: Deployment) -> str:
    target = deployment.target
    file = template_path(target)
    words = [f"aws cloudformation deploy --region {target.region} --stack-name policygen --template-file {file}"]
    if any(each.target == target for each in templates.directory.roles.values()):
        words.append("--capabilities CAPABILITY_NAMED_IAM")
    given = [f"{STAGE}={stage}"] if (stage := templates.stage_of(deployment)) else []
    given += [f"{name}=VALUE" for name, _, required in parameters_of(templates, deployment) if required]
    return " ".join((*words, "--parameter-overrides", *given) if given else words)


def parameters_of(templates: TemplateSet, deployment: Deployment) -> Iterator[tuple[str, Key, bool]]:
    """Yield what a deployment takes for the first time, the key whose id it is, and whether it has no default.

    Later deployments keep the value.
    """
    names = templates.names
    for key, stage in templates.taken_keys(deployment.target):
        if stage == deployment.stage:
            yield names.key_id(key.name), key, key.id is None


def by_hand(templates: TemplateSet, target: Target) -> list[str]:
    """Return what the spec asks for and CloudFormation has no resource or property for, with the AWS CLI's call."""
    found = [
        "CloudFormation has no property for Requester Pays: aws s3api put-bucket-request-payment "
        f"--bucket {bucket.name} --request-payment-configuration Payer=Requester"
        for bucket in templates.own_buckets(target)
        if bucket.requester_pays
    ]
    found += [
        f"{templates.names.keys[key.name]} exists, so that this template leaves its policy alone unless "
        f"{templates.names.make_key(key.name)}=true. Once the roles exist: "
        f"aws kms put-key-policy --region {target.region} --key-id {key.id} --policy-name default "
        f"--policy file://cloudformation/{key_path(key, target.region)}"
        for key in templates.own_keys(target)
        if key.id is not None
    ]
    found += [
        f"CloudFormation cannot make a key that waits for its deletion; {templates.names.keys[key.name]} is "
        f"disabled here: aws kms schedule-key-deletion --region {target.region} --key-id {key.id_or_placeholder}"
        for key in templates.own_keys(target)
        if key.state is KeyState.PENDING_DELETION
    ]
    own = {bucket.entry for bucket in templates.own_buckets(target)}
    found += [_replication(templates, each) for each in templates.spec.replication if each.source.entry in own]
    return [each for each in found if each] + [
        "CloudFormation has no resource for a job of S3 Batch Operations; this template makes its role. After the last "
        f"step{_filled(templates, job_path(each))}: aws s3control create-job --region {each.source.region} "
        f"--cli-input-json file://cloudformation/{job_path(each)}"
        for each in templates.spec.replication
        if each.batch is not None and each.source.entry in own
    ]


def _replication(templates: TemplateSet, replication: Replication) -> str:
    """Return what puts a replication configuration that no property can hold; nothing for another one."""
    members = " and ".join(new_members(templates.bundle, replication))
    path, source = configuration_path(replication), replication.source
    return members and (
        f"CloudFormation does not know {members} of a replication configuration: this template has none for "
        f"{source.name}. After the last step{_filled(templates, path)}: aws s3api put-bucket-replication "
        f"--region {source.region} --bucket {source.name} "
        f"--replication-configuration file://cloudformation/{path}"
    )


def _filled(templates: TemplateSet, path: str) -> str:
    """Return which ids of keys are to be written into a document first, where some are not known."""
    found, document = "", templates.bundle[path].to_json()
    for key in (each for each in new_keys(templates.spec) if names_unknown_key(document, each)):
        stack = template_path(templates.directory.key_part(key, key.region).target)
        output = f"output {templates.names.key_id(key.name)} of the stack of {stack}"
        found += f", with {output} for {key.id_or_placeholder} in its file"
    return found
