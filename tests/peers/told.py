"""What iam-simulate can be told: random cases restricted to it, in its words, and the process that answers."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from policygen import Request
from policygen.request.condition_keys import is_multivalued
from policygen.request.principal import Principal, PrincipalKind
from tests.peers.cuts import documents
from tests.property.strategies import PROVIDER, ROLE, Case, Maker

PACKAGE = Path("@cloud-copilot") / "iam-simulate"
DRIVER = Path(__file__).with_name("decide.mjs")
SERVICES = ("s3", "kms", "sqs", "sts")
WORDS = {"Allowed": "allowed", "ImplicitlyDenied": "implicitDeny", "ExplicitlyDenied": "explicitDeny"}
REFUSED = "refused"
"""In the place of a decision where iam-simulate takes a case for invalid."""

_WITH_ENCRYPTION_CONTEXT = ("kms:decrypt", "kms:encrypt", "kms:generatedatakey", "kms:creategrant", "kms:retiregrant")
_SESSIONS = (PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)
_NOT_FOR = {
    PrincipalKind.ANONYMOUS: ("identity_based", "permissions_boundary", "service_control"),
    PrincipalKind.SERVICE: ("identity_based", "permissions_boundary"),
}
"""Policies that a caller cannot have. Root users can have none either, but that is a difference worth telling."""

Document = dict[str, Any]
Answer = tuple[str, list[str]]
"""A decision with the context keys that had no part in it."""


def draw(random: Random) -> Case:
    """Return a random case that iam-simulate can be told.

    Left out are grants, settings and every session policy but one; case by case what :func:`_is_untold` says.
    """
    while True:
        case = Maker(random, nested=False).case()
        service = case.request["action"].partition(":")[0]
        request = Request(**case.request)
        if service in SERVICES and not _is_untold(case.request["principal"], request):
            return Case(policies=_policies(case.policies, request), request=_request(case.request))


def _is_untold(principal: Any, request: Request) -> bool:
    """Tell whether iam-simulate has no words for caller or resource.

    It knows no sign-in by web identity, no session without a name, no service-linked role (the path of the role tells
    it, the session's ARN does not), no resource of nobody knows whom, and reads a key with ``*`` as many keys.
    """
    several = request.resource != "*" and "*" in request.resource
    linked = request.principal.is_service_linked_role
    return principal in (PROVIDER, ROLE) or linked or several or request.resource_account is None


def _request(given: dict[str, Any]) -> dict[str, Any]:
    """Return a request without what iam-simulate leaves out: keys of other services, who federated a user."""
    principal, own = given["principal"], {"aws", given["action"].partition(":")[0]}
    if isinstance(principal, dict):
        principal = {name: value for name, value in principal.items() if name != "user"}
    context = {key: value for key, value in given["context"].items() if key.partition(":")[0].lower() in own}
    return given | {"principal": principal, "context": context}


def _policies(given: dict[str, Any], request: Request) -> dict[str, Any]:
    """Return policies that iam-simulate accepts, for a caller that can have them."""
    found = {name: _plain(value) for name, value in given.items() if name != "grants"}
    for path, document in documents(found):
        if path[0] != "resource_based" or request.service != "sts":  # a trust policy has no Resource
            for statement in _statements(document):
                if "NotResource" not in statement:
                    statement.setdefault("Resource", "*")
    kind = request.principal.kind
    session = found.pop("session", None)
    if session and kind in _SESSIONS:
        found["session"] = session[:1]
    found = {name: value for name, value in found.items() if name not in _NOT_FOR.get(kind, ())}
    for level in found.get("resource_control", ()):
        for document in level:
            document["Version"] = "2012-10-17"
            for statement in _statements(document):
                _as_in_an_rcp(statement, request.service)
    if "vpc_endpoint" in found:
        for statement in _statements(found["vpc_endpoint"]):
            statement.pop("NotPrincipal", None)
            statement["Principal"] = "*"
    return found


def _plain(value: Any) -> Any:
    """Return a copy of the documents of a layer, without names."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return deepcopy(value.get("document", value))


def _as_in_an_rcp(statement: dict[str, Any], service: str) -> None:
    """Make a statement one of an RCP: Principal ``*``, actions with a service."""
    statement["Principal"] = "*"
    actions = statement.pop("NotAction", statement.get("Action"))
    listed = [actions] if isinstance(actions, str) else actions
    statement["Action"] = [f"{service}:*" if each == "*" else each for each in listed]


def _statements(document: Document) -> list[dict[str, Any]]:
    found = document["Statement"]
    return found if isinstance(found, list) else [found]


def without_keys(case: Case, names: Sequence[str]) -> Case:
    """Return a case without the context keys that iam-simulate left out.

    The pairs of an encryption context stay where AWS's reference lists them: there they are condition keys.
    """
    paired = case.request["action"].lower() in _WITH_ENCRYPTION_CONTEXT
    left = {name.lower() for name in names if not (paired and name.lower().startswith("kms:encryptioncontext:"))}
    kept = {key: value for key, value in case.request["context"].items() if key.lower() not in left}
    return Case(policies=case.policies, request=case.request | {"context": kept})


def simulation(case: Case) -> dict[str, Any]:
    """Return a case as iam-simulate is told it: with the context keys that AWS fills in."""
    request, policies = Request(**case.request), case.policies
    found = {
        "request": {
            "principal": _caller(request.principal),
            "action": request.action,
            "resource": {"resource": request.resource, "accountId": request.resource_account},
            "contextVariables": {each.name: _values(each.name, each.values) for each in request.context.values()},
        },
        "identityPolicies": _named(policies.get("identity_based", ())),
        "serviceControlPolicies": _levels(policies.get("service_control", ())),
        "resourceControlPolicies": _levels(policies.get("resource_control", ())),
    }
    if "session" in policies:
        found["sessionPolicy"] = policies["session"][0]
    if "resource_based" in policies:
        found["resourcePolicy"] = policies["resource_based"]
    if "permissions_boundary" in policies:
        found["permissionBoundaryPolicies"] = _named([policies["permissions_boundary"]])
    if "vpc_endpoint" in policies:
        found["vpcEndpointPolicies"] = _named([policies["vpc_endpoint"]])
    return found


def _caller(principal: Principal) -> str:
    return principal.session_arn or principal.arn


def _values(name: str, values: tuple[str, ...]) -> str | list[str]:
    return list(values) if is_multivalued(name) or len(values) != 1 else values[0]


def _named(documents: Sequence[Document]) -> list[dict[str, Any]]:
    return [{"name": f"policy-{number}", "policy": each} for number, each in enumerate(documents)]


def _levels(levels: Sequence[Sequence[Document]]) -> list[dict[str, Any]]:
    return [{"orgIdentifier": f"level-{number}", "policies": _named(each)} for number, each in enumerate(levels)]


def is_installed(node_modules: Path) -> bool:
    """Tell whether node and the package can be run."""
    return shutil.which("node") is not None and (node_modules / PACKAGE).is_dir()


class Peer:
    """A node process that answers for iam-simulate; it ends with the process that started it."""

    def __init__(self, node_modules: Path) -> None:
        """Start it on a folder where the package is installed."""
        command = ["node", str(DRIVER), str(node_modules.resolve())]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answers(self, cases: Sequence[Case]) -> list[Answer]:
        """Return the decision on each case, with the context keys that had no part in it."""
        if not cases:
            return []
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([simulation(each) for each in cases]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("iam-simulate ended without an answer")
        return [(WORDS.get(word, word), left) for word, left in json.loads(line)]


def version(node_modules: Path) -> str:
    """Return the version of iam-simulate that is installed."""
    package = node_modules / PACKAGE / "package.json"
    return str(json.loads(package.read_text(encoding="utf-8"))["version"])
