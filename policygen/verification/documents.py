"""The documents under verification: generated, or read from files laid out as ``generate -o`` writes them.

Files may come from the AWS CLI: its wrappers are unwrapped. A missing file is a policy that does not exist, or a
setting that nothing shows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from policygen.document import PolicyDocument, parse_policy
from policygen.document.wrapped import read_unwrapped
from policygen.document.write import thaw, to_json
from policygen.errors import DocumentError, Place, PolicygenError, Problem
from policygen.source.json_text import parse_json
from policygen.source.nodes import Mapping as Members
from policygen.source.nodes import Node, Scalar, Sequence, plain
from policygen.spec.model import Key, Role
from policygen.spec.paths import DocumentKind, folder_of, key_path, kind_of, role_of

_POLICIES = (
    DocumentKind.BUCKET_POLICY,
    DocumentKind.KEY_POLICY,
    DocumentKind.KEY_POLICY_OF_RAM,
    DocumentKind.TRUST_POLICY,
    DocumentKind.PERMISSIONS_POLICY,
    DocumentKind.PERMISSIONS_BOUNDARY,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAnswer:
    """What ``aws iam get-role`` says of a role beside its trust policy.

    Attributes:
        document: The file's path.
        arn: The role's ARN, with its real path; None where the answer does not say.
        permissions_boundary: The ARN of its permissions boundary, or None.
    """

    document: str
    arn: str | None
    permissions_boundary: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Documents by path.

    Attributes:
        policies: Policy documents by path; each is named by its path.
        configurations: Replication configurations ``{Role, Rules}`` by path, as plain values.
        settings: Settings of buckets and batch jobs by path, as plain values.
        roles: What get-role says, by account and name of the role.
        files: The paths of files that are called otherwise than what stands in them, by the path where it belongs.
        nodes: Every document as it stands in its file, with lines; one that stands in a text is that text.
    """

    policies: Mapping[str, PolicyDocument]
    configurations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    roles: Mapping[tuple[str, str], RoleAnswer] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)

    def written(self) -> dict[str, Any]:
        """Return every document as it was written, by path, in the paths' order."""
        found: dict[str, Any] = {path: document.written for path, document in self.policies.items()}
        return dict(sorted((found | dict(self.configurations) | dict(self.settings)).items()))

    def key_policies(self, key: Key, region: str) -> tuple[PolicyDocument, ...]:
        """Return the policies of a key in one Region: its own, and the one that AWS RAM writes where it is shared.

        Fact: N11
        Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html
        """
        kinds = (DocumentKind.KEY_POLICY, DocumentKind.KEY_POLICY_OF_RAM)
        paths = (key_path(key, region, kind) for kind in kinds)
        return tuple(self.policies[path] for path in paths if path in self.policies)

    def identity_policies(self, role: Role) -> tuple[PolicyDocument, ...]:
        """Return every identity-based policy of a role: all files of its folder but trust policy and boundary."""
        return tuple(
            document
            for path, document in self.policies.items()
            if role_of(path) == (role.account, role.name) and kind_of(path) is DocumentKind.PERMISSIONS_POLICY
        )

    def line(self, path: str, statement: str | None, element: str | None) -> int | None:
        """Return the line of a statement or rule by its label, else of an element; None where it does not stand there.

        A policy that its file holds as a text stands in one line.
        """
        node = self.nodes.get(path)
        if statement is None:
            found = _deepest(node, element.split("/")) if element else None
            return found.place.line if found is not None else None
        if not isinstance(node, Members):
            return node.place.line if node is not None else None
        entry = entry_called(node, statement)
        return entry.place.line if entry is not None else None


def entry_called(document: Members, label: str) -> Members | None:
    """Return the statement of a policy, or the rule of a configuration, with a label: Sid, ID or ``#index``."""
    listed = document.get("Statement") or document.get("Rules")
    entries = listed.items if isinstance(listed, Sequence) else (listed,)
    named = (each for number, each in enumerate(entries) if isinstance(each, Members) and _is(each, number, label))
    return next(named, None)


def _is(entry: Members, number: int, label: str) -> bool:
    """Tell whether an entry is the one with a label: its Sid or ID, or ``#index``."""
    names = (entry.get("Sid"), entry.get("ID"))
    return label in (f"#{number}", *(each.text for each in names if isinstance(each, Scalar)))


def _deepest(node: Node | None, parts: list[str]) -> Node | None:
    """Return the first of an element's parts that is there, followed as deep as it goes; None where none is."""
    found = None
    for part in parts:
        if isinstance(node, Members):
            node = node.get(part)
        elif isinstance(node, Sequence) and part.isdecimal():
            node = next(iter(node.items[int(part) : int(part) + 1]), None)
        else:
            break
        if node is None:
            break
        found = node
    return found


