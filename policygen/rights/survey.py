"""Asking the policies of everybody in an environment: resource by resource, callers together where one proof does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from policygen.aws.arns import parse_arn
from policygen.errors import DocumentError, Problem
from policygen.evaluation import Environment, EvalDecision
from policygen.evaluation.authorize import judge
from policygen.evaluation.results.verdict import PolicyType
from policygen.matching.overlap import covers
from policygen.proofs.compare import why_not_shown
from policygen.proofs.compose import may_match, patterns_of
from policygen.proofs.describe import OWN_POLICIES
from policygen.proofs.kinds import OWN, World, own_policies_count
from policygen.proofs.known import Known
from policygen.proofs.parties import Assumed, assuming
from policygen.proofs.reference import Reference, spelled
from policygen.proofs.resources import may_name
from policygen.proofs.trial import with_pairs
from policygen.proofs.witness import confirmed
from policygen.request.model import Request
from policygen.request.principal import IDENTITIES, Principal, parse_principal
from policygen.rights.callers import MayAllow, OfResource, held_callers, strangers
from policygen.rights.expressions import RESOURCE_NAME
from policygen.rights.question import Answers, Question, Says, Way, asked
from policygen.rights.told import NotToldError
from policygen.rights.ways import Confirmed

Progress = Callable[[int, int], None]
Found = dict[str, list[Confirmed]]

_ENDPOINT = "aws:SourceVpce"
_NOT_HELD = "is none that the environment holds"


class _Caller(NamedTuple):
    """Somebody who may be able to make the request.

    Attributes:
        caller: The caller.
        who: Under which name it is listed.
        into: The list.
        said: What is said of it among the conditions.
        is_stranger: Whether the environment does not hold it.
    """

    caller: Principal
    who: str
    into: Found
    said: tuple[tuple[str, str], ...] = ()
    is_stranger: bool = False

    @property
    def assumed(self) -> Assumed:
        """What is taken of it: a stranger's own policies allow everything."""
        return Assumed(own=self.is_stranger and self.caller.kind in IDENTITIES and own_policies_count(self.caller))


class _Party(NamedTuple):
    """Callers of whom the same statements decide, who ask for the same resources."""

    question: Question
    says: Says
    members: dict[World, _Caller]


