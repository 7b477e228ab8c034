"""Checks of Resource and NotResource: whether the texts are ARNs that can match something.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from policygen.aws.arns import COLONS, FIELDS, is_account_id
from policygen.aws.partitions import COMMERCIAL_REGIONS, OTHER_REGIONS, PARTITIONS, may_be_region
from policygen.aws.resource_types import SERVICE_OF_RESOURCE
from policygen.catalog import Catalog, ResourceType
from policygen.catalog.spelling import did_you_mean, hinted, shown
from policygen.lint.check import ChecksOf, Hit, at, check, statement_check
from policygen.lint.findings import ERROR, SUGGESTION
from policygen.lint.policy import Policy, Statement, has_wildcard, is_open, prefix_of
from policygen.lint.policy_types import PolicyType
from policygen.matching.conditions.operators import ValueType
from policygen.matching.overlap import overlap
from policygen.source.nodes import Scalar

_VARIABLE = re.compile(r"\$\{[^}]*\}")
_PARTITIONS = (*PARTITIONS, "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")
_ALL_OF_S3 = re.compile(r"arn:[^:]*:s3:\*?:\*?:\*\Z")
"""What AWS's own examples write for s3:ListAllMyBuckets, though it takes no resource."""

_REGION = 4
"""The number of fields up to the Region."""

_NO_TYPE = ("",)
_FORM = "its form is `arn:partition:service:region:account:resource`"
_BEGINNINGS = [re.compile(rf"{each}\*+\Z") for each in ("[a-z-]*", "[a-z0-9-]*", "[a-z0-9*-]*", "[0-9*]*")]
"""How a short ARN may end, where it breaks off in the partition, the service, the Region or the account."""

_REGIONS = (*COMMERCIAL_REGIONS, *OTHER_REGIONS)

_INNER_ARN = re.compile(r"(?<![^:/])arn:[a-z-]*:.*", re.DOTALL)
_BUCKET_NAME = re.compile(r"[A-Za-z0-9._*?$-]*\Z")
_APPLIES = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html"
_MOST_RESOURCES = 500
"""Of more resources in one statement it is not told which actions they are none of: it takes too long."""

_MOST_FORMS = 3
_NO_ACCOUNTS = ("", "aws", "cloudfront", "aws-marketplace")
_NEVER_SHARED = ("iam", "sts", "kms", "sqs", "sns", "lambda", "dynamodb", "secretsmanager")
"""Services whose ARNs are complete. Others, such as SSM, have resources of AWS's own without account."""

_SHORT_FORM = "execute-api:/"
"""How the policy of an API may name its own methods."""

_LONGEST = 2048
"""Longer resources are not compared with the forms of the reference."""


def _fields_of(text: str) -> list[str]:
    """Return a text cut at its first five colons, those inside a policy variable aside."""
    end = text.rfind("}") + 1  # behind the last brace every search for a variable would be in vain
    masked = _VARIABLE.sub(lambda match: "\0" * len(match.group()), text[:end]) + text[end:]
    lengths = [len(field) for field in masked.split(":", COLONS)]
    starts = [sum(lengths[:index]) + index for index in range(len(lengths))]
    return [text[start : start + length] for start, length in zip(starts, lengths, strict=True)]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Arn:
    """A resource with the six fields of an ARN, each as written."""

    policy: Policy
    element: Scalar
    partition: str
    service: str
    region: str
    account: str
    resource: str

    @cached_property
    def fitting(self) -> tuple[ResourceType, ...] | None:
        """The resource types whose ARNs have a resource part such as this; None where nothing is known."""
        if is_open(self.service) or len(self.resource) > _LONGEST:
            return None
        return _types_of(self.policy.catalog, self.service, _VARIABLE.sub("*", self.resource))

    def lacks(self, field: str) -> bool:
        """Tell whether a field is empty that no resource of its kind leaves empty."""
        return not getattr(self, field) and bool(self._possible(field)) and "" not in self._possible(field)

    def has_needless(self, field: str) -> bool:
        """Tell whether something stands in a field that every resource of its kind leaves empty."""
        return bool(getattr(self, field)) and self._possible(field) == {""} and not is_open(getattr(self, field))

    def _possible(self, field: str) -> set[str]:
        """Return what may stand in a field: nothing, or anything; empty where nothing is known."""
        return {each.fields[("region", "account").index(field) + 3] for each in self.fitting or ()}

    def hit_about(self, what: str) -> Hit:
        return at(self.element, f"ARNs of these resources of {self.service} have {what}: {shown(self.element.text)}")


