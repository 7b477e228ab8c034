"""What AWS said of a call beside what the policies say, check by check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from policygen.denials.changes import tried_change
from policygen.denials.missing import left_out
from policygen.denials.model import WORDS, Call, Judged, Obstacle, PolicyMatch, ShownCheck, Side, Told
from policygen.denials.open_ends import open_keys
from policygen.denials.sources import Known, known_of
from policygen.document.model import Effect
from policygen.evaluation import Decision, Environment, EvalDecision, MatchedStatement, authorize
from policygen.evaluation.checks import checks_of
from policygen.evaluation.combine import policy_type_name
from policygen.evaluation.results.checks import EFFECTS, POLICY_TYPES, Check, Checked, CheckEffect, CheckType
from policygen.request import Request

_NOTHING_MATCHED = (CheckEffect.IMPLICIT_DENY, CheckEffect.NO_IMPACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """One check on both sides; a side that has no such check is None.

    Attributes:
        aws: What AWS said.
        ours: What the policies say.
        found: The statements behind ours.
    """

    aws: ShownCheck | None
    ours: ShownCheck | None
    found: tuple[MatchedStatement, ...] = ()

    @property
    def check(self) -> ShownCheck:
        """The check on either side."""
        found = self.ours or self.aws
        assert found is not None
        return found


def compared(told: Told, environment: Environment | None = None) -> Judged:
    """Return a call with what its policies say.

    Args:
        told: What AWS said.
        environment: Where policies are taken from that AWS's answer does not hold; None for nowhere.

    Raises:
        DocumentError: A policy cannot be judged.
    """
    known = known_of(told, environment)
    apart = any(each.type is CheckType.RESOURCE for each in told.aws.checks)
    checked = checks_of(known.policies, known.request, owner_apart=apart)
    pairs = _with_what_was_left_out(tuple(_paired(told, known, checked)), told, known)
    effect = _effect(pairs, told, checked)
    differences = tuple(_differences(pairs, told, known, effect))
    decision = authorize(known.policies, known.request)
    depends_on = open_keys(decision, told) if differences else {}
    if depends_on:
        effect, differences = None, ()
    denied = effect is not None and effect.denies and not decision.allowed
    explanation = decision.explain() if denied else None
    call = Call(
        source=told.place.source,
        principal=known.request.principal.arn,
        action=known.request.action,
        resource=known.request.resource,
        aws=told.aws,
        ours=Side(effect=effect, checks=tuple(each.ours for each in pairs if each.ours is not None)),
        agrees=effect is not None and not differences,
        differences=differences,
        obstacles=(*_obstacles(pairs, known.request), *_further(decision)),
        change=tried_change(known.policies, known.request, explanation) if explanation is not None else None,
        hints=explanation.suggestions if explanation is not None and not explanation.proposals else (),
        depends_on=depends_on,
    )
    return Judged(
        told=told,
        request=known.request,
        policies=known.policies,
        targets=known.targets,
        unknown=bool(known.unknown),
        call=call,
    )


def _paired(told: Told, known: Known, checked: Checked) -> Iterator[_Pair]:
    """Yield every check of either side, in AWS's order: SCPs and RCPs level by level."""
    for kind in CheckType:
        of_aws: list[ShownCheck | None] = [each for each in told.aws.checks if each.type is kind]
        ours = [each for each in checked.checks if each.type is kind]
        if of_aws and not told.whole:
            of_aws[:0] = [None] * _meant(of_aws[0], ours)
        for number, (one, other) in enumerate(zip_longest(of_aws, ours)):
            yield _pair(one, other, known, (kind, number))
        if not of_aws and not ours and (kind, 0) in known.unknown:
            shown = ShownCheck(type=kind, effect=None, why_unknown=known.unknown[kind, 0])
            yield _Pair(aws=None, ours=shown)


def _meant(said: ShownCheck | None, ours: list[Check]) -> int:
    """Return which level a message means, which names a type of policies alone: the first that comes to the same."""
    same = (number for number, each in enumerate(ours) if said is not None and each.effect is said.effect)
    return next(same, 0)


