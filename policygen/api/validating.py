"""Validating what stands in files: documents, and the policies in plans, states, templates and answers of AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from policygen.api.given import text_of as json_text_of
from policygen.document import Document, names_a_file, parse_policy
from policygen.errors import Place, Problem, SourceError, check_argument
from policygen.evaluation.public_access import NetworkOrigin, read_network_origin
from policygen.lint import PolicyType, Validation, holds_document, validate_text
from policygen.reading import cloudformation
from policygen.reading.answers import records_in
from policygen.reading.cloudformation import is_template
from policygen.reading.documents import functions_in, open_end, text_of
from policygen.reading.opened import Opened, open_text
from policygen.reading.records import Found, Record, policies_in
from policygen.reading.shapes import load_shapes
from policygen.reading.terraform import is_plan, is_state


def validate(
    document: Document,
    policy_type: str | None = None,
    resource_type: str | None = None,
    *,
    source: str | None = None,
    network_origin: str | None = None,
) -> Validation:
    """Tell whether AWS would accept a document: findings as Access Analyzer's ValidatePolicy gives them.

    Args:
        document: A policy document or a replication configuration: JSON text, plain values, the path of a file, or a
            generated document; as it is, or inside what the AWS CLI prints.
        policy_type: ``identity``, ``resource``, ``trust``, ``scp``, ``rcp``, ``boundary``, ``session``,
            ``vpc-endpoint`` or ``replication-configuration``; guessed from the document when None.
        resource_type: For resource-based policies, CloudFormation's name: ``AWS::S3::Bucket``, ``AWS::KMS::Key`` …;
            guessed when None.
        source: The name that results use, for a document in memory.
        network_origin: For the policy of an access point, ``"VPC"`` or ``"Internet"``.

    Raises:
        SourceError: A file cannot be read.
        DocumentError: PG-D001 for a text that names a file, PG-D003 and PG-D004 for values that are no JSON.
        ArgumentError: PG-A001 for no document, PG-A002 for an unknown policy type or resource type.
        RequestError: PG-R008 for another network origin.
    """
    if isinstance(document, str) and source is None and names_a_file(document):
        parse_policy(document)  # refuses it, and says how to give a file
    check_argument("source", source, (str, type(None)), "give text")
    text, name = json_text_of(document, source or "policy")
    return validate_text(text, name, policy_type, resource_type, read_network_origin(network_origin))


def validate_file(
    text: str,
    source: str,
    policy_type: str | None = None,
    resource_type: str | None = None,
    network_origin: NetworkOrigin | None = None,
    *,
    parameters: Mapping[str, str] | None = None,
    searched: bool = False,
) -> list[Validation]:
    """Return what validation finds in a file: of the document that it is, or of each policy that stands in it.

    Args:
        text: The file.
        source: Its name.
        policy_type: As for :func:`policygen.validate`; it comes before what the file tells.
        resource_type: The same.
        network_origin: The same.
        parameters: Values for a template.
        searched: Whether the file lies in a folder that is searched: what holds nothing to validate is passed over.

    Raises:
        ArgumentError: PG-A002 for a policy type or resource type that is none.
    """
    opened = _opened(text, source)
    if opened is not None and _holds_several(opened, text):
        records = records_in(opened, load_shapes(), parameters or {}, stand_ins=cloudformation.stand_ins)
        pairs = [(record, found) for record in records for found in policies_in(record)]
        asked = (policy_type, resource_type, network_origin)
        broken = [
            _cannot_be_judged(
                source, Problem(code="PG-I002", message=each.value["message"], place=each.opened.place(each.pointer))
            )
            for each in records
            if each.kind == "broken"
        ]
        if pairs or broken:
            return [*broken, *(_inside(record, found, asked) for record, found in pairs), *_not_known(records)]
        if not searched and records:
            message = "there is no policy in it"
            return [_cannot_be_judged(source, Problem(code="PG-I001", message=message, place=Place(source=source)))]
    if searched and not (source.endswith(".json") and holds_document(text)):
        return []
    return [validate_text(text, source, policy_type, resource_type, network_origin)]


def _opened(text: str, source: str) -> Opened | None:
    try:
        return open_text(text, source)
    except SourceError:
        return None


def _holds_several(opened: Opened, text: str) -> bool:
    """Tell whether a file is more than a document, or one in what the AWS CLI wraps around it."""
    value = opened.value
    if is_plan(value) or is_state(value) or is_template(value) or opened.root is not None:
        return True
    return not holds_document(text) or not text.lstrip("\ufeff \t\r\n").startswith("{")


def _inside(record: Record, found: Found, asked: tuple[Any, ...]) -> Validation:
    """Validate a policy in a file, with its findings at the file's lines."""
    given = text_of(found.document)
    problems = tuple(open_end(record, found, *each) for each in functions_in(given))
    if problems:
        return replace(_cannot_be_judged(record.source, *problems), address=found.address)
    text = given if isinstance(given, str) else json.dumps(given, indent=4, ensure_ascii=False)
    policy_type, resource_type, origin = asked
    if policy_type is None and resource_type is None:
        policy_type, resource_type = found.policy_type, found.resource_type
    judged = validate_text(text, record.source, policy_type, resource_type, origin)
    inside = not isinstance(found.document, str)

    def at(place: Place) -> Place:
        there = record.opened.place(found.pointer + (place.pointer if inside else ""))
        return replace(there, pointer=place.pointer)

    return replace(
        judged,
        address=found.address,
        findings=tuple(replace(each, place=at(each.place)) for each in judged.findings),
        problems=tuple(each.at(at(each.place)) for each in judged.problems),
    )


def _not_known(records: list[Record]) -> Iterator[Validation]:
    """Yield what is said of policies that are known only once a plan is applied."""
    for record in records:
        if record.unknown:
            message = "the policy is known only once the plan is applied"
            problem = Problem(code="PG-I006", message=message, place=record.opened.place(record.pointer))
            yield replace(_cannot_be_judged(record.source, problem), address=record.address or "")


def _cannot_be_judged(source: str, *problems: Problem) -> Validation:
    return Validation(file=source, policy_type=PolicyType.IDENTITY, findings=(), problems=problems)
