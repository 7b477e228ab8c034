"""Authorization details of a denied call, as AWS's Access Troubleshooter gives them: from the answer to requests.

Fact: N15
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any, TypeVar

from policygen.denials.callers import owner_of, principal_of
from policygen.denials.linking import Entry
from policygen.denials.model import Listed, PolicyMatch, ShownCheck, Side, Told
from policygen.document import PolicyDocument
from policygen.errors import PolicygenError, Problem, Severity
from policygen.evaluation.results.checks import CheckEffect, CheckType
from policygen.reading import Record
from policygen.request import Request

_E = TypeVar("_E", bound=Enum)


class Details:
    """One answer of GetRequestAuthorizationDetails."""

    def __init__(self, record: Record) -> None:
        """Read the list of policies; each evaluation is read when it is asked for."""
        self.problems: list[Problem] = []
        self.record = record
        self.context: Mapping[str, Any] = record.value["context"]
        self.next = record.value.get("next")
        self.policies = tuple(self._policies())

    def _problem(self, message: str, pointer: str, hint: str, severity: Severity = Severity.ERROR) -> None:
        place = self.record.opened.place(self.record.pointer + pointer)
        self.problems.append(Problem(code="PG-Y002", message=message, place=place, hint=hint, severity=severity))

    def _each(self, name: str) -> Iterator[tuple[dict[str, Any], str]]:
        for number, each in enumerate(self.record.value.get(name) or ()):
            if isinstance(each, dict):
                yield each, f"/{name}/{number}"
            else:
                self._problem(f"an entry of `{name}` is an object", f"/{name}/{number}", "save AWS's answer as it came")

    def _policies(self) -> Iterator[Listed]:
        for each, pointer in self._each("policies"):
            uri, kind = each.get("uri"), each.get("type")
            if not isinstance(uri, str) or not isinstance(kind, str):
                self._problem("a policy has `uri` and `type`, texts", pointer, "save AWS's answer as it came")
                continue
            attached = each.get("attachedTo")
            listed = attached if isinstance(attached, list) else ()
            source = each.get("policySource")
            yield Listed(
                uri=uri,
                type=kind,
                inline=each.get("inline") if isinstance(each.get("inline"), bool) else None,
                attached_to=tuple(
                    one["arn"] for one in listed if isinstance(one, dict) and isinstance(one.get("arn"), str)
                ),
                source=source if isinstance(source, dict) else {},
            )

    def entries(self) -> tuple[Entry, ...]:
        """Return what tells one policy of the list from another."""
        matched: dict[str, dict[tuple[str, str | None], None]] = {each.uri: {} for each in self.policies}
        for evaluation, _ in self._each("evaluations"):
            checks = evaluation.get("checks")
            for each in (evaluation, *(checks if isinstance(checks, list) else ())):
                for uri, statements in _matched(each):
                    matched.setdefault(uri, {}).update(dict.fromkeys(statements))
        return tuple(Entry(uri=each.uri, type=each.type, matched=tuple(matched[each.uri])) for each in self.policies)

    def told(self, documents: Mapping[str, PolicyDocument]) -> tuple[Told, ...]:
        """Return each evaluation, with the texts of the policies that are known, by URI."""
        policies = tuple(replace(each, document=documents.get(each.uri)) for each in self.policies)
        found = (self._told(each, pointer, policies) for each, pointer in self._each("evaluations"))
        return tuple(each for each in found if each is not None)

    def _told(self, evaluation: dict[str, Any], pointer: str, policies: tuple[Listed, ...]) -> Told | None:
        own = evaluation.get("context")
        context = self._checked({**self.context, **(own if isinstance(own, dict) else {})}, pointer)
        checks = tuple(self._checks(evaluation, pointer))
        request = self._request(evaluation, context, policies, checks, pointer)
        effect = self._one_of(CheckEffect, evaluation.get("evaluatedEffect"), f"{pointer}/evaluatedEffect")
        if request is None:
            return None
        return Told(
            place=self.record.opened.place(self.record.pointer + pointer),
            group=f"{self.record.source}#{self.record.pointer}",
            request=request,
            aws=Side(effect=effect or _all_of(checks), checks=checks),
            policies=policies,
            whole=bool(checks),
        )

    def _checked(self, context: dict[str, Any], pointer: str) -> dict[str, Any]:
        """Return a context without what no request carries: objects, for which no operator compares."""
        for name, value in context.items():
            if isinstance(value, dict):
                hint = "it is left out of the request"
                self._problem(f"the context key `{name}` is an object", pointer, hint, Severity.WARNING)
        return {name: value for name, value in context.items() if value is not None and not isinstance(value, dict)}

    def _request(
        self,
        evaluation: dict[str, Any],
        context: dict[str, Any],
        policies: tuple[Listed, ...],
        checks: tuple[ShownCheck, ...],
        pointer: str,
    ) -> Request | None:
        action, resource = evaluation.get("action"), evaluation.get("resource")
        if not isinstance(action, str) or not isinstance(resource, str):
            self._problem("an evaluation has `action` and `resource`, texts", pointer, "save AWS's answer as it came")
            return None
        principal = principal_of(context, policies, action)
        if principal is None:
            hint = "it is told by `aws:PrincipalArn` in `requestContext`, or by what the policies are attached to"
            self._problem("nothing here tells who called", pointer, hint)
            return None
        owner = owner_of(context, checks)
        try:
            return Request(
                principal=principal, action=action, resource=resource or "*", resource_account=owner, context=context
            )
        except PolicygenError as error:
            place = self.record.opened.place(self.record.pointer + pointer)
            self.problems += [each.at(place) for each in error.problems]
            return None

    def _checks(self, evaluation: dict[str, Any], pointer: str) -> Iterator[ShownCheck]:
        checks = evaluation.get("checks")
        for number, each in enumerate(checks if isinstance(checks, list) else ()):
            where = f"{pointer}/checks/{number}"
            if not isinstance(each, dict):
                self._problem("a check is an object", where, "save AWS's answer as it came")
                continue
            kind = self._one_of(CheckType, each.get("checkType"), f"{where}/checkType")
            effect = self._one_of(CheckEffect, each.get("evaluatedEffect"), f"{where}/evaluatedEffect")
            if kind is None or effect is None:
                continue
            target = each.get("targetArn")
            matched = (PolicyMatch(policy=uri, statements=tuple(sid for sid, _ in of)) for uri, of in _matched(each))
            yield ShownCheck(
                type=kind,
                effect=effect,
                target=target if isinstance(target, str) else None,
                matched=tuple(matched),
            )

    def _one_of(self, words: type[_E], value: Any, pointer: str) -> _E | None:
        """Return a word of AWS's; None for one that is not there, or is not known, which is said."""
        try:
            return None if value is None else words(value)
        except ValueError:
            known = ", ".join(str(each.value) for each in words)
            self._problem(f"`{value}` is a word that is not known here", pointer, f"the words are {known}")
            return None


def _all_of(checks: tuple[ShownCheck, ...]) -> CheckEffect | None:
    """Return what checks come to, where AWS does not say it: an explicit deny comes first, then an implicit one."""
    effects = {each.effect for each in checks}
    denials = (each for each in (CheckEffect.EXPLICIT_DENY, CheckEffect.IMPLICIT_DENY) if each in effects)
    return next(denials, CheckEffect.ALLOW if checks else None)


def _matched(check: Mapping[str, Any]) -> Iterator[tuple[str, tuple[tuple[str, str | None], ...]]]:
    """Yield the URI of each policy that matched, with Sid and effect of its statements that did."""
    policies = check.get("matchedPolicies") if isinstance(check, dict) else None
    for each in policies if isinstance(policies, list) else ():
        if isinstance(each, dict) and isinstance(each.get("uri"), str):
            statements = each.get("matchedStatements")
            listed = [one for one in statements if isinstance(one, dict)] if isinstance(statements, list) else []
            named = ((one.get("sid"), one.get("evaluatedEffect")) for one in listed)
            known = ((sid, effect if isinstance(effect, str) else None) for sid, effect in named if sid)
            yield each["uri"], tuple((sid, effect) for sid, effect in known if isinstance(sid, str))
