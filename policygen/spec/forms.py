"""The forms that texts of a spec must have, each with how it is explained."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policygen.aws.partitions import PARTITIONS, REGION_FORM, known_regions
from policygen.fields.table import Form

_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/"
_NO_ADDRESS = r"(?![0-9]+(\.[0-9]+){3}$)"


def _form(what: str, pattern: str, hint: str, example: str, doc_url: str | None = None) -> Form:
    return Form(what=what, pattern=pattern, hint=hint, example=example, doc_url=doc_url)


ENTRY_NAME = _form(
    "name of an entry",
    "[A-Za-z0-9][A-Za-z0-9_.-]{0,127}",
    "use at most 128 letters, digits, `-`, `_` and `.`, a letter or digit first; it names a folder",
    "data",
)
ACCOUNT_ID = _form("account id", "[0-9]{12}", "an account id has 12 digits; write leading zeros too", '"012345678901"')
REGION = Form(
    what="Region",
    pattern=REGION_FORM,
    known=tuple(region for partition in PARTITIONS for region in known_regions(partition)),
    hint="a Region looks like `us-east-1`",
    example="us-east-1",
)
ORGANIZATION_ID = _form(
    "organization id", "o-[a-z0-9]{10,32}", "it is `o-` and 10 to 32 lower-case letters and digits", "o-a1b2c3d4e5"
)
KEY_ID = _form(
    "key id",
    "[A-Za-z0-9-]+",
    "give the id alone: `mrk-…`, or eight-four-four-four-twelve hexadecimal digits",
    "1234abcd-12ab-34cd-56ef-1234567890ab",
)
ALIAS = _form(
    "alias",
    "alias/[A-Za-z0-9/_-]{1,250}",
    "it begins with `alias/`, and has letters, digits, `/`, `_` and `-`",
    "alias/data",
    "https://docs.aws.amazon.com/kms/latest/developerguide/alias-create.html",
)
BUCKET_NAME = _form(
    "bucket name",
    rf"(?!xn--|sthree-){_NO_ADDRESS}(?!.*\.\.)[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9]",
    "3 to 63 lower-case letters, digits, hyphens and dots",
    "amzn-s3-demo-bucket",
    f"{_S3}userguide/bucketnamingrules.html",
)
TLS_VERSION = _form("TLS version", r"1\.[0-3]", "use `1.2` or `1.3`", "1.2")
VPC_ENDPOINT_ID = _form(
    "VPC endpoint id",
    "vpce-[0-9a-z]+",
    "a VPC endpoint id looks like `vpce-1a2b3c4d`",
    "vpce-1a2b3c4d",
    f"{_S3}userguide/example-bucket-policies-vpc-endpoint.html",
)
ROLE_NAME = _form(
    "role name",
    r"(?!\.{1,2}$)[A-Za-z0-9+=,.@_-]{1,64}",
    "1 to 64 letters, digits and + = , . @ _ -, but not `.` or `..`: it names a folder; the path is a field of its own",
    "s3-replication",
)
ROLE_PATH = _form(
    "path",
    "(?=.{1,512}$)/([!-~]*/)?",
    "a path begins and ends with `/`, for example `/service-role/`",
    "/service-role/",
)
RULE_ID = _form(
    "rule id", r"[\x00-\x7f]{1,255}", "1 to 255 ASCII characters", "west", f"{_S3}API/API_ReplicationRule.html"
)

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_UNITS = {
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
}
_SHORT = {word: unit for unit, words in _UNITS.items() for word in words}
_WORDS = {"hourly": "1h", "daily": "1d", "weekly": "1w"}
_PART = re.compile(r"([0-9]{1,6})\s*([a-z]+)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """A length of time.

    Attributes:
        text: As it was written; ``1d`` for ``daily``.
        seconds: Its length.
    """

    text: str
    seconds: int

    def __str__(self) -> str:
        """Return it as it was written."""
        return self.text


def parse_duration(text: str) -> Duration | None:
    """Return the duration that ``text`` says; None when it says none.

    >>> parse_duration("1h30m").seconds
    5400
    """
    text = _WORDS.get(text.lower(), text)
    rest = text.lower().strip()
    seconds = 0
    while rest:
        match = _PART.match(rest)
        unit = _SHORT.get(match[2]) if match else None
        if match is None or unit is None:
            return None
        seconds += int(match[1]) * _SECONDS[unit]
        rest = rest[match.end() :]
    return Duration(text=text, seconds=seconds) if text.strip() else None


DURATION = Form(what="duration", parse=parse_duration, hint="write `15m`, `24h`, `1d`, or `daily`", example="24h")


def _interval(text: str) -> Duration | None:
    """Return how often something happens: more than never and less than always."""
    found = parse_duration(text)
    return found if found is not None and found.seconds > 0 else None


INTERVAL = Form(what="interval", parse=_interval, hint="write `15m`, `24h`, `1d`, or `daily`", example="24h")
