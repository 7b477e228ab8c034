"""Every condition key that something is known of beside its name in AWS's reference: one row a key.

What a key is, who carries it, and when AWS sends it stands here and nowhere else. The evaluator asks which keys are
multivalued and which are always sent, the catalogue and ``validate`` ask for everything else.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from policygen.request.keys_of_few_actions import KEYS_OF_FEW_ACTIONS
from policygen.request.multivalued_keys import MULTIVALUED_KEYS
from policygen.request.principal import IDENTITIES, PrincipalKind


class KeyType(Enum):
    """What a condition key's values are."""

    STRING = "String"
    ARN = "ARN"
    BOOL = "Bool"
    NUMERIC = "Numeric"
    DATE = "Date"
    IP_ADDRESS = "IPAddress"


class Way(Enum):
    """How a request reaches AWS."""

    NETWORK = "directly over the network"
    VPC_ENDPOINT = "through a VPC endpoint"
    FORWARDED = "by a service with the caller's credentials"


class Always(Enum):
    """Which requests always carry a key, of the callers and ways that carry it at all."""

    EVERY_REQUEST = "every request"
    REQUESTS_ON_A_KMS_KEY = "every request on a KMS key"


class DerivedFrom(Enum):
    """What of a request a key follows from."""

    CALLER = "the caller"
    RESOURCE_OWNER = "the account that owns the resource"
    ENCRYPTION_CONTEXT = "the pairs of the encryption context"


class FilledInBy(Enum):
    """What an environment knows that tells a key's value."""

    ROLE_PATH = "a role's path"
    PRINCIPAL_TAGS = "the tags of a user or role"
    RESOURCE_ACCOUNT = "the account of a resource"
    RESOURCE_TAGS = "the tags of a resource"
    KEY_ALIASES = "a KMS key's aliases"
    MULTI_REGION = "whether a KMS key is a primary or replica key"


_EVERYBODY = frozenset(PrincipalKind)
_EVERY_WAY = frozenset(Way)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionKey:
    """One condition key, or a family of keys such as ``aws:ResourceTag/``.

    Attributes:
        name: As AWS spells it; a family ends in the character before the part that varies.
        types: What its values are; ``aws:EpochTime`` alone is two things.
        multivalued: Whether a request may carry several values.
        listed: Whether the reference says action by action which requests carry it; of most global keys it does not.
        any_service: Whether requests to every service may carry it, not only to the one that its name begins with.
        services_without: Prefixes of services to which it is never sent, among those that take it otherwise.
        always: Which requests always carry it; None when that depends on more than who asks and on what.
        callers: The kinds of callers whose requests can carry it.
        ways: The ways on which it can be carried.
        redacted_by_s3: Whether S3 takes it out of calls between services.
        chosen_by_caller: Whether callers write its value as they like.
        from_zero: Whether it is a time or an age of AWS's clock: no time before 1970, no age below 0.
        derived_from: What it follows from, where a request does not state it.
        filled_in_by: What of an environment tells it, where a request does not state it.
    """

    name: str
    types: tuple[KeyType, ...]
    multivalued: bool = False
    listed: bool = True
    any_service: bool = False
    services_without: frozenset[str] = frozenset()
    always: Always | None = None
    callers: frozenset[PrincipalKind] = _EVERYBODY
    ways: frozenset[Way] = _EVERY_WAY
    redacted_by_s3: bool = False
    chosen_by_caller: bool = False
    from_zero: bool = False
    derived_from: DerivedFrom | None = None
    filled_in_by: FilledInBy | None = None

    @property
    def is_family(self) -> bool:
        """Whether the name goes on with something of the user's: a tag key, an encryption context key."""
        return self.name.endswith(("/", ":"))

    @property
    def service(self) -> str | None:
        """Prefix of the only service whose requests carry it; None when every service's may."""
        return None if self.any_service else self.name.partition(":")[0].lower()

    @property
    def in_every_request(self) -> bool:
        """Whether it is never absent, whatever the action, the resource and the way.

        Unspecified: AWS's page says so of ``aws:PrincipalAccount``, ``aws:PrincipalType`` and ``aws:userid`` too, and
        names no value for AWS services; here it is true of them, although a service principal carries none.
        """
        return self.always is Always.EVERY_REQUEST and self.ways == _EVERY_WAY

    def can_be_carried(self, caller: PrincipalKind, way: Way | None = None, service: str | None = None) -> bool:
        """Tell whether a request of ``caller`` can carry it; a way or service that is None is not looked at.

        S3 takes keys about the transport out of calls between services (E109).
        """
        if service is not None:
            if self.service not in (None, service) or service in self.services_without:
                return False
            if self.redacted_by_s3 and service == "s3" and caller is PrincipalKind.SERVICE:
                return False
        return caller in self.callers and (way is None or way in self.ways)


