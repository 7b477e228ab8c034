"""Records in the forms of tables: Athena's with structures as text and as such, Security Lake's; and as a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from policygen.events import record_of, record_of_ocsf, record_of_row
from policygen.replay.own import Own
from policygen.replay.parts import parts_in
from policygen.replay.sources import portions_of
from tests.replay.athena_table import table_of

Records = Sequence[Mapping[str, Any]]
_TEXT = pa.string()


def _struct(**fields: Any) -> pa.DataType:
    return pa.struct([pa.field(name, kind) for name, kind in fields.items()])


_UID, _NAMED = _struct(uid=_TEXT), _struct(name=_TEXT)
_USER = _struct(**dict.fromkeys(("type", "uid", "uid_alt", "name", "credential_uid"), _TEXT), account=_UID)
LAKE = pa.schema(
    {
        "metadata": _struct(uid=_TEXT, event_code=_TEXT, product=_struct(name=_TEXT, version=_TEXT)),
        "time": pa.int64(),
        "time_dt": pa.timestamp("us", "UTC"),
        "cloud": _struct(region=_TEXT, account=_UID, provider=_TEXT),
        "api": _struct(
            operation=_TEXT,
            service=_NAMED,
            request=_struct(uid=_TEXT, data=_TEXT),
            response=_struct(error=_TEXT, message=_TEXT, data=_TEXT),
        ),
        "actor": _struct(
            user=_USER,
            session=_struct(issuer=_TEXT, created_time_dt=pa.timestamp("us", "UTC"), is_mfa=pa.bool_()),
            invoked_by=_TEXT,
            idp=_NAMED,
        ),
        "http_request": _struct(user_agent=_TEXT),
        "src_endpoint": _struct(uid=_TEXT, ip=_TEXT, domain=_TEXT),
        "resources": pa.list_(_struct(uid=_TEXT, type=_TEXT, owner=_struct(account=_UID))),
        "unmapped": pa.map_(_TEXT, _TEXT),
    }
)
"""Columns of Security Lake's table of CloudTrail, those that are looked at and some that are not.

Source: https://docs.aws.amazon.com/security-lake/latest/userguide/open-cybersecurity-schema-framework.html
"""


def lake(records: Records) -> pa.Table:
    """Return records as rows of Security Lake."""
    return pa.Table.from_pylist([_lake_row(each) for each in records], schema=LAKE)


def _lake_row(record: Mapping[str, Any]) -> dict[str, Any]:
    def at(*path: str) -> Any:
        found: Any = record
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    def told(*path: str) -> str | None:
        found = at(*path)
        return found if isinstance(found, str) else None

    address, parameters = told("sourceIPAddress"), at("requestParameters")
    is_address = address is not None and address[:1].isdigit()
    unmapped = {
        "vpcEndpointAccountId": told("vpcEndpointAccountId"),
        "tlsDetails.tlsVersion": told("tlsDetails", "tlsVersion"),
        "userIdentity.sessionContext.sessionIssuer.userName": told(*_ISSUER, "userName"),
        **{f"additionalEventData.{name}": told("additionalEventData", name) for name in ("CipherSuite", "x-amz-id-2")},
    }
    return {
        "metadata": {"uid": told("eventID"), "event_code": told("eventType"), "product": {"name": "CloudTrail"}},
        "time_dt": _moment(told("eventTime")),
        "cloud": {"region": told("awsRegion"), "account": {"uid": told("recipientAccountId")}, "provider": "AWS"},
        "api": {
            "operation": told("eventName"),
            "service": {"name": told("eventSource")},
            "request": {"uid": "r", "data": None if parameters is None else json.dumps(parameters)},
            "response": {"error": told("errorCode"), "message": told("errorMessage"), "data": "{}"},
        },
        "actor": _actor(at, told),
        "http_request": {"user_agent": told("userAgent")},
        "src_endpoint": {
            "uid": told("vpcEndpointId"),
            "ip": address if is_address else None,
            "domain": None if is_address else address,
        },
        "resources": [_resource(each) for each in _listed(at("resources"))],
        "unmapped": [(name, value) for name, value in unmapped.items() if value is not None],
    }


_SESSION = ("userIdentity", "sessionContext")
_ISSUER = (*_SESSION, "sessionIssuer")


def _actor(at: Callable[..., Any], told: Callable[..., str | None]) -> dict[str, Any]:
    started = told(*_SESSION, "attributes", "creationDate")
    return {
        "user": {
            "type": told("userIdentity", "type"),
            "uid": told("userIdentity", "arn"),
            "uid_alt": told("userIdentity", "principalId"),
            "name": told("userIdentity", "userName"),
            "credential_uid": told("userIdentity", "accessKeyId"),
            "account": {"uid": told("userIdentity", "accountId")},
        },
        "session": {
            "issuer": told(*_ISSUER, "arn"),
            "created_time_dt": _moment(started),
            "is_mfa": {"true": True, "false": False}.get(str(at(*_SESSION, "attributes", "mfaAuthenticated"))),
        },
        "invoked_by": told("userIdentity", "invokedBy"),
    }


def _listed(value: Any) -> list[Any]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _resource(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"uid": value.get("ARN"), "type": value.get("type"), "owner": {"account": {"uid": value.get("accountId")}}}


def _moment(value: str | None) -> datetime | None:
    try:
        return None if value is None else datetime.fromisoformat(value)
    except ValueError:
        return None


def athena_texts(records: Records) -> pa.Table:
    """Return records as rows of Athena's table, all structures as texts of JSON."""
    names = dict.fromkeys(name for each in records for name in each)
    rows = [{name.lower(): _text(each.get(name)) for name in names} for each in records]
    return pa.Table.from_pylist(rows, schema=pa.schema([(name.lower(), _TEXT) for name in names]))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value)


def as_file(records: Records, fields: Sequence[str]) -> Own:
    """Return records as they are read from a file of CloudTrail."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "a.json").write_text(json.dumps({"Records": list(records)}), encoding="utf-8")
        problems: list[Any] = []
        (found,) = portions_of(parts_in([folder], problems.append), fields, problems.append)
    assert not problems
    assert isinstance(found, Own)
    return found


def plain(value: Any) -> Any:
    """Return a row as JSON has it: moments as text, maps as objects."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(each, tuple) for each in value):
            return dict(value)
        return [plain(each) for each in value]
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


FORMS: dict[str, tuple[Callable[[Records], pa.Table], Callable[[Any], Any]]] = {
    "athena, texts": (athena_texts, record_of),
    "athena, structures": (table_of, record_of_row),
    "security lake": (lake, record_of_ocsf),
}
"""How records become a table, and how a record is made of one of its rows."""
