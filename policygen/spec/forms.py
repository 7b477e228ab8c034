"""The forms that texts of a spec must have, each with how it is explained."""

from __future__ import annotations

from policygen.aws.partitions import PARTITIONS, REGION_FORM, known_regions
from policygen.fields.table import Form
from policygen.spec.durations import Duration, parse_duration

_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/"
_NO_ADDRESS = r"(?![0-9]+(\.[0-9]+){3}$)"

ENTRY_NAME = Form(
    what="name of an entry",
    pattern="[A-Za-z0-9][A-Za-z0-9_.-]*",
    hint="use letters, digits, `-`, `_` and `.`; it names a folder",
)
ACCOUNT_ID = Form(what="account id", pattern="[0-9]{12}", hint="an account id has 12 digits; write leading zeros too")
REGION = Form(
    what="Region",
    pattern=REGION_FORM,
    known=tuple(region for partition in PARTITIONS for region in known_regions(partition)),
    hint="a Region looks like `us-east-1`",
)
ORGANIZATION_ID = Form(
    what="organization id", pattern="o-[a-z0-9]{10,32}", hint="it is `o-` and 10 to 32 lower-case letters and digits"
)
KEY_ID = Form(
    what="key id",
    pattern="[A-Za-z0-9-]+",
    hint="give the id alone: `mrk-…`, or eight-four-four-four-twelve hexadecimal digits",
)
ALIAS = Form(
    what="alias",
    pattern="alias/[A-Za-z0-9/_-]{1,250}",
    hint="it begins with `alias/`, and has letters, digits, `/`, `_` and `-`",
    doc_url="https://docs.aws.amazon.com/kms/latest/developerguide/alias-create.html",
)
BUCKET_NAME = Form(
    what="bucket name",
    pattern=rf"(?!xn--|sthree-){_NO_ADDRESS}(?!.*\.\.)[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9]",
    hint="3 to 63 lower-case letters, digits, hyphens and dots",
    doc_url=f"{_S3}userguide/bucketnamingrules.html",
)
TLS_VERSION = Form(what="TLS version", pattern=r"1\.[0-3]", hint="use `1.2` or `1.3`")
VPC_ENDPOINT_ID = Form(
    what="VPC endpoint id",
    pattern="vpce-[0-9a-z]+",
    hint="a VPC endpoint id looks like `vpce-1a2b3c4d`",
    doc_url=f"{_S3}userguide/example-bucket-policies-vpc-endpoint.html",
)
ROLE_NAME = Form(
    what="role name",
    pattern="[A-Za-z0-9+=,.@_-]{1,64}",
    hint="1 to 64 letters, digits and + = , . @ _ -; the path is a field of its own",
)
ROLE_PATH = Form(
    what="path",
    pattern="(?=.{1,512}$)/([!-~]*/)?",
    hint="a path begins and ends with `/`, for example `/service-role/`",
)
RULE_ID = Form(
    what="rule id",
    pattern=r"[\x00-\x7f]{1,255}",
    hint="1 to 255 ASCII characters",
    doc_url=f"{_S3}API/API_ReplicationRule.html",
)
DURATION = Form(what="duration", parse=parse_duration, hint="write `15m`, `24h`, `1d`, or `daily`")


def _interval(text: str) -> Duration | None:
    """Return how often something happens: more than never and less than always."""
    found = parse_duration(text)
    return found if found is not None and found.seconds > 0 else None


INTERVAL = Form(what="interval", parse=_interval, hint="write `15m`, `24h`, `1d`, or `daily`")
