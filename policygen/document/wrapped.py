"""Documents inside what AWS's API and the AWS CLI answer with: in one of a few members, a policy often as a text.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
"""

import json
from typing import Any

from policygen.document.model import PolicyDocument
from policygen.document.parse import parse_policy
from policygen.errors import DocumentError, Place, Problem
from policygen.source.json_text import parse_json
from policygen.source.nodes import Mapping, Node, Scalar, Sequence, plain

_AROUND = ("PolicyVersion", "Role")
_MEMBERS = (
    "Policy",
    "PolicyDocument",
    "AssumeRolePolicyDocument",
    "Document",
    "ReplicationConfiguration",
    "ServerSideEncryptionConfiguration",
    "PublicAccessBlockConfiguration",
    "OwnershipControls",
    "AbacStatus",
    "ObjectLockConfiguration",
    "KeyMetadata",
)
"""Members that hold a document: policies, a replication configuration, the settings of a bucket, what a key is."""


def unwrapped(root: Node) -> Node | str:
    """Return the document inside an answer: its node, or its text where it stands there as one.

    Whatever is not an answer comes back as it is.
    """
    return _inside(root)[1]


def _inside(root: Node) -> tuple[tuple[str, ...], Node | str]:
    """Return the names of the members in which the document stands, the outermost first, and the document."""
    if not isinstance(root, Mapping) or root.get("Statement") is not None:
        return (), root
    around = [((name,), child) for name in _AROUND if isinstance(child := root.get(name), Mapping)]
    for names, holder in (*around, ((), root)):
        for name in _MEMBERS:
            child = holder.get(name)
            if isinstance(child, Mapping):
                return (*names, name), child
            if isinstance(child, Scalar) and child.text.lstrip().startswith("{"):
                return (*names, name), child.text
    return (), root


def rewrapped(text: str, document: Any) -> str:
    """Return an answer with another document in it, as an object or as a text, as it was; indented as it was.

    A text that is no answer becomes the document.

    Raises:
        SourceError: PG-F006 to PG-F008 when it is not JSON.
    """
    root = parse_json(text.removeprefix("\ufeff"), "answer")
    names, inner = _inside(root)
    value: Any = json.dumps(document) if isinstance(inner, str) else document
    whole: Any = plain(root, typed=True) if names else value
    holder = whole
    for name in names[:-1]:
        holder = holder[name]
    if names:
        holder[names[-1]] = value
    indents = (len(line) - len(line.lstrip()) for line in text.splitlines())
    return json.dumps(whole, indent=next((each for each in indents if each), None), ensure_ascii=False) + "\n"


def read_unwrapped(text: str, source: str) -> tuple[str, Node]:
    """Return the document in a JSON text, out of an answer or as it is: its text and its nodes.

    A text that is the document itself comes back as it is, so that problems keep their lines.

    Raises:
        SourceError: PG-F006 to PG-F008 when it is not JSON.
    """
    text = text.removeprefix("\ufeff")
    root = parse_json(text, source)
    inner = unwrapped(root)
    if isinstance(inner, str):
        return inner, parse_json(inner, source)
    return (text if inner is root else json.dumps(plain(inner, typed=True))), inner


def parse_wrapped(text: str, source: str) -> PolicyDocument:
    """Return the policy in a JSON text, out of an answer or as it is.

    Raises:
        SourceError: PG-F006 to PG-F008 when it is not JSON.
        DocumentError: It is no policy.
    """
    return parse_policy(read_unwrapped(text, source)[0], source)


def read_grants(text: str, source: str) -> list[tuple[Any, Place]]:
    """Return the grants in a JSON text, each with its place: a list, or what ``aws kms list-grants`` prints.

    Raises:
        SourceError: PG-F006 to PG-F008 when it is not JSON.
        DocumentError: PG-D008 when it holds no list of grants.
    """
    root = parse_json(text.removeprefix("\ufeff"), source)
    grants = (root.get("Grants") or root) if isinstance(root, Mapping) else root
    if not isinstance(grants, Sequence):
        hint = 'save what `aws kms list-grants` prints: `{"Grants": [...]}`, or the list alone'
        raise DocumentError(Problem(code="PG-D008", message="not a list of grants", place=grants.place, hint=hint))
    return [(plain(each, typed=True), each.place) for each in grants.items]
