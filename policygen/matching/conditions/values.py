"""Reading condition values: numbers, dates, Booleans, Base64, IP addresses.

Each reader returns None for a text that is no value of its type; such a value matches nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?\Z")
_EPOCH = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?\Z")
_NETMASK = re.compile(r"[^/]*/[^/]*[^0-9/]")
_YEAR = re.compile(r"[0-9]{4}\Z")
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"([Tt ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})([.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?P<zone>[Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?)?)?)?\Z"
)
_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)

IpNetwork = IPv4Network | IPv6Network
IpAddress = IPv4Address | IPv6Address


@lru_cache(maxsize=4096)
def read_number(text: str) -> Decimal | None:
    """Return a number, exactly; None for a text that is none.

    Fact: E203, E204
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    return Decimal(text) if _NUMBER.match(text) else None


@lru_cache(maxsize=4096)
def read_date(text: str) -> Decimal | None:
    """Return a date as seconds since 1970-01-01 UTC; None for a text that is no date.

    ISO 8601 in the W3C forms (year alone to fractions of a second), or epoch seconds.

    Unspecified: AWS does not say how a date without a zone or with parts missing compares (E209); here it is UTC
    and its earliest instant. Four digits are a year, any other number epoch seconds.

    Fact: E205, E206, E207
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    if _EPOCH.match(text) and not _YEAR.match(text):
        return Decimal(text)
    match = _DATE.match(text)
    if not match:
        return None
    part = match.groupdict()
    try:
        moment = datetime(
            int(part["year"]),
            int(part["month"] or 1),
            int(part["day"] or 1),
            int(part["hour"] or 0),
            int(part["minute"] or 0),
            int(part["second"] or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    whole = (moment - _EPOCH_START) // timedelta(seconds=1) - _zone_seconds(part["zone"])
    return Decimal(whole) + Decimal(f"0.{part['fraction'] or 0}")


def _zone_seconds(zone: str | None) -> int:
    if not zone or zone in "Zz":
        return 0
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "")
    return sign * (int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60)


def read_bool(text: str) -> bool | None:
    """Return true or false; None for another text.

    Unspecified: AWS does not say whether the case of the text matters (E210); here it does not.

    Fact: E98, E210
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    return {"true": True, "false": False}.get(text.lower())


def read_binary(text: str) -> bytes | None:
    """Return the bytes of a Base64 text; None when it is none.

    Fact: E213
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


@lru_cache(maxsize=4096)
def read_network(text: str) -> IpNetwork | None:
    """Return a CIDR range; bits after the prefix are ignored, an address alone is a range of one.

    What stands behind the slash is the number of bits; a netmask (``/255.255.255.0``) is no CIDR.

    Unspecified: a bare IPv6 address is taken as /128 (E268).

    Fact: E158, E214, E216
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    if _NETMASK.match(text):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def read_address(text: str) -> IpAddress | None:
    """Return an IP address; None for a text that is none."""
    try:
        return ip_address(text)
    except ValueError:
        return None
