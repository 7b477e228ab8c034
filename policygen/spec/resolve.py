"""Keys and buckets: from entries to the model, names resolved, and what their fields mean together checked.

Entries that cannot be resolved are left out of what comes back, with their problems noted; checks across entries see
only what stands.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from policygen.aws.arns import parse_arn
from policygen.aws.partitions import known_regions
from policygen.aws.s3 import account_and_region_in
from policygen.errors import Place
from policygen.fields.read import Entry, suggestion
from policygen.spec.fields import SYMMETRIC
from policygen.spec.kinds import BucketKey, Enforce, KeyType, Sse, Versioning
from policygen.spec.model import Bucket, Encryption, Grantee, Guards, Key, KeyGrantees, Statement
from policygen.spec.scope import Scope

_DEPUTY = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"
_ALIASES = "https://docs.aws.amazon.com/kms/latest/developerguide/alias-create.html"
_BUCKET_KEYS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html"
_ENCRYPTED = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html"
_LOCKOUT = "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"
_ENDPOINTS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html"
_ORGANIZATIONS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"
_NAMESPACES = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html"
_KEY_SPECS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"
MULTI_REGION = "https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html"


def resolve_key(entry: Entry, scope: Scope) -> Key | None:
    """Return the key of one entry of ``keys``; None when it cannot stand."""
    account = scope.account(entry)
    key_type: KeyType | None = entry["type"]
    if key_type is None or account is None:
        return None
    region = _key_region(entry, key_type, scope)
    replicas = _replicas(entry, key_type, scope, account)
    _check_key_spec(entry, scope)
    if not scope.unsure(entry, "region", "primary_region"):  # of the type itself nothing is sure then
        _check_id_and_alias(entry, key_type, scope)
    if region is None:
        return None
    _check_replicas(replicas, region, entry.at("replica_regions"), scope)
    own = _key_grantees(entry, account, scope)
    grantees = {region: own} | {name: grants or own for name, grants in replicas if name != region}
    key = Key(
        name=entry.name,
        partition=scope.partition,
        account=account,
        region=region,
        replica_regions=tuple(name for name in grantees if name != region),
        grantees=tuple(grantees.items()),
        statements=scope.statements(entry, principal=True),
        **entry.take("type", "id", "alias", "state", "enable_iam_policies"),
    )
    _check_lockout(entry, key, scope)
    return key


def _key_grantees(entry: Entry, account: str, scope: Scope) -> KeyGrantees:
    administrators = scope.principals(entry, "administrators", account)
    return KeyGrantees(administrators=administrators, users=_grantees(entry, "users", account, scope))


def _key_region(entry: Entry, key_type: KeyType, scope: Scope) -> str | None:
    wanted, other = ("region", "primary_region")
    if key_type is KeyType.MULTI_REGION:
        wanted, other = other, wanted
    if entry.given(other):
        message, hint = f"{key_type.in_words} key has no `{other}`", f"write `{wanted}`"
        if entry.given("replica_regions") and other == "primary_region":
            hint = "write `type: multi-region`, or `region` in the place of `primary_region` and `replica_regions`"
        scope.problem("PG-S011", message, entry.at(other), hint, MULTI_REGION)
    elif wanted not in entry.places:
        scope.problem("PG-S004", f"`{wanted}` is missing", entry.place, f"{key_type.in_words} key needs it")
    return scope.region(entry[wanted], entry.at(wanted))


def _replicas(entry: Entry, key_type: KeyType, scope: Scope, account: str) -> list[tuple[str, KeyGrantees | None]]:
    """Return the Regions of the replicas, each with its grantees where it has some of its own."""
    written = entry.placed("replica_regions").data
    found: list[tuple[str, KeyGrantees | None]] = []
    if isinstance(written, dict):
        for name, replica in written.items():
            grantees = _key_grantees(replica, account, scope)
            if scope.region(name, replica.place):
                found.append((name, grantees))
    else:
        found.extend((value.data, None) for value in written if scope.region(value.data, value.place))
    if found and key_type is not KeyType.MULTI_REGION:
        if entry.given("primary_region"):  # it is told of there
            return []
        message = f"{key_type.in_words} key has no replicas"
        hint = "only a multi-Region key, created as one, has replicas: write `type: multi-region`"
        scope.problem("PG-S011", message, entry.at("replica_regions"), hint, MULTI_REGION)
        return []
    return found


def _check_replicas(replicas: list[tuple[str, KeyGrantees | None]], region: str, place: Place, scope: Scope) -> None:
    """At most one related key a Region (M3)."""
    seen = {region}
    for name, _ in replicas:
        if name in seen:
            message = f"the key exists in `{name}` already: one related key a Region"
            hint = f"take `{name}` away where it stands again"
            scope.problem("PG-S011", message, place, hint, MULTI_REGION)
        seen.add(name)


def _check_key_spec(entry: Entry, scope: Scope) -> None:
    """S3 encrypts under symmetric encryption keys alone; keys for signatures or key encapsulation are none (N10).

    Fact: N10, S21, R66
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    if entry["key_spec"] != SYMMETRIC:
        message = f"S3 cannot encrypt under a key of the spec `{entry['key_spec']}`"
        scope.problem("PG-S011", message, entry.at("key_spec"), f"write `{SYMMETRIC}`, or leave it out", _KEY_SPECS)


