"""Specs over the product of the options: every pair of choices stands in one of them."""

from __future__ import annotations

import json
import random
from itertools import combinations, product
from typing import Any

OPTIONS: dict[str, tuple[Any, ...]] = {
    "partition": ("aws", "aws-cn", "aws-us-gov"),
    "accounts": ("one", "two"),
    "destinations": (1, 2, 3),
    "both_ways": (False, True),
    "source_sse": ("aws:kms", "aws:kms:dsse", "AES256"),
    "replica_sse": ("aws:kms", "aws:kms:dsse", "AES256"),
    "source_bucket_key": (False, True, "mixed"),
    "replica_bucket_key": (False, True, "mixed"),
    "key_type": ("single-region", "multi-region"),
    "own_key": (False, True),
    "key_ids": ("known", "unknown"),
    "iam_policies": (True, False),
    "grantees": (False, True),
    "profile": ("minimal", "robust"),
    "source_objects": (
        None,
        ("sse-kms", "sse-s3"),
        ("sse-kms", "dsse-kms"),
        ("sse-kms", "unencrypted"),
        ("sse-c", "sse-s3"),
        ("unencrypted",),
    ),
    "encryption_context": ("auto", "both"),
    "object_lock": (False, True),
    "ownership": ("bucket-owner-enforced", "bucket-owner-preferred", "object-writer"),
    "owner_override": ("auto", "true", "false"),
    "prefix": ("", "logs/", "logs"),
    "tags": (0, 1, 2),
    "exclude": ("nothing", "prefixes", "tags", "both"),
    "delete_markers": (False, True),
    "replicate_tags": (False, True),
    "annotations": (False, True),
    "time_control": ("none", "metrics", "rtc"),
    "storage_class": (None, "STANDARD_IA"),
    "readers": (False, True),
    "enforce": ("none", "header-required", "key-required", "header-optional"),
    "tls": ("off", "on", "1.2", "1.3"),
    "guard_organization": (False, True),
    "guard_endpoints": (0, 1, 2),
    "role_path": ("/", "/service-role/"),
    "boundary": (False, True),
    "trust": (False, True),
    "existing": ("none", "copy", "batch", "batch-own-bucket"),
    "report_prefix": ("", "reports/"),
}
"""Name → choices."""

REGIONS = {
    "aws": ("us-east-1", "us-west-1", "eu-west-1", "ap-south-1"),
    "aws-cn": ("cn-north-1", "cn-northwest-1", "cn-northwest-1", "cn-north-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1", "us-gov-west-1", "us-gov-east-1"),
}
PROD, BACKUP = "111122223333", "444455556666"
Choices = dict[str, Any]


def matrix(count: int) -> list[Choices]:
    """Return at least ``count`` sets of choices that cover every pair of choices; the same ones on every run."""
    draw = random.Random(20261125)
    wanted = {
        ((first, a), (second, b))
        for first, second in combinations(OPTIONS, 2)
        for a, b in product(range(len(OPTIONS[first])), range(len(OPTIONS[second])))
    }
    rows: list[dict[str, int]] = []
    while wanted or len(rows) < count:
        row = {name: draw.randrange(len(choices)) for name, choices in OPTIONS.items()}
        if wanted:
            (first, a), (second, b) = min(wanted)
            row |= {first: a, second: b}
        wanted -= set(combinations(row.items(), 2))
        rows.append(row)
    return [{name: OPTIONS[name][number] for name, number in row.items()} for row in rows]


def name_of(choices: Choices) -> str:
    """Return a short name: the choices that are not the first of their option."""
    return ",".join(f"{name}={value}" for name, value in choices.items() if value != OPTIONS[name][0])


def spec_of(choices: Choices) -> str:
    """Return the spec that makes the choices, as JSON text; choices that exclude each other give way to a spec."""
    spec: dict[str, Any] = {
        "version": 1,
        "partition": choices["partition"],
        "accounts": {"prod": PROD, "backup": BACKUP},
        "organization": {"id": "o-a1b2c3d4e5"},
        "deployer": "role/Deployer",
        "keys": _keys(choices),
        "buckets": _buckets(choices),
        "replication": {"out": _replication(choices)},
    }
    if choices["both_ways"]:
        spec["replication"]["back"] = _way_back(choices)
    return json.dumps(spec)


def _other(choices: Choices) -> str:
    return "backup" if choices["accounts"] == "two" else "prod"


