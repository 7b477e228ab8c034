"""Opening files and folders: every file that can be read is, and everything that cannot is named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from policygen.errors import Place, PolicygenError, Problem, Severity, SourceError
from policygen.reading.answers import StandIns, records_in
from policygen.reading.opened import Opened, open_text
from policygen.reading.records import Record
from policygen.reading.shapes import Shapes, load_shapes
from policygen.reading.subjects import Subjects
from policygen.source.files import files_below, is_folder, is_of_tools, read_text

MOST_BYTES = 256 * 1024 * 1024
"""The largest file that is read: 256 MiB."""

_SUFFIXES = ("", ".json", ".yaml", ".yml", ".template", ".txt", ".out", ".err")
_SIGNS = ("Resources:", "AWSTemplateFormatVersion", '"Statement"', "Statement:", "An error occurred")
"""What files hold that are meant to be read: one that cannot be is named."""
_LOOKS_LIKE_AN_ANSWER = re.compile(r"\A\ufeff?\s*(?:[{\"\[]|%7[Bb])|^(?:- )?[A-Z][A-Za-z]+:(?:\s|\Z)", re.MULTILINE)
"""JSON, or YAML with a member as AWS names them."""
_OF_VERSIONING = re.compile(r"bucket[-_ ]?versioning[^/\\]*\Z", re.IGNORECASE)

_NO_ANSWER = {
    "NoSuchBucketPolicy": "resource-policy",
    "ServerSideEncryptionConfigurationNotFoundError": "encryption",
    "ReplicationConfigurationNotFoundError": "replication",
    "OwnershipControlsNotFoundError": "ownership",
    "NoSuchPublicAccessBlockConfiguration": "public-access-block",
    "ObjectLockConfigurationNotFoundError": "object-lock",
    "NoSuchTagSet": "tags",
    "NoSuchTagSetError": "tags",
    "ResourceNotFoundException": "resource-policy",
    "RepositoryPolicyNotFoundException": "resource-policy",
    "NoSuchEntity": "inline-policy",
    "NoSuchAccessPointPolicy": "resource-policy",
    "AWSOrganizationsNotInUseException": "organization",
}
"""Errors that mean "there is none", and of what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read.

    Attributes:
        records: Everything that was recognised.
        problems: What could not be read or used, errors and warnings; the rest was.
        files: The files in which something was recognised.
    """

    records: tuple[Record, ...]
    problems: tuple[Problem, ...] = ()
    files: tuple[str, ...] = field(default=(), repr=False)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that are no warnings."""
        return tuple(each for each in self.problems if each.severity is Severity.ERROR)


def read_paths(
    paths: Iterable[str | Path],
    *,
    parameters: Mapping[str, str] | None = None,
    shapes: str | Path | None = None,
    before: bool = False,
    stand_ins: StandIns | None = None,
) -> Reading:
    """Return what files and folders hold; ``-`` is standard input.

    Args:
        paths: Files, and folders that are searched.
        parameters: Values for templates, by parameter, pseudo parameter (``AWS::AccountId`` …) or logical id.
        shapes: A file of further shapes.
        before: Of plans, what is before them.
        stand_ins: Returns values of a template for what its deployment makes; those of ``parameters`` come before.

    Raises:
        SourceError: The file of shapes cannot be used.
    """
    known = load_shapes(None if shapes is None else read_text(shapes), str(shapes))
    reader = _Reader(known, parameters or {}, before=before, stand_ins=stand_ins)
    for path in paths:
        reader.path(path)
    return reader.reading()


def read_text_as(text: str, source: str, *, parameters: Mapping[str, str] | None = None) -> list[Record]:
    """Return what a text tells, of which nothing is looked up elsewhere; nothing where its shape is not known.

    Raises:
        SourceError: It is neither JSON nor YAML.
    """
    return records_in(open_text(text, source), load_shapes(), parameters or {})


def located(problems: Iterable[Problem], records: Iterable[Record]) -> list[Problem]:
    """Return problems, whose places are pointers into files, with lines and columns."""
    files = {each.source: each.opened for each in records}
    return [
        each.at(files[each.place.source].place(each.place.pointer))
        if each.place.line is None and each.place.source in files
        else each
        for each in problems
    ]


