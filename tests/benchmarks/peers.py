"""Other evaluators on the same requests, where the user has installed them. None of them is part of the project.

They take plain arguments and answer whether a request is allowed. Most answer a simpler question than the engine does,
which is to their advantage: each says which.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module, metadata, reload
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.benchmarks import cedar
from tests.benchmarks.workloads import ACCOUNT, Document, Fields, Workload, context_of, holder_of, role_of

SIMULATE = "iam-simulate"
DRIVER = Path(__file__).with_name("iam_simulate.mjs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another evaluator, ready for a workload.

    Attributes:
        asks: The question that it answers.
        decide: From plain arguments to its answer.
        allows: Whether an answer means that the request is allowed; outside of what is timed.
    """

    asks: str
    decide: Callable[[Fields], Any]
    allows: Callable[[Any], bool]


def moto(workload: Workload) -> Peer:
    """moto's own access control."""
    from moto.iam.access_control import IAMPolicy, PermissionResult

    def read(document: Document) -> IAMPolicy:
        return IAMPolicy({"policy_document": json.dumps(document)})

    policies = {role: [read(each) for each in a.identity_based] for role, a in workload.roles.items()}

    def decide(fields: Fields) -> list[Any]:
        return [each.is_action_permitted(fields["action"], fields["resource"]) for each in policies[role_of(fields)]]

    return Peer(
        asks="identity-based policies, no conditions",
        decide=decide,
        allows=lambda found: PermissionResult.PERMITTED in found and PermissionResult.DENIED not in found,
    )


def principalmapper(workload: Workload) -> Peer:
    """The local simulation of Principal Mapper's queries."""
    import collections
    import collections.abc

    for name in ("Mapping", "MutableMapping"):  # its last release was written for Python 3.9
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    from principalmapper.common import Node, Policy
    from principalmapper.querying.query_interface import local_check_authorization_full

    def read(document: Document | None, name: str) -> Policy | None:
        return None if document is None else Policy(f"arn:aws:iam::{ACCOUNT}:policy/{name}", name, document)

    def node(role: str) -> Node:
        attached = workload.roles[role]
        policies = [read(each, f"p{number}") for number, each in enumerate(attached.identity_based)]
        boundary = read(attached.permissions_boundary, "boundary")
        return Node(role, "AROAEXAMPLE", policies, None, {}, None, 0, False, False, boundary, False, None)

    nodes = {role: node(role) for role in workload.roles}
    levels = [[read(each, "scp") for each in level] for level in workload.service_control] or None

    def decide(fields: Fields) -> bool:
        policy = workload.resources.get(holder_of(fields))
        found: bool = local_check_authorization_full(
            nodes[role_of(fields)],
            fields["action"],
            fields["resource"],
            context_of(fields),
            policy,
            ACCOUNT if policy else None,
            levels,
        )
        return found

    return Peer(asks="yes or no; no RCPs, VPC endpoints or grants", decide=decide, allows=bool)


def ministack(workload: Workload) -> Peer:
    """The evaluator behind ministack's services; it has no SCPs, so levels of them are given as further boundaries."""
    # Loaded anew: it remembers so many patterns and no more, and another workload's are not to take their place.
    evaluator = reload(import_module("ministack.core.iam_evaluator"))

    def read(documents: Iterable[Document]) -> list[Any]:
        return [evaluator.parse_policy_document(each) for each in documents]

    levels = [read(level) for level in workload.service_control]
    policies = {role: read(attached.identity_based) for role, attached in workload.roles.items()}
    limits = {
        role: [*levels, *([read([a.permissions_boundary])] if a.permissions_boundary else [])]
        for role, a in workload.roles.items()
    }

    def decide(fields: Fields) -> Any:
        role, context = role_of(fields), {key.lower(): value for key, value in context_of(fields).items()}
        question = evaluator.EvalContext(
            principal_arn=role,
            principal_type="AssumedRole",
            principal_account=ACCOUNT,
            action=fields["action"],
            resource_arn=fields["resource"],
            region=context.get("aws:requestedregion", "us-east-1"),
            source_ip=context.get("aws:sourceip", ""),
            secure_transport=context.get("aws:securetransport") == "true",
            service_context=context,
        )
        found = evaluator.evaluate(question, policies[role], *limits[role])
        policy = workload.resources.get(holder_of(fields))
        if policy is None:
            return found
        required = fields["action"].startswith("kms:")
        return evaluator.combine_resource_policy(
            found, question, policy, ACCOUNT, required=required, limits=limits[role]
        )

    return Peer(
        asks="one account; no organization (SCPs as boundaries)",
        decide=decide,
        allows=lambda found: found.decision == "Allow",
    )


