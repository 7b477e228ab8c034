"""Answers of AWS as people save them: under any name, in any folder, as JSON, YAML, a policy alone, an error's text.

Where an answer does not tell whose it is (GetBucketVersioning has no name inside) the path does, as people write it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from policygen.fetch.calls import dashed
from policygen.spec.model import Spec
from tests.reading.raw_answers import Answer, answers_of

_RANDOM_NAMES = (
    "out ({n}).json",
    "policy-{n}.txt",
    "New Text Document ({n}).txt",
    "a/b/untitled {n}.json",
    "{n}/x.json",
)
_NAMES_OF_A_THING = (
    "{about} ({n}).json",
    "{word} of {about}.txt",
    "from the console/{about}/out ({n}).json",
    "{about}.{word}.{n}.json",
    "{n} {word} {about}.txt",
)
_METADATA = {
    "RequestId": "59dbff89-35bd-4eac-99ed-be587EXAMPLE",
    "HTTPStatusCode": 200,
    "HTTPHeaders": {"server": "AmazonS3", "content-type": "application/json"},
    "RetryAttempts": 0,
}


def raw_outputs(
    spec: Spec, texts: Mapping[str, str], seed: int, *, fetched: bool = False, details: bool = False
) -> dict[str, str]:
    """Return files that tell of a set-up all that AWS tells of it.

    Args:
        spec: What is set up.
        texts: Its documents, laid out as `generate -o` does.
        seed: Decides names and forms.
        fetched: Whether they are laid out as `policygen fetch` lays them out.
        details: Whether identities come from GetAccountAuthorizationDetails.
    """
    answers = answers_of(spec, texts, seed, details=details)
    if fetched:
        return {_fetched_path(each): _as_printed(each) for each in answers}
    chance = random.Random(seed)
    chance.shuffle(answers)
    found: dict[str, str] = {}
    for number, answer in enumerate(answers, 1):
        text, suffix = _any_form(answer, chance)
        path = _any_path(answer, number, suffix, chance)
        found[f"{number}/{path}" if path in found else path] = text
    return found


def _fetched_path(answer: Answer) -> str:
    name = ".".join(each for each in (dashed(answer.operation), answer.more, "json") if each)
    return f"{answer.folder}/{name}"


def _as_printed(answer: Answer) -> str:
    if answer.code:
        return answer.error.lstrip()
    return json.dumps(answer.value, indent=4) + "\n"


def _any_path(answer: Answer, number: int, suffix: str, chance: random.Random) -> str:
    """Return a path: any, where the answer tells whose it is; one with its name, where it does not."""
    if answer.tells and chance.random() < 0.7:
        name = chance.choice(_RANDOM_NAMES).format(n=number)
    else:
        patterns = _NAMES_OF_A_THING if answer.value else _NAMES_OF_A_THING[1:2] + _NAMES_OF_A_THING[3:]
        about = " ".join(answer.about)
        name = chance.choice(patterns).format(n=number, about=about, word=dashed(answer.operation))
    return name.rpartition(".")[0] + suffix if suffix else name


def _any_form(answer: Answer, chance: random.Random) -> tuple[str, str]:
    """Return an answer in one of the forms in which people have it, and the suffix that it needs."""
    if answer.code:
        return answer.error, chance.choice(("", ".txt", ".err"))
    if not answer.value:
        return "", ""
    forms: list[Callable[[Answer], tuple[str, str]]] = [_json, _json, _yaml, _boto3]
    if answer.operation == "GetKeyPolicy" or (answer.tells and answer.operation == "GetBucketPolicy"):
        forms.append(lambda each: (f"{each.value['Policy']}\n", ".json"))
    if answer.service == "iam":
        forms.append(_url_encoded)
    return chance.choice(forms)(answer)


def _json(answer: Answer) -> tuple[str, str]:
    return json.dumps(answer.value, indent=4) + "\n", ""


def _yaml(answer: Answer) -> tuple[str, str]:
    text: str = yaml.safe_dump(dict(answer.value), sort_keys=False, width=10_000)
    return text, ".yaml"


def _boto3(answer: Answer) -> tuple[str, str]:
    return json.dumps({"ResponseMetadata": _METADATA, **answer.value}), ""


_DOCUMENTS = ("AssumeRolePolicyDocument", "PolicyDocument", "Document")


def _url_encoded(answer: Answer) -> tuple[str, str]:
    """IAM's own API and some SDKs leave policies as they travel."""

    def encoded(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: quote(json.dumps(each)) if name in _DOCUMENTS and isinstance(each, dict) else encoded(each)
                for name, each in value.items()
            }
        return [encoded(each) for each in value] if isinstance(value, list) else value

    return json.dumps(encoded(dict(answer.value)), indent=4) + "\n", ""


def write_outputs(folder: Path, outputs: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for path, text in outputs.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
