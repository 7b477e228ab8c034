"""Fewer bytes or fewer policies, the same access: every step is proved, and what cannot be proved stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from policygen.aws.quotas import Quota
from policygen.document.model import PolicyDocument
from policygen.document.write import thaw
from policygen.errors import DocumentError, Place, Problem
from policygen.evaluation.statements import compile_statements
from policygen.proofs.kinds import Kind, kind_of
from policygen.proofs.reducing import Work, compact, size_of
from policygen.proofs.reference import NOTHING_KNOWN, Reference

KINDS_OF_QUOTAS = {
    **dict.fromkeys(("managed-policy", "role-inline", "user-inline", "group-inline"), Kind.IDENTITY),
    **dict.fromkeys(("bucket-policy", "access-point-policy"), Kind.RESOURCE),
    "session-policy": Kind.SESSION,
    "trust-policy": Kind.TRUST,
    "key-policy": Kind.KEY,
    "scp": Kind.SCP,
    "rcp": Kind.RCP,
}
"""The kinds of the policies that a quota is for, by the quota's name: those of which something can be proved."""

WITHOUT_QUOTA = "bytes"
"""The unit of sizes where no quota has one."""

Progress = Callable[[int, int], None]
"""Called with (done, all) as the work goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimized:
    """Policies that give the same access as others, in fewer bytes or fewer policies.

    Attributes:
        policies: The policies by name.
        quota: The quota that they fit, or None.
        unit: What sizes are counted in; always of JSON without white space between its tokens.
        before: The size of each policy as it was, by name.
        after: The size of each policy as it is now.
        done: What was done, in words.
        left: What was left as it is, for it was not proved that the access stays the same.
        catalog: The date of the catalogue by whose actions wildcards were written; None where none were to be.
        proved: Whether all of it is proved to give the same access (beside wildcards, as far as the catalogue knows the
            actions); nothing else comes back.
    """

    policies: Mapping[str, PolicyDocument]
    quota: Quota | None
    unit: str
    before: Mapping[str, int]
    after: Mapping[str, int]
    done: tuple[str, ...]
    left: tuple[str, ...]
    catalog: str | None = None
    proved: bool = True

    @property
    def texts(self) -> dict[str, str]:
        """The policies as they are written: with white space, unless it counts and they fit without it alone."""
        return {name: _text(each, self.quota) for name, each in self.policies.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON-ready values."""
        quota = self.quota and {"name": self.quota.name, "limit": self.quota.limit}
        return {
            "policies": {name: thaw(each.written) for name, each in self.policies.items()},
            "quota": quota,
            "unit": self.unit,
            "before": dict(self.before),
            "after": dict(self.after),
            "done": list(self.done),
            "left": list(self.left),
            "catalog": self.catalog,
            "proved": self.proved,
        }


def _text(document: PolicyDocument, quota: Quota | None) -> str:
    text = document.to_json()
    wide = quota is not None and quota.counts_space and quota.size_of(text) > quota.limit
    return compact(document.written) if wide else text


def minimize(
    documents: Sequence[PolicyDocument],
    kinds: Collection[Kind] = (),
    quota: Quota | None = None,
    reference: Reference = NOTHING_KNOWN,
    *,
    split: bool = False,
    catalog: str | None = None,
    progress: Progress | None = None,
) -> Minimized:
    """Return policies that give the same access in fewer bytes or fewer policies.

    Args:
        documents: The policies; several are taken as attached to one principal, OU or account where the quota is of a
            way of attaching of which there can be several, else each is for itself.
        kinds: What they may be, as :func:`kind_of` takes it.
        quota: The quota that they must fit; their Sids go only where they would not.
        reference: What is known of actions: what no call can name or carry is left out.
        split: Whether one that does not fit may become several.
        catalog: The date of what is known, where lists of actions may become wildcards by it; None for no wildcards.
        progress: Called as the work goes on.

    Raises:
        DocumentError: One cannot be judged (PG-D007, PG-D009); PG-D010 for each that does not fit its quota; PG-D011
            for each that cannot be of the only kind that is given.
    """
    problems = [problem for each in documents for problem in (*_unjudged(each), *_misplaced(each, kinds))]
    if problems:
        raise DocumentError(*problems)
    ticks = _Ticks(sum(len(each.statements) for each in documents), progress)
    together = bool(documents) and quota is not None and quota.most != 1
    works = [
        Work(group, kind_of(max(group, key=lambda each: len(each.statements)), kinds), quota, reference, ticks)
        for group in ([documents] if together else [[each] for each in documents])
    ]
    for work in works:
        work.run(split=split, wildcards=catalog is not None)
    problems = [problem for work in works for problem in work.problems()]
    if problems:
        raise DocumentError(*problems)
    before = {each.source: size_of(each.written, quota) for each in documents}
    return _recorded(works, quota, before, catalog)


def _recorded(works: Sequence[Work], quota: Quota | None, before: Mapping[str, int], catalog: str | None) -> Minimized:
    found = [each for work in works for each in work.policies]
    return Minimized(
        policies=MappingProxyType({each.name: each.document for each in found}),
        quota=quota,
        unit=quota.unit if quota else WITHOUT_QUOTA,
        before=MappingProxyType(before),
        after=MappingProxyType({each.name: size_of(each.written, quota) for each in found}),
        done=tuple(line for work in works for line in work.done),
        left=tuple(dict.fromkeys(line for work in works for line in work.left)),
        catalog=catalog,
    )


def _unjudged(document: PolicyDocument) -> tuple[Problem, ...]:
    try:
        compile_statements(document, document.source)
    except DocumentError as error:
        return error.problems
    return ()


def _misplaced(document: PolicyDocument, kinds: Collection[Kind]) -> list[Problem]:
    """Return a problem where a policy of the only kind that it may be names principals and should not, or should."""
    named = [each for each in document.statements if each.principal is not None or each.not_principal is not None]
    kind = next(iter(kinds), None)
    if len(kinds) != 1 or kind is None or not document.statements:
        return []
    needed = kind.is_of_resource or kind is Kind.RCP
    if bool(named) is needed:
        return []
    index = named[0].index if named else 0
    return [
        Problem(
            code="PG-D011",
            message="no statement has a Principal" if needed else "a statement has a Principal",
            place=Place(source=document.source, pointer=f"/Statement/{index}"),
            hint=f"this is no policy of type `{kind.value}`: give the quota of the way in which it is attached",
        )
    ]


class _Ticks:
    """Tells how many of all statements were looked at."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self._progress, self._done = total, progress, 0

    def __call__(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(min(self._done, self._total), self._total)
