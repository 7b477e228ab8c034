"""Small changes of one text of a policy: an action, a resource, a value of a condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from policygen.aws.arns import Arn, bucket_arn, parse_arn
from policygen.aws.partitions import REGION_FORM, known_regions

OTHER_ACCOUNT = "999999999999"
"""An account that hardly any policy names."""

_REGION = re.compile(rf"(?<![a-z0-9-]){REGION_FORM}(?![a-z0-9-])")
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")

Change = tuple[str, str]
"""The name of what is done, and the text after it."""


def changes_of_action(action: str, similar: Callable[[str], str | None]) -> Iterator[Change]:
    """Yield the changes of an action or a pattern of actions.

    Args:
        action: As written.
        similar: Returns another action of the service with a similar name; None where it knows none.
    """
    service, colon, name = action.partition(":")
    if not colon:
        return
    if name.endswith("*"):
        yield from (("narrow-action", f"{action[:-1]}X*"),) if name == "*" else (("narrow-action", action[:-1]),)
    else:
        yield "widen-action", f"{action}*"
        other = similar(action)
        if other is not None:
            yield "swap-action", other
    if name != "*":
        yield "widen-action", f"{service}:*"


def changes_of_value(text: str, of: str, *, wildcards: bool) -> Iterator[Change]:
    """Yield the changes of a resource or of a condition's value; none that leaves the text as it is.

    Args:
        text: As written.
        of: What it is, for the names of the changes: ``resource`` or ``value``.
        wildcards: Whether ``*`` is a wildcard in it.
    """
    seen = {text}
    for name, changed in _changes(text, of, wildcards=wildcards):
        if changed not in seen:
            seen.add(changed)
            yield name, changed


def _changes(text: str, of: str, *, wildcards: bool) -> Iterator[Change]:
    regions = list(dict.fromkeys(each.group() for each in _REGION.finditer(text)))
    for region in regions:
        yield "other-region", text.replace(region, _other_region(region))
        if wildcards and not _is_of_one_region(text):
            yield f"widen-{of}", text.replace(region, "*")
    for account in dict.fromkeys(_ACCOUNT.findall(text)):
        yield "other-account", text.replace(account, OTHER_ACCOUNT if account != OTHER_ACCOUNT else OTHER_ACCOUNT[::-1])
    arn = parse_arn(text)
    if text.endswith("*") and len(text) > 1 and wildcards:
        yield f"narrow-{of}", f"{text[:-1]}x*"
        yield f"narrow-{of}", text[:-1]
    if arn is not None and arn.service == "s3" and not arn.account:
        yield from _of_bucket(arn, of, wildcards=wildcards)
    elif wildcards and "*" not in text and text:
        if arn is not None:
            yield f"widen-{of}", f"{re.split(r'[^/:]*$', text)[0]}*"
        elif not regions:
            yield f"widen-{of}", f"{text}*"


def _of_bucket(arn: Arn, of: str, *, wildcards: bool) -> Iterator[Change]:
    bucket, slash, key = arn.resource.partition("/")
    if "*" not in bucket:
        yield f"other-{of}", bucket_arn(arn.partition, f"{bucket}-2{slash}{key}")
    if slash:
        yield f"narrow-{of}", bucket_arn(arn.partition, bucket)
    if wildcards and slash and key != "*":
        yield f"widen-{of}", bucket_arn(arn.partition, f"{bucket}/*")
    if wildcards and not slash and not bucket.endswith("*"):
        yield f"widen-{of}", f"{arn}*"


def _is_of_one_region(text: str) -> bool:
    """Tell whether a text names a KMS key by an id that no key of another Region has (M2)."""
    return ":key/" in text and ":key/mrk-" not in text


def _other_region(region: str) -> str:
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return next(each for each in reversed(known_regions(partition)) if each != region)