def _regions(choices: Choices) -> tuple[str, ...]:
    return REGIONS[choices["partition"]]


def _keys(choices: Choices) -> dict[str, Any]:
    people = {"administrators": ["role/KeyAdmin"], "users": ["role/App", "user/ann"]} if choices["grantees"] else {}
    common: dict[str, Any] = {"enable_iam_policies": choices["iam_policies"], **people}
    if not choices["iam_policies"]:
        common["administrators"] = ["role/KeyAdmin"]
    regions = _regions(choices)
    known = choices["key_ids"] == "known"
    found: dict[str, Any] = {}
    for number, region in enumerate(regions[: choices["destinations"] + 1]):
        account = "prod" if number == 0 else _other(choices)
        ident = {"id": f"1234abcd-12ab-34cd-56ef-00000000000{number}"} if known else {}
        found[f"key{number}"] = {"type": "single-region", "account": account, "region": region, **ident, **common}
    if _is_shared(choices):
        ident = {"id": "mrk-1234abcd12ab34cd56ef1234567890ab"} if known else {}
        replicas = list(dict.fromkeys(region for region in regions[1:] if region != regions[0]))
        found["key0"] = {
            "type": "multi-region",
            "account": "prod",
            "primary_region": regions[0],
            "replica_regions": replicas,
            **ident,
            **common,
        }
    return found


def _key_of(choices: Choices, number: int) -> str:
    return "key0" if _is_shared(choices) else f"key{number}"


def _is_shared(choices: Choices) -> bool:
    """Whether one multi-Region key is for all buckets."""
    return bool(choices["key_type"] == "multi-region" and choices["accounts"] == "one")


def _encryption(choices: Choices, side: str, number: int) -> dict[str, Any]:
    sse = choices[f"{side}_sse"]
    if sse == "AES256":
        return {"sse": sse}
    bucket_key = choices[f"{side}_bucket_key"] if sse == "aws:kms" else False
    found = {"sse": sse, "key": _key_of(choices, number), "bucket_key": bucket_key}
    return found | ({"enforce": choices["enforce"]} if side == "source" else {})


def _transport(choices: Choices) -> dict[str, Any]:
    if choices["tls"] in ("1.2", "1.3"):
        return {"tls_only": True, "minimum_tls_version": choices["tls"]}
    return {"tls_only": choices["tls"] == "on"}


def _guards(choices: Choices) -> dict[str, Any]:
    endpoints = ["vpce-0a1b2c3d", "vpce-0d3c2b1a"][: choices["guard_endpoints"]]
    return {"organization": choices["guard_organization"], "vpc_endpoints": endpoints, "except": ["role/Admin"]}


def _bucket(choices: Choices, name: str, account: str, region: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": f"{name}-bucket-name",
        "account": account,
        "region": region,
        "object_lock": choices["object_lock"],
        **_transport(choices),
        **more,
    }
    if choices["guard_organization"] or choices["guard_endpoints"]:
        found["guards"] = _guards(choices)
    return found


def _buckets(choices: Choices) -> dict[str, Any]:
    regions = _regions(choices)
    people: dict[str, Any] = {}
    if choices["readers"]:
        outside = f"arn:{choices['partition']}:iam::{BACKUP}:role/Auditor"
        people = {
            "readers": ["role/Analyst", {"principal": outside, "prefix": "logs/"}],
            "writers": [{"principal": "role/Writer", "prefix": "in/"}],
        }
    source = _bucket(
        choices, "source", "prod", regions[0], encryption=_encryption(choices, "source", 0), **people, **_open(choices)
    )
    found = {"source": source}
    for number in range(1, choices["destinations"] + 1):
        found[f"replica{number}"] = _bucket(
            choices,
            f"replica{number}",
            _other(choices),
            regions[number],
            object_ownership=choices["ownership"],
            encryption=_encryption(choices, "replica", number),
            **_open(choices),
        )
    if _manifest_bucket(choices) == "ops":
        found["ops"] = _bucket(choices, "ops", "prod", regions[0], encryption=_encryption(choices, "replica", 0))
        found["ops"]["object_lock"] = False
        if found["ops"]["encryption"].get("key"):
            found["ops"]["encryption"]["key"] = "key0"
    return found


def _open(choices: Choices) -> dict[str, Any]:
    """SSE-C objects need buckets that do not block them."""
    return {"blocked_encryption_types": []} if "sse-c" in _objects(choices) else {}