@lru_cache(maxsize=1)
def _arns(policy: Policy) -> tuple[_Arn, ...]:
    """Return a policy's resources that are ARNs; every check of one policy asks for them in turn."""
    names = ("partition", "service", "region", "account", "resource")
    cut = ((element, _fields_of(element.text)) for element in policy.resources)
    return tuple(
        _Arn(policy=policy, element=element, **dict(zip(names, fields[1:], strict=True)))
        for element, fields in cut
        if fields[0] == "arn" and len(fields) == FIELDS
    )


@lru_cache(maxsize=16384)
def _types_of(catalog: Catalog, name: str, written: str) -> tuple[ResourceType, ...] | None:
    fitting = tuple(each for each, form in _own_forms(catalog, name) if overlap(form, written))
    if fitting:
        return fitting
    types = catalog.types_by_arn_service.get(name)
    return tuple(each for each in types if overlap(each.fields[5], written)) if types is not None else None


@lru_cache(maxsize=1024)
def _own_forms(catalog: Catalog, name: str) -> tuple[tuple[ResourceType, str], ...]:
    """Return a service's resource types, each with the form of the resource part of its ARNs."""
    service = catalog.service(name)
    types = service.resource_types.values() if service is not None else ()
    return tuple((each, each.fields[5]) for each in types if each.fields[2] == name)


arn_check: ChecksOf[_Arn] = ChecksOf(_arns)
"""Decorator of checks of one ARN in Resource or NotResource."""


@check("INVALID_ARN_PREFIX", ERROR, facts="E165")
def invalid_arn_prefix(policy: Policy) -> Iterator[Hit]:
    """A resource that does not begin with `arn:`."""
    for element in policy.resources:
        text = element.text
        short = text.startswith(_SHORT_FORM) and policy.type is PolicyType.RESOURCE
        if not text.startswith(("arn:", "*", "${")) and not (len(text) < 4 and text.endswith("*")) and not short:
            yield at(element, f"{shown(text)} is not an ARN: it does not begin with `arn:`")


@check("MISSING_ARN_FIELD", ERROR, facts="E133")
def missing_arn_field(policy: Policy) -> Iterator[Hit]:
    """An ARN with fewer than six fields, or without a service; outside session policies it may break off at a star.

    The star then stands behind the beginning of the field that it is in: `arn:aws:s3:*`, and not `arn:aws:s3::b/*`.
    In a condition, which then never holds, a missing field is a WARNING.

    Unspecified: AWS says of identity-based policies that such ARNs are completed, and nothing of resource-based ones:
    there they are a WARNING.
    """
    for element in policy.resources:
        details = _lacking(policy, element.text)
        if details:
            yield at(element, f"{shown(element.text)} {details}")
        elif policy.type is PolicyType.RESOURCE and _is_short(element.text):
            advice = "AWS completes short ARNs in identity-based policies, and does not say so of this one"
            yield at(element, f"{shown(element.text)}: {advice}", warning=True)
    for value in (value for each in policy.conditions if each.value_type is ValueType.ARN for value in each.literals):
        details = _lacking(policy, value.text)
        if details:
            yield at(value, f"{shown(value.text)} {details}", warning=True)


def _is_short(text: str) -> bool:
    return text.startswith("arn:") and len(_fields_of(text)) < FIELDS


def _lacking(policy: Policy, text: str) -> str:
    """Return what a text that begins like an ARN lacks; empty for nothing."""
    fields = _fields_of(text)
    if fields[0] != "arn":
        return ""
    if len(fields) < FIELDS and (policy.type is PolicyType.SESSION or not _breaks_off(fields)):
        partition = fields[1] if fields[1:2] and fields[1] in _PARTITIONS else "aws"
        of_bucket = set(fields[1:-1]) - {"", partition} == {"s3"}  # what names a Region is no bucket
        hint = f"write `arn:{partition}:s3:::{fields[-1]}`" if of_bucket else _FORM
        return f"has {len(fields)} of an ARN's six fields: {hint}"
    return f"names no service: {_FORM}" if fields[2:3] == [""] else ""


def _breaks_off(fields: list[str]) -> bool:
    """Tell whether a short ARN ends in a star behind the beginning of the field that it is in."""
    last = fields[-1]
    if len(fields) == 1 or "${" in last:
        return len(fields) > 1
    begins = len(fields) != _REGION or any(each.startswith(last.partition("*")[0]) for each in _REGIONS)
    return begins and _BEGINNINGS[len(fields) - 2].match(last) is not None