def _check_id_and_alias(entry: Entry, key_type: KeyType, scope: Scope) -> None:
    key_id, alias = (None if scope.unsure(entry, name) else entry[name] for name in ("id", "alias"))
    if key_id is not None and key_id.startswith("mrk-") is not (key_type is KeyType.MULTI_REGION):
        message = f"`{key_id}` is not a valid id of {key_type.in_words} key"
        hint = "ids of multi-Region keys begin with `mrk-`, others never do"
        scope.problem("PG-S011", message, entry.at("id"), hint, MULTI_REGION)
    if alias is not None and alias.startswith("alias/aws/") is not (key_type is KeyType.AWS_MANAGED):
        hint = "it begins with `alias/`; `alias/aws/` is for AWS managed keys"
        scope.problem("PG-S006", f"`{alias}` cannot be the alias of this key", entry.at("alias"), hint, _ALIASES)


def _check_lockout(entry: Entry, key: Key, scope: Scope) -> None:
    """A key policy must let somebody change it again (K9); that of an AWS managed key is AWS's (K26)."""
    if key.type is KeyType.AWS_MANAGED:
        if key.statements:
            hint = "take them away: AWS manages its key policy"
            scope.problem("PG-S011", "an aws-managed key has no `statements`", entry.at("statements"), hint)
        return
    for number, statement in enumerate(key.statements):
        if _changes_policy(statement, "Deny") and "Condition" not in statement and "*" in _callers(statement):
            place = entry.items("statements")[number].place
            message = (
                f"nobody could change the key policy of `{key.name}` any more: the statement denies it to everybody"
            )
            scope.problem("PG-S012", message, place, "spare `kms:PutKeyPolicy`, or who administers the key", _LOCKOUT)
    if key.enable_iam_policies or any(_changes_policy(each, "Allow") and _callers(each) for each in key.statements):
        return
    for region, grantees in key.grantees:
        if not grantees.administrators and not scope.unsure(entry, "administrators", "replica_regions"):
            message = f"nobody could change the key policy of `{key.name}` in `{region}` any more"
            hint = "name administrators, or leave `enable_iam_policies` at true"
            scope.problem("PG-S012", message, entry.at("enable_iam_policies"), hint, _LOCKOUT)


def _changes_policy(statement: Statement, effect: str) -> bool:
    """Tell whether a statement of an effect is about changing the key policy."""
    named = "NotAction" if "NotAction" in statement else "Action"
    matched = any(fnmatchcase("kms:putkeypolicy", str(each).lower()) for each in _listed(statement.get(named)))
    return statement.get("Effect") == effect and matched is (named == "Action")


def _callers(statement: Statement) -> list[Any]:
    """Return the accounts, users and roles that Principal names, who alone can call KMS; `*` is everybody."""
    principal = statement.get("Principal")
    return _listed(principal.get("AWS", []) if isinstance(principal, dict) else principal)


def _listed(written: Any) -> list[Any]:
    return written if isinstance(written, list) else [written]


