"""What a template tells people: in which order to deploy, what must exist, what CloudFormation cannot make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policygen.export.cloudformation.model import Home, Schedule, Step
from policygen.export.cloudformation.names import STAGE
from policygen.export.cloudformation.parameters import source_of
from policygen.export.cloudformation.plan import Plan
from policygen.spec.kinds import KeyState
from policygen.spec.model import Replication

_MOST_BYTES_OF_A_DESCRIPTION = 1024


def description(home: Home, order: Schedule) -> str:
    """Return a template's description: what it is for, and the order of deployment as far as there is room.

    Fact: Q26
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    text = f"By policygen, for account {home.account} in Region {home.region}. Order of deployment:"
    for number, step in enumerate(order.steps, 1):
        stage = f" {STAGE}={step.stage}" if order.last_stage(step.home) > 1 else ""
        entry = f" ({number}) {step.home.account} {step.home.region}{stage}"
        if len(text) + len(entry) > _MOST_BYTES_OF_A_DESCRIPTION - 50:
            return f"{text} and so on: Order in the Metadata."
        text += entry
    return f"{text}. Commands: Order in the Metadata."


def deployment_order(plan: Plan) -> list[dict[str, Any]]:
    """Return every deployment with its command and where its parameters are read."""
    found = []
    for number, step in enumerate(plan.order.steps, 1):
        entry: dict[str, Any] = {"Step": number, "Account": step.home.account, "Command": _command(plan, step)}
        sources = {name: source for name, source, _ in _parameters(plan, step)}
        found.append(entry | ({"Parameters": sources} if sources else {}))
    return found


def _command(plan: Plan, step: Step) -> str:
    home = step.home
    words = [
        f"aws cloudformation deploy --region {home.region} --stack-name policygen --template-file {home.path}",
    ]
    if any(at.home == home for at in plan.directory.roles.values()):
        words.append("--capabilities CAPABILITY_NAMED_IAM")
    given = [f"{STAGE}={step.stage}"] if plan.order.last_stage(home) > 1 else []
    given += [f"{name}=VALUE" for name, _, required in _parameters(plan, step) if required]
    return " ".join((*words, "--parameter-overrides", *given) if given else words)


def _parameters(plan: Plan, step: Step) -> Iterator[tuple[str, str, bool]]:
    """Yield what a deployment takes for the first time, where each value is read, and whether it has no default.

    Later deployments keep the value.
    """
    names = plan.directory.names
    for key, stage in plan.taken_keys(step.home):
        if stage == step.stage:
            yield names.key_id(key.name), source_of(key, step.home, plan.directory), key.id is None


def must_exist(plan: Plan, home: Home) -> list[str]:
    """Return what no template makes and this one names: principals of its policies, permissions boundaries.

    Fact: K29
    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    """
    paths = [f"{key.account}/kms/{key.name}/{home.region}/key-policy.json" for key in plan.own_keys(home)]
    paths += [f"{bucket.account}/s3/{bucket.entry}/bucket-policy.json" for bucket in plan.own_buckets(home)]
    documents = [plan.bundle[path].value for path in paths if path in plan.bundle]
    roles = plan.directory.roles
    boundaries = [at.role.permissions_boundary for at in roles.values() if at.home == home]
    named = (*(arn for document in documents for arn in _principals(document)), *filter(None, boundaries))
    return [arn for arn in dict.fromkeys(named) if arn not in roles]


def _principals(document: Any) -> Iterator[str]:
    """Yield the users and roles that a policy names; an account's root always exists."""
    statements = document["Statement"]
    for statement in [statements] if isinstance(statements, dict) else statements:
        principal = statement.get("Principal")
        named = principal.get("AWS", ()) if isinstance(principal, dict) else ()
        for arn in [named] if isinstance(named, str) else named:
            if arn.startswith("arn:") and not arn.endswith(":root"):
                yield arn


def by_hand(plan: Plan, home: Home) -> list[str]:
    """Return what the spec asks for and CloudFormation has no resource or property for, with the AWS CLI's call."""
    found = [
        "CloudFormation has no property for Requester Pays: aws s3api put-bucket-request-payment "
        f"--bucket {bucket.name} --request-payment-configuration Payer=Requester"
        for bucket in plan.own_buckets(home)
        if bucket.requester_pays
    ]
    found += [
        f"{plan.directory.names.keys[key.name]} exists, so that this template leaves its policy alone unless "
        f"{plan.directory.names.make_key(key.name)}=true. Once the roles exist, with the documents of --format json: "
        f"aws kms put-key-policy --region {home.region} --key-id {key.id} --policy-name default "
        f"--policy file://{key.account}/kms/{key.name}/{home.region}/key-policy.json"
        for key in plan.own_keys(home)
        if key.id is not None
    ]
    found += [
        f"CloudFormation cannot make a key that waits for its deletion; {plan.directory.names.keys[key.name]} is "
        f"disabled here: aws kms schedule-key-deletion --region {home.region} --key-id {key.id_or_placeholder}"
        for key in plan.own_keys(home)
        if key.state is KeyState.PENDING_DELETION
    ]
    own = {bucket.entry for bucket in plan.own_buckets(home)}
    return found + [
        _batch_job(each) for each in plan.spec.replication if each.batch is not None and each.source.entry in own
    ]


def _batch_job(replication: Replication) -> str:
    source = replication.source
    return (
        "CloudFormation has no resource for a job of S3 Batch Operations; this template makes its role. After the last "
        f"step, with the documents of --format json: aws s3control create-job --region {source.region} "
        f"--cli-input-json file://{source.account}/s3control/{replication.name}/batch-job.json"
    )