@arn_check("INVALID_PARTITION", ERROR)
def invalid_partition(arn: _Arn) -> Iterator[Hit]:
    """A partition that does not exist."""
    if not is_open(arn.partition) and arn.partition not in _PARTITIONS:
        yield at(arn.element, f"there is no partition {shown(arn.partition)}: `aws`, `aws-cn`, `aws-us-gov` …")


@arn_check("INVALID_ARN_SERVICE_CASE", ERROR, facts="E165")
def invalid_arn_service_case(arn: _Arn) -> Iterator[Hit]:
    """A service in an ARN that is not lower case."""
    if "${" not in arn.service and arn.service != arn.service.lower():
        yield at(arn.element, f"{shown(arn.service)}: the service of an ARN is lower case")


@arn_check("INVALID_SERVICE_IN_ARN", ERROR, facts="E165", url=_APPLIES)
def invalid_service_in_arn(arn: _Arn) -> Iterator[Hit]:
    """An ARN of a service that does not exist; a WARNING where it may be newer than the catalogue."""
    name, catalog = arn.service.lower(), arn.policy.catalog
    if name and not is_open(name) and name not in catalog.services and name not in catalog.types_by_arn_service:
        near = did_you_mean(name, catalog.types_by_arn_service)
        yield at(arn.element, hinted(f"there is no service {shown(name)}", near or catalog.age), warning=not near)


@arn_check("WILDCARD_IN_SERVICE_NAME", SUGGESTION, facts="E166")
def wildcard_in_service_name(arn: _Arn) -> Iterator[Hit]:
    """A wildcard in the service field of an ARN."""
    if has_wildcard(arn.service):
        yield at(arn.element, f"{shown(arn.service)}: no wildcard belongs in the service field of an ARN")


@arn_check("INVALID_ARN_ACCOUNT", ERROR)
def invalid_arn_account(arn: _Arn) -> Iterator[Hit]:
    """An account field that is not a 12-digit account id."""
    if arn.account not in _NO_ACCOUNTS and not is_open(arn.account) and not is_account_id(arn.account):
        yield at(arn.element, f"{shown(arn.account)} is not an account id: 12 digits")


@arn_check("INVALID_ARN_REGION", ERROR)
def invalid_arn_region(arn: _Arn) -> Iterator[Hit]:
    """A Region field that is not a Region code; Regions that may have been opened since are taken."""
    if arn.region and not is_open(arn.region) and not may_be_region(arn.region):
        yield at(arn.element, f"{shown(arn.region)} is not a valid Region: Regions look like `us-east-1`")


@arn_check("INVALID_ARN_RESOURCE", ERROR, facts="K12")
def invalid_arn_resource(arn: _Arn) -> Iterator[Hit]:
    """A resource part that no resource of the service has: keys of KMS are `key/…`, its aliases `alias/…`.

    So is an ARN inside an ARN, none at all, what is no bucket's name, and blanks around it; a WARNING where the policy
    may be saved all the same.
    """
    text, catalog = shown(arn.element.text), arn.policy.catalog
    inner = _INNER_ARN.search(arn.resource[:_LONGEST])
    if inner is not None and (inner.start() == 0 or arn.service != "s3"):
        sure = inner.start() == 0 or arn.service == "iam"
        yield at(arn.element, f"{text} is an ARN inside an ARN: write {shown(inner.group())}", warning=not sure)
    elif not arn.resource:
        yield at(arn.element, f"{text} names no resource: write its name, or `*`", warning=arn.service != "s3")
    elif (arn.service, arn.region, arn.account) == ("s3", "", "") and any(_bucket_hits(arn)):
        yield from _bucket_hits(arn)
    elif arn.resource != arn.resource.strip():
        yield at(arn.element, f"{text} begins or ends with a blank, which counts", warning=True)
    elif arn.fitting == ():
        forms = sorted({each.arn.split(":", COLONS)[COLONS] for each in catalog.types_by_arn_service[arn.service]})
        hint = f": it looks like {', '.join(f'`{form}`' for form in forms)}" if len(forms) <= 3 else ""
        details = f"{shown(arn.resource)} is not a resource of {arn.service}{hint}"
        yield at(arn.element, details, warning=not catalog.knows_whole(arn.service))


