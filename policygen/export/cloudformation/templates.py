"""From parts to templates: one an account and Region, with everything that CloudFormation wants in one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from policygen.errors import GenerationError, Place, Problem
from policygen.export.cloudformation import metadata, parameters
from policygen.export.cloudformation.model import NO_VALUE, Part, Schedule, template_path
from policygen.export.cloudformation.order import TemplateSet, template_set
from policygen.export.inventory import Target, must_exist
from policygen.generator.bundle import Bundle
from policygen.spec.model import Spec

QUOTAS = {"Parameters": 200, "Resources": 500, "Outputs": 200}
"""The most entries that a section of a template can have (Q26)."""

MOST_BYTES = 1_000_000
"""The largest template, in an S3 object; 51,200 bytes when it is passed in the call (Q27).

Unspecified: AWS says 1 MB; here a million bytes, the smaller reading.
"""

_QUOTAS_PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"


def cloudformation(spec: Spec, bundle: Bundle) -> dict[str, Any]:
    """Return the CloudFormation templates of a spec as JSON values, by path, in the order of deployment.

    The path is ``<account>/cloudformation/<region>.json``. The policies are those of ``bundle``, with references in
    the place of ARNs; the settings of buckets and keys are those of ``spec``. The same spec gives the same templates.

    Raises:
        GenerationError: PG-G006 for each template that CloudFormation would not take for its size, PG-G007 for what
            waits for itself.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
    """
    templates = template_set(spec, bundle)
    order = metadata.deployment_order(templates)
    found = {template_path(target): _template(templates, target, order) for target in templates.targets}
    problems = [problem for path, template in found.items() for problem in _too_large(path, template)]
    if problems:
        raise GenerationError(*problems)
    return found


def _template(templates: TemplateSet, target: Target, order: list[dict[str, Any]]) -> dict[str, Any]:
    own = templates.own_parts(target)
    told = {
        "Order": order,
        "MustExist": [*must_exist(templates.spec, templates.bundle, target)],
        "ByHand": metadata.by_hand(templates, target),
    }
    sections = {
        "Metadata": {"policygen": {name: value for name, value in told.items() if value}},
        "Parameters": parameters.parameters(templates, target),
        "Rules": parameters.rules(templates, target),
        "Conditions": parameters.conditions(templates, target),
        "Resources": dict(_resources(own, templates.order)),
        "Outputs": dict(_outputs(own, templates.order)),
    }
    head = {"AWSTemplateFormatVersion": "2010-09-09", "Description": metadata.description(target, templates.order)}
    return head | {name: section for name, section in sections.items() if section}


def _resources(parts: tuple[Part, ...], order: Schedule) -> Iterator[tuple[str, Any]]:
    """Yield the resources; a part that is a property goes into its resource."""
    properties = {part.id.name: part for part in parts if part.id.property}
    for part in parts:
        if not part.id.property:
            late = properties.get(part.id.name)
            yield part.id.name, _resource(part, order) if late is None else _with_property(part, late, order)


def _resource(part: Part, order: Schedule, **more: Any) -> dict[str, Any]:
    """Return a resource with its condition, and ``more`` attributes, before its properties."""
    condition = parameters.resource_condition(part, order.stages[part.id])
    found: dict[str, Any] = {"Type": part.value["Type"]}
    if condition:
        found["Condition"] = condition
    return found | more | part.value


def _with_property(part: Part, late: Part, order: Schedule) -> dict[str, Any]:
    """Return a resource with a property that may belong to a later stage than the resource.

    What comes first stands in ``DependsOn``, or, where it is not made at every stage of the resource, in a reference
    of the resource's metadata: ``DependsOn`` takes no conditions.

    Unspecified: AWS says that a reference makes its resource wait, and not that one in metadata does too. If it did
    not, the role's policy could come moments after the replication configuration, which S3 takes all the same.
    """
    first, stage = order.stages[part.id], order.stages[late.id]
    at = {name: order.stages[other] for name in late.after for other in late.uses.needs if other.name == name}
    always = [name for name in late.after if at[name] <= first]
    sometimes = [
        {"Fn::If": [parameters.stage_condition(at[name]), {"Ref": name}, NO_VALUE]}
        for name in late.after
        if at[name] > first
    ]
    more: dict[str, Any] = {"DependsOn": always} if always else {}
    if sometimes:
        more["Metadata"] = {"After": sometimes}
    found = _resource(part, order, **more)
    value = late.value if stage == first else {"Fn::If": [parameters.stage_condition(stage), late.value, NO_VALUE]}
    return found | {"Properties": found["Properties"] | {late.id.property: value}}


def _outputs(parts: tuple[Part, ...], order: Schedule) -> Iterator[tuple[str, Any]]:
    for part in parts:
        if part.output is not None:
            name, value = part.output
            stage = order.stages[part.id]
            yield name, ({"Condition": parameters.stage_condition(stage)} if stage > 1 else {}) | {"Value": value}


def _too_large(path: str, template: dict[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each quota of CloudFormation that a template exceeds (Q26, Q27)."""
    hint = "split the spec: fewer buckets, keys or replications for one account and Region"
    counts = [(len(template.get(section, ())), most, section.lower()) for section, most in QUOTAS.items()]
    counts.append((len(json.dumps(template, indent=4, ensure_ascii=False).encode()), MOST_BYTES, "bytes"))
    for count, most, unit in counts:
        if count > most:
            message = f"CloudFormation template of {count:,} {unit}, at most {most:,} are possible"
            yield Problem(code="PG-G006", message=message, place=Place(source=path), hint=hint, doc_url=_QUOTAS_PAGE)
