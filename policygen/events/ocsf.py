"""Records of Security Lake: the Open Cybersecurity Schema Framework (OCSF) back to CloudTrail's own JSON.

Fact: T12
Source: https://docs.aws.amazon.com/security-lake/latest/userguide/open-cybersecurity-schema-framework.html
Source: https://schema.ocsf.io/1.5.0/classes/api_activity
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

PATHS_OF_OCSF = (
    ("actor.user.type", "userIdentity.type"),
    ("actor.user.uid", "userIdentity.arn"),
    ("actor.user.uid_alt", "userIdentity.principalId"),
    ("actor.user.account.uid", "userIdentity.accountId"),
    ("actor.user.account_uid", "userIdentity.accountId"),
    ("actor.user.credential_uid", "userIdentity.accessKeyId"),
    ("actor.user.name", "userIdentity.userName"),
    ("actor.invoked_by", "userIdentity.invokedBy"),
    ("actor.session.issuer", "userIdentity.sessionContext.sessionIssuer.arn"),
    ("actor.session.created_time_dt", "userIdentity.sessionContext.attributes.creationDate"),
    ("actor.session.is_mfa", "userIdentity.sessionContext.attributes.mfaAuthenticated"),
    ("actor.session.mfa", "userIdentity.sessionContext.attributes.mfaAuthenticated"),
    ("api.operation", "eventName"),
    ("api.service.name", "eventSource"),
    ("api.version", "apiVersion"),
    ("api.request.uid", "requestID"),
    ("api.request.data", "requestParameters"),
    ("api.response.data", "responseElements"),
    ("api.response.error", "errorCode"),
    ("api.response.message", "errorMessage"),
    ("cloud.region", "awsRegion"),
    ("cloud.account.uid", "recipientAccountId"),
    ("http_request.user_agent", "userAgent"),
    ("metadata.uid", "eventID"),
    ("metadata.event_code", "eventType"),
    ("metadata.product.version", "eventVersion"),
    ("metadata.product.feature.name", "eventCategory"),
    ("src_endpoint.uid", "vpcEndpointId"),
    ("src_endpoint.ip", "sourceIPAddress"),
    ("src_endpoint.domain", "sourceIPAddress"),
    ("time_dt", "eventTime"),
)
"""Where OCSF 1.1 to 1.5 has what CloudTrail has; the first that is there counts."""

_AS_JSON = ("requestParameters", "responseElements", "additionalEventData", "tlsDetails", "eventContext")
_TIMES = ("eventTime", "userIdentity.sessionContext.attributes.creationDate")
_SECONDS = 1000


def is_ocsf(value: Mapping[str, Any]) -> bool:
    """Tell whether an object is a record of CloudTrail in OCSF."""
    return isinstance(value.get("api"), Mapping) and _at(value, "api.operation") is not None and "metadata" in value


def record_of_ocsf(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as CloudTrail's own JSON."""
    found: dict[str, Any] = {}
    for ocsf, path in PATHS_OF_OCSF:
        _put(found, path, _at(value, ocsf))
    if "eventTime" not in found:
        _put(found, "eventTime", value.get("time"))
    provider = _at(value, "actor.idp.name")
    is_session = _at(value, "actor.user.type") == "AssumedRole"
    where = "sessionContext.webIdFederationData.federatedProvider" if is_session else "identityProvider"
    _put(found, f"userIdentity.{where}", provider)
    for name, each in _unmapped(value.get("unmapped")):
        _put(found, name, each)
    listed = [_resource(each) for each in value.get("resources") or () if isinstance(each, Mapping)]
    if listed:
        found["resources"] = listed
    return found


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _put(found: dict[str, Any], path: str, value: Any) -> None:
    """Set a value where none is yet; texts of structures become the structures."""
    if value in (None, "", [], {}):
        return
    *outer, name = path.split(".")
    inner = found
    for each in outer:
        inner = inner.setdefault(each, {})
        if not isinstance(inner, dict):
            return
    inner.setdefault(name, _read(path, value))


def _read(path: str, value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if path in _TIMES:
        return _moment(value)
    if isinstance(value, str) and path.partition(".")[0] in _AS_JSON and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _moment(value: Any) -> Any:
    """Return a moment in UTC as CloudTrail writes it; OCSF has it in milliseconds, or with an offset."""
    try:
        if isinstance(value, (int, float)):
            moment = datetime.fromtimestamp(value / _SECONDS, UTC)
        else:
            moment = datetime.fromisoformat(str(value))
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return value
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _unmapped(stated: Any) -> Iterator[tuple[str, Any]]:
    """Yield what CloudTrail has and OCSF has not, by its path; in Parquet it is a list of pairs."""
    if isinstance(stated, Mapping):
        yield from ((str(name), value) for name, value in stated.items() if name != "resources")
    for each in stated if isinstance(stated, list) else ():
        if isinstance(each, (list, tuple)) and len(each) == 2 and each[0] != "resources":
            yield str(each[0]), each[1]


def _resource(value: Mapping[str, Any]) -> dict[str, Any]:
    account = _at(value, "owner.account.uid") or value.get("account_uid")
    parts = {"ARN": value.get("uid"), "accountId": account, "type": value.get("type")}
    return {name: part for name, part in parts.items() if part}
