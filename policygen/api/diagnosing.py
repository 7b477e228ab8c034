"""Diagnosing replication without a spec: it is inferred from what was read, and that is judged by it.

What was not read of settings and key policies is taken to be as it should be, or as AWS makes it, and said; a policy of
a bucket or role that was not read is one that does not exist, as ``verify`` has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policygen.api.given import check_path
from policygen.api.partly import left_out, pending, stand_in_words, usable
from policygen.api.spec_documents import ROLE_ANSWER, Placed, placed_documents
from policygen.api.specs import generated_documents
from policygen.api.verifying import report_on
from policygen.document import PolicyDocument
from policygen.document.write import thaw, to_json
from policygen.errors import DocumentError, Place, Problem, Severity, SpecError, check_argument

if TYPE_CHECKING:
    from policygen.inference import Diagnosed, DiagnosedReplication, Inferred, Known
    from policygen.reading import Reading, Record
    from policygen.spec.model import Spec
    from policygen.verification import Check, Documents, Edit, Report
    from policygen.verification.verify import Progress


def diagnose(
    *paths: str | Path,
    source: str | None = None,
    exact: bool = False,
    parameters: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Diagnosed:
    """Return whether the replications in what was read of AWS work, and why not.

    Args:
        paths: Files and folders with answers of AWS, whatever they are called.
        source: The name or ARN of the one source bucket that is asked about; None for all of them.
        exact: Whether it is asked as well whether more is allowed than is needed.
        parameters: Values for templates, by parameter, pseudo parameter (``AWS::AccountId`` …) or logical id; what a
            deployment makes up and is not among them has a stand-in, which is said to be assumed.
        progress: Called with (done, all) as the work goes on.

    Raises:
        DocumentError: Every file that cannot be read or used; PG-C001 where there is no replication to diagnose,
            PG-C002 and PG-C003 for one that cannot be.
    """
    from policygen.inference import Diagnosed

    for path in paths:
        check_path(path)
    check_argument("source", source, (str, type(None)), "give the name of a bucket")
    found, problems = diagnosed(paths, source=source, exact=exact, parameters=parameters, progress=progress)
    errors = [each for each in problems if each.severity is Severity.ERROR]
    if errors:
        raise DocumentError(*errors)
    return Diagnosed(replications=tuple(each.replication for each in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A replication that was diagnosed, with what is written of it.

    Attributes:
        replication: What is answered.
        inferred: The spec with its sources.
        texts: The documents that were judged, laid out as ``generate -o`` does.
        read: The paths of those that were read; the others are assumed.
        judged: The report on them, by those paths.
        refused: Why documents that were read could not be judged.
    """

    replication: DiagnosedReplication
    inferred: Inferred
    texts: Mapping[str, str]
    read: frozenset[str]
    judged: Report
    refused: tuple[Problem, ...] = ()

    def mended(self) -> dict[str, str]:
        """Return the documents that were read as the mends make them, and those that the mends make."""
        from policygen.verification import mended_texts

        made = mended_texts(self.texts, self.judged.mends)
        return {path: text for path, text in made.items() if path in self.read or text != self.texts.get(path)}


