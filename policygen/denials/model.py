"""A denied call: what AWS said of it, what the policies say, and whether both agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from policygen.document import PolicyDocument
from policygen.errors import Place
from policygen.evaluation.policies import Policies
from policygen.evaluation.results.checks import CheckEffect, CheckType
from policygen.request import Request

WORDS = {
    CheckType.RESOURCE_CONTROL: "RESOURCE_CONTROL_POLICY",
    CheckType.SERVICE_CONTROL: "SERVICE_CONTROL_POLICY",
    CheckType.VPC_ENDPOINT: "VPC_ENDPOINT_POLICY",
    CheckType.RESOURCE: "RESOURCE_BASED_POLICY",
    CheckType.PRINCIPAL: "IDENTITY_BASED_POLICY",
    CheckType.BOUNDARY: "PERMISSIONS_BOUNDARY",
    CheckType.SESSION: "SESSION_POLICY",
}
"""What the policies that a check asks are called in AWS's list (N15)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyMatch:
    """A policy with those of its statements that apply to the request.

    Attributes:
        policy: What it goes by: its URI or ARN in AWS's answer, its name in an environment.
        statements: Sids, or ``#index`` of statements without one.
    """

    policy: str
    statements: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {"policy": self.policy, "statements": list(self.statements)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCheck:
    """One check, as AWS said or as the policies say.

    Attributes:
        type: What it asks.
        effect: What it comes to; None where that is not known.
        target: ARN of the root, unit or account whose policies it asks, for SCPs and RCPs; None otherwise.
        matched: The policies with statements that apply.
        why_unknown: Why the effect is not known, and how to get what is missing; None where it is.
    """

    type: CheckType
    effect: CheckEffect | None
    target: str | None = None
    matched: tuple[PolicyMatch, ...] = ()
    why_unknown: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the check as JSON-ready values; the effect of one that is not known is null."""
        found: dict[str, object] = {"check": self.type.value, "target": self.target}
        found["effect"] = self.effect.value if self.effect else None
        found["matched"] = [each.to_dict() for each in self.matched]
        return found | ({"why_unknown": self.why_unknown} if self.why_unknown else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one side says of a call: AWS, or the policies.

    Attributes:
        effect: What all checks come to; None where that is not known: of AWS, that it denied and did not say how.
        checks: The checks in AWS's order.
    """

    effect: CheckEffect | None
    checks: tuple[ShownCheck, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        effect = self.effect.value if self.effect else None
        return {"effect": effect, "checks": [each.to_dict() for each in self.checks]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A policy as authorization details list it.

    Attributes:
        uri: Its ARN, or what stands for one.
        type: Its type in AWS's word, such as ``IDENTITY_BASED_POLICY``.
        inline: Whether it is an inline policy.
        attached_to: ARNs of what it is attached to.
        source: What it was built from, such as a KMS grant; empty for other policies.
        document: Its text; None where it was not read.
    """

    uri: str
    type: str
    inline: bool | None = None
    attached_to: tuple[str, ...] = ()
    source: Mapping[str, str] = field(default_factory=dict)
    document: PolicyDocument | None = None

    @property
    def is_grant(self) -> bool:
        """Whether it was built from a KMS grant."""
        return "grantId" in self.source


def _is_told(_key: str) -> str | None:
    """Say of every condition key that it is told, as AWS tells the whole context."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What AWS said of one call, for one action and resource.

    Attributes:
        place: Where it stands.
        group: What tells the calls of one request from those of others.
        request: The request, with what was told of it.
        aws: What AWS said.
        policies: The policies that AWS lists; None where what it said lists none.
        whole: Whether AWS said what each check comes to; else it named one at most.
        why_open: Tells of a condition key why its value is not told; None where it is, or no request like this has it.
        authorization_id: The ID under which AWS tells the details, or None.
    """

    place: Place
    group: str
    request: Request
    aws: Side
    policies: tuple[Listed, ...] | None = None
    whole: bool = False
    why_open: Callable[[str], str | None] = field(default=_is_told, repr=False)
    authorization_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One thing that stands between the call and its being allowed.

    Attributes:
        check: The check that denies; None for a further action that the call needs.
        target: As a check's.
        effect: Explicit or implicit deny.
        policy: The policy that denies explicitly; None for what nothing allows.
        statement: Its statement.
        words: It in one sentence.
    """

    check: CheckType | None
    effect: CheckEffect
    words: str
    target: str | None = None
    policy: str | None = None
    statement: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {
            "check": self.check.value if self.check else None,
            "target": self.target,
            "effect": self.effect.value,
            "policy": self.policy,
            "statement": self.statement,
            "words": self.words,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change of a document, or of the request.

    Attributes:
        document: The policy's name; ``request`` for a change of the request.
        statement: Sid or ``#index``; None for a statement that is added, and for the request.
        op: ``add`` or ``replace``.
        value: The statement as it is then, or the context keys with their values (None: left out).
    """

    document: str
    statement: str | None
    op: str
    value: Any

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {"document": self.document, "statement": self.statement, "op": self.op, "value": self.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedChange:
    """The smallest change that was tried on the whole request, and what it gives.

    Attributes:
        edits: The edits, all of which belong together.
        gives: What the request comes to with all of them made.
        words: The change in one sentence.
    """

    edits: tuple[Edit, ...]
    gives: CheckEffect
    words: str

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values: the first edit, with the others behind it."""
        first, *others = (each.to_dict() for each in self.edits)
        return first | {"and": others, "gives": self.gives.value, "words": self.words}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One action on one resource that AWS judged, and the policies' own answer beside.

    Attributes:
        source: The file that tells of it.
        principal: Who called.
        action: ``service:Action``.
        resource: ARN, or ``*``.
        aws: What AWS said.
        ours: What the policies say.
        agrees: Whether both say the same, in every check that is known; false where what denies is not known.
        differences: Where they differ, a sentence each.
        obstacles: Everything that stands in the way, in the order of AWS's checks.
        change: The smallest change that was tried, or None.
        hints: What else helps, a sentence each.
        depends_on: Condition keys that are not told of the request, where the policies come to something else without
            them than AWS, each with the reason why it is not told.
    """

    source: str
    principal: str
    action: str
    resource: str
    aws: Side
    ours: Side
    agrees: bool
    differences: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    change: TriedChange | None = None
    hints: tuple[str, ...] = ()
    depends_on: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Return the call as JSON-ready values."""
        return {
            "file": self.source,
            "principal": self.principal,
            "action": self.action,
            "resource": self.resource,
            "aws": self.aws.to_dict(),
            "ours": self.ours.to_dict(),
            "agrees": self.agrees,
            "differences": list(self.differences),
            "obstacles": [each.to_dict() for each in self.obstacles],
            "change": self.change.to_dict() if self.change else None,
            "hints": list(self.hints),
            "depends_on": dict(self.depends_on),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A call with what was judged for it: what tests and AWS's own form are made of.

    Attributes:
        told: What AWS said.
        request: The request that was judged.
        policies: The policies that count; as if there were none where they are not known.
        targets: For SCPs and RCPs, the ARN of what each level is attached to, where AWS named them.
        unknown: Whether some policies are not known.
        call: The call.
    """

    told: Told
    request: Request
    policies: Policies
    targets: Mapping[CheckType, tuple[str | None, ...]]
    unknown: bool
    call: Call