def _bucket_hits(arn: _Arn) -> Iterator[Hit]:
    """Yield a hit for what is not the name of a bucket, which S3 refuses in its policy, or ends in front of a key."""
    bucket = _VARIABLE.sub("*", arn.resource[:_LONGEST]).partition("/")[0]
    of_s3 = SERVICE_OF_RESOURCE.get(arn.policy.resource_type or "") == "s3" and not arn.policy.by_looks
    if not bucket:
        details = f"{shown(arn.element.text)} names no bucket: write its name before `/`"
        yield at(arn.element, details, warning=not of_s3)
    elif not _BUCKET_NAME.match(bucket):
        details = f"{shown(bucket)} is not the name of a bucket: letters, digits, `.` and `-` make one, and no blanks"
        yield at(arn.element, details, warning=not of_s3 and not any(map(str.isspace, bucket)))
    elif arn.resource == f"{bucket}/":
        yield at(arn.element, f"{shown(arn.element.text)} is neither a bucket nor an object: write `/*`", warning=True)


def _field(field: str, name: str, article: str) -> None:
    """Register the checks of a field that every resource of a kind leaves empty, or that none does."""

    def needless(arn: _Arn) -> Iterator[Hit]:
        if arn.has_needless(field):
            yield arn.hit_about(f"no {name}")

    def missing(arn: _Arn) -> Iterator[Hit]:
        if arn.service in _NEVER_SHARED and arn.lacks(field):
            yield arn.hit_about(f"{article.lower()} {name}")

    where, code = "in the ARN of a resource whose ARN has", field.upper()
    arn_check(f"ARN_{code}_NOT_ALLOWED", ERROR, summary=f"{article} {name} {where} none")(needless)
    arn_check(f"MISSING_ARN_{code}", ERROR, facts="E168", summary=f"No {name} {where} one")(missing)


_field("region", "Region", "A")
_field("account", "account", "An")


@statement_check("ACTION_DOES_NOT_APPLY_TO_RESOURCE", ERROR, facts="S50", url=_APPLIES)
def action_does_not_apply_to_resource(statement: Statement) -> Iterator[Hit]:
    """An action that takes none of the resources beside it: S3 refuses it, other services save it (a WARNING)."""
    policy = statement.policy
    written = frozenset(each.text for each in statement.resources)
    few = 0 < len(written) <= _MOST_RESOURCES
    whole = few and all(text.startswith("arn:") and not _lacking(policy, text) for text in written)
    owner = SERVICE_OF_RESOURCE.get(policy.resource_type or "")
    for action in statement.actions if whole else ():
        prefix = prefix_of(action.text)
        actions = policy.catalog.actions_like(action.text) if owner in (None, prefix) else ()
        taken = {kind.name: kind for each in actions for kind in each.resource_types.values()}
        meant = _names_meant(policy.catalog, prefix, written) if actions else None
        if meant is not None and meant.isdisjoint(taken or _NO_TYPE):
            details = f"{shown(action.text)} does not apply to any resource of this statement"
            yield at(action, f"{details}: {_takes(taken, policy.type)}", warning=owner != "s3")


@lru_cache(maxsize=256)
def _names_meant(catalog: Catalog, prefix: str, written: frozenset[str]) -> frozenset[str] | None:
    """Return the names of a service's resource types that some ARNs can stand for; None where one is not known."""
    found: set[str] = set()
    for text in written:
        meant = catalog.types_meant(prefix, text)
        if not meant and _fields_of(text.lower())[2:3] == [prefix]:
            return None
        found.update(each.name for each in meant)
        found.update(_NO_TYPE if prefix == "s3" and _ALL_OF_S3.match(text) else ())
    return frozenset(found)


def _takes(taken: Mapping[str, ResourceType], policy_type: PolicyType) -> str:
    forms = sorted((f"`{each.arn.replace('${Partition}', 'aws')}`" for each in taken.values()), key=len)
    if not forms:
        where = "an identity-based policy" if policy_type is PolicyType.RESOURCE else "a statement of its own"
        return f'it takes no resource: write `"Resource": "*"`, in {where}'
    return f"it takes {', '.join(forms[:_MOST_FORMS])}{' …' if len(forms) > _MOST_FORMS else ''}"


@arn_check("UNSUPPORTED_RESOURCE_ARN_IN_POLICY", ERROR, facts="K7", types=frozenset({PolicyType.RESOURCE}))
def unsupported_resource_arn_in_policy(arn: _Arn) -> Iterator[Hit]:
    """An ARN of another service than that of the resource that the policy stands on."""
    service = SERVICE_OF_RESOURCE.get(arn.policy.resource_type or "")
    if service is not None and arn.service != service and not is_open(arn.service):
        yield at(arn.element, f"{shown(arn.element.text)} cannot be a resource of this policy: it is not of {service}")
