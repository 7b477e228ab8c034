"""The policies of a workload in Cedar's language, as far as the workloads need it."""

from __future__ import annotations

import json
from typing import Any

from tests.benchmarks.workloads import Document, Workload


def texts(workload: Workload) -> dict[str, str]:
    """Return a policy set for each role: its identity-based policies, and every Deny of SCPs and resources.

    What Allows of SCPs and boundaries and key policies add is left out: in the workloads they allow everything.
    """
    limits = [each for level in workload.service_control for each in level]
    denies = [s for each in (*limits, *workload.resources.values()) for s in _statements(each) if s["Effect"] == "Deny"]
    return {
        role: "\n".join(_policy(s) for s in [*(s for d in attached.identity_based for s in _statements(d)), *denies])
        for role, attached in workload.roles.items()
    }


def _statements(document: Document) -> list[Document]:
    return _listed(document["Statement"])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _policy(statement: Document) -> str:
    effect = "permit" if statement["Effect"] == "Allow" else "forbid"
    asked = [_any_like("context.resource", _listed(statement["Resource"]))]
    if "NotAction" in statement:
        asked.append(f"!({_any_like('context.action', [a.lower() for a in _listed(statement['NotAction'])])})")
    else:
        asked.append(_any_like("context.action", [a.lower() for a in _listed(statement["Action"])]))
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            asked.append(_condition(operator, json.dumps(key.lower()), _listed(values)))
    return f"{effect}(principal, action, resource) when {{ {' && '.join(asked)} }};"


def _any_like(text: str, patterns: list[str]) -> str:
    return "(" + " || ".join(f"{text} like {json.dumps(each)}" for each in patterns) + ")"


def _condition(operator: str, key: str, values: list[str]) -> str:
    found = f"context[{key}]"
    if operator == "IpAddress":
        inside = " || ".join(f"ip({found}).isInRange(ip({json.dumps(value)}))" for value in values)
        return f"(context has {key} && ({inside}))"
    if operator == "StringNotEquals":
        return f"!(context has {key} && [{', '.join(map(json.dumps, values))}].contains({found}))"
    return f"(context has {key} && {_any_like(found, values)})"