def _kinds(*kinds: PrincipalKind) -> dict[str, Any]:
    return {"callers": frozenset(kinds)}


_OF_IDENTITIES = _kinds(*IDENTITIES)
"""Of callers in an AWS account; AWS services and unsigned callers have none (G1, G3, E159)."""

_OF_SESSIONS = _kinds(PrincipalKind.ROLE_SESSION)
_OF_SERVICES = _kinds(PrincipalKind.SERVICE)
_OF_THE_CALLER: dict[str, Any] = {"derived_from": DerivedFrom.CALLER}
_OF_THE_OWNER: dict[str, Any] = {
    "derived_from": DerivedFrom.RESOURCE_OWNER,
    "filled_in_by": FilledInBy.RESOURCE_ACCOUNT,
}
_THROUGH_ENDPOINT = frozenset({Way.VPC_ENDPOINT})
_FORWARDED: dict[str, Any] = {**_OF_IDENTITIES, "ways": frozenset({Way.FORWARDED})}
_ALWAYS: dict[str, Any] = {"always": Always.EVERY_REQUEST}
_OF_A_KEY: dict[str, Any] = {"always": Always.REQUESTS_ON_A_KMS_KEY}


def _keys(kind: str, names: str, **facts: Any) -> Iterator[ConditionKey]:
    """Yield a row for each of ``names``; ``[]`` behind the type marks multivalued keys."""
    types = tuple(KeyType(each) for each in kind.removesuffix("[]").split(", "))
    for name in names.split():
        yield ConditionKey(name=name, types=types, multivalued=kind.endswith("[]"), **facts)


def _global(kind: str, names: str, *, listed: bool = False, **facts: Any) -> Iterator[ConditionKey]:
    return _keys(kind, names, any_service=True, listed=listed, **facts)


def _of_the_request() -> Iterator[ConditionKey]:
    """Yield the keys about the request itself (G43 to G62).

    Unspecified: the page does not say who sends ``aws:SourceOwner``, which S3's rules for public policies name (S40).
    """
    yield from _global("Bool", "aws:SecureTransport", redacted_by_s3=True, **_ALWAYS)
    yield from _global("Date", "aws:CurrentTime", from_zero=True, **_ALWAYS)
    yield from _global("Date, Numeric", "aws:EpochTime", from_zero=True, **_ALWAYS)
    yield from _global("String", "aws:RequestedRegion", **_ALWAYS)
    yield from _global("String", "aws:UserAgent", chosen_by_caller=True, **_ALWAYS)
    yield from _global("Bool", "aws:ViaAWSService", **_ALWAYS)
    yield from _global("String", "aws:referer", chosen_by_caller=True)
    yield from _global("String", "aws:RequestTag/", listed=True)
    yield from _global("String[]", "aws:TagKeys", listed=True)
    yield from _global("String", "aws:SourceAccount aws:SourceOrgID", **_OF_SERVICES)
    yield from _global("String[]", "aws:SourceOrgPaths", **_OF_SERVICES)
    yield from _global("ARN", "aws:SourceArn", **_OF_SERVICES)
    yield from _global("String", "aws:SourceOwner")
    yield from _global("String[]", "aws:CalledVia", **_FORWARDED)
    yield from _global("String", "aws:CalledViaFirst aws:CalledViaLast", **_FORWARDED)
    yield from _global("String", "aws:ViaCustomerDomain aws:CalledViaAWSMCP", **_OF_IDENTITIES)
    yield from _global("Bool", "aws:ViaAWSMCPService aws:IsMcpServiceAction", **_OF_IDENTITIES)