def _pair(aws: ShownCheck | None, ours: Check | None, known: Known, place: tuple[CheckType, int]) -> _Pair:
    """Put two sides together; what is not known of ours is said, unless a Deny is known, which holds all the same."""
    kind, level = place
    targets = known.targets.get(kind, ())
    target = aws.target if aws is not None else targets[level] if level < len(targets) else None
    why = known.unknown.get(place)
    effect = ours.effect if ours is not None else None
    if why is not None and effect is not CheckEffect.EXPLICIT_DENY:
        return _Pair(aws=aws, ours=ShownCheck(type=kind, effect=None, target=target, why_unknown=why))
    if ours is None:
        return _Pair(aws=aws, ours=None)
    if aws is not None and known.unknown and {aws.effect, effect} <= set(_NOTHING_MATCHED):
        effect = aws.effect  # whether another path allows it hangs on what is not known
    matched: dict[str, list[str]] = {}
    for each in ours.matched:
        matched.setdefault(each.policy, []).append(each.label)
    listed = tuple(PolicyMatch(policy=name, statements=tuple(labels)) for name, labels in matched.items())
    shown = ShownCheck(type=kind, effect=effect, target=target, matched=listed)
    return _Pair(aws=aws, ours=shown, found=ours.matched)


def _with_what_was_left_out(pairs: tuple[_Pair, ...], told: Told, known: Known) -> tuple[_Pair, ...]:
    """Return the pairs, those not known in which AWS was decided by a policy that its list leaves out (N15)."""

    def settled(pair: _Pair) -> _Pair:
        if pair.aws is None or told.policies is None or (pair.ours is not None and not _differ(pair)):
            return pair
        named = any(match.policy in known.listed for match in pair.aws.matched)
        by_policy = pair.aws.effect in (CheckEffect.ALLOW, CheckEffect.EXPLICIT_DENY)
        asked = any(each.type == WORDS[pair.aws.type] for each in told.policies)
        if named or not (by_policy or not asked):
            return pair
        if pair.ours is None and not _denies(pair.aws):
            return pair  # there is none, and it limits nothing
        unknown = ShownCheck(type=pair.aws.type, effect=None, target=pair.aws.target, why_unknown=left_out())
        return _Pair(aws=pair.aws, ours=unknown)

    return tuple(map(settled, pairs))


def _denies(check: ShownCheck) -> bool:
    return check.effect is not None and check.effect.denies


def _differ(pair: _Pair) -> bool:
    """Tell whether both sides know what a check comes to, and say different things."""
    if pair.aws is None or pair.ours is None or pair.aws.effect is None or pair.ours.effect is None:
        return False
    return pair.aws.effect is not pair.ours.effect


def _effect(pairs: Iterable[_Pair], told: Told, checked: Checked) -> CheckEffect | None:
    """Return what the checks come to; None where that hangs on one that is not known.

    What is known to deny explicitly does so whatever the rest says. Where AWS tells of no explicit deny, there is none
    in what is not known either, so that a check without an Allow denies.
    """
    known = [each.ours.effect for each in pairs if each.ours is not None and each.ours.effect is not None]
    open_ends = [each for each in pairs if each.ours is not None and each.ours.effect is None]
    if not open_ends:
        return checked.effect
    if CheckEffect.EXPLICIT_DENY in known:
        return CheckEffect.EXPLICIT_DENY
    if told.aws.effect is CheckEffect.IMPLICIT_DENY and CheckEffect.IMPLICIT_DENY in known:
        return CheckEffect.IMPLICIT_DENY
    return None


def name_of(check: ShownCheck) -> str:
    """Return what people call a check: its type, and the level that it is about."""
    words = check.type.value.lower().replace("_", " ").replace("policy", "policies")
    words = {"vpc endpoint": "VPC endpoint"}.get(words, words)
    return f"{words} of {check.target}" if check.target else words


def _differences(pairs: Iterable[_Pair], told: Told, known: Known, effect: CheckEffect | None) -> Iterator[str]:
    """Yield where both sides differ, a sentence each."""
    for pair in pairs:
        if pair.aws is None:
            if told.whole and pair.ours is not None and _denies(pair.ours):
                yield f"{name_of(pair.ours)}: AWS tells of no such check, the policies come to {_word(pair.ours)}"
        elif pair.ours is None:
            if _denies(pair.aws):
                yield f"{name_of(pair.aws)}: AWS says {_word(pair.aws)}, and there is no such policy here"
        elif _differ(pair):
            yield f"{name_of(pair.aws)}: AWS says {_word(pair.aws)}, the policies come to {_word(pair.ours)}"
        elif pair.ours.effect is not None:
            yield from _other_statements(pair, known)
    said = told.aws.effect
    if effect is not None and effect is not said and not (said is None and effect.denies):
        yield f"in all: AWS says {said.value if said else 'denied'}, the policies come to {effect.value}"


