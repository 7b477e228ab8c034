"""Policies made smaller step by step: a step is taken when it is proved that the access stays the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from policygen.aws.quotas import Quota
from policygen.document.model import PolicyDocument
from policygen.document.parse import parse_policy
from policygen.document.write import thaw
from policygen.errors import Place, Problem
from policygen.proofs.idle import Idle, idle
from policygen.proofs.kinds import Kind
from policygen.proofs.packing import packed
from policygen.proofs.reference import Reference
from policygen.proofs.rewriting import (
    Elements,
    Part,
    in_words,
    merged,
    shortened,
    without,
    without_double_sids,
    without_sids,
)
from policygen.proofs.same import why_not_same
from policygen.proofs.wildcards import wildcards, with_wildcards


def compact(value: Any) -> str:
    """Return a value as JSON without white space between its tokens."""
    return json.dumps(thaw(value), ensure_ascii=False, separators=(",", ":"))


def size_of(value: Any, quota: Quota | None) -> int:
    """Return the size of a document without white space between its tokens, in bytes where no quota has a unit."""
    text = compact(value)
    return len(text.encode("utf-8", "surrogatepass")) if quota is None else quota.size_of(text)


class Named(NamedTuple):
    """A policy on its way: its name, what it is beside its statements, and these."""

    name: str
    shell: Mapping[str, Any]
    statements: list[Elements]

    @property
    def written(self) -> dict[str, Any]:
        """The policy as JSON values."""
        alone = len(self.statements) == 1 and isinstance(self.shell.get("Statement"), dict)
        return {**self.shell, "Statement": self.statements[0] if alone else self.statements}

    @property
    def document(self) -> PolicyDocument:
        """The policy, parsed."""
        return parse_policy(self.written, self.name)

    @property
    def version(self) -> str | None:
        """Its Version."""
        return self.shell.get("Version")


def named(document: PolicyDocument) -> Named:
    """Return a document as a policy on its way."""
    written = thaw(document.written)
    statements = written["Statement"]
    return Named(document.source, written, [statements] if isinstance(statements, dict) else statements)


class Work:
    """Policies that are attached together, as far as they are minimised.

    Attributes:
        policies: The policies as they are by now.
        done: What was done, in words.
        left: What was left as it is, for it was not proved that the access stays the same.
    """

    def __init__(
        self,
        documents: Sequence[PolicyDocument],
        kind: Kind,
        quota: Quota | None,
        reference: Reference,
        looked: Callable[[], None],
    ) -> None:
        """Begin with documents of a kind, which may have to fit a quota; ``looked`` is called for each statement."""
        self.policies = [named(each) for each in documents]
        self.done: list[str] = []
        self.left: list[str] = []
        self._kind, self._quota, self._reference, self._looked = kind, quota, reference, looked
        self._split = False

    def run(self, *, split: bool = False, wildcards: bool = False) -> None:
        """Take every step that is proved; ``split``: one may become several; ``wildcards``: lists may become some."""
        self._split = split
        self._merge()
        self._take_out_idle()
        self._merge()
        if wildcards:
            self._take_wildcards()
        self._take([_with(each, shortened(each.statements)) for each in self.policies], "")
        if self._quota is not None and self._quota.most != 1:
            self._pack(self._quota)
        if self._is_over():
            bare = [_with(each, without_sids(each.statements)) if self._needs(each) else each for each in self.policies]
            self._take(bare, "Sids taken out, to fit the quota")

    def problems(self) -> list[Problem]:
        """Return a problem for each policy that does not fit its quota."""
        quota = self._quota
        if quota is None or not self._is_over():
            return []
        hint = "take something out, or attach some of it in another way"
        if quota.most is None:
            hint = "the quota counts all inline policies together: attach managed policies"
        elif quota.most > 1 and self._split:
            hint = f"at most {quota.most} can be attached: take something out, or attach some of it in another way"
        elif quota.most > 1:
            hint = f"--split makes several policies of it, of which {quota.most} can be attached"
        sizes = [(each.name, size_of(each.written, quota)) for each in self.policies]
        if quota.most is None:
            sizes = [(self.policies[0].name, sum(size for _, size in sizes))]
        return [
            Problem(
                code="PG-D010",
                message=f"{size:,} {quota.unit} at the least, at most {quota.limit:,} are possible ({quota.name})",
                place=Place(source=name),
                hint=hint,
                doc_url=quota.doc_url,
            )
            for name, size in sizes
            if size > quota.limit
        ]

    def _is_over(self) -> bool:
        return any(map(self._needs, self.policies))

    def _needs(self, policy: Named) -> bool:
        """Tell whether a policy, or all together where the quota is one for all, must become smaller."""
        if self._quota is None:
            return False
        counted = self.policies if self._quota.most is None else [policy]
        return sum(size_of(each.written, self._quota) for each in counted) > self._quota.limit

    def _why_not(self, changed: Sequence[Named], *, closed: bool = False) -> str:
        old, new = ([each.document for each in policies] for policies in (self.policies, changed))
        return why_not_same(old, new, self._kind, self._reference, closed=closed)

    def _take(self, changed: Sequence[Named], what: str) -> bool:
        """Put changed policies in the place of these, if the access is proved to stay the same."""
        why = self._why_not(changed)
        if why:
            self.left.append(f"{what or 'as it is written'}: {why}")
        else:
            self.policies = list(changed)
            self.done += [what] if what else []
        return not why

    def _merge(self) -> None:
        """Make one of statements of one policy that differ in one list."""
        for at, policy in enumerate(self.policies):
            labels = [(each, _label(each, number)) for number, each in enumerate(policy.statements)]
            self.policies[at] = _with(policy, merged(policy.statements, partial(self._may_merge, policy, labels)))

    def _may_merge(
        self,
        policy: Named,
        labels: list[tuple[Elements, str]],
        several: Sequence[Elements],
        one: Elements,
        part: Part,
    ) -> bool:
        """Tell whether statements are proved to be the same as one, which has the first one's label from then on."""
        old, new = (_with(policy, list(each)).document for each in (several, [one]))
        why = why_not_same([old], [new], self._kind, self._reference)
        names = [next(label for other, label in labels if other is each) for each in several]
        what = f"{policy.name}: statements {', '.join(names[:-1])} and {names[-1]} differ in {in_words(part)}"
        (self.left if why else self.done).append(f"{what} alone: one statement now{why and f': {why}'}")
        labels.append((one, names[0]))
        return not why

    def _take_out_idle(self) -> None:
        """Take out the statements and values that make no difference, as many as is proved."""
        flat = [(each, policy.version) for policy in self.policies for each in policy.statements]
        found, ended = idle(flat, self._kind, self._reference, self._looked)
        self.left += [f"{self.policies[0].name}: not all was looked at: {ended}"] if ended else []
        start = self.policies

        def take(some: list[Idle], taken: list[Idle]) -> list[Idle]:
            """Return those taken already and as many of some as is proved."""
            changed = _without(start, [*taken, *some])
            why = self._why_not(changed)
            if not some or not why:
                return [*taken, *some]
            if len(some) == 1:
                self.left.append(f"{_idle_in_words(start, some[0])}: {why}")
                return taken
            half = len(some) // 2
            return take(some[half:], take(some[:half], taken))

        taken = take(found, [])
        self.policies = _without(start, taken)
        self.done += [f"{_idle_in_words(start, each)}: taken out" for each in taken]

    def _take_wildcards(self) -> None:
        """Write lists of actions as wildcards that match no other action that the reference knows."""
        found = [[wildcards(each, self._reference) for each in policy.statements] for policy in self.policies]
        changed = [
            _with(policy, [with_wildcards(*each) for each in zip(policy.statements, some, strict=True)])
            for policy, some in zip(self.policies, found, strict=True)
        ]
        why = self._why_not(changed, closed=True)
        of = [
            (f"{policy.name}: `{pattern}` in Action of statement {_label(statement, number)}", len(actions))
            for policy, some in zip(self.policies, found, strict=True)
            for number, (statement, several) in enumerate(zip(policy.statements, some, strict=True))
            for pattern, actions in several
        ]
        if why:
            self.left += [f"{what}: {why}" for what, _ in of]
            return
        self.policies = changed
        self.done += [f"{what} for {count} actions, all that are known today" for what, count in of]

    def _pack(self, quota: Quota) -> None:
        """Put the statements of all policies into fewer policies, or into as many as the quota needs."""
        versions = {each.version for each in self.policies}
        if len(versions) > 1 or (len(self.policies) == 1 and not self._is_over()):
            return
        shell = self.policies[0].shell
        if len(self.policies) > 1:
            shell = {name: value for name, value in shell.items() if name != "Id"}
        pool = [each for policy in self.policies for each in policy.statements]
        if quota.most is None:
            pool = without_double_sids(pool)
        choices = [self._packed(each, shell, quota) for each in (pool, without_sids(pool))]
        groups = min((each for each in choices if each is not None), key=len, default=None)
        most = len(self.policies) if not self._split else quota.most or 1
        if groups is None or len(groups) > most or (len(groups) >= len(self.policies) and not self._is_over()):
            return
        if len(groups) == len(self.policies) == 1:
            return  # without its Sids it fits
        names = _names([each.name for each in self.policies], len(groups))
        changed = [Named(name, shell, group) for name, group in zip(names, groups, strict=True)]
        count = f"{len(self.policies)} policies" if len(self.policies) > 1 else "1 policy"
        sids = ", without Sids" if groups is not choices[0] else ""
        if self._take(changed, f"the statements of {count} packed into {len(groups)}{sids}"):
            self._merge()

    def _packed(self, pool: list[Elements], shell: Mapping[str, Any], quota: Quota) -> list[list[Elements]] | None:
        room = quota.limit - size_of({**shell, "Statement": []}, quota) + 1
        found = packed(merged(pool), lambda each: size_of(each, quota) + 1, room, cutting=self._split)
        return found and [without_double_sids(each) for each in found]


