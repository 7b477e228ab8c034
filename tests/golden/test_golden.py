"""Golden files: what each sample generates, byte for byte, in three partitions.

The files of the partition ``aws`` are all there. Those of another partition are the same but for its name and Regions;
only files that differ in more (sizes, checksums) are there, too.
"""

from pathlib import Path

import pytest

from policygen.generator import generate_bundle
from policygen.spec.load import load_spec_text
from policygen.spec.model import Spec
from policygen.verification import documents_of_bundle, verify_spec

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "samples"
NAMES = sorted(path.parent.name for path in SAMPLES.glob("*/spec.yaml"))
REGIONS = {
    "aws": {},
    "aws-cn": {"us-east-1": "cn-north-1", "us-west-1": "cn-northwest-1", "eu-west-1": "cn-south-1"},
    "aws-us-gov": {"us-east-1": "us-gov-east-1", "us-west-1": "us-gov-west-1", "eu-west-1": "us-gov-central-1"},
}


def in_partition(text: str, partition: str) -> str:
    """Return a text as it would be written for another partition."""
    for ours, theirs in ({"arn:aws:": f"arn:{partition}:"} | REGIONS[partition]).items():
        text = text.replace(ours, theirs)
    return text


def spec_text(name: str, partition: str) -> str:
    """Return a sample's spec as it would be written for another partition."""
    text = (SAMPLES / name / "spec.yaml").read_text(encoding="utf-8")
    if partition != "aws":
        text = text.replace("version: 1\n", f"version: 1\npartition: {partition}\n", 1)
    return in_partition(text, partition)


def files_below(folder: Path) -> dict[str, str]:
    """Return the golden files by path."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def load(name: str, partition: str) -> Spec:
    """Return a sample's spec for a partition; the policy files that it names lie beside it."""
    return load_spec_text(
        spec_text(name, partition), "spec.yaml", lambda path: (SAMPLES / name / path).read_text(encoding="utf-8")
    )


def replaced(name: str, partition: str) -> dict[str, str]:
    """Return the files of a sample in the partition ``aws`` as they would be in another one."""
    files = {} if partition == "aws" else files_below(HERE / name / "aws")
    return {in_partition(path, partition): in_partition(text, partition) for path, text in files.items()}


@pytest.mark.parametrize("partition", REGIONS)
@pytest.mark.parametrize("name", NAMES)
def test_golden_files(name, partition, update_golden):
    """A sample generates exactly its golden files."""
    folder = HERE / name / partition
    texts = generate_bundle(load(name, partition)).texts()
    expected = replaced(name, partition)
    if update_golden:
        for path in (path for path in folder.rglob("*") if path.is_file()):
            path.unlink()
        for path, text in texts.items():
            if expected.get(path) != text:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text, encoding="utf-8")
    assert texts == expected | files_below(folder)


@pytest.mark.parametrize("partition", REGIONS)
@pytest.mark.parametrize("name", NAMES)
def test_samples_verify_in_every_partition(name, partition):
    """A sample verifies green in every partition."""
    spec = load(name, partition)
    documents = documents_of_bundle({path: each.value for path, each in generate_bundle(spec).items()})
    report = verify_spec(spec, documents, documents)
    assert [check.id for check in report.failures] == []


def test_the_same_spec_gives_the_same_bytes():
    """Generating twice gives the same bytes in the same order."""
    spec = load_spec_text(spec_text("cross-account", "aws"), "spec.yaml")
    assert list(generate_bundle(spec).texts().items()) == list(generate_bundle(spec).texts().items())
