"""One mutant judged: do the tests notice it, and if not, does it change anything?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from policygen.document import PolicyDocument
from policygen.evaluation import Environment, EvalDecision, PolicySource, authorize
from policygen.evaluation.policies import Policies, compiled
from policygen.mutation.exchange import in_policies, in_source
from policygen.mutation.mutants import CALLS, Mutant, parsed
from policygen.proofs import Attachment, Diff, Difference, compare, compare_whole
from policygen.proofs.describe import OWN_POLICIES
from policygen.proofs.trial import RESOURCE_POLICY
from policygen.request import Request
from policygen.scenario.questions import Asked, PolicyKey, Question, TestedPolicy, key_of

MOST_SOURCES = 4
"""How many policy sets and environments of one policy are compared as a whole."""

_ASSUMED = (OWN_POLICIES, RESOURCE_POLICY)
_OF_OWNERS = ("resourceaccount", "resourceorg")

Exchanged = Callable[[PolicySource], PolicySource]
"""Returns a policy set or an environment with the mutant in it."""


class Outcome(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    EQUIVALENT = "equivalent"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        outcome: What.
        request: For a survivor, a request that tells it apart; None where none is known.
        reason: Why none is known, or on what it rests; None where nothing is to be said.
    """

    outcome: Outcome
    request: Request | None = None
    reason: str | None = None


class Judge:
    """Judges mutants of the policies that some tests are about."""

    def __init__(self, asked: Asked) -> None:
        """Keep what is asked."""
        self._policies = asked.policies
        self._keys: dict[int, tuple[object, PolicyKey | None]] = {}

    def verdict(self, number: int, mutant: Mutant) -> Verdict:
        """Return what becomes of a mutant of the policy of a number."""
        tested, questions = self._policies[number]
        new, wanted = parsed(mutant, tested.document), key_of(tested.document)

        def same(document: object) -> bool:
            return self._key(document) == wanted

        policy, changed = compiled(new, new.source), dict[int, Policies]()
        for each in questions:
            kept = id(each.policies)
            if kept not in changed:
                changed[kept] = in_policies(each.policies, same, policy)
            if not each.is_met(changed[kept]):
                return Verdict(outcome=Outcome.KILLED)
        return _compared(tested, new, _sources(questions), lambda source: in_source(source, same, new))

    def _key(self, document: object) -> PolicyKey | None:
        """Return what tells a document from others, worked out once; None for one that has no name of its own."""
        if id(document) not in self._keys:
            key = key_of(document) if isinstance(document, PolicyDocument) else None
            self._keys[id(document)] = document, key  # it is kept, so that no other one has its id
        return self._keys[id(document)][1]


def _sources(questions: Iterable[Question]) -> list[PolicySource]:
    """Return where the policies of questions stand, each once: environments, where there are any.

    What single tests assume beside an environment makes worlds of their own, in which nothing else is asked.
    """
    found = list({id(each.source): each.source for each in questions}.values())
    return [each for each in found if isinstance(each, Environment)] or found


def is_closed(*documents: PolicyDocument) -> bool:
    """Tell whether a wildcard is taken for the actions that are known: what a NotAction leaves are all others, too."""
    return not any(each.not_action for document in documents for each in document.statements)


def _compared(
    tested: TestedPolicy, new: PolicyDocument, sources: Sequence[PolicySource], exchanged: Exchanged
) -> Verdict:
    """Return whether a change that no test notices changes a decision: of the policy alone, then beside the others."""
    closed = is_closed(tested.document, new)
    alone = compare(tested.document, new, {tested.kind}, CALLS, _attached(tested), closed=closed)
    if alone.verdict == "same":
        return Verdict(outcome=Outcome.EQUIVALENT)
    witnesses, unknown = [each.witness for each in _differences(alone)], list(alone.unknown)
    if not sources:
        return _survived(next(iter(witnesses), None), "no test asks this policy" if witnesses else _untold(unknown))
    unknown = []
    for source in sources[:MOST_SOURCES]:
        other = exchanged(source)
        shown = next((each for each in witnesses if _tells(each, source, other)), None)
        if shown is not None:
            return _survived(shown)
        whole = compare_whole(source, other, CALLS)
        for each in _differences(whole):
            return _survived(each.witness, None if _tells(each.witness, source, other) else _rests_on(each))
        unknown += whole.unknown
    if len(sources) > MOST_SOURCES:
        unknown.append(f"it stands in {len(sources)} sets of policies, of which {MOST_SOURCES} were compared")
    return _survived(None, _untold(unknown)) if unknown else Verdict(outcome=Outcome.EQUIVALENT)


def _untold(unknown: Sequence[str]) -> str:
    return f"it could not be told: {unknown[0]}"


def _survived(request: Request | None, reason: str | None = None) -> Verdict:
    return Verdict(outcome=Outcome.SURVIVED, request=request, reason=reason)


def _differences(found: Diff) -> Iterator[Difference]:
    yield from (*found.gained, *found.lost)


def _tells(request: Request, old: PolicySource, new: PolicySource) -> bool:
    """Tell whether a request is allowed under the one and denied under the other."""
    decisions = [authorize(each, request).decision is EvalDecision.ALLOWED for each in (old, new)]
    return decisions[0] is not decisions[1]


def _rests_on(found: Difference) -> str:
    """Return what must be so, of what the environment does not hold, for a request to be decided differently."""
    what = next((f"{name} {words}" for name, words in found.conditions.items() if name in _ASSUMED), "")
    return f"where {what}: state such policies in a test" if what else "policies that the environment does not hold"


def _attached(tested: TestedPolicy) -> Attachment | None:
    """Return what a policy is attached to; nothing where it asks whose the resource is, which that would fix."""
    text = key_of(tested.document).text.lower()
    fixed = not tested.kind.is_of_resource and any(each in text for each in _OF_OWNERS)
    return None if fixed else tested.attached