def _of_the_principal() -> Iterator[ConditionKey]:
    """Yield the keys about the caller (G1 to G11), and the one that only AWS's managed policy for Identity Center uses.

    Unspecified: the page says "always" of G2, G9 and G10 and names no value for AWS services: they carry none. Of
    federated sign-ins it does not speak: like other unsigned calls without an account they have ``aws:userid`` alone.
    """
    user, role, federated, anonymous = (
        PrincipalKind.USER,
        PrincipalKind.ROLE_SESSION,
        PrincipalKind.FEDERATED_USER,
        PrincipalKind.ANONYMOUS,
    )
    unsigned = {anonymous, PrincipalKind.IDENTITY_PROVIDER}
    typed = {**_kinds(*IDENTITIES, anonymous), **_OF_THE_CALLER, **_ALWAYS}
    yield from _global("String", "aws:PrincipalAccount aws:PrincipalType", **typed)
    yield from _global(
        "String", "aws:userid", **_kinds(*_EVERYBODY - {PrincipalKind.SERVICE}), **_OF_THE_CALLER, **_ALWAYS
    )
    yield from _global("String", "aws:username", **_kinds(user), **_OF_THE_CALLER)
    yield from _global("ARN", "aws:PrincipalArn", filled_in_by=FilledInBy.ROLE_PATH, **_OF_IDENTITIES, **_OF_THE_CALLER)
    yield from _global(
        "String",
        "aws:PrincipalTag/",
        filled_in_by=FilledInBy.PRINCIPAL_TAGS,
        **_kinds(user, role, federated),
        **_OF_THE_CALLER,
    )
    yield from _global("Bool", "aws:PrincipalIsAWSService", **_kinds(*_EVERYBODY - unsigned), **_OF_THE_CALLER)
    yield from _global("String", "aws:PrincipalServiceName", **_OF_SERVICES, **_OF_THE_CALLER)
    yield from _global("String[]", "aws:PrincipalServiceNamesList", **_OF_SERVICES)
    yield from _global("String", "aws:PrincipalOrgID aws:PrincipalOrgMasterAccountId", **_OF_IDENTITIES)
    yield from _global("String[]", "aws:PrincipalOrgPaths", **_OF_IDENTITIES)


def _of_the_session() -> Iterator[ConditionKey]:
    """Yield the keys about a session and its credentials (G12 to G30).

    Unspecified: the pages do not say whether the sign-in itself carries ``aws:FederatedProvider``, which later requests
    of the session do; it may. ``identitystore:UserId`` is one user's id here, a list in requests of Amazon Q.
    """
    provider = _kinds(PrincipalKind.ROLE_SESSION, PrincipalKind.IDENTITY_PROVIDER)
    yield from _global("Date", "aws:TokenIssueTime", from_zero=True, **_OF_IDENTITIES)
    yield from _global("Bool", "aws:MultiFactorAuthPresent", **_OF_IDENTITIES)
    yield from _global("Numeric", "aws:MultiFactorAuthAge", from_zero=True, **_OF_IDENTITIES)
    yield from _global("ARN", "aws:SignInSessionArn", **_OF_IDENTITIES)
    yield from _global("Bool", "aws:AssumedRoot", **_kinds(PrincipalKind.ROOT, PrincipalKind.ROLE_SESSION))
    yield from _global("String", "aws:FederatedProvider", **provider)
    yield from _global(
        "String",
        """aws:SourceIdentity aws:Ec2InstanceSourceVpc glue:RoleAssumedBy glue:CredentialIssuingService
        identitystore:UserId""",
        **_OF_SESSIONS,
    )
    yield from _global("IPAddress", "aws:Ec2InstanceSourcePrivateIPv4", **_OF_SESSIONS)
    yield from _global("Numeric", "ec2:RoleDelivery", **_OF_SESSIONS)
    yield from _global(
        "ARN",
        """aws:ChatbotSourceArn ec2:SourceInstanceArn codebuild:BuildArn codebuild:ProjectArn lambda:SourceFunctionArn
        ssm:SourceInstanceArn cognito-identity-unauth:IdentityPoolArn""",
        **_OF_SESSIONS,
    )
    yield from _keys("String[]", "cognito-identity.amazonaws.com:amr")  # E243


