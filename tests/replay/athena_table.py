"""Athena's table of CloudTrail, as AWS's page defines it, with records in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

_TEXT = pa.string()


def _struct(**fields: Any) -> pa.DataType:
    return pa.struct([pa.field(name, kind) for name, kind in fields.items()])


def _texts(names: str) -> dict[str, pa.DataType]:
    return dict.fromkeys(names.split(), _TEXT)


IDENTITY = _struct(
    **_texts("type principalid arn accountid invokedby accesskeyid username"),
    onbehalfof=_struct(**_texts("userid identitystorearn")),
    sessioncontext=_struct(
        attributes=_struct(**_texts("mfaauthenticated creationdate")),
        sessionissuer=_struct(**_texts("type principalid arn accountid username")),
        ec2roledelivery=_TEXT,
        webidfederationdata=_struct(federatedprovider=_TEXT, attributes=pa.map_(_TEXT, _TEXT)),
    ),
)
SCHEMA = pa.schema(
    {
        "eventversion": _TEXT,
        "useridentity": IDENTITY,
        **_texts("eventtime eventsource eventname awsregion sourceipaddress useragent errorcode errormessage"),
        **_texts("requestparameters responseelements additionaleventdata requestid eventid"),
        "resources": pa.list_(_struct(**_texts("arn accountid type"))),
        **_texts("eventtype apiversion readonly recipientaccountid serviceeventdetails sharedeventid"),
        **_texts("vpcendpointid vpcendpointaccountid eventcategory"),
        "addendum": _struct(**_texts("reason updatedfields originalrequestid originaleventid")),
        **_texts("sessioncredentialfromconsole edgedevicedetails"),
        "tlsdetails": _struct(**_texts("tlsversion ciphersuite clientprovidedhostheader")),
        "timestamp": _TEXT,
    }
)
"""Source: https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html"""


def table_of(records: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The rows of records: what the table has no column for is lost, as in Athena."""
    rows = []
    for each in records:
        lowered = {name.lower(): value for name, value in each.items()}
        lowered["timestamp"] = str(each.get("eventTime"))[:10].replace("-", "/")
        rows.append({field.name: _value(lowered.get(field.name), field.type) for field in SCHEMA})
    return pa.Table.from_pylist(rows, SCHEMA)


def _value(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else json.dumps(value)
    if pa.types.is_list(kind):
        return [_value(each, kind.value_type) for each in value] if isinstance(value, list) else None
    if not isinstance(value, Mapping):
        return None
    if pa.types.is_map(kind):
        return list(value.items())
    lowered = {name.lower(): each for name, each in value.items()}
    return {field.name: _value(lowered.get(field.name), field.type) for field in kind}