def _word(check: ShownCheck) -> str:
    return check.effect.value if check.effect else "nothing"


def _other_statements(pair: _Pair, known: Known) -> Iterator[str]:
    """Yield the statements that AWS says apply, and that do not here; those whose Sids AWS made up are passed over.

    A message names the policy alone.
    """
    ours = {(each.policy, each.label) for each in pair.found}
    held = {each.name for each in known.policies.policies()}
    for match in pair.aws.matched if pair.aws is not None else ():
        if not match.statements and match.policy in held and match.policy not in {name for name, _ in ours}:
            yield f"{name_of(pair.check)}: AWS says that {match.policy} applies, and here it does not"
        listed = known.listed.get(match.policy)
        if listed is None or listed.document is None or listed.is_grant:
            continue
        labels = {each.label for each in listed.document.statements}
        for label in match.statements:
            if label in labels and (match.policy, label) not in ours:
                of_check = name_of(pair.check)
                yield f"{of_check}: AWS says that `{label}` of {match.policy} applies, and here it does not"


def _obstacles(pairs: Iterable[_Pair], request: Request) -> Iterator[Obstacle]:
    """Yield what denies: each Deny, and each check that nothing allows; by AWS's word where ours is not known."""
    for pair in pairs:
        shown = pair.check
        if shown.effect is CheckEffect.EXPLICIT_DENY:
            for each in pair.found:
                if each.effect is Effect.DENY:
                    words = f"explicit deny: `{each.label}` of {each.policy}"
                    yield _obstacle(shown, words, policy=each.policy, statement=each.label)
        elif shown.effect is CheckEffect.IMPLICIT_DENY:
            yield _obstacle(shown, _no_allow(shown, request))
        elif pair.aws is not None and shown.effect is None and _denies(pair.aws):
            yield from _by_aws(pair.aws, request)


def _no_allow(check: ShownCheck, request: Request) -> str:
    """Return that nothing of a check allows the call."""
    of = f" of {check.target}" if check.target else ""
    return f"no {policy_type_name(POLICY_TYPES[check.type], request)}{of} allows {request.action}"


def _by_aws(check: ShownCheck, request: Request) -> Iterator[Obstacle]:
    """Yield what denies by AWS's word alone."""
    if check.effect is CheckEffect.IMPLICIT_DENY:
        yield _obstacle(check, f"by AWS's answer, {_no_allow(check, request)}")
    elif not check.matched:
        kind = policy_type_name(POLICY_TYPES[check.type], request)
        yield _obstacle(
            check, f"by AWS's answer, explicit deny in a {kind}{f' of {check.target}' if check.target else ''}"
        )
    for match in check.matched if check.effect is CheckEffect.EXPLICIT_DENY else ():
        for label in match.statements or (None,):
            words = f"by AWS's answer, explicit deny: {f'`{label}` of ' if label else ''}{match.policy}"
            yield _obstacle(check, words, policy=match.policy, statement=label)


def _obstacle(check: ShownCheck, words: str, policy: str | None = None, statement: str | None = None) -> Obstacle:
    effect = check.effect or CheckEffect.IMPLICIT_DENY
    return Obstacle(
        check=check.type, target=check.target, effect=effect, policy=policy, statement=statement, words=words
    )


def _further(decision: Decision) -> Iterator[Obstacle]:
    """Yield the further actions that the call needs and that are denied."""
    for each in decision.explain().further_actions:
        if each.decision is not None and each.decision is not EvalDecision.ALLOWED:
            on = f" on {each.resource}" if each.resource != decision.request.resource else ""
            yield Obstacle(
                check=None,
                effect=EFFECTS[each.decision],
                words=f"the call needs {each.action}{on} too: {each.decision.value}",
            )