def _objects(choices: Choices) -> tuple[str, ...]:
    usual = {"aws:kms": "sse-kms", "aws:kms:dsse": "dsse-kms", "AES256": "sse-s3"}[choices["source_sse"]]
    given = choices["source_objects"]
    under_kms = given is not None and any(each.endswith("kms") for each in given)
    return (usual,) if given is None or (under_kms and choices["source_sse"] == "AES256") else given


def _rule(choices: Choices, number: int, destination: str, replica_key: str | None) -> dict[str, Any]:
    left_out = _exclude(choices)
    markers = choices["delete_markers"] and not choices["tags"] and "tags" not in left_out
    rule: dict[str, Any] = {
        "id": f"to-{destination}",
        "destination": destination,
        "priority": number,
        "prefix": choices["prefix"],
        "tags": dict(list({"team": "data", "env": "prod"}.items())[: choices["tags"]]),
        "exclude": left_out,
        "delete_markers": markers,
        "replicate_tags": choices["replicate_tags"],
        "replicate_annotations": choices["annotations"],
        "replication_time_control": choices["time_control"] == "rtc",
        "metrics": choices["time_control"] != "none",
        "owner_override": choices["owner_override"],
        "replica_modifications": choices["both_ways"],
        "storage_class": choices["storage_class"],
    }
    return rule | ({"replica_key": replica_key} if replica_key else {})


def _exclude(choices: Choices) -> dict[str, Any]:
    """The first leaves out the example that requests would name."""
    found = {"prefixes": [f"{choices['prefix']}{each}" for each in ("ex", "tmp/")], "tags": {"team": "dev"}}
    kinds = {"nothing": (), "both": tuple(found)}.get(choices["exclude"], (choices["exclude"],))
    return {kind: found[kind] for kind in kinds}


def _role(choices: Choices, name: str, account: str) -> dict[str, Any]:
    boundary = f"arn:{choices['partition']}:iam::{account}:policy/Boundary" if choices["boundary"] else None
    trust = {"source_account": choices["trust"], "source_arn": choices["trust"]}
    return {"name": name, "path": choices["role_path"], "permissions_boundary": boundary, "trust": trust}


def _replication(choices: Choices) -> dict[str, Any]:
    objects = _objects(choices)
    under_kms = any(each.endswith("kms") for each in objects)
    own = choices["own_key"] and _is_shared(choices) and choices["source_sse"] != "AES256"
    rules = [
        _rule(
            choices,
            number,
            f"replica{number}",
            "source-multi-region" if own and under_kms else _key_of(choices, number) if under_kms else None,
        )
        for number in range(1, choices["destinations"] + 1)
    ]
    found: dict[str, Any] = {
        "source": "source",
        "role": _role(choices, "s3-replication", PROD),
        "profile": choices["profile"],
        "source_objects": list(objects),
        "encryption_context": choices["encryption_context"],
        "rules": rules,
    }
    if choices["existing"] == "copy":
        found["existing_objects"] = "copy"
    elif choices["existing"] != "none":
        found |= {"existing_objects": "batch-replication", "batch": _batch(choices)}
    return found


def _manifest_bucket(choices: Choices) -> str | None:
    """The source takes a job's report only where it asks for no encryption header."""
    if choices["existing"] not in ("batch", "batch-own-bucket"):
        return None
    asks = choices["enforce"] in ("header-required", "key-required") and choices["source_sse"] != "AES256"
    return "ops" if asks or choices["existing"] == "batch" else "source"


def _batch(choices: Choices) -> dict[str, Any]:
    role = {name: value for name, value in _role(choices, "s3-batch", PROD).items() if name != "trust"}
    return {"role": role, "manifest_bucket": _manifest_bucket(choices), "report_prefix": choices["report_prefix"]}


def _way_back(choices: Choices) -> dict[str, Any]:
    """The first destination replicates back, with a role of its own account."""
    account = BACKUP if choices["accounts"] == "two" else PROD
    objects = ["sse-kms"] if choices["replica_sse"] == "aws:kms" else ["sse-s3"]
    key = _key_of(choices, 0) if objects == ["sse-kms"] else None
    rule = _rule(choices, 1, "source", key) | {"owner_override": "auto"}
    return {
        "source": "replica1",
        "role": _role(choices, "s3-replication-back", account),
        "profile": choices["profile"],
        "source_objects": objects,
        "rules": [rule],
    }