def cedarpy(workload: Workload) -> Peer:
    """Cedar's engine with an equivalent policy set for each role."""
    import cedarpy as engine

    sets = {role: engine.PolicySet.from_str(text) for role, text in cedar.texts(workload).items()}
    entities = engine.Entities.from_json_str("[]")

    def decide(fields: Fields) -> Any:
        context = {key.lower(): str(value) for key, value in context_of(fields).items()}
        context |= {"action": fields["action"].lower(), "resource": fields["resource"]}
        request = {"principal": 'P::"p"', "action": 'A::"a"', "resource": 'R::"r"', "context": context}
        return engine.is_authorized(request, sets[role_of(fields)], entities)

    return Peer(
        asks="a translation: a role's permits, every forbid",
        decide=decide,
        allows=lambda found: found.allowed,
    )


IN_PROCESS = {each.__name__: each for each in (cedarpy, principalmapper, moto, ministack)}


def in_process(workload: Workload) -> dict[str, Peer]:
    """Return the Python peers that are installed, ready for a workload; one that cannot read it is left out."""
    found = {}
    for name, make in IN_PROCESS.items():
        if find_spec(name) is not None:
            try:
                found[name] = make(workload)
                found[name].allows(found[name].decide(next(workload.fields(1))))
            except Exception as error:  # a peer may fail in any way
                found.pop(name, None)
                sys.stderr.write(f"{name} on {workload.name}: {type(error).__name__} {error}\n")
    return found


def versions(node_modules: Path) -> dict[str, str]:
    """Return the version of every peer, or that it is not installed."""
    found = {}
    for name in IN_PROCESS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    package = node_modules / "@cloud-copilot" / "iam-simulate" / "package.json"
    installed = shutil.which("node") and package.is_file()
    found[SIMULATE] = json.loads(package.read_text(encoding="utf-8"))["version"] if installed else "not installed"
    return found


def equal(answers: list[bool], allowed: list[bool]) -> float:
    """Return the share of answers that are what policygen says of the same requests."""
    return sum(one == other for one, other in zip(answers, allowed, strict=False)) / len(answers)


def iam_simulate(
    workload: Workload, fields: list[Fields], allowed: list[bool], node_modules: Path
) -> dict[str, float] | None:
    """Return nanoseconds a decision of iam-simulate's ``authorize``; None when it is not installed.

    It runs in a process of its own that measures itself, with the request made beforehand (``decision``) and from plain
    arguments (``whole``); policies are read before the clock starts. ``equal`` is the share of equal decisions.
    """
    package = node_modules / "@cloud-copilot" / "iam-simulate"
    node = shutil.which("node")
    if node is None or not package.is_dir():
        return None
    questions = [
        {
            "role": role_of(each),
            "action": each["action"],
            "resource": each["resource"],
            "context": context_of(each),
            "holder": holder_of(each),
        }
        for each in fields
    ]
    given = {
        "account": ACCOUNT,
        "roles": {
            role: {"identity": a.identity_based, "boundary": a.permissions_boundary}
            for role, a in workload.roles.items()
        },
        "resources": workload.resources,
        "scps": workload.service_control,
        "requests": questions,
    }
    done = subprocess.run(
        [node, str(DRIVER), str(node_modules.resolve())],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(f"iam-simulate: {done.stderr.strip()[-500:]}\n")
        return None
    found = json.loads(done.stdout)
    answers = [word == "Allowed" for word in found["words"]]
    return {"decision": found["decision"], "whole": found["whole"], "equal": equal(answers, allowed)}
