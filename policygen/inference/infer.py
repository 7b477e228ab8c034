"""From what was read to specs: one for each replication, or for those that share buckets.

Fact: R1, R15, R27, R28, R40, R41, R44, R45, R48, R60, R62, R64, F1
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from policygen.aws.arns import parse_arn, role_arn
from policygen.inference.bucket_policies import deployer_of
from policygen.inference.buckets import BucketFacts, Buckets
from policygen.inference.given import actions, allows
from policygen.inference.jobs import job_of
from policygen.inference.keys import Keys
from policygen.inference.known import Known, Part
from policygen.inference.roles import is_robust, plaintext_arrives, role_of
from policygen.inference.rules import NAMED, ReplicationFacts, covered_of, replica_key, rule_tree, selects_kms
from policygen.inference.unread import tell_unread
from policygen.inference.values import InferredField, Taken, fields_of, plain, without_empty
from policygen.spec.kinds import SOURCE_MULTI_REGION

_LOCK = ("s3:GetObjectRetention", "s3:GetObjectLegalHold")
_MADE_BY = {"AES256": "sse-s3", "aws:kms": "sse-kms", "aws:kms:dsse": "dsse-kms"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """A spec that was inferred.

    Attributes:
        sources: The names of the source buckets, by the name of their entry of ``replication``.
        tree: The spec, each value with where it comes from.
        assumed: What had to be assumed, in words.
        unread: What is attached to the roles, or may be, and was not read, in words.
    """

    sources: Mapping[str, str]
    tree: Mapping[str, Any] = field(repr=False)
    assumed: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """The spec as plain values, as a spec file has it."""
        found: dict[str, Any] = plain(self.tree)
        return found

    @property
    def fields(self) -> tuple[InferredField, ...]:
        """Each value with its name from the top, and where it comes from."""
        return tuple(fields_of(self.tree))


def infer(known: Known, source: str | None = None) -> list[Inferred]:
    """Return the specs of the replications that were read; none of a bucket without a configuration.

    Replications that share a bucket are in one spec, unless they have one role: a spec gives each a role of its own.

    Args:
        known: What was read.
        source: The name or ARN of the one source bucket that is asked about, or None.
    """
    wanted = [each for each in known.configurations() if source is None or is_named(each.record.of or "", source)]
    usable = [each for each in wanted if role_of(each, known) is not None and _rules_of(each)]
    return [_Draft(known, group).inferred() for group in _groups(usable, known)]


def is_named(bucket: str, name: str) -> bool:
    """Tell whether a bucket has a name, or an ARN."""
    return name in (bucket, bucket.rpartition(":")[2])


def _rules_of(configuration: Part) -> list[Part]:
    """Return the rules that name a destination."""
    listed = configuration.at("Rules")
    found = listed.items() if listed is not None else []
    return [each for each in found if isinstance(each.value, Mapping) and _destination(each)]


def _destination(rule: Part) -> str:
    found = rule.at("Destination/Bucket")
    return str(found.value) if found is not None and parse_arn(str(found.value)) is not None else ""


def _groups(configurations: Iterable[Part], known: Known) -> Iterator[list[Part]]:
    """Put configurations together that share a bucket; those with one role stay apart."""
    left = list(configurations)
    while left:
        group, buckets, roles = [left[0]], _buckets_of(left[0]), {_role_name(left[0], known)}
        del left[0]
        changed = True
        while changed:
            near = [each for each in left if buckets & _buckets_of(each) and _role_name(each, known) not in roles]
            changed = bool(near)
            if near:
                group.append(near[0])
                buckets |= _buckets_of(near[0])
                roles.add(_role_name(near[0], known))
                left.remove(near[0])
        yield group


def _buckets_of(configuration: Part) -> set[str]:
    return {configuration.record.of or "", *(_destination(each) for each in _rules_of(configuration))}


def _role_name(configuration: Part, known: Known) -> tuple[str, str]:
    role = role_of(configuration, known)
    return (role.account, role.name.lower()) if role is not None else ("", "")


class _Draft:
    """Puts one spec together."""

    def __init__(self, known: Known, configurations: list[Part]) -> None:
        self._known = known
        arn = parse_arn(configurations[0].record.of or "")
        self._partition = arn.partition if arn is not None else "aws"
        self._assumed: list[str] = []
        self._keys = Keys(known, self._partition, self._assumed)
        self._buckets = Buckets(known, self._keys, self._assumed)
        self._replications = [self._replication(each, len(configurations)) for each in configurations]
        for each in self._replications:
            self._name_keys(each)
            self._mix(each)
            self._lock(each)

    def _replication(self, configuration: Part, count: int) -> ReplicationFacts:
        role = role_of(configuration, self._known)
        if role is None:  # infer() leaves such configurations out
            message = "a configuration without a role"
            raise ValueError(message)
        own = Taken(role.account, role.source)
        used = list(role.keys("kms:Decrypt"))
        bucket = configuration.record.of or ""
        source = self._buckets.add(bucket, configuration.where, accounts=[own], used_keys=used)
        rules = []
        for rule in _rules_of(configuration):
            named, account = rule.at(NAMED), rule.at("Destination/Account")
            accounts = [Taken(str(account.value), account.where)] if account is not None else []
            key = parse_arn(str(named.value)) if named is not None else None
            accounts += [Taken(key.account, named.where)] if key is not None and named is not None else []
            found = self._buckets.add(
                _destination(rule),
                f"{rule.where}/Destination/Bucket",
                accounts=[*accounts, source.account],
                named_key=named if key is not None else None,
            )
            rules.append((rule, found))
        name = "replication" if count == 1 else f"from-{source.entry}"
        return ReplicationFacts(
            name=name, configuration=configuration, role=role, source=source, rules=tuple(self._apart(rules))
        )

    def _apart(self, rules: list[tuple[Part, BucketFacts]]) -> Iterator[tuple[Part, BucketFacts]]:
        """Yield the rules, but for one that covers what another one does for the same destination."""
        kept: list[tuple[Part, BucketFacts]] = []
        for rule, destination in sorted(rules, key=lambda each: each[0].value.get("Status") != "Enabled"):
            same = [
                other for other, there in kept if there is destination and covered_of(other).same_as(covered_of(rule))
            ]
            if same:
                self._buckets.assume(
                    f"{rule.where}: left out, for {same[0].where} covers the same objects for the same destination"
                )
            else:
                kept.append((rule, destination))
        return (each for each in rules if any(each[0] is one[0] for one in kept))

    # --- keys ---------------------------------------------------------------------------------------------------------

    def _name_keys(self, each: ReplicationFacts) -> None:
        if each.source.key is not None:
            each.source.key_name = self._keys.use(each.source.key.value, each.source.key.source, "source-key")
        for rule, destination in each.rules:
            found = self._replica_arn(each, rule, destination) if self._kms(each) else None
            named = found if found is not None and found.value != SOURCE_MULTI_REGION else None
            if destination.key is not None:
                destination.key_name = self._keys.use(destination.key.value, destination.key.source, "replica-key")
            if named is not None and (destination.key is None or named.value != destination.key.value):
                self._keys.use(named.value, named.source, "replica-key")
                self._plaintext_default(each, destination, named)

    def _plaintext_default(self, each: ReplicationFacts, destination: BucketFacts, named: Taken) -> None:
        """Plaintext that arrives in another account needs a key of that account as the default (F11)."""
        managed = destination.key is None and destination.sse.value == "aws:kms"
        across = destination.account.value != each.source.account.value
        if managed and across and plaintext_arrives(each.role, named.value):
            destination.key = named
            destination.key_name = self._keys.use(named.value, named.source, "replica-key")

    def _kms(self, each: ReplicationFacts) -> bool:
        """Tell whether source objects are under KMS: by the bucket's default, or a rule selects such objects."""
        return each.source.sse.value != "AES256" or any(self._selected(rule) for rule, _ in each.rules)

    def _selected(self, rule: Part) -> bool:
        return selects_kms(rule) and rule.at("Destination/EncryptionConfiguration") is not None

    def _mix(self, each: ReplicationFacts) -> None:
        """Take a Bucket Key for one that came later, where a statement asks for both encryption contexts (R48).

        Of a bucket whose encryption was not read, what the statements ask for tells whether it has one at all.
        """
        for bucket in (each.source, *(destination for _, destination in each.rules)):
            keys = [bucket.key.value] if bucket.key is not None else []
            whole, objects = each.role.contexts_of(bucket.arn, keys)
            unread = self._known.setting("encryption", bucket.arn) is None and bucket.sse.value == "aws:kms"
            if bucket.bucket_key.value == "true" and whole and objects:
                source = f"{bucket.bucket_key.source}, and policies that ask for both contexts"
                bucket.bucket_key = Taken("mixed", source)
            elif unread and whole:
                bucket.bucket_key = Taken(
                    "mixed" if objects else "true", "the encryption context that policies ask for"
                )

    def _lock(self, each: ReplicationFacts) -> None:
        """Take a source for one with Object Lock where no answer tells, and the role may read what it needs (R26)."""
        bucket = each.source
        told = self._known.shows_none("object-lock", bucket.arn)
        if bucket.object_lock is None and not told:
            found = [one for one in allows(each.role.policies) if set(_LOCK) & set(actions(one))]
            if found:
                bucket.object_lock = Taken(True, found[0].where)
                self._buckets.assume(f"{bucket.name} is taken to have Object Lock, for the role may read retention")
        for _, destination in each.rules:
            told = self._known.shows_none("object-lock", destination.arn)
            locked = bucket.object_lock is not None and bucket.object_lock.value
            if locked and destination.object_lock is None and not told:
                destination.object_lock = bucket.object_lock
                self._buckets.assume_setting(destination, "object-lock", f"on, as that of {bucket.name} is")

    # --- the spec -----------------------------------------------------------------------------------------------------

    def inferred(self) -> Inferred:
        """Return the spec with its sources."""
        replication = {each.name: self._entry(each) for each in self._replications}
        roles = frozenset(self._role_arns())
        deployer = deployer_of({each.arn: each.policy for each in self._buckets.found.values()}, roles)
        organization = self._known.organization
        id_ = str(organization.value["id"]) if organization is not None else None
        buckets = {each.entry: self._buckets.tree(each, roles, id_) for each in self._buckets.found.values()}
        keys = self._keys.tree(
            lambda arn: any(each.role.is_it(arn) for each in self._replications),
            lambda key: any(each.role.uses(key) for each in self._replications),
        )
        names = self._accounts(buckets, keys)
        tree: dict[str, Any] = {"version": Taken(1, "the format")}
        if self._partition != "aws":
            tree["partition"] = Taken(self._partition, "the bucket's ARN")
        tree["accounts"] = names
        if deployer is not None:
            tree["deployer"] = deployer
        if organization is not None and id_ is not None:
            tree["organization"] = {"id": Taken(id_, f"{organization.source}:{organization.pointer}/Id")}
        tree |= without_empty({"keys": keys, "buckets": buckets, "replication": replication})
        for each in self._replications:
            tell_unread(each, self._known, self._buckets, self._keys)
        sources = {each.name: each.source.name for each in self._replications}
        roles_read = ((each.role.account, each.role.name) for each in self._replications)
        unread = [
            f"{what} of the role {name}"
            for account, name in roles_read
            for what in self._known.unread_policies(account, name)
        ]
        return Inferred(sources=sources, tree=tree, assumed=tuple(self._assumed), unread=tuple(unread))

    def _role_arns(self) -> Iterator[str]:
        for each in self._replications:
            yield role_arn(self._partition, each.role.account, each.role.path, each.role.name)

    def _accounts(self, *parts: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Taken] = {}
        for each in (entry["account"] for part in parts for entry in part.values()):
            found.setdefault(str(each.value), each)
        usual = ("source", "destination")
        return {
            (usual[number] if number < len(usual) else f"account-{number + 1}"): each
            for number, each in enumerate(found.values())
        }

    def _entry(self, each: ReplicationFacts) -> dict[str, Any]:
        kms = self._kms(each)
        rules = [
            rule_tree(rule, number, destination, each.source, each.role, self._replica(each, rule, destination))
            for number, (rule, destination) in enumerate(each.rules, 1)
        ]
        told = {
            "source": Taken(each.source.entry, each.configuration.where),
            "role": each.role.tree(),
            "profile": self._profile(each) if kms else None,
            "source_objects": self._objects(each),
            "source_keys": self._source_keys(each) if kms else None,
            "encryption_context": self._context(each) if kms else None,
            **self._job(each),
            "rules": rules,
        }
        return without_empty(told)

    def _job(self, each: ReplicationFacts) -> dict[str, Any]:
        """Return the batch job for what was there before, where a role is made for one."""
        account = each.source.account

        def entry_of(bucket: str, where: str) -> str:
            found = self._buckets.add(bucket, where, accounts=[account])
            if found.key is not None:
                found.key_name = self._keys.use(found.key.value, found.key.source, f"{found.entry}-key")
            return found.entry

        job = job_of(self._known, each.source.arn, str(account.value), entry_of)
        if not job:
            return {}
        return {"existing_objects": Taken("batch-replication", job["manifest_bucket"].source), "batch": job}

    def _replica_arn(self, each: ReplicationFacts, rule: Part, destination: BucketFacts) -> Taken | None:
        return replica_key(rule, destination, each.role, self._keys)

    def _replica(self, each: ReplicationFacts, rule: Part, destination: BucketFacts) -> Taken | None:
        """Return the entry of a rule's replica key, where it is not the destination's own."""
        if not self._kms(each):
            return None
        found = self._replica_arn(each, rule, destination)
        if found is None and destination.account.value == each.source.account.value:
            where = f"{rule.where}: no customer managed key is told"
            name = self._keys.managed(str(destination.account.value), str(destination.region.value), where)
            return Taken(name, where)
        if found is None or (destination.key is not None and found.value == destination.key.value):
            return None
        if found.value == SOURCE_MULTI_REGION:
            return found
        return Taken(self._keys.use(found.value, found.source, "replica-key"), found.source)

    def _replica_keys(self, each: ReplicationFacts) -> Iterator[Taken]:
        for rule, destination in each.rules:
            found = self._replica_arn(each, rule, destination)
            if found is not None and found.value != SOURCE_MULTI_REGION:
                yield found
            elif found is not None and each.source.key is not None:
                own = parse_arn(each.source.key.value)
                related = replace(own, region=str(destination.region.value)) if own is not None else ""
                yield Taken(str(related), found.source)

    def _profile(self, each: ReplicationFacts) -> Taken:
        """Return what the policies were written by: what AWS's page asks for, or whatever any page does (R44)."""
        for key in self._replica_keys(each):
            if is_robust(each.role, key.value):
                return Taken("robust", "the policies that speak of the replica key")
        return Taken("minimal", "the policies that speak of the replica key")

    def _objects(self, each: ReplicationFacts) -> Taken | None:
        """Return how source objects are encrypted, where the bucket's default does not say it all."""
        made = _MADE_BY.get(str(each.source.sse.value), "sse-s3")
        found = [made]
        sources = [each.source.sse.source]
        if made == "sse-s3" and self._kms(each):
            found.append("sse-kms")
            sources += [rule.where for rule, _ in each.rules if selects_kms(rule)][:1]
        keys = [destination.key for _, destination in each.rules if destination.key is not None]
        arriving = [key for key in keys if made != "sse-s3" and plaintext_arrives(each.role, key.value)]
        if arriving:
            found.append("unencrypted")
            sources.append("policies that let the role make data keys")
        return Taken(found, ", ".join(sources)) if len(found) > 1 else None

    def _source_keys(self, each: ReplicationFacts) -> Taken | None:
        """Return the keys of source objects, where the role's policies name more than the bucket's own (R40)."""
        region, account = each.source.region.value, each.source.account.value
        named = {
            str(one.value): one
            for one in each.role.keys("kms:Decrypt")
            if (arn := parse_arn(str(one.value))) is not None and (arn.region, arn.account) == (region, account)
        }
        replicas = {key.value for key in self._replica_keys(each)}
        named = {arn: one for arn, one in named.items() if arn not in replicas or self._is_own(each, arn)}
        if not named or (each.source.key is not None and not (self._is_own(each, *named) and len(named) > 1)):
            return None
        names = [self._keys.use(arn, one.where, "source-key") for arn, one in named.items()]
        return Taken(list(dict.fromkeys(names)), next(iter(named.values())).where)

    def _is_own(self, each: ReplicationFacts, *keys: str) -> bool:
        return each.source.key is not None and each.source.key.value in keys

    def _context(self, each: ReplicationFacts) -> Taken | None:
        """Return that policies ask for both encryption contexts though no bucket has a Bucket Key (R45, R48)."""
        sides = [each.source, *(destination for _, destination in each.rules)]
        if any(side.bucket_key.value != "false" for side in sides):
            return None
        keys = [side.key.value for side in sides if side.key is not None]
        asked = all(each.role.contexts_of(side.arn, keys) == (True, True) for side in sides)
        return Taken("both", "policies that ask for both contexts") if asked else None
