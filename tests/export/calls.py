"""Running the script with a stand-in for the AWS CLI, and its calls in the words of the services' own models."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.model import OperationModel
from botocore.session import get_session

from policygen.export import inventory
from policygen.export.aws_cli import aws_cli
from policygen.export.cloudformation import deployment
from policygen.export.shell import context_of
from policygen.generator import Bundle, generate_bundle
from policygen.spec.model import Spec

FAKE = Path(__file__).parent / "fake_aws.sh"
OF_THE_CLI = ("--query", "--output")
"""Options that shape what is printed and are no parameters of the call."""

_SESSION = get_session()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as it was made.

    Attributes:
        account: Of the profile.
        files: What was handed over as ``file://``, by the name that the script used below its folders.
        status: 0 when the AWS CLI would have succeeded.
    """

    account: str
    region: str
    service: str
    command: str
    parameters: dict[str, Any]
    files: dict[str, str]
    status: int

    @property
    def operation(self) -> OperationModel:
        """The operation in the service's model."""
        return operation(self.service, self.command)


def operation(service: str, command: str) -> OperationModel:
    """Return the operation behind a subcommand."""
    model = _SESSION.get_service_model(service)
    names = {name.lower(): name for name in model.operation_names}
    return model.operation_model(names[command.replace("-", "")])


def write_script(spec: Spec, bundle: Bundle, folder: Path, form: str = "aws-cli") -> Path:
    """Write the script of a format and its documents; return the script."""
    for path, text in (aws_cli if form == "aws-cli" else deployment)(spec, bundle).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder / form / "deploy.sh"


def words_of(records: Path) -> list[list[str]]:
    """Return the recorded calls in order, as words."""
    folders = sorted((records / "calls").iterdir())
    return [(folder / "arguments").read_text(encoding="utf-8").split("\0")[:-1] for folder in folders]


def run(spec: Spec, script: Path, records: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script with the stand-in; profiles are named as the accounts are."""
    programs = records / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    shutil.copy(FAKE, programs / "aws").chmod(0o755)
    context = context_of(spec, Bundle(()))
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "FAKE_AWS": str(records),
        "FAKE_AWS_PRINCIPALS": " ".join(inventory.must_exist(spec, generate_bundle(spec))),
        "FAKE_AWS_KNOWN": " ".join(key.id for key in spec.keys if key.id is not None),
        "RETRY_SECONDS": "0",
        **{context.profile(account): account for account in context.regions},
        **variables,
    }
    command = ["bash", str(script), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=records)


def calls(records: Path) -> list[Call]:
    """Return the recorded calls in order."""
    return [_call(folder) for folder in sorted((records / "calls").iterdir())]


def _call(folder: Path) -> Call:
    words = (folder / "arguments").read_text(encoding="utf-8").split("\0")[:-1]
    assert (words[0], words[2]) == ("--profile", "--region"), words
    service, command, rest = words[4].replace("s3api", "s3"), words[5], words[6:]
    if command == "wait":
        assert rest[0] == "role-exists"
        command, rest = "get-role", rest[1:]
    files = {}
    for number, word in enumerate(words):
        if word.startswith("file://"):
            files[word] = (folder / f"file-{number}").read_text(encoding="utf-8")
    return Call(
        account=words[1],
        region=words[3],
        service=service,
        command=command,
        parameters=dict(parameters(operation(service, command), rest, files)),
        files=files,
        status=int((folder / "status").read_text(encoding="utf-8")),
    )


def parameters(model: OperationModel, words: list[str], files: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """Yield the parameters that options give, as the AWS CLI reads them."""
    names = {name.lower(): name for name in model.input_shape.members} if model.input_shape else {}
    rest = list(words)
    while rest:
        option = rest.pop(0)
        assert option.startswith("--"), words
        if option in OF_THE_CLI:
            rest.pop(0)
        elif option == "--cli-input-json":
            yield from json.loads(files[rest.pop(0)]).items()
        else:
            name = names[option.removeprefix("--").replace("-", "")]
            shape = model.input_shape.members[name]
            if shape.type_name == "boolean":
                yield name, True
            else:
                yield name, _value(shape.type_name, rest.pop(0), files)


def _value(kind: str, word: str, files: dict[str, str]) -> Any:
    text = files.get(word, word)
    if kind == "string":
        return text
    if word in files:
        return json.loads(text)
    name, _, value = text.partition("=")  # the short form of a structure of one member
    return {name: value}
