"""Values that a condition tells apart: possible values of its type, on both sides of what it asks for.

Whoever wants to know what a condition would say to another request tries these; no other value makes a difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise

from policygen.matching.arns import complete_fields, fields_of
from policygen.matching.conditions.evaluate import CompiledCondition, Context
from policygen.matching.conditions.operators import ValueType
from policygen.matching.conditions.values import IpNetwork, read_date, read_network, read_number
from policygen.matching.variables import Template, Variable, variable_value
from policygen.matching.wildcards import ANY, ONE, Tokens, Wildcard
from policygen.request.condition_keys import KeyType, find_condition_key

_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 24 * 60 * 60
_FILL = "x"
_FIELDS_OF_AN_ARN = ("arn", "aws", "s3", "us-east-1", "123456789012", _FILL)
"""What stands for a field of an ARN that may be anything."""

_BY_TYPE = {
    KeyType.BOOL: "true",
    KeyType.NUMERIC: "1",
    KeyType.DATE: "2001-02-03T04:05:06Z",
    KeyType.IP_ADDRESS: "198.51.100.77",
    KeyType.ARN: "arn:aws:s3:::another-example",
    KeyType.STRING: "another-value",
}


CHOICES = {
    "s3:x-amz-server-side-encryption": ("aws:kms", "AES256", "aws:kms:dsse", "aws:fsx", "aws:backup"),
    "s3:tlsversion": ("1.2", "1.3", "1.1", "1.0"),
    "s3:signatureversion": ("AWS4-HMAC-SHA256", "AWS"),
    "s3:authtype": ("REST-HEADER", "REST-QUERY-STRING", "POST"),
}
"""Every value that AWS sends of a key, by its name in lower case, the likeliest first.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""
_ACCOUNTS = ("111122223333", "444455556666", "777788889999")
_ORGANIZATIONS = ("o-a1b2c3d4e5", "o-f6g7h8i9j0", "o-k1l2m3n4o5")
_SAMPLES = {
    "aws:requestedregion": ("us-east-1", "us-west-2", "eu-west-1", "ap-south-1"),
    "aws:sourcevpc": ("vpc-1a2b3c4d", "vpc-5e6f7a8b", "vpc-9c0d1e2f"),
    "aws:sourcevpce": ("vpce-1a2b3c4d", "vpce-5e6f7a8b", "vpce-9c0d1e2f"),
    "kms:viaservice": ("s3.us-east-1.amazonaws.com", "dynamodb.us-east-1.amazonaws.com"),
    "iam:passedtoservice": ("lambda.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com"),
    "s3:x-amz-acl": ("private", "bucket-owner-full-control", "public-read"),
    "s3:x-amz-storage-class": ("STANDARD", "STANDARD_IA", "GLACIER"),
    **dict.fromkeys(("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"), ("athena.amazonaws.com",)),
    **{f"aws:{name}account": _ACCOUNTS for name in ("principal", "resource", "source", "vpce")},
    **{f"aws:{name}orgid": _ORGANIZATIONS for name in ("principal", "resource", "source", "vpce")},
    **{
        f"aws:{name}orgpaths": tuple(f"{each}/r-ab12/ou-ab12-11111111/" for each in _ORGANIZATIONS)
        for name in ("principal", "resource", "source", "vpce")
    },
}
"""Some values that a key may have, where not just any text of its type could be one."""


def examples(condition: CompiledCondition, context: Context) -> Iterator[str]:
    """Yield values of the condition's key, the likeliest first; variables have the values that ``context`` gives them.

    A pattern is never among them, but a text that it matches.
    """
    value_type = condition.operator.base.value_type
    if value_type is ValueType.NULL:
        yield value_of_type(condition.key)
    elif value_type is ValueType.BOOL:
        yield from ("true", "false")
    else:
        for template in condition.templates:
            for value in _of_template(template, value_type, context):
                is_path = condition.key.endswith("orgpaths") and value.endswith(f"/{_FILL}")
                yield value[: -len(_FILL)] + _part_of_path(value) if is_path else value


def _part_of_path(path: str) -> str:
    """Return what may follow in the path of an account in its organization: the root, or a unit below it."""
    return "r-ab12/" if path.count("/") == 1 else "ou-ab12-11111111/"


def _of_template(template: Template, value_type: ValueType, context: Context) -> Iterator[str]:
    if value_type is ValueType.NUMERIC:
        yield from _around_number(template.text)
    elif value_type is ValueType.DATE:
        yield from _around_date(template.text)
    elif value_type is ValueType.IP_ADDRESS:
        network = read_network(template.text)
        yield from () if network is None else _around_network(network)
    else:
        tokens = template.resolve(context)
        if tokens is not None and (value_type is ValueType.ARN or template.text.startswith("arn:")):
            yield _arn(tokens)
        else:
            yield "".join(_of_part(part, context) for part in template.parts)