class _Reader:
    """Reads files one by one."""

    def __init__(
        self, shapes: Shapes, parameters: Mapping[str, str], *, before: bool, stand_ins: StandIns | None
    ) -> None:
        self._shapes = shapes
        self._parameters = parameters
        self._before = before
        self._stand_ins = stand_ins
        self._records: list[Record] = []
        self._problems: list[Problem] = []
        self._files: list[str] = []

    def reading(self) -> Reading:
        subjects = Subjects(self._records, self._parameters)
        records = subjects.all_placed(self._records)
        return Reading(
            records=records,
            problems=(*self._problems, *located(subjects.problems, records)),
            files=tuple(dict.fromkeys(self._files)),
        )

    def path(self, path: str | Path) -> None:
        try:
            if str(path) == "-" or not is_folder(path):
                self._file(path, wanted=True)
                return
        except SourceError as error:
            self._problems.extend(error.problems)
            return
        known = len(self._records)
        noted = len(self._problems)
        for each in files_below(
            path, lambda name: PurePath(name).suffix in _SUFFIXES, skipped=is_of_tools, problems=self._problems
        ):
            self._file(each, wanted=False)
        if len(self._records) == known and len(self._problems) == noted:
            message, hint = "nothing in this folder is of a shape that is known", "docs/accounts.md lists what is read"
            self._problem("PG-I001", message, Place(source=str(path)), hint)

    def _problem(self, code: str, message: str, place: Place, hint: str, severity: Severity = Severity.ERROR) -> None:
        self._problems.append(Problem(code=code, message=message, place=place, hint=hint, severity=severity))

    def _file(self, path: str | Path, *, wanted: bool) -> None:
        """Read a file; one that was not asked for by its own name is passed over where it is of no known shape."""
        name = str(path)
        try:
            text = read_text(path, max_bytes=MOST_BYTES)
        except SourceError as error:
            self._problems.extend(error.problems if wanted or PurePath(name).suffix else ())
            return
        meant = wanted or name.endswith(".json") or any(sign in text for sign in _SIGNS)
        opened = self._opened(text, name, meant=meant)
        if opened is None:
            self._tell_nothing(text, name, wanted=wanted)
            return
        found = records_in(
            opened, self._shapes, self._parameters, before=self._before, stand_ins=self._stand_ins
        ) or _never_versioned(opened)
        if not found and wanted:
            self._tell_unknown(opened)
        for each in found:
            self._records += self._checked(each)
        self._files += [name] if found else []

    def _tell_nothing(self, text: str, name: str, *, wanted: bool) -> None:
        """Say of a file that was asked for by its name that it is empty: the call that wrote it may have failed."""
        if wanted and not text.strip("\ufeff \t\r\n"):
            message, hint = "there is nothing in it", "save AWS's answer again, and look at what the call says"
            self._problem("PG-I001", message, Place(source=name), hint, Severity.WARNING)

    def _tell_unknown(self, opened: Opened) -> None:
        """Say of a file that was asked for by its name that nothing is read of it."""
        place = Place(source=opened.source)
        if isinstance(opened.value, dict) and "version" in opened.value:
            message = "nothing is read of a spec, or of an environment file among other files"
            hint = (
                "give an environment file alone, and of a spec the folder that `policygen generate SPEC -o DIR` writes"
            )
            self._problem("PG-I001", message, place, hint, Severity.WARNING)
        else:
            hint = "docs/accounts.md lists what is read; `--shapes` adds to it"
            self._problem("PG-I001", "this is of no shape that is known", place, hint)

    def _opened(self, text: str, name: str, *, meant: bool) -> Opened | None:
        """Return what stands in a text; None where it is nothing, or no answer and not meant to be read."""
        if not text.strip("\ufeff \t\r\n"):
            return Opened(name, text, {}) if _OF_VERSIONING.search(name) else None
        if not meant and not _LOOKS_LIKE_AN_ANSWER.search(text):
            return None
        try:
            return open_text(text, name)
        except PolicygenError as error:
            self._problems.extend(error.problems if meant else ())
            return None

    def _checked(self, record: Record) -> list[Record]:
        """Return a record, or what an error in its place means."""
        if record.kind == "broken":
            hint = "it is left out; the rest of the file is read"
            self._problem("PG-I002", record.value["message"], record.opened.place(record.pointer), hint)
            return []
        if record.kind != "error":
            return [record]
        code, message = str(record.value.get("code")), str(record.value.get("message") or "")
        if code in _NO_ANSWER:
            about = "bucket" if code.startswith("NoSuchBucket") or code == "NoSuchTagSet" else None
            shape = f"AWS's answer {code}"
            return [Record(kind=_NO_ANSWER[code], value={"none": True}, opened=record.opened, shape=shape, about=about)]
        place = Place(source=record.source, line=1, column=1)
        hint = "what it is about is not known; save the answer of a caller who may ask"
        self._problem("PG-I004", f"AWS answered {code}: {message}".rstrip(": "), place, hint, Severity.WARNING)
        return []


def _never_versioned(opened: Opened) -> list[Record]:
    """Return what GetBucketVersioning says where versioning was never enabled: nothing, so that the name must tell.

    Fact: R1
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
    """
    says_nothing = isinstance(opened.value, dict) and not opened.value.keys() - {"ResponseMetadata"}
    if not says_nothing or not _OF_VERSIONING.search(opened.source):
        return []
    return [Record(kind="versioning", value={"value": {}}, opened=opened, shape="aws s3api get-bucket-versioning")]
