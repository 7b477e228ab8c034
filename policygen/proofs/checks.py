"""Yes-or-no questions about policies, answered over all requests: AWS's custom policy checks, and dead statements."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from policygen.document.model import PolicyDocument
from policygen.errors import DocumentError, Place, Problem
from policygen.evaluation.policies import NamedPolicy, compiled
from policygen.evaluation.public_access import is_public_statement
from policygen.evaluation.results.verdict import EvalDecision
from policygen.evaluation.statements import CompiledStatement
from policygen.matching.actions import compile_action
from policygen.proofs.access import Rule
from policygen.proofs.automaton import TooRichError, union
from policygen.proofs.boxes import Box, Budget
from policygen.proofs.compare import Comparison, compiled_both, kind_of_both, why_ended, why_unknown
from policygen.proofs.fields import ACTION, WORLD, mask_of
from policygen.proofs.kinds import Kind, Surroundings, World, kind_of
from policygen.proofs.reference import NOTHING_KNOWN, Reference
from policygen.proofs.space import Space
from policygen.proofs.witness import confirmed
from policygen.request.model import Request
from policygen.request.principal import PrincipalKind

PASS, FAIL, UNKNOWN = "PASS", "FAIL", "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One statement because of which a check fails.

    Attributes:
        description: What it does, in one sentence.
        statementIndex: Its place in its document, from 0; None when no single statement is the reason.
        statementId: Its Sid, or None.
        policy: The policy's name, for those who look for its file; empty where there are several. Not in the JSON.
    """

    description: str
    statementIndex: int | None = None
    statementId: str | None = None
    policy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the reason as JSON-ready values; what it has not is left out."""
        found = {
            "description": self.description,
            "statementIndex": self.statementIndex,
            "statementId": self.statementId,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The answer to a check.

    Attributes:
        result: ``PASS`` (proved), ``FAIL`` (with a witness where a request can be one) or ``UNKNOWN``.
        message: The answer in one sentence.
        reasons: The statements because of which it fails; for UNKNOWN, why it is not known.
        witness: A request that shows the failure, confirmed by the evaluator; None where there is none.
    """

    result: str
    message: str
    reasons: tuple[Reason, ...] = ()
    witness: Request | None = None

    @property
    def passed(self) -> bool:
        """Whether the check passes."""
        return self.result == PASS

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON-ready values."""
        return {
            "result": self.result,
            "message": self.message,
            "reasons": [each.to_dict() for each in self.reasons],
            "witness": self.witness.to_dict() if self.witness else None,
        }


_NEW_ACCESS = {
    PASS: "the new policy allows nothing that the existing one does not",
    FAIL: "the new policy allows what the existing one does not",
    UNKNOWN: "whether the new policy allows more could not be told",
}
_GRANTED = {
    PASS: "none of the actions and resources is allowed",
    FAIL: "one or more of the actions and resources are allowed",
    UNKNOWN: "whether the actions and resources are allowed could not be told",
}
_PUBLIC = {
    PASS: "the policy gives no public access",
    FAIL: "the policy gives public access",
    UNKNOWN: "whether the policy gives public access could not be told",
}
_NEVER = {
    PASS: "every statement makes a difference",
    FAIL: "one or more statements make no difference to any request",
    UNKNOWN: "whether every statement makes a difference could not be told",
}


def check_no_new_access(
    new: PolicyDocument, than: PolicyDocument, kinds: Collection[Kind] = (), reference: Reference = NOTHING_KNOWN
) -> CheckResult:
    """Tell whether a policy allows nothing that another one of the same type does not.

    As in AWS's check of this name, an account as a principal counts as everybody in it.

    Raises:
        DocumentError: A document cannot be judged (PG-D007, PG-D009).
    """
    wanted = kind_of_both(than, new, kinds)
    policies = compiled_both(than, new, wanted)
    found, unknown = Comparison(policies, wanted, reference).found(more=1, delegating=True)
    reasons = [
        Reason(description=f"statement {each.statement} of {each.policy} no longer denies", policy=each.policy)
        if of_denied
        else Reason(
            description=f"statement {each.statement} allows more",
            statementIndex=index,
            statementId=policies[1].statements[index].statement.sid,
            policy=each.policy,
        )
        for (of_denied, index), each in found.items()
    ]
    witness = next((each.witness for each in found.values()), None)
    return _result(_NEW_ACCESS, reasons, unknown, witness)


def _result(
    messages: dict[str, str], reasons: Sequence[Reason], unknown: Iterable[str], witness: Request | None = None
) -> CheckResult:
    why = tuple(Reason(description=each) for each in unknown)
    result = FAIL if reasons else UNKNOWN if why else PASS
    return CheckResult(result=result, message=messages[result], reasons=(*reasons, *why), witness=witness)


Asked = Callable[[Space, Rule], list[Box]]
"""Returns the part of a statement's box that a check asks about."""