def _of_the_network() -> Iterator[ConditionKey]:
    """Yield the keys about the way that a request takes (G31 to G38); services come through no endpoint (S32)."""
    outside = frozenset({"sts", "secretsmanager"})
    through: dict[str, Any] = {"ways": _THROUGH_ENDPOINT, **_kinds(*_EVERYBODY - {PrincipalKind.SERVICE})}
    yield from _global(
        "IPAddress",
        "aws:SourceIp",
        ways=frozenset({Way.NETWORK}),
        **_kinds(*_EVERYBODY - {PrincipalKind.SERVICE}),
        **_ALWAYS,
    )
    yield from _global("String", "aws:SourceVpc aws:SourceVpce", **through, **_ALWAYS)
    yield from _global("IPAddress", "aws:VpcSourceIp", **through, **_ALWAYS)
    yield from _global("ARN", "aws:SourceVpcArn", **through)
    yield from _global("String", "aws:VpceAccount", services_without=outside | {"sqs"}, **through)
    yield from _global("String", "aws:VpceOrgID", services_without=outside, **through)
    yield from _global("String[]", "aws:VpceOrgPaths", **through)
    yield from _keys("Numeric", "s3:TlsVersion", redacted_by_s3=True)


def _of_the_resource() -> Iterator[ConditionKey]:
    """Yield the keys about the resource (G39 to G42), those of KMS keys among them (K13 to K18)."""
    tags: dict[str, Any] = {"filled_in_by": FilledInBy.RESOURCE_TAGS}
    multi_region: dict[str, Any] = {"filled_in_by": FilledInBy.MULTI_REGION}
    yield from _global("String", "aws:ResourceAccount", **_OF_THE_OWNER)
    yield from _keys("String", "s3:ResourceAccount", **_OF_THE_OWNER)
    yield from _global("String", "aws:ResourceOrgID")
    yield from _global("String[]", "aws:ResourceOrgPaths")
    yield from _global("String", "aws:ResourceTag/", listed=True, **tags)
    yield from _keys("String", "iam:ResourceTag/ s3:BucketTag/", **tags)
    yield from _keys("String", "kms:KeyOrigin kms:KeySpec kms:KeyUsage", **_OF_A_KEY)
    yield from _keys("Bool", "kms:MultiRegion", **_OF_A_KEY, **multi_region)
    yield from _keys("String", "kms:MultiRegionKeyType", **multi_region)
    yield from _keys("String[]", "kms:ResourceAliases", filled_in_by=FilledInBy.KEY_ALIASES)
    yield from _keys("String", "kms:CallerAccount", **_OF_IDENTITIES, **_OF_THE_CALLER)
    yield from _keys("String", "kms:ViaService", **_FORWARDED)
    yield from _keys("String", "kms:EncryptionContext:")
    yield from _keys("String[]", "kms:EncryptionContextKeys", derived_from=DerivedFrom.ENCRYPTION_CONTEXT)
    yield from _keys("String", "kms:PolicyName kms:RecipientAttestation:", listed=False)


def _of_the_reference() -> Iterator[ConditionKey]:
    """Yield the keys of services that AWS's reference types as multivalued."""
    for kind, names in MULTIVALUED_KEYS.items():
        yield from _keys(f"{kind}[]", names)