def read_documents(texts: Mapping[str, str], folder: str | None = None) -> Documents:
    """Return the documents in JSON texts by path.

    Files in which nothing is looked for (the manifest, foreign files) are passed over. So are empty ones, which is what
    the AWS CLI's output is where there is no such policy; an empty ``versioning.json`` is a bucket that was never
    versioned.

    Args:
        texts: The files.
        folder: The folder that problems name.

    Raises:
        DocumentError: With every problem of every file: PG-D001 to PG-D007, PG-V001 for a file that holds no JSON
            object.
    """
    reader = _Reader(texts)
    problems: list[Problem] = []
    for path, text in texts.items():
        if kind_of(path) in (None, DocumentKind.MANIFEST):
            continue
        try:
            reader.read(path, text)
        except PolicygenError as error:
            problems.extend(error.problems)
    if problems:
        raise DocumentError(*(_in_folder(each, folder, reader.documents()) for each in problems))
    return reader.documents()


def _in_folder(problem: Problem, folder: str | None, documents: Documents) -> Problem:
    """Return a problem with the file's whole path."""
    source = documents.files.get(problem.place.source, problem.place.source)
    above = f"{folder.rstrip('/')}/" if folder else ""
    return problem.at(replace(problem.place, source=above + source))


class _Reader:
    """Reads files one by one."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._policies: dict[str, PolicyDocument] = {}
        self._configurations: dict[str, Mapping[str, Any]] = {}
        self._settings: dict[str, Mapping[str, Any]] = {}
        self._roles: dict[tuple[str, str], RoleAnswer] = {}
        self._files: dict[str, str] = {}
        self._nodes: dict[str, Node] = {}

    def documents(self) -> Documents:
        return Documents(
            policies=self._policies,
            configurations=self._configurations,
            settings=self._settings,
            roles=self._roles,
            files=self._files,
            nodes=self._nodes,
        )

    def read(self, path: str, text: str) -> None:
        kind = kind_of(path)
        if _is_empty(text):
            self._settings |= {path: {}} if kind is DocumentKind.VERSIONING else {}
            return
        inner, node = read_unwrapped(text, path)
        value = plain(node, typed=True)
        if not isinstance(value, Mapping):
            place = Place(source=path, line=1, column=1)
            hint = "save the document, or what the AWS CLI prints for it"
            raise DocumentError(Problem(code="PG-V001", message="not a JSON object", place=place, hint=hint))
        text = text.removeprefix("\ufeff")
        outer = node if inner == text else parse_json(text, path)
        answer = _role_answer(outer, path) if role_of(path) is not None else None
        if answer is not None:
            self._roles[role_of(path) or ("", "")] = answer
            trust = f"{folder_of(path)}/{DocumentKind.TRUST_POLICY.file_name}"
            if trust != path and not _is_empty(self._texts.get(trust, "")):
                return  # the trust policy has a file of its own
            self._files |= {trust: path} if trust != path else {}
            path, kind = trust, DocumentKind.TRUST_POLICY
        if kind in _POLICIES:
            self._policies[path] = parse_policy(inner, path)
        else:
            (self._configurations if kind is DocumentKind.REPLICATION_CONFIGURATION else self._settings)[path] = value
        self._nodes[path] = _text_node(outer, inner) or node


def _is_empty(text: str) -> bool:
    return not text.strip("\ufeff \t\r\n")


def _text_node(node: Node, text: str) -> Node | None:
    """Return the node of a text that stands in a document; None where it stands there as an object."""
    if isinstance(node, Scalar):
        return node if node.text == text else None
    below = (each for _, each in node) if isinstance(node, Members) else node.items
    return next((found for each in below if (found := _text_node(each, text)) is not None), None)


def _role_answer(root: Node, path: str) -> RoleAnswer | None:
    """Return what get-role says; None where a file holds something else."""
    role = root.get("Role") if isinstance(root, Members) else None
    if not isinstance(role, Members) or role.get("AssumeRolePolicyDocument") is None:
        return None
    boundary = role.get("PermissionsBoundary")
    arn = boundary.get("PermissionsBoundaryArn") if isinstance(boundary, Members) else None
    return RoleAnswer(document=path, arn=_text(role.get("Arn")), permissions_boundary=_text(arn))


def _text(node: Node | None) -> str | None:
    return node.text if isinstance(node, Scalar) and node.text else None


def documents_of_bundle(values: Mapping[str, Any]) -> Documents:
    """Return generated documents: JSON values by path."""
    return read_documents({path: to_json(thaw(value)) for path, value in values.items()})


def check_any_expected(folder: str, found: Collection[str], expected: Collection[str]) -> None:
    """Refuse a folder that holds none of the files of a spec, nor anything beside where one of them belongs.

    Raises:
        DocumentError: PG-V002.
    """
    folders = {folder_of(each) for each in expected}
    if expected and not any(folder_of(each) in folders for each in found):
        message = f"none of the spec's documents is in the folder `{folder}`, such as `{min(expected)}`"
        hint = "give the folder that `generate -o` wrote, or one that is laid out like it"
        raise DocumentError(Problem(code="PG-V002", message=message, place=Place(source=folder), hint=hint))