def _with(policy: Named, statements: list[Elements]) -> Named:
    return policy._replace(statements=statements)


def _without(policies: Sequence[Named], gone: Sequence[Idle]) -> list[Named]:
    """Return policies without what makes no difference; one of which nothing is left goes, too."""
    flat: list[Elements | None] = [each for policy in policies for each in policy.statements]
    for each in gone:
        statement = flat[each.number]
        flat[each.number] = without(statement, each.part, [each.value]) if statement and each.part else None
    rest, found = iter(flat), []
    for policy in policies:
        left = [each for each in islice(rest, len(policy.statements)) if each is not None]
        found += [_with(policy, left)] if left or not policy.statements else []
    return found


def _label(statement: Elements, number: int) -> str:
    return str(statement.get("Sid") or f"#{number}")


def _idle_in_words(policies: Sequence[Named], each: Idle) -> str:
    flat = [(policy, number) for policy in policies for number in range(len(policy.statements))]
    policy, number = flat[each.number]
    where = f"statement {_label(policy.statements[number], number)}"
    if each.part is None:
        return f"{policy.name}: {where} ({each.why})"
    return f"{policy.name}: `{each.value}` in {in_words(each.part)} of {where} (others cover it)"


def _names(given: Sequence[str], count: int) -> list[str]:
    """Return names for so many policies: those that they had, or numbered ones for more."""
    if count <= len(given):
        return list(given[:count])
    stem, dot, suffix = given[0].rpartition(".")
    stem, ending = (stem, dot + suffix) if dot and "/" not in suffix else (given[0], "")
    return [f"{stem}-{number}{ending}" for number in range(1, count + 1)]
