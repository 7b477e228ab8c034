"""Specs to draw, and documents to break."""

import json
from pathlib import Path

import policygen as pg

SAMPLES = Path(__file__).parents[2] / "samples"
ODD = "a\"b</script><img src=x onerror=hacked()>&`|#'{{7+7}}"
"""A name that is made to break out of whatever it is written into."""

_HEAD = 'version: 1\naccounts: {prod: "111122223333", backup: "444455556666", vault: "777788889999"}\n'
_KMS = 'encryption: {{sse: "aws:kms", key: {key}}}'


def load(folder, text):
    """Return the spec with a text."""
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return pg.load_spec(path)


def broken_documents(spec):
    """Return the spec's documents with the ViaService of one Allow in the wrong Region."""
    texts = {path: json.dumps(json.loads(document.to_json())) for path, document in pg.generate(spec).items()}
    path = "111122223333/iam/s3-replication/permissions-policy.json"
    return texts | {path: texts[path].replace("s3.us-west-1.amazonaws.com", "s3.us-west-3.amazonaws.com")}


def hostile_spec(folder):
    """Return a spec whose rule, prefix and tags are made to break out."""
    text = (SAMPLES / "mrk-replication/spec.yaml").read_text(encoding="utf-8")
    odd = ODD.replace("'", "''")
    assert "id: west" in text
    return load(folder, text.replace("id: west", f"id: '{odd}', prefix: '{odd}/', tags: {{'{odd}': '{odd}'}}"))


def _key(name, region, account="prod", more=""):
    return f"  {name}: {{type: single-region, account: {account}, region: {region}, id: {name}-0000-0000{more}}}\n"


def _bucket(name, region, key, account="prod"):
    kms = _KMS.format(key=key)
    return f"  {name}: {{name: bucket-{name}, account: {account}, region: {region}, {kms}}}\n"


def _replication(name, source, *destinations):
    rules = "".join(
        f"      - {{id: to-{each}, destination: {each}, priority: {number}}}\n"
        for number, each in enumerate(destinations, start=1)
    )
    return f"  {name}:\n    source: {source}\n    role: {{name: s3-replication-{name}}}\n    rules:\n{rules}"


def many_buckets(pairs):
    """Return a spec of many source buckets, each with a destination in another account, and one key a side."""
    text = _HEAD + "keys:\n" + _key("a", "us-east-1") + _key("b", "us-west-1", "backup") + "buckets:\n"
    for number in range(pairs):
        text += _bucket(f"source-{number:02}", "us-east-1", "a")
        text += _bucket(f"copy-{number:02}", "us-west-1", "b", "backup")
    pair = (_replication(f"team-{each:02}", f"source-{each:02}", f"copy-{each:02}") for each in range(pairs))
    return text + "replication:\n" + "".join(pair)


def _fan_out(destinations):
    text = _HEAD + "keys:\n" + _key("a", "us-east-1") + _key("b", "us-west-1") + "buckets:\n"
    text += _bucket("source", "us-east-1", "a")
    names = [f"copy-{number:02}" for number in range(destinations)]
    text += "".join(_bucket(name, "us-west-1", "b") for name in names)
    return text + "replication:\n" + _replication("out", "source", *names)


def _two_way():
    keys = "  data: {type: multi-region, account: prod, primary_region: us-east-1, "
    keys += "replica_regions: [us-west-2, eu-west-1], id: mrk-1234abcd12ab34cd56ef1234567890ab}\n" + _key(
        "sydney", "ap-southeast-2"
    )
    places = {"virginia": "us-east-1", "oregon": "us-west-2", "ireland": "eu-west-1", "sydney": "ap-southeast-2"}
    text = _HEAD + "keys:\n" + keys + "buckets:\n"
    text += "".join(_bucket(name, region, "sydney" if name == "sydney" else "data") for name, region in places.items())
    others = [name for name in places if name != "virginia"]
    text += "replication:\n" + _replication("out", "virginia", *others)
    return text + "".join(_replication(f"back-{name}", name, "virginia") for name in others)


def _three_accounts():
    keys = _key("a", "us-east-1") + _key("b", "us-west-1", "backup") + _key("c", "eu-west-1", "vault")
    text = _HEAD + "keys:\n" + keys + "buckets:\n" + _bucket("source", "us-east-1", "a")
    text += _bucket("copy", "us-west-1", "b", "backup") + _bucket("safe", "eu-west-1", "c", "vault")
    text += "replication:\n" + _replication("out", "source", "copy", "safe")
    return text + _replication("back", "copy", "source") + _replication("on", "safe", "copy")


def _one_region():
    text = _HEAD + "keys:\n" + _key("a", "us-east-1") + _key("b", "us-east-1") + "buckets:\n"
    text += _bucket("source", "us-east-1", "a") + _bucket("copy", "us-east-1", "b") + _bucket("copy2", "us-east-1", "b")
    return text + "replication:\n" + _replication("out", "source", "copy", "copy2")


def _long_names():
    key, source = "a-key-whose-name-says-more-than-a-box-can-hold", "source-" + "of-everything-" * 5
    text = _HEAD.replace("backup:", "an-account-with-a-long-name:") + "keys:\n" + _key("b", "us-west-1")
    text += f"  {key}: {{type: single-region, account: prod, region: us-east-1}}\nbuckets:\n"
    text += _bucket("copy", "us-west-1", "b") + _bucket(source, "us-east-1", key).replace("}}", ", bucket_key: mixed}}")
    text = text.replace(f"bucket-{source}", "n" * 63)
    return text + "replication:\n" + _replication("x", source, "copy").replace("s3-replication-x", "R" * 64)


def _no_replication():
    text = _HEAD + "keys:\n" + _key("a", "us-east-1") + "buckets:\n"
    return text + "".join(_bucket(f"alone-{number:02}", "us-east-1", "a") for number in range(50))


def _sample(path):
    """Return a sample's text with the policy files that it names found from anywhere."""
    return path.read_text(encoding="utf-8").replace("guardrails/", f"{path.parent}/guardrails/")


SPECS = {
    **{path.parent.name: _sample(path) for path in sorted(SAMPLES.glob("*/spec.yaml"))},
    "fifty buckets": many_buckets(25),
    "fan out": _fan_out(49),
    "two-way": _two_way(),
    "three accounts": _three_accounts(),
    "one Region": _one_region(),
    "long names": _long_names(),
    "no replication": _no_replication(),
}
