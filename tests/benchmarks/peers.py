"""Other evaluators on the same requests, where the user has installed them. None of them is part of the project.

They answer simpler questions than the engine does (see each function), which is to their advantage.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.benchmarks.workloads import Document, Fields, Workload

Decide = Callable[[Fields], object]

DRIVER = Path(__file__).with_name("iam_simulate.mjs")
PACKAGES = ("cedarpy", "moto", "principalmapper")


def versions() -> dict[str, str]:
    """Return the peers that are installed, with their versions."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def in_process(workload: Workload) -> dict[str, Decide]:
    """Return the Python peers that are installed, ready for a workload; one that cannot read it is left out."""
    found = {}
    for name, make in {"cedarpy": _cedarpy, "moto": _moto, "principalmapper": _principalmapper}.items():
        if find_spec(name) is not None:
            try:
                found[name] = make(workload)
            except Exception as error:  # a peer may fail in any way
                sys.stderr.write(f"{name} on {workload.name}: {type(error).__name__} {error}\n")
    return found


def _role(fields: Fields) -> str:
    principal = fields["principal"]
    return str(principal.get("role", principal["arn"]) if isinstance(principal, dict) else principal)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _moto(workload: Workload) -> Decide:
    """The identity policies, one after the other, without conditions: moto's own access control."""
    from moto.iam.access_control import IAMPolicy

    def read(document: Document) -> IAMPolicy:
        return IAMPolicy({"policy_document": json.dumps(document)})

    policies = {role: [read(each) for each in a.identity_based] for role, a in workload.roles.items()}

    def decide(fields: Fields) -> object:
        found = [each.is_action_permitted(fields["action"], fields["resource"]) for each in policies[_role(fields)]]
        return found[-1]

    return decide


def _principalmapper(workload: Workload) -> Decide:
    """The identity policies: a matching Deny, then a matching Allow."""
    import collections
    import collections.abc

    for name in ("Mapping", "MutableMapping"):  # its last release was written for Python 3.9
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    from principalmapper.querying.local_policy_simulation import policy_has_matching_statement
    from principalmapper.util.case_insensitive_dict import CaseInsensitiveDict

    from_document = type("Policy", (), {"__init__": lambda self, document: setattr(self, "policy_doc", document)})
    policies = {role: [from_document(each) for each in a.identity_based] for role, a in workload.roles.items()}

    def decide(fields: Fields) -> bool:
        context = CaseInsensitiveDict(fields["context"])

        def matches(effect: str) -> bool:
            return any(
                policy_has_matching_statement(each, effect, fields["action"], fields["resource"], context)
                for each in policies[_role(fields)]
            )

        return not matches("Deny") and matches("Allow")

    return decide


def _cedarpy(workload: Workload) -> Decide:
    """An equivalent Cedar policy set for each role: identity policies, SCPs as forbids, conditions as far as in use."""
    import cedarpy

    denies = [s for level in workload.service_control for each in level for s in _listed(each["Statement"])]
    texts = {}
    for role, attached in workload.roles.items():
        statements = [s for each in attached.identity_based for s in _listed(each["Statement"])]
        statements += [s for s in denies if s["Effect"] == "Deny"]
        texts[role] = "\n".join(map(_cedar_policy, statements))
    sets = {role: cedarpy.PolicySet(text) if hasattr(cedarpy, "PolicySet") else text for role, text in texts.items()}

    def decide(fields: Fields) -> object:
        context = {"action": fields["action"].lower(), "resource": fields["resource"]}
        context.update({key.lower(): str(value) for key, value in fields["context"].items()})
        request = {"principal": 'P::"p"', "action": 'A::"a"', "resource": 'R::"r"', "context": context}
        return cedarpy.is_authorized(request, sets[_role(fields)], [])

    return decide


def _cedar_policy(statement: Document) -> str:
    effect = "permit" if statement["Effect"] == "Allow" else "forbid"
    asked = [_any_like("context.resource", _listed(statement["Resource"]))]
    if "NotAction" in statement:
        asked.append(f"!({_any_like('context.action', [a.lower() for a in _listed(statement['NotAction'])])})")
    else:
        asked.append(_any_like("context.action", [a.lower() for a in _listed(statement["Action"])]))
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            asked.append(_cedar_condition(operator, json.dumps(key.lower()), _listed(values)))
    return f"{effect}(principal, action, resource) when {{ {' && '.join(asked)} }};"


def _any_like(text: str, patterns: list[str]) -> str:
    return "(" + " || ".join(f"{text} like {json.dumps(each)}" for each in patterns) + ")"


def _cedar_condition(operator: str, key: str, values: list[str]) -> str:
    found = f"context[{key}]"
    if operator == "IpAddress":
        inside = " || ".join(f"ip({found}).isInRange(ip({json.dumps(value)}))" for value in values)
        return f"(context has {key} && ({inside}))"
    if operator == "StringNotEquals":
        return f"!(context has {key} && [{', '.join(map(json.dumps, values))}].contains({found}))"
    return f"(context has {key} && {_any_like(found, values)})"


def iam_simulate(workload: Workload, fields: list[Fields], node_modules: Path) -> dict[str, Any] | None:
    """Return nanoseconds a decision of iam-simulate's ``authorize``, and its version; None when it is not installed.

    It runs in a process of its own that measures itself; policies and requests are read before the clock starts.
    """
    package = node_modules / "@cloud-copilot" / "iam-simulate"
    node = shutil.which("node")
    if node is None or not package.is_dir():
        return None
    questions = [
        {
            "role": _role(each),
            "action": each["action"],
            "resource": each["resource"],
            "context": each["context"],
            "holder": each["resource"].split("/")[0] if ":s3:::" in each["resource"] else each["resource"],
        }
        for each in fields
    ]
    given = {
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
    found: dict[str, Any] = json.loads(done.stdout)
    return found | {"version": json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]}