class Survey:
    """Who may do an action on some resources of an environment.

    Attributes:
        principals: The ways of the users and roles that the environment holds, by ARN.
        others: The ways of everybody else.
        root_users: The ways of root users of accounts of which principals are held.
        unknown: Of whom it is not known, with the reason.
        problems: Why policies cannot be judged.
    """

    def __init__(self, environment: Environment, action: str, resource: str, reference: Reference) -> None:
        """Find the resources that are asked about."""
        self._environment, self._reference = environment, reference
        self._action, self._resource = spelled(action, reference), resource
        self.principals: Found = {}
        self.others: Found = {}
        self.root_users: Found = {}
        self.unknown: dict[tuple[str, str], None] = {}
        self.problems: dict[Problem, None] = {}
        self._may_allow = MayAllow(action, resource)
        endpoints = environment.vpc_endpoints.items()
        self._endpoints = tuple(name for name, each in endpoints if each.policy is not None)
        self._holders = self._asked_about()

    def _asked_about(self) -> list[str | None]:
        """Return the ARNs under which resources that are asked about are held; None for resources that are not."""
        names = (*self._environment.resources, *self._environment.principals)
        taken = self._reference.taken(self._action.lower())
        found: list[str | None] = [
            each
            for each in dict.fromkeys(names)
            if may_match(self._resource, patterns_of([each]))
            and (taken is None or any(may_name(taken, form) for form in patterns_of([each])))
        ]
        alone = len(found) == 1 and any(covers(form, self._resource) for form in patterns_of([str(found[0])]))
        return found if alone else [*found, None]

    def work(self, progress: Progress) -> None:
        """Ask everybody; of whom a policy decides that cannot be judged it is not known."""
        parties = [party for holder in self._holders for party in self._of_holder(holder)]
        for done, party in enumerate(parties):
            progress(done, len(parties))
            self._ask(party)

    def _of_holder(self, holder: str | None) -> list[_Party]:
        try:
            return list(self._parties(holder))
        except DocumentError as error:
            self._not_judged(f"the policy of {holder or self._resource}", error)
            return []

    def _not_judged(self, who: str, error: DocumentError) -> None:
        self.unknown |= {(who, each.message): None for each in error.problems}
        self.problems |= dict.fromkeys(error.problems)

    def _parties(self, holder: str | None) -> Iterator[_Party]:
        """Yield those who may be able to make the request, put together where the same statements decide."""
        found: dict[object, _Party] = {}
        of_resource = self._of_resource(holder)
        for one in self._callers(holder, of_resource):
            for endpoint in (None, *self._endpoints):
                question = Question(
                    action=self._action,
                    resource=self._resource,
                    holder=holder,
                    held=tuple(each for each in self._holders if each is not None),
                    endpoint=endpoint,
                    endpoints=self._endpoints,
                )
                completed = self._environment.completed(self._request(one.caller, holder, endpoint))
                try:
                    says = self._says(completed, one, endpoint)
                except DocumentError as error:
                    self._not_judged(one.who, error)
                    continue
                party = found.setdefault((endpoint, says.identity), _Party(question, says, {}))
                owner = completed.resource_account or one.caller.account or OWN
                party.members[World(caller=self._environment.caller(one.caller), owner=owner)] = one
        yield from found.values()

    def _says(self, completed: Request, one: _Caller, endpoint: str | None) -> Says:
        """Return what decides a request like this one, whose caller is one of the callers."""
        policies = assuming(self._environment.policies_for(completed), one.caller, one.assumed)
        known = Known.of(completed)
        if endpoint is not None:
            known = known._replace(always=(*known.always, (_ENDPOINT.lower(), (endpoint,))))
        return Says.of(policies, known, self._action, self._resource, self._reference)

    def _request(self, caller: Principal, holder: str | None, endpoint: str | None = None) -> Request:
        context = {_ENDPOINT: endpoint} if endpoint is not None else {}
        return Request(principal=caller, action=self._action, resource=holder or self._resource, context=context)

    def _of_resource(self, holder: str | None) -> OfResource:
        if holder is None:
            return OfResource()
        request = self._environment.completed(self._request(parse_principal("anonymous"), holder))
        says = Says.of(self._environment.policies_for(request), Known(), self._action, self._resource, self._reference)
        return OfResource(says.statements.get((PolicyType.RESOURCE_BASED, None), ()), says.policies.grants)

    def _callers(self, holder: str | None, of_resource: OfResource) -> Iterator[_Caller]:
        for name, callers in held_callers(self._environment, of_resource.named).items():
            attached = self._environment.principals[name]
            may = self._may_allow.any_of(attached.identity_based)
            for number, caller in enumerate(callers):
                if may or of_resource.lets_in(caller):
                    said = (("session", f"is named `{caller.session_name}`"),) if number else ()
                    yield _Caller(caller, name, self.principals, said)
        owner = self._environment.completed(self._request(parse_principal("anonymous"), holder)).resource_account
        for each in strangers(self._environment, of_resource, holder, owner or ""):
            if holder is None and not each.is_root:
                continue  # no policy lets it in
            yield _Caller(each.caller, each.who, self.root_users if each.is_root else self.others, is_stranger=True)

    def _ask(self, party: _Party) -> None:
        try:
            answers = asked(party.question, party.says, list(party.members), self._reference, self._holder_of)
            for number, one in enumerate(party.members.values()):
                for way in answers.ways(number):
                    self._add(party, answers, one, way)
        except NotToldError as error:
            self.unknown |= dict.fromkeys((one.who, str(error)) for one in party.members.values())

    def _holder_of(self, resource: str) -> str | None:
        if parse_arn(resource) is None:
            return None
        return self._environment.held(self._request(parse_principal("anonymous"), resource))

    def _add(self, party: _Party, answers: Answers, one: _Caller, way: Way) -> None:
        """Add a way that the evaluator confirms."""
        if not way.boxes:
            return
        endpoint = party.question.endpoint

        def asked_as(request: Request) -> Request:
            return self._through(with_pairs(request).with_action(self._action), endpoint)

        def shows(_world: World, request: Request) -> bool:
            known = party.says.known
            return not known.contradicts(with_pairs(request)) and self._allows(asked_as(request), one.assumed)

        found = confirmed(answers.space, way.boxes, shows)
        if found is None:
            where = f"{self._action} on {self._resource}"
            self.unknown[one.who, why_not_shown(answers.space, where, way.boxes[0])] = None
            return
        witness = asked_as(found[2])
        conditions = self._of_resources(party.question) | way.conditions
        conditions |= dict(one.said) | self._further(party.question, one, witness)
        one.into.setdefault(one.who, []).append(Confirmed(conditions, witness))

    def _through(self, request: Request, endpoint: str | None) -> Request:
        return request if endpoint is None else request.with_context({_ENDPOINT: endpoint})

    def _allows(self, request: Request, assumed: Assumed) -> bool:
        completed = self._environment.completed(request)
        policies = assuming(self._environment.policies_for(completed), completed.principal, assumed)
        return judge(policies, completed).decision is EvalDecision.ALLOWED

    def _of_resources(self, question: Question) -> dict[str, str]:
        """Return which of the resources that are asked about these are, where there are others."""
        if len(self._holders) == 1:
            return {}
        return {RESOURCE_NAME: f"is in `{question.holder}`" if question.holder is not None else _NOT_HELD}

    def _further(self, question: Question, one: _Caller, witness: Request) -> dict[str, str]:
        """Return what is said beside the condition keys: whose resource, which endpoint, what is assumed."""
        found: dict[str, str] = {}
        if one.assumed.own and not self._allows(witness, Assumed()):
            found[OWN_POLICIES] = "allow it"
        if question.endpoint is not None:
            found[_ENDPOINT] = f"is `{question.endpoint}`"
        return found