def resolve_bucket(entry: Entry, scope: Scope, replicated: frozenset[str]) -> Bucket | None:
    """Return the bucket of one entry of ``buckets``; None when it cannot stand.

    Args:
        entry: The entry.
        scope: The spec's names.
        replicated: Names of the entries that stand on a replication route.
    """
    account = scope.account(entry)
    region = scope.region(entry["region"], entry.at("region"))
    block = entry["encryption"]
    encryption = Encryption(key=scope.key(block), **block.take("sse", "bucket_key", "enforce"))
    if account is None or region is None or not entry.given("name"):
        return None
    readers, writers = (_grantees(entry, name, account, scope) for name in ("readers", "writers"))
    usual = Versioning.ENABLED if entry.name in replicated else Versioning.DISABLED
    bucket = Bucket(
        entry=entry.name,
        partition=scope.partition,
        account=account,
        region=region,
        versioning=entry["versioning"] or usual,
        encryption=encryption,
        guards=_guards(entry, account, (*readers, *writers), scope),
        readers=readers,
        writers=writers,
        statements=scope.statements(entry, principal=True),
        **entry.take("name", "object_lock", "object_ownership", "requester_pays", "abac", "block_public_access"),
        **entry.take("tls_only", "minimum_tls_version", "policy_id", "blocked_encryption_types"),
    )
    _check_namespace(entry, bucket, scope)
    _check_encryption(block, bucket, scope)
    return bucket


def _check_namespace(entry: Entry, bucket: Bucket, scope: Scope) -> None:
    """A name of an account regional namespace is of the bucket's own account and Region: no other can create it.

    Fact: N5
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
    """
    named = account_and_region_in(bucket.name)
    if named in (None, (bucket.account, bucket.region)) or scope.unsure(entry, "account", "region"):
        return
    account, region = named or ("", "")
    message = f"`{bucket.name}` is a name of account {account} in `{region}`, the bucket of {bucket.account} in"
    hint = f"end it in `-{bucket.account}-{bucket.region}-an`, or otherwise than in `-an`"
    scope.problem("PG-S006", f"{message} `{bucket.region}`", entry.at("name"), hint, _NAMESPACES)


def _grantees(entry: Entry, name: str, account: str, scope: Scope) -> tuple[Grantee, ...]:
    """Return the readers or writers of a bucket, or the users of a key.

    Fact: G57, G58
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    found = []
    for item in entry.items(name):
        prefix = scope.prefix(item) if any(each.name == "prefix" for each in item.table.fields) else ""
        sources = {"source_account": scope.source_account(item), "source_arn": scope.source_arn(item)}
        if not item.given("principal"):
            continue
        value = item.placed("principal")
        principal = scope.service(value) or scope.principal(value, account)
        if principal is None:
            continue
        grantee = Grantee(principal=principal, prefix=prefix, **sources)
        stated = [each for each in sources if each in item.places]
        if stated and not grantee.is_service:
            hint = "only a service principal acts for another resource: take it away, or name the service"
            message = f"`{principal}` is not a service principal, and has no `{stated[0]}`"
            scope.problem("PG-S032", message, item.at(stated[0]), hint, _DEPUTY)
        elif grantee.is_service and not stated:
            message = f"`{principal}` is not limited to a source: it may act for any account's resource"
            hint = "write `{principal: …, source_account: …}`, and `source_arn: …` where it is known"
            scope.warning("PG-S033", message, item.at("principal"), hint, _DEPUTY)
        found.append(grantee)
    return tuple(dict.fromkeys(found))


def _check_encryption(block: Entry, bucket: Bucket, scope: Scope) -> None:
    """Check a bucket's default encryption: the key's Region and account, and settings that contradict each other.

    Fact: S7, S21, S22, R50, M3
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    encryption, problem, key = bucket.encryption, scope.problem, bucket.encryption.key
    if scope.unsure(block, "sse"):
        return
    enforce = f"`enforce: {encryption.enforce.value}`"
    if encryption.sse is Sse.SSE_S3:
        if key is not None:
            hint = "write `sse: aws:kms`, or leave `key` out"
            problem("PG-S024", "SSE-S3 (`AES256`) takes no KMS key", block.at("key"), hint)
        if encryption.enforce is not Enforce.NONE:
            hint = "`enforce` asks for SSE-KMS: write `sse: aws:kms`"
            problem("PG-S024", f"{enforce} needs SSE-KMS", block.at("enforce"), hint)
        return
    if encryption.enforce in (Enforce.KEY_REQUIRED, Enforce.HEADER_OPTIONAL) and "key" not in block.places:
        problem("PG-S024", f"{enforce} needs `key`", block.at("enforce"), "name the key that uploads must use")
    if encryption.sse is Sse.DSSE_KMS and encryption.bucket_key is not BucketKey.OFF:
        message = "DSSE-KMS never uses S3 Bucket Keys"
        problem("PG-S024", message, block.at("bucket_key"), "leave it at `false`", _BUCKET_KEYS)
    if key is not None:
        check_reach(key, bucket, block.at("key"), scope)


