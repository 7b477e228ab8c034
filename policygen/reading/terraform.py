"""Terraform plans and states as ``terraform show -json`` prints them: their resources, before and after.

Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource of a plan or state.

    Attributes:
        address: Its address.
        type: Its type, such as ``aws_iam_role``.
        pointer: Where its values stand.
        values: Its values, or None where it is not there.
        unknown: What of its values is known only once the plan is applied: true, or a mapping of them.
        is_data: Whether it is read, not made.
        references: What its arguments refer to, by argument: addresses of other resources.
    """

    address: str
    type: str
    pointer: str
    values: dict[str, Any] | None
    unknown: Any = None
    is_data: bool = False


def is_plan(value: Any) -> bool:
    """Tell whether a JSON value is a Terraform plan."""
    return isinstance(value, dict) and isinstance(value.get("resource_changes"), list)


def is_state(value: Any) -> bool:
    """Tell whether a JSON value is a Terraform state."""
    root = value.get("values") if isinstance(value, dict) and "terraform_version" in value else None
    return isinstance(root, dict) and not is_plan(value)


def resources_of(value: dict[str, Any], *, before: bool = False) -> Iterator[Resource]:
    """Yield the resources of a plan or state, those of a plan as they will be, or as they are before it.

    What a plan only reads (data sources) stands in its prior state.
    """
    if not is_plan(value):
        yield from _of_module(_dict(value.get("values")).get("root_module"), "/values/root_module")
        return
    prior = _dict(_dict(_dict(value.get("prior_state")).get("values")).get("root_module"))
    read = (each for each in _of_module(prior, "/prior_state/values/root_module") if each.is_data)
    yield from read
    for number, change in enumerate(value["resource_changes"]):
        found = _change(change, number, before=before)
        if found is not None:
            yield found


def _change(change: Any, number: int, *, before: bool) -> Resource | None:
    entry, what = _dict(change), _dict(_dict(change).get("change"))
    address, kind = entry.get("address"), entry.get("type")
    side = "before" if before else "after"
    if not isinstance(address, str) or not isinstance(kind, str) or entry.get("mode") == "data":
        return None
    values = what.get(side)
    return Resource(
        address=address,
        type=kind,
        pointer=f"/resource_changes/{number}/change/{side}",
        values=values if isinstance(values, dict) else None,
        unknown=None if before else what.get("after_unknown"),
    )


def _of_module(module: Any, pointer: str) -> Iterator[Resource]:
    found = _dict(module)
    for number, resource in enumerate(_list(found.get("resources"))):
        entry = _dict(resource)
        address, kind, values = entry.get("address"), entry.get("type"), entry.get("values")
        if isinstance(address, str) and isinstance(kind, str):
            yield Resource(
                address=address,
                type=kind,
                pointer=f"{pointer}/resources/{number}/values",
                values=values if isinstance(values, dict) else None,
                is_data=entry.get("mode") == "data",
            )
    for number, child in enumerate(_list(found.get("child_modules"))):
        yield from _of_module(child, f"{pointer}/child_modules/{number}")


def references_of(value: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Return what the arguments of a plan's resources refer to: addresses by address and argument.

    So a policy is linked to a bucket whose name is known only once the plan is applied.
    """
    found: dict[tuple[str, str], str] = {}
    _references(_dict(_dict(value.get("configuration")).get("root_module")), "", found)
    return found


def _references(module: dict[str, Any], prefix: str, found: dict[tuple[str, str], str]) -> None:
    for resource in _list(module.get("resources")):
        entry = _dict(resource)
        for argument, expression in _dict(entry.get("expressions")).items():
            named = [each for each in _list(_dict(expression).get("references")) if isinstance(each, str)]
            if named and isinstance(entry.get("address"), str):
                found[prefix + entry["address"], argument] = prefix + min(named, key=len)
    for name, call in _dict(module.get("module_calls")).items():
        _references(_dict(_dict(call).get("module")), f"{prefix}module.{name}.", found)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