def _allowed_among(
    messages: dict[str, str],
    documents: Sequence[PolicyDocument],
    kinds: Collection[Kind],
    more: Sequence[str],
    asked: Asked,
    reference: Reference,
    words: str,
) -> CheckResult:
    """Tell whether policies, each alone, allow something of what is asked."""
    reasons: list[Reason] = []
    unknown: list[str] = []
    witness: Request | None = None
    for document in documents:
        policy = compiled(document, document.source)
        where = f"{document.source}: " if len(documents) > 1 else ""
        space, budget = None, Budget()
        try:
            space = Space(kind_of(document, kinds), [policy.statements], more, reference=reference)
            done: set[int] = set()
            for rule in space.access[0].allows:
                written = rule.statement.statement
                never = [*space.outside, *(each.box for each in space.access[0].denies)]
                boxes = space.layout.difference(asked(space, rule), never, budget) if written.index not in done else []
                if not boxes:
                    continue
                found = confirmed(space, boxes, _allowing(space.kind, policy))
                if found is None:
                    unknown.append(where + why_unknown(space, rule.statement, boxes[0]))
                    continue
                done.add(written.index)
                witness = witness or found[2]
                description = f"{where}statement {written.label} {words}"
                reasons.append(
                    Reason(
                        description=description,
                        statementIndex=written.index,
                        statementId=written.sid,
                        policy=document.source,
                    )
                )
        except TooRichError as error:
            unknown.append(where + why_ended(error, space))
    return _result(messages, reasons, unknown, witness)


def _allowing(kind: Kind, policy: NamedPolicy) -> Callable[[World, Request], bool]:
    surroundings = Surroundings(kind, policy.document)

    def shows(world: World, request: Request) -> bool:
        return surroundings.decision(world, request).decision is EvalDecision.ALLOWED

    return shows


def check_access_not_granted(
    documents: Sequence[PolicyDocument],
    actions: Sequence[str],
    resources: Sequence[str] = (),
    kinds: Collection[Kind] = (),
    reference: Reference = NOTHING_KNOWN,
) -> CheckResult:
    """Tell whether policies, each for itself, allow none of some actions, on any of some resources.

    Args:
        documents: The policies.
        actions: Actions or patterns of them; none for all actions.
        resources: ARNs or patterns of them; none for all resources.
        kinds: What each may be, as :func:`kind_of` takes it.
        reference: What is known of actions.

    Raises:
        DocumentError: A document cannot be judged (PG-D007, PG-D009).
    """

    def asked(space: Space, rule: Rule) -> list[Box]:
        field, layout = space.fields[ACTION], space.layout
        part = {ACTION: union(field.matching(each, compile_action) for each in actions)} if actions else {}
        on = [{**part, **space.on_resources(each)} for each in resources] or [part]
        return [box for each in on for box in layout.intersections([rule.box], layout.box(each))]

    return _allowed_among(_GRANTED, documents, kinds, [*actions, *resources], asked, reference, "allows some of them")