def check_reach(key: Key, bucket: Bucket, place: Place, scope: Scope) -> None:
    """Note a problem for a key of another account than the bucket's, or that does not exist in its Region.

    Fact: M3, S21, R57
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
    """
    multi_region = key.type is KeyType.MULTI_REGION
    if key.account != bucket.account:
        message = f"the key `{key.name}` is in account {key.account}, the bucket `{bucket.entry}` in {bucket.account}"
        hint = "use a customer managed key of the bucket's account"
        if multi_region:
            hint = f"a multi-Region key never spans accounts; {hint}"
        scope.problem("PG-S010", message, place, hint, MULTI_REGION if multi_region else _ENCRYPTED)
    elif bucket.region not in key.regions:
        regions = ", ".join(f"`{region}`" for region in key.regions)
        message = f"the key `{key.name}` does not exist in `{bucket.region}`, the Region of `{bucket.entry}`"
        mend = f"add `{bucket.region}` to its `replica_regions`" if multi_region else "name a key of that Region"
        known = known_regions(bucket.partition)
        if bucket.region not in known:
            mend = suggestion(bucket.region, key.regions) or "is the Region of the bucket mistyped?"
        elif suggestion(bucket.region, [each for each in key.regions if each not in known]):
            mend = "is the Region of the key mistyped?"
        if not scope.unsure(key, "replica_regions", "region", "primary_region"):
            scope.problem("PG-S009", message, place, f"it exists in {regions}: {mend}", _ENCRYPTED)


def _guards(entry: Entry, account: str, grantees: tuple[Grantee, ...], scope: Scope) -> Guards:
    """Return the guards of one bucket.

    Args:
        entry: The bucket's entry.
        account: The bucket's account.
        grantees: The bucket's readers and writers.
        scope: The spec's names.
    """
    block, exempt = entry["guards"], []
    named = {each.principal for each in grantees}
    for value in block.items("except"):
        principal = scope.principal(value, account)
        if principal is None:
            continue
        unknown = principal not in named and not scope.unsure(entry, "readers", "writers")
        if _stands_outside(principal, account) and unknown:
            message = f"`{principal}` is in another account and no reader or writer: there is nothing to spare it from"
            scope.problem("PG-S027", message, value.place, "make it a reader or a writer, or take it away")
        exempt.append(principal)
    return Guards(
        organization=block["organization"],
        vpc_endpoints=tuple(dict.fromkeys(block["vpc_endpoints"])),
        exempt=tuple(dict.fromkeys(exempt)),
    )


def _stands_outside(principal: str, account: str) -> bool:
    arn = parse_arn(principal)
    return arn is not None and arn.account != account


def check_guards(entry: Entry, bucket: Bucket, organization: str | None, deployer: str | None, scope: Scope) -> None:
    """Refuse a guard without its organization, and one that locks out the bucket's administrators.

    A VPC endpoint guard denies everything that comes another way, the console included. Somebody of the bucket's
    account must be spared, else only its root user could take the policy away (E44).

    Fact: S32, S33, E44
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
    """
    guards, block = bucket.guards, entry["guards"]
    if guards.organization and organization is None and "organization" not in scope.spec.places:
        hint = "write `organization: {id: o-…}` at the top of the spec"
        message = "`guards.organization` needs the organization's id"
        scope.problem("PG-S027", message, block.at("organization"), hint, _ORGANIZATIONS)
    spared = (*guards.exempt, *([deployer] if deployer else []))
    if scope.unsure(block, "except") or scope.unsure(scope.spec, "deployer"):
        return
    if guards.vpc_endpoints and all(_stands_outside(each, bucket.account) for each in spared):
        message = f"the guard locks out the administrators of `{bucket.name}`: nobody gets in but through the endpoints"
        hint = "name who administers the bucket in `guards.except`, for example `role/Admin`"
        scope.problem("PG-S028", message, block.at("vpc_endpoints"), hint, _ENDPOINTS)