def diagnosed(
    paths: Iterable[str | Path],
    *,
    source: str | None = None,
    exact: bool = False,
    parameters: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> tuple[list[Case], list[Problem]]:
    """Return what could be diagnosed, and what could not be read or used, or may be a mistake.

    Raises:
        GenerationError: What is inferred cannot be generated.
    """
    from policygen.inference import Known, infer, with_sources
    from policygen.reading import cloudformation, read_paths

    read = read_paths(paths, parameters=parameters, stand_ins=cloudformation.stand_ins)
    reading = replace(read, records=with_sources(read.records, source))
    known = Known(reading.records)
    found: list[Case] = []
    inferred = infer(known, source)
    problems = [*_still(reading, read), *_unusable(known, inferred, source)]
    if not inferred and not any(each.severity is Severity.ERROR for each in problems):
        problems.append(_nothing(known, reading, source))
    stand_ins = tuple(stand_in_words(reading, parameters or {}))
    for each in inferred:
        try:
            found.append(_case(each, reading, exact=exact, progress=progress, stand_ins=stand_ins))
        except SpecError as error:
            problems += [_no_spec(each, problem) for problem in error.problems]
        except DocumentError as error:
            problems += error.problems
    return found, list(dict.fromkeys((*problems, *(problem for case in found for problem in case.refused))))


def _still(reading: Reading, read: Reading) -> list[Problem]:
    """Return the problems of reading, but for configurations of which it is known by now whose they are."""
    named = {
        (new.source, new.pointer) for new, old in zip(reading.records, read.records, strict=True) if new.of != old.of
    }
    return [
        each
        for each in reading.problems
        if each.code != "PG-I003" or (each.place.source, each.place.pointer) not in named
    ]


# --- judging ----------------------------------------------------------------------------------------------------------


def _case(
    inferred: Inferred, reading: Reading, *, exact: bool, progress: Progress | None, stand_ins: tuple[str, ...]
) -> Case:
    from policygen.inference import DiagnosedReplication, spec_text
    from policygen.report.verdict import answers
    from policygen.spec.load import load_spec_text
    from policygen.verification import read_documents

    spec = _with_organization(load_spec_text(spec_text(inferred), "inferred.json"), reading)
    generated = generated_documents(spec)
    placed, refused = usable(placed_documents(spec, reading.records))
    refused = (*refused, *pending(spec, reading.records))
    texts = {path: each.text(path) for path, each in placed.items()}
    texts |= _assumed(spec, generated, texts)
    documents = read_documents(texts)
    names = {f"{each.name}/" for each in spec.replication}

    def of_replication(check: Check) -> bool:
        return exact or check.request is None or any(check.id.startswith(name) for name in names)

    report = report_on(spec, documents, generated, kept=of_replication, works=not exact, progress=progress)
    files = _Files(placed, documents)
    told = replace(
        report,
        checks=tuple(map(files.check, report.checks)),
        mends=tuple(map(files.edit, report.mends)),
        documents=tuple(files.listed(each) for each in report.documents),
        documents_from=", ".join(_folders(reading)),
    )
    replication = DiagnosedReplication(
        sources=tuple(inferred.sources.values()),
        report=told,
        answers=answers(report),
        inferred=inferred.fields,
        assumed=(*stand_ins, *left_out(refused), *inferred.assumed),
        is_partial=bool(refused),
        spec=inferred.values,
        unread=inferred.unread,
        off=any(not each.enabled_rules for each in spec.replication),
    )
    return Case(
        replication=replication, inferred=inferred, texts=texts, read=frozenset(placed), judged=report, refused=refused
    )


def _with_organization(spec: Spec, reading: Reading) -> Spec:
    """Return the spec with the SCPs and RCPs that were read, account by account; none counts in the management account.

    A policy whose text was not read decides nothing here.

    Fact: E50, E52, E59
    """
    from policygen.reading import values_of
    from policygen.scenario import environment_of
    from policygen.spec.model import Control

    if spec.organization is None or not any(each.kind == "target-policy" for each in reading.records):
        return spec
    stated = values_of(reading)[0].get("organization", {})
    found = environment_of({"organization": stated})
    named = {bucket.account for bucket in spec.buckets} | {key.account for key in spec.keys}
    names = named - {stated.get("management_account")}
    accounts = tuple(
        (
            name,
            Control(service_control=_readable(each.service_control), resource_control=_readable(each.resource_control)),
        )
        for name, each in found.accounts.items()
        if name in names
    )
    return replace(spec, organization=replace(spec.organization, accounts=accounts))


def _readable(levels: Iterable[Iterable[Any]]) -> tuple[tuple[PolicyDocument, ...], ...]:
    """Return levels of policies; one with a policy that was not read is left out, for it may allow anything."""
    found = (tuple(level) for level in levels)
    return tuple(level for level in found if not any(each.unresolved for each in level))


def _folders(reading: Reading) -> list[str]:
    """Return the files, or of many the folder that they have in common."""
    import os.path

    files = list(reading.files)
    if len(files) < 2 or len({os.path.isabs(each) for each in files}) > 1:
        return files
    return [os.path.commonpath(files) or "."]


def _assumed(spec: Spec, generated: Documents, texts: Mapping[str, str]) -> dict[str, str]:
    """Return what takes the place of documents that were not read: settings, key policies, a trust policy."""
    from policygen.aws.arns import root_arn
    from policygen.spec.kinds import KeyType
    from policygen.spec.paths import DocumentKind, folder_of, key_path, role_path

    usual = {**generated.settings, **generated.configurations}
    found = {path: to_json(thaw(value)) for path, value in usual.items() if path not in texts}
    for key in spec.keys:
        for region in key.regions if key.type is not KeyType.AWS_MANAGED else ():
            path = key_path(key, region)
            root = {"AWS": root_arn(spec.partition, key.account)}
            statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
            default = {"Version": "2012-10-17", "Statement": [{"Sid": "Enable IAM User Permissions", **statement}]}
            found |= {} if path in texts else {path: to_json(default)}
    for replication in spec.replication:
        path = role_path(replication.role, DocumentKind.TRUST_POLICY)
        if path not in texts and f"{folder_of(path)}/{ROLE_ANSWER}" not in texts and path in generated.policies:
            found[path] = to_json(thaw(generated.policies[path].written))
    return found


# --- where it stands in the files that were read ----------------------------------------------------------------------


class _Files:
    """Names documents by the files in which they were read."""

    def __init__(self, placed: Mapping[str, Placed], documents: Documents) -> None:
        self._placed = dict(placed)
        self._documents = documents
        for path, file in documents.files.items():
            if file in placed:
                self._placed.setdefault(path, placed[file])

    def check(self, check: Check) -> Check:
        """Return a check with the file that was read, and its line there."""
        placed = self._placed.get(check.document or "")
        if placed is None or check.document is None:
            return replace(check, line=None, detail=self._with_names(check.detail))
        line = self._line(check.document, placed, check.statement, check.element)
        return replace(check, document=_name(placed), line=line, detail=self._with_names(check.detail))

    def _with_names(self, text: str | None) -> str | None:
        """Return a text that names documents by the files that were read."""
        for path, placed in self._placed.items() if text is not None and "/" in text else ():
            text = text.replace(path, _name(placed)) if text is not None else None
        return text

    def edit(self, edit: Edit) -> Edit:
        """Return an edit with the file that was read."""
        placed = self._placed.get(edit.document)
        if placed is None:
            return replace(edit, line=None)
        return replace(edit, document=_name(placed), line=self._line(edit.document, placed, edit.statement, None))

    def listed(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return a document of the list with the file that was read; None for what was assumed."""
        placed = self._placed.get(str(document["path"]))
        return {**document, "exists": placed is not None, "file": placed.record.source if placed is not None else None}

    def _line(self, path: str, placed: Placed, statement: str | None, element: str | None) -> int | None:
        below = _pointer(placed.value, statement, element)
        if path.endswith(f"/{ROLE_ANSWER}") and element is not None and element.startswith("Role/"):
            return placed.record.opened.place(placed.record.pointer).line
        return placed.record.opened.place(placed.pointer + below).line


def _name(placed: Placed) -> str:
    """Return how a document is called: its file, and in a file with more than one where it stands there."""
    record = placed.record
    whole = not any(part.isdecimal() for part in placed.pointer.split("/"))
    return record.source if whole else f"{record.source}#{placed.pointer}"


def _pointer(value: Any, statement: str | None, element: str | None) -> str:
    """Return the pointer of a statement or rule by its label, or of an element."""
    if isinstance(value, Mapping) and "Role" in value and "Rules" not in value:
        value = value["Role"].get("AssumeRolePolicyDocument")
    if statement is None:
        return f"/{element}" if element else ""
    for name in ("Statement", "Rules"):
        listed = value.get(name) if isinstance(value, Mapping) else None
        for number, each in enumerate(listed if isinstance(listed, list) else ()):
            labels = (f"#{number}", *((each.get("Sid"), each.get("ID")) if isinstance(each, Mapping) else ()))
            if statement in labels:
                return f"/{name}/{number}"
    return ""


# --- what cannot be diagnosed -----------------------------------------------------------------------------------------


def _unusable(known: Known, inferred: list[Inferred], source: str | None) -> list[Problem]:
    """Return a problem for each configuration that was asked about and cannot be used."""
    from policygen.inference import is_named

    judged = {name for each in inferred for name in each.sources.values()}
    found = []
    for each in known.configurations():
        bucket = each.record.of or ""
        if bucket.rpartition(":")[2] in judged or (source is not None and not is_named(bucket, source)):
            continue
        message = f"the replication configuration of `{bucket.rpartition(':')[2]}` names no role, or no destination"
        hint = (
            "it needs `Role`, the ARN of a role, and `Rules` with a `Destination` each, as get-bucket-replication says"
        )
        if each.record.unknown:
            message += " that is known before the plan is applied"
            hint = "apply the plan, and give what `terraform show -json` prints of the state"
        found.append(_problem("PG-C002", message, hint, each.record))
    return found


def _problem(code: str, message: str, hint: str, record: Record | None = None) -> Problem:
    place = record.opened.place(record.pointer) if record is not None else Place()
    return Problem(code=code, message=message, place=place, hint=hint)


def _nothing(known: Known, reading: Reading, source: str | None) -> Problem:
    """Return what was read, and which call tells of the replication that is asked about."""
    nameless = next((each for each in reading.records if each.kind == "replication" and each.of is None), None)
    if nameless is not None and "value" in nameless.value:
        message = "nothing tells of which bucket this replication configuration is"
        return _problem("PG-C001", message, "say it: `--source BUCKET`", nameless)
    buckets = [each.rpartition(":")[2] for each in known.buckets()]
    with_one = [(each.record.of or "").rpartition(":")[2] for each in known.configurations()]
    name = source.rpartition(":")[2] if source is not None else next(iter(buckets), "BUCKET")
    read = f"{len(reading.files)} file{'' if len(reading.files) == 1 else 's'}"
    tell = "tells" if len(reading.files) == 1 else "tell"
    what = f"{read} {tell} of {_several('bucket', buckets) if buckets else 'no bucket'}"
    if source is not None and with_one:
        message = f"no replication configuration of `{name}` was read"
        return _problem("PG-C001", message, f"there is one of {_several('bucket', with_one)}: --source {with_one[0]}")
    if known.shows_none("replication", f"arn:aws:s3:::{name}"):
        message = f"`{name}` has no replication configuration: that is what AWS answered"
        return _problem("PG-C001", message, "put one with `aws s3api put-bucket-replication`, or fetch another bucket")
    message = f"no replication configuration was read: {what}"
    hint = f"`policygen fetch bucket {name} -o DIR`, or `aws s3api get-bucket-replication --bucket {name}`, reads it"
    return _problem("PG-C001", message, hint)


def _several(what: str, names: list[str]) -> str:
    shown = ", ".join(f"`{each}`" for each in names[:6]) + (" …" if len(names) > 6 else "")
    return f"the {what}{'' if len(names) == 1 else 's'} {shown}"


def _no_spec(inferred: Inferred, problem: Problem) -> Problem:
    """Return why no spec can describe what was read."""
    names = ", ".join(inferred.sources.values())
    value = problem.place.pointer
    where = next((each.source for each in inferred.fields if value and _same_field(each.field, value)), "")
    message = f"the replication of `{names}` cannot be judged: {problem.message}" + (f" ({where})" if where else "")
    return Problem(code="PG-C003", message=message, hint=problem.hint, doc_url=problem.doc_url)


def _same_field(field: str, pointer: str) -> bool:
    return json.dumps(field.replace("[", ".").replace("]", "").split(".")) == json.dumps(pointer.strip("/").split("/"))
