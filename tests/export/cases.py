"""The specs that templates are tested with: samples and specs of this folder, each in the partitions."""

import json
import re
from pathlib import Path

from policygen.generator import generate_bundle
from policygen.spec.kinds import KeyType
from policygen.spec.load import load_spec_text
from tests.export.stacks import Cloud, Stack

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "samples"
TEXTS = {path.parent.name: path for path in sorted(SAMPLES.glob("*/spec.yaml"))} | {
    path.stem: path for path in sorted((HERE / "specs").glob("*.yaml"))
}
REGIONS = {
    "aws": {},
    "aws-cn": {"us-east-1": "cn-north-1", "us-west-1": "cn-northwest-1", "eu-west-1": "cn-north-1"},
    "aws-us-gov": {"us-east-1": "us-gov-east-1", "us-west-1": "us-gov-west-1", "eu-west-1": "us-gov-west-1"},
}
SMALL_PARTITIONS = [name for name in TEXTS if name != "every-setting"]  # its key has three Regions, they have two
CASES = [(name, partition) for partition in REGIONS for name in (TEXTS if partition == "aws" else SMALL_PARTITIONS)]

LINTED = [(name, "aws") for name in TEXTS] + [("cross-account", "aws-cn"), ("crossed-replicas", "aws-us-gov")]
LOOKED_UP = "1234abcd-12ab-34cd-56ef-00000000aaaa"
"""The id of AWS managed keys whose ids the spec does not know."""


def spec_of(name, partition="aws"):
    """Return a spec, as it would be written for a partition."""
    text = TEXTS[name].read_text(encoding="utf-8")
    if partition != "aws":
        text = text.replace("version: 1\n", f"version: 1\npartition: {partition}\n", 1)
        text = text.replace("arn:aws:", f"arn:{partition}:")
    for ours, theirs in REGIONS[partition].items():
        text = text.replace(ours, theirs)
    return load_spec_text(text, f"{name}.yaml", lambda path: (TEXTS[name].parent / path).read_text(encoding="utf-8"))


def deployed(spec, templates, *, make_keys, existing=()):
    """Deploy templates in their order into an empty cloud; return the cloud and its stacks.

    With ``make_keys`` also those keys are made whose ids the spec states; otherwise they exist already.
    """
    told = [template["Metadata"]["policygen"] for template in templates.values()]
    must_exist = [arn for each in told for arn in each.get("MustExist", [])]
    stated = [key for key in spec.keys if key.id is not None or key.type is KeyType.AWS_MANAGED]
    there = [key for key in stated if not make_keys or key.type is KeyType.AWS_MANAGED]
    arns = [key.arn(region).replace(f"KEY-ID-OF-{key.name}", LOOKED_UP) for key in there for region in key.regions]
    cloud = Cloud((*must_exist, *existing), arns)
    stacks = {path: Stack(cloud, path, template) for path, template in templates.items()}
    for step in told[0]["Order"]:
        path = re.search(r"--template-file (\S+)", step["Command"])[1]
        assert step["Account"] == path.split("/")[0]
        assert f"--region {stacks[path].region} " in step["Command"]
        stacks[path].deploy(_given(step, stacks, path, make_keys=make_keys))
    return cloud, stacks


def _given(step, stacks, path, *, make_keys):
    """Return the parameters of a step as somebody gives them who reads the step."""
    declared = stacks[path].template.get("Parameters", {})
    words = step["Command"].partition("--parameter-overrides ")[2].split()
    given = dict(word.split("=") for word in words)
    for name, source in step.get("Parameters", {}).items():
        output = re.search(r"output (\w+) of the stack of (\S+)", source)
        if output and (name in given or make_keys):
            given[name] = stacks[output[2]].outputs()[output[1]]
        elif name in given:
            given[name] = LOOKED_UP
    assert "VALUE" not in given.values()
    if make_keys:
        given |= {name: "true" for name in declared if name.startswith("Make")}
    return given


def documents_of(spec, cloud, stacks, names):
    """Return the generated documents with the ids that the keys have in the cloud in the place of the spec's."""
    texts = {path: document.to_json() for path, document in generate_bundle(spec).items()}
    for key in spec.keys:
        key_id = key.id or LOOKED_UP
        if key.type is not KeyType.AWS_MANAGED:
            key_id = stacks[f"{key.account}/cloudformation/{key.region}.json"].outputs()[names.key_id(key.name)]
        pattern = rf"(?<=:key/){re.escape(key.id_or_placeholder)}(?![A-Za-z0-9_.-])"
        texts = {path: re.sub(pattern, key_id, text) for path, text in texts.items()}
    return {path: json.loads(text) for path, text in texts.items()}