def check_no_public_access(documents: Sequence[PolicyDocument], reference: Reference = NOTHING_KNOWN) -> CheckResult:
    """Tell whether policies of resources, each for itself, let nobody in whom they do not name.

    A statement that S3's definition of public access calls public (its principals and conditions are not limited to
    fixed values) fails where it lets through a caller of an account that the policy does not know, or an anonymous one.

    Raises:
        DocumentError: A document cannot be judged (PG-D007, PG-D009), or is no policy of a resource (PG-D005).

    Fact: E107, E108, S40
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    others = [each for each in documents if each.statements and kind_of(each) in (Kind.IDENTITY, Kind.SCP)]
    if others:
        raise DocumentError(*(_names_nobody(each) for each in others))

    def asked(space: Space, rule: Rule) -> list[Box]:
        if not is_public_statement(rule.statement.statement):
            return []
        anybody = mask_of(
            world.caller.account != world.owner and world.caller.kind is not PrincipalKind.SERVICE
            for world in space.worlds
        )
        return space.layout.intersections([rule.box], space.layout.box({WORLD: anybody}))

    return _allowed_among(_PUBLIC, documents, (), [], asked, reference, "lets anybody in")


def _names_nobody(document: PolicyDocument) -> Problem:
    return Problem(
        code="PG-D005",
        message="no statement has a Principal: this is not the policy of a resource",
        place=Place(source=document.source, pointer="/Statement"),
        hint="give the policy of a bucket, a key or another resource",
    )


def check_never_matches(
    documents: Sequence[PolicyDocument], kinds: Collection[Kind] = (), reference: Reference = NOTHING_KNOWN
) -> CheckResult:
    """Tell whether every statement of some policies, each for itself, makes a difference to some request.

    It makes none where no request can meet it, where another one covers it, or where what it allows is all denied.

    Raises:
        DocumentError: A document cannot be judged (PG-D007, PG-D009).
    """
    reasons: list[Reason] = []
    unknown: list[str] = []
    for document in documents:
        statements = compiled(document, document.source).statements
        where = f"{document.source}: " if len(documents) > 1 else ""
        space = None
        try:
            space = Space(kind_of(document, kinds), [statements], reference=reference)
            reasons += _idle(space, statements, where)
        except TooRichError as error:
            unknown.append(where + why_ended(error, space))
    return _result(_NEVER, reasons, unknown)


def _idle(space: Space, statements: Sequence[CompiledStatement], where: str) -> list[Reason]:
    """Return the statements that make no difference; of two that cover each other, the later one."""
    access, budget, difference = space.access[0], Budget(), space.layout.difference
    left = list(range(len(statements)))
    found: dict[int, str] = {}
    for number in reversed(range(len(statements))):
        own = statements[number]
        same = [*access.allows, *access.denies]
        boxes = difference([each.box for each in same if each.statement is own], space.outside, budget)
        others = [each for each in same if each.statement is not own and statements.index(each.statement) in left]
        alike = [each.box for each in others if each.statement.denies == own.denies]
        denies = [each.box for each in others if each.statement.denies]
        if not boxes:
            found[number] = "no request can meet it"
        elif not own.denies and not difference(boxes, denies, budget):
            found[number] = "all that it allows is denied"
        elif not difference(boxes, alike, budget):
            found[number] = "others cover it"
        elif not own.denies and not difference(boxes, [*alike, *denies], budget):
            found[number] = "others cover what of it is not denied"
        if number in found:
            left.remove(number)
    return [
        Reason(
            description=f"{where}statement {statements[number].statement.label} never matters: {why}",
            statementIndex=statements[number].statement.index,
            statementId=statements[number].statement.sid,
            policy=statements[number].policy,
        )
        for number, why in sorted(found.items())
    ]