def _of_part(part: str | Wildcard | Variable, context: Context) -> str:
    if isinstance(part, str):
        return part
    return _FILL if isinstance(part, Wildcard) else variable_value(part, context) or ""


def _arn(tokens: Tokens) -> str:
    """Return an ARN that a pattern matches, field by field."""
    fields = zip(complete_fields(fields_of(tokens)), _FIELDS_OF_AN_ARN, strict=True)
    return ":".join(usual if field == (ANY,) else _filled(field) for field, usual in fields)


def _filled(tokens: Tokens) -> str:
    return "".join(_FILL if token in (ANY, ONE) else str(token) for token in tokens)


def _around_number(text: str) -> Iterator[str]:
    number = read_number(text)
    if number is not None:
        yield from (f"{each:f}" for each in (number, number - 1, number + 1))


def _around_date(text: str) -> Iterator[str]:
    moment = read_date(text)
    if moment is not None:
        for each in (moment, moment - _DAY, moment + _DAY):
            yield from _iso(each)


def _iso(moment: Decimal) -> Iterator[str]:
    """Yield a moment as ISO 8601 writes it; nothing for one that has no year of four digits."""
    whole = moment.to_integral_value(rounding=ROUND_FLOOR)
    try:
        written = (_EPOCH_START + timedelta(seconds=int(whole))).isoformat()
    except OverflowError:
        return
    fraction = f"{moment - whole:f}".removeprefix("0").rstrip("0") if moment != whole else ""
    yield written.replace("+00:00", f"{fraction}Z")


def _around_network(network: IpNetwork) -> Iterator[str]:
    """Yield an address of a host inside, and one outside where there is one."""
    first, last = int(network.network_address), int(network.broadcast_address)
    kind = type(network.network_address)
    is_range = int(last - first > 1)
    yield str(kind(first + is_range))
    if last + 1 < 2**network.max_prefixlen:
        yield str(kind(last + 1 + is_range))
    elif first:
        yield str(kind(first - 1))


def points(value_type: ValueType, texts: Iterable[str], *, from_zero: bool = False) -> Iterator[str]:
    """Yield a value for every way in which numbers, dates or addresses can stand to those that a policy names.

    At each of them, between two neighbours, below the lowest and above the highest; of ranges of addresses, one in
    every interval that their ends cut out, in IPv4 and in IPv6. With ``from_zero`` no number is below 0, no date before
    1970.
    """
    if value_type is ValueType.IP_ADDRESS:
        networks = [network for text in texts if (network := read_network(text)) is not None]
        for kind, bits in ((IPv4Address, 32), (IPv6Address, 128)):
            own = [each for each in networks if each.max_prefixlen == bits]
            ends = {end for each in own for end in (int(each[0]), int(each[-1]) + 1)}
            for start, following in pairwise(sorted({0, *ends, 2**bits})):
                yield str(kind(start + (following - start > 2)))
        return
    read = read_number if value_type is ValueType.NUMERIC else read_date
    found = sorted({value for text in texts if (value := read(text)) is not None})
    step = 1 if value_type is ValueType.NUMERIC else _DAY
    outer = [found[0] - step, *found, found[-1] + step] if found else []
    every = {*outer, *((low + high) / 2 for low, high in pairwise(found))}
    for value in sorted({max(each, Decimal(0)) for each in every} if from_zero else every):
        yield from (f"{value:f}",) if value_type is ValueType.NUMERIC else _iso(value)


def between(values: Iterable[str]) -> Iterator[str]:
    """Yield a number or a moment between every two neighbours: what two bounds leave may be narrow."""
    values = tuple(values)
    numbers = sorted({number for each in values if (number := read_number(each)) is not None})
    for low, high in pairwise(numbers):
        middle = (low + high) / 2
        whole = middle.to_integral_value(rounding=ROUND_FLOOR)
        yield f"{whole if whole > low else middle:f}"
    written = [each for each in values if read_number(each) is None]
    moments = sorted({moment for each in written if (moment := read_date(each)) is not None})
    for low, high in pairwise(moments):
        yield from _iso((low + high) / 2)


def value_of_type(name: str) -> str:
    """Return some value that a key may have: of its type, or text where nobody knows the key."""
    return another_value(name, ())


def another_value(name: str, found: Collection[str]) -> str:
    """Return a value that a key may have, and that conditions with the values ``found`` do not name."""
    key = name.lower()
    real = next((each for each in CHOICES.get(key, _SAMPLES.get(key, ())) if each not in found), None)
    if real is not None:
        return real
    known = find_condition_key(name)
    kind = known.types[0] if known is not None else KeyType.STRING
    sample = next(iter(found), "")
    if kind is KeyType.STRING and read_network(sample):
        kind = KeyType.IP_ADDRESS
    elif kind is KeyType.STRING and read_date(sample) is not None and "-" in sample[1:]:
        kind = KeyType.DATE
    return _BY_TYPE[kind]
