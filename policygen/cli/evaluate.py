"""``policygen evaluate``: one request, explained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import click

from policygen.cli.main import EXIT_INPUT, EXIT_NO, EXIT_OK, Command
from policygen.cli.options import Output, check_standard_input, output_options, parameter_options
from policygen.cli.streams import say
from policygen.errors import DocumentError, PolicygenError, Problem, RequestError, Severity

if TYPE_CHECKING:
    from policygen.catalog import RequestWarning
    from policygen.document import PolicyDocument
    from policygen.evaluation import Decision, Environment, Grant, PolicySet
    from policygen.request import Request

_FILES: tuple[tuple[str, str, bool, str], ...] = (
    ("--identity-policy", "identity_file", True, "Identity-based policy."),
    ("--resource-policy", "resource_file", True, "Resource-based policy: bucket, key, trust policy …"),
    ("--permissions-boundary", "boundary_file", False, "Permissions boundary."),
    ("--session-policy", "session_file", True, "Session policy."),
    ("--scp", "scp_file", True, "SCPs of one level, root first; several files of a level with commas between them."),
    ("--rcp", "rcp_file", True, "RCPs of one level, root first; several files of a level with commas between them."),
    ("--vpc-endpoint-policy", "endpoint_file", False, "Policy of the VPC endpoint that the request goes through."),
    ("--grants", "grants_file", False, "Grants on the key, as `aws kms list-grants` prints them."),
)


def _file_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for flag, name, multiple, text in reversed(_FILES):
        function = click.option(flag, name, metavar="FILE", multiple=multiple, help=text)(function)
    return function


@click.command(
    "evaluate",
    cls=Command,
    epilog=(
        "Example: policygen evaluate --principal arn:aws:iam::111122223333:user/bob --action s3:GetObject "
        "--resource arn:aws:s3:::bucket/key --identity-policy policy.json --context aws:SecureTransport=true"
    ),
)
@click.option("--principal", required=True, help="ARN, service principal, or `anonymous`.")
@click.option("--role", metavar="ARN", help="The role of an assumed-role session, when its path is not `/`.")
@click.option("--principal-tag", "tags", metavar="KEY=VALUE", multiple=True, help="A tag of the principal.")
@click.option(
    "--action", "actions", required=True, multiple=True, help="`service:Action`; give it again to ask for more."
)
@click.option(
    "--resource",
    "resources",
    default=("*",),
    multiple=True,
    help="ARN, or `*` for an action that takes none (the default); give it again to ask for more.",
)
@click.option("--resource-account", metavar="ID", help="The resource's owner, where the ARN carries no account.")
@click.option(
    "--context", "context", metavar="KEY=VALUE", multiple=True, help="A context key; give it again for more values."
)
@_file_options
@click.option("--block-public-access", is_flag=True, help="All four settings of S3 Block Public Access are on.")
@click.option("--management-account", metavar="ID", help="The organization's management account.")
@click.option("--spec", metavar="SPEC", help="Take the policies from what this spec generates.")
@click.option(
    "--environment",
    "environments",
    metavar="PATH",
    multiple=True,
    help="Take the policies from an environment file, or from files and folders of any shape that is known.",
)
@parameter_options
@click.option("--strict", is_flag=True, help="A warning about the request is an error.")
@output_options()
def command(output: Output, **given: Any) -> int:
    """Judge one request, with the full explanation; several actions or resources make every combination, a line each.

    What AWS's reference finds odd about action, resource or context keys is a warning beside the verdict.

    Exit status: 0 allowed (all of them), 1 denied, 3 an input could not be used.
    """
    from policygen.scenario import request_warnings

    requests = _requests(given)
    target, problems = _target(given)
    for problem in problems:
        output.warn([problem]) if problem.severity is Severity.WARNING else say(str(problem))
    decisions = [target.authorize(request) for request in requests]
    warnings = [request_warnings(request, target) for request in requests]
    if output.is_text:
        _write(output, decisions)
        for warning in dict.fromkeys(str(each) for found in warnings for each in found):
            output.note(f"warning: {warning}")
    else:
        results = [_as_json(*each) for each in zip(decisions, warnings, strict=True)]
        output.json(results[0] if len(results) == 1 else {"results": results})
    refused = given["strict"] and any(warnings)
    if any(problem.severity is Severity.ERROR for problem in problems):
        return EXIT_INPUT
    allowed = all(decision.allowed for decision in decisions)
    if not allowed and len(decisions) > 1:
        output.next("ask for one of them alone, which explains it")
    return EXIT_OK if allowed and not refused else EXIT_NO


def _requests(given: dict[str, Any]) -> list[Request]:
    """Return a request for every combination of action and resource, actions first.

    Raises:
        RequestError: With the problems of all of them.
    """
    from policygen.request import Request

    requests, problems = [], {}
    for action, resource in product(dict.fromkeys(given["actions"]), dict.fromkeys(given["resources"])):
        try:
            about = {"resource_account": given["resource_account"], "context": _context(given["context"])}
            requests.append(Request(principal=_principal(given), action=action, resource=resource, **about))
        except RequestError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise RequestError(*problems)
    return requests


def _write(output: Output, decisions: Sequence[Decision]) -> None:
    """Write one decision with its explanation, or a line for each of several."""
    lines = [str(decision.explain()) for decision in decisions]
    if len(decisions) > 1 or output.quiet:
        lines = [text.splitlines()[0] for text in lines]
    if len(decisions) > 1:
        asked = [f"{each.request.action} on {each.request.resource}" for each in decisions]
        lines = [f"{request}: {line}" for request, line in zip(asked, lines, strict=True)]
    output.paragraphs("\n".join(lines))


def _as_json(decision: Decision, warnings: Sequence[RequestWarning]) -> dict[str, Any]:
    from policygen.scenario import decision_to_dict

    return decision_to_dict(decision) | {"warnings": [warning.to_dict() for warning in warnings]}


def _principal(given: dict[str, Any]) -> Any:
    if not given["role"] and not given["tags"]:
        return given["principal"]
    tags = dict(_pair(each, "--principal-tag") for each in given["tags"])
    return {"arn": given["principal"], "tags": tags} | ({"role": given["role"]} if given["role"] else {})


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        message = f"`{text}` is not of the form KEY=VALUE"
        raise click.BadParameter(message, param_hint=option)
    return name, value


def _context(pairs: Sequence[str]) -> dict[str, Any]:
    """A key that is given once has one value; one that is given again has a list."""
    found: dict[str, list[str]] = {}
    for text in pairs:
        name, value = _pair(text, "--context")
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _target(given: dict[str, Any]) -> tuple[PolicySet | Environment, tuple[Problem, ...]]:
    """Return what is asked, and what of it could not be read."""
    from policygen.api import environments

    stated = [flag for flag, name, _, _ in _FILES if given[name]]
    stated += [flag for flag in ("--block-public-access", "--management-account") if given[flag[2:].replace("-", "_")]]
    wholes = [flag for flag in ("spec", "environments") if given[flag]]
    if len(wholes) > 1 or (wholes and stated):
        message = "give --spec, --environment, or policies of your own: one of the three"
        raise click.UsageError(message)
    if given["spec"]:
        return environments.environment_of_spec(given["spec"]), ()
    if given["environments"]:
        check_standard_input(given["environments"])
        options = {name: given[name] for name in ("parameters", "shapes")}
        return environments.open_environment(given["environments"], **options)
    return _policy_set(given), ()


def _policy_set(given: dict[str, Any]) -> PolicySet:
    from policygen.evaluation import PolicySet

    texts = [text for _, name, multiple, _ in _FILES for text in (given[name] if multiple else [given[name] or ""])]
    check_standard_input(name for text in texts for name in text.split(","))
    reader = _Reader()
    settings: dict[str, Any] = {"management_account": given["management_account"]}
    if given["block_public_access"]:
        names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        settings["block_public_access"] = dict.fromkeys(names, True)
    parts: dict[str, Any] = {
        "identity_based": reader.policies(given["identity_file"]),
        "resource_based": reader.policies(given["resource_file"]) or None,
        "permissions_boundary": reader.policy(given["boundary_file"]) if given["boundary_file"] else None,
        "session": reader.policies(given["session_file"]) or None,
        "service_control": [reader.policies(level.split(",")) for level in given["scp_file"]],
        "resource_control": [reader.policies(level.split(",")) for level in given["rcp_file"]],
        "vpc_endpoint": reader.policy(given["endpoint_file"]) if given["endpoint_file"] else None,
        "grants": reader.grants(given["grants_file"]) if given["grants_file"] else (),
    }
    if reader.problems:
        raise DocumentError(*reader.problems)
    return PolicySet(**parts, settings=settings)


class _Reader:
    """Reads policy files, collecting problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def policies(self, names: Iterable[str]) -> list[PolicyDocument | dict[str, Any]]:
        return [self.policy(name) for name in names]

    def policy(self, name: str) -> PolicyDocument | dict[str, Any]:
        """Return a policy; what the AWS CLI wraps around it is taken off."""
        from policygen.api.given import MOST_BYTES_OF_A_DOCUMENT
        from policygen.document.wrapped import parse_wrapped
        from policygen.source.files import read_text

        try:
            return parse_wrapped(read_text(name, max_bytes=MOST_BYTES_OF_A_DOCUMENT), name)
        except PolicygenError as error:
            self.problems.extend(error.problems)
            return {"Statement": []}

    def grants(self, name: str) -> list[Grant]:
        """Return the grants of a file: a list, or what `aws kms list-grants` prints."""
        from policygen.document.wrapped import read_grants
        from policygen.evaluation.reading import parse_grant
        from policygen.source.files import read_text

        found: list[Grant] = []
        try:
            listed = read_grants(read_text(name), name)
        except PolicygenError as error:
            self.problems.extend(error.problems)
            return found
        for value, place in listed:
            try:
                found.append(parse_grant(value, place))
            except DocumentError as error:
                self.problems.extend(error.problems)
        return found