_BY_NAME: dict[str, ConditionKey] = {}
for _rows in (
    _of_the_request,
    _of_the_principal,
    _of_the_session,
    _of_the_network,
    _of_the_resource,
    _of_the_reference,
):
    for _row in _rows():
        _BY_NAME.setdefault(_row.name.lower(), _row)  # what is written here goes before what the reference says

CONDITION_KEYS = tuple(_BY_NAME.values())
"""Every row of the table; keys that are always sent stand in the order in which they are named."""

GLOBAL_KEYS = tuple(key.name for key in CONDITION_KEYS if key.name.startswith("aws:"))
"""Names of every global condition key; another name that begins with ``aws:`` does not exist."""

SOURCE_KEYS = tuple(
    key.name for key in CONDITION_KEYS if key.name.startswith("aws:Source") and key.callers == _OF_SERVICES["callers"]
)
"""Names of the keys that say for which resource an AWS service calls (G57 to G60)."""

_FAMILIES = tuple((name, key) for name, key in _BY_NAME.items() if key.is_family)
_MULTIVALUED = frozenset(name for name, key in _BY_NAME.items() if key.multivalued)
_MULTIVALUED_FAMILIES = tuple(name for name, key in _FAMILIES if key.multivalued)


def find_condition_key(name: str) -> ConditionKey | None:
    """Return the key called ``name``, or the family it belongs to; None when the table has none.

    >>> find_condition_key("aws:resourcetag/team").name
    'aws:ResourceTag/'
    """
    lowered = name.lower()
    found = _BY_NAME.get(lowered)
    if found is not None:
        return found
    return next((key for family, key in _FAMILIES if lowered.startswith(family)), None)


_FEW_ACTIONS = {
    key.lower(): frozenset(f"{key.partition(':')[0]}:{action}".lower() for action in actions.split())
    for keys, actions in KEYS_OF_FEW_ACTIONS.items()
    for key in keys.split()
}


def few_actions(name: str) -> frozenset[str] | None:
    """Return the only actions whose requests carry a key of a service, in lower case; None where there are many.

    >>> sorted(few_actions("s3:prefix"))
    ['s3:listbucket', 's3:listbucketversions']
    """
    lowered = name.lower()
    family, slash, _ = lowered.partition("/")
    return _FEW_ACTIONS.get(lowered) or _FEW_ACTIONS.get(family + slash)


def is_multivalued(name: str) -> bool:
    """Tell whether requests may carry several values of a key; of a key that nobody knows it is not said.

    Fact: E175, E175a
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    lowered = name.lower()
    return lowered in _MULTIVALUED or lowered.startswith(_MULTIVALUED_FAMILIES)


def can_carry(caller: PrincipalKind, name: str, way: Way | None = None, service: str | None = None) -> bool:
    """Tell whether a request of ``caller`` can carry a key; true of keys that the table has not.

    Args:
        caller: The kind of caller.
        name: The key's name, in any case.
        way: The way that the request takes; None when it is not known.
        service: Prefix of the service that is asked, in lower case; None when it is not known.
    """
    key = find_condition_key(name)
    return key is None or key.can_be_carried(caller, way, service)


@lru_cache(maxsize=1024)
def always_sent(caller: PrincipalKind, way: Way, service: str, *, on_kms_key: bool) -> tuple[str, ...]:
    """Return the names of the keys that AWS sends with every request of a kind, in the table's order.

    Args:
        caller: The kind of caller.
        way: The way that the request takes.
        service: Prefix of the service that is asked, in lower case.
        on_kms_key: Whether the resource is a KMS key.

    Fact: G2, G9, G10, G31, G32, G34, G38, G46, G50, G51, G53, G56, G61, K18, E109
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    wanted = (Always.EVERY_REQUEST, Always.REQUESTS_ON_A_KMS_KEY) if on_kms_key else (Always.EVERY_REQUEST,)
    return tuple(
        key.name for key in CONDITION_KEYS if key.always in wanted and key.can_be_carried(caller, way, service)
    )
