"""``generate -o``: what it writes, what it takes away, what it leaves alone, what it refuses."""

import hashlib
import json
from pathlib import Path

import pytest

from policygen.api.specs import EXPORTS
from tests.cli.test_commands import SAMPLE, policygen, refused

ROLE = "111122223333/iam/s3-replication/trust-policy.json"


@pytest.fixture
def spec(tmp_path):
    """A copy of a sample's spec, and how to write it with another name of the role."""
    path = tmp_path / "spec.yaml"
    text = SAMPLE.read_text().partition("\nexpect:")[0]
    path.write_text(text)
    return path, lambda name: path.write_text(text.replace("{name: s3-replication}", f"{{name: {name}}}"))


def files_of(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_formats_share_a_folder(tmp_path, spec):
    """Each format keeps its own manifest, leaves the others' files and foreign ones alone, and verify finds its own."""
    path, _ = spec
    foreign = {"README.md": b"mine", ".DS_Store": b"\0", ".git/HEAD": b"x", "aws-cli/key-ids/data": b"1234abcd"}
    for name, content in foreign.items():
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_bytes(content)
    seen = dict(foreign)
    for form in ("json", *EXPORTS, "mermaid", "json"):
        assert policygen("generate", path, "-o", tmp_path / "out", "--format", form).returncode == 0
        found = files_of(tmp_path / "out")
        assert seen.items() <= found.items()
        seen = found
    manifests = {name for name in seen if name.startswith("manifest.")}
    assert manifests == {"manifest.json", *(f"manifest.{form}.json" for form in (*EXPORTS, "mermaid"))}
    assert policygen("verify", path, "--documents", tmp_path / "out").returncode == 0


def test_what_the_spec_no_longer_makes_is_taken_away(tmp_path, spec):
    """A file that an earlier run of the format wrote goes, with its empty folder, and that is said."""
    path, rename = spec
    out = tmp_path / "out"
    policygen("generate", path, "-o", out)
    policygen("generate", path, "-o", out, "--format", "aws-cli")
    rename("other")
    done = policygen("generate", path, "-o", out)
    assert f"removed {out / ROLE}: an earlier run wrote it, and the spec no longer makes it" in done.stderr
    assert (out / "111122223333/iam/other/trust-policy.json").is_file()
    assert not (out / ROLE).parent.exists()
    assert (out / "aws-cli" / ROLE).is_file()


def test_what_was_edited_and_is_no_longer_made_is_kept(tmp_path, spec):
    """An edited file that the spec no longer makes stops the run; with --force it is left."""
    path, rename = spec
    out = tmp_path / "out"
    policygen("generate", path, "-o", out)
    (out / ROLE).write_text("{}")
    rename("other")
    before = files_of(out)
    text = refused(policygen("generate", path, "-o", out))
    assert f"{ROLE}: PG-F012 was edited since it was generated, and the spec no longer makes it" in text
    assert files_of(out) == before
    assert policygen("generate", path, "-o", out, "--force").returncode == 0
    assert (out / ROLE).read_text() == "{}"


def test_a_foreign_file_in_the_way(tmp_path, spec):
    """A file that no run wrote is not overwritten: a document, or a manifest of something else."""
    path, _ = spec
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text('{"name": "my web page"}')
    (out / "where-to-paste.md").write_text("mine\n")
    text = refused(policygen("generate", path, "-o", out))
    message = "PG-F012 is there already, and no earlier run of this format wrote it"
    assert f"manifest.json: {message}" in text
    assert f"where-to-paste.md: {message}" in text
    assert "-mine" in text


def test_a_part_that_was_written_is_known_later(tmp_path, spec):
    """What --only wrote is in the manifest, beside what earlier runs wrote: a later run may replace it."""
    path, rename = spec
    out = tmp_path / "out"
    policygen("generate", path, "-o", out, "--only", "trust-policy.json")
    assert [each["path"] for each in json.loads((out / "manifest.json").read_text())["documents"]] == [ROLE]
    policygen("generate", path, "-o", out, "--only", "*/s3/*")
    assert len(json.loads((out / "manifest.json").read_text())["documents"]) == 12
    rename("other")
    assert policygen("generate", path, "-o", out).returncode == 0
    assert not (out / ROLE).exists()


def test_a_manifest_that_points_outside(tmp_path, spec):
    """Nothing outside the folder is taken away, whatever a manifest says."""
    path, _ = spec
    out = tmp_path / "out"
    policygen("generate", path, "-o", out)
    (tmp_path / "precious").write_text("x")
    manifest = json.loads((out / "manifest.json").read_text())
    digest = hashlib.sha256(b"x").hexdigest()
    manifest["pages"] += [{"path": name, "sha256": digest} for name in ("../precious", str(tmp_path / "precious"))]
    (out / "manifest.json").write_text(json.dumps(manifest))
    assert policygen("generate", path, "-o", out).returncode == 0
    assert (tmp_path / "precious").read_text() == "x"


def test_what_a_killed_run_left(tmp_path, spec):
    """A run that was killed while it moved its files is taken for an earlier one: its manifest says what it wrote.

    What another format left stays for its own next run, and nothing that only looks like it is taken away.
    """
    path, rename = spec
    out = tmp_path / "out"
    rename("other")
    policygen("generate", path, "-o", out)
    policygen("generate", path, "-o", out, "--format", "terraform")
    (out / "manifest.json").rename(out / ".policygen-0a1b2c3d")
    (out / "manifest.terraform.json").rename(out / ".policygen-1a2b3c4d")
    (out / "111122223333" / "s3" / ".policygen-2a3b4c5d").write_text("{")
    (out / ".policygen-mine.txt").write_text("mine")
    rename("s3-replication")
    done = policygen("generate", path, "-o", out)
    assert done.returncode == 0, done.stderr
    assert not (out / "111122223333" / "iam" / "other").exists()
    assert sorted(each.name for each in out.rglob(".policygen-*")) == [".policygen-1a2b3c4d", ".policygen-mine.txt"]
    assert policygen("generate", path, "-o", out, "--format", "terraform").returncode == 0
    assert [each.name for each in out.rglob(".policygen-*")] == [".policygen-mine.txt"]


def test_a_rule_that_never_applies_is_told(tmp_path):
    """generate warns of a rule that is behind another one, on standard error; --quiet does without."""
    rules = (
        "      - {id: all, destination: b, priority: 2}\n      - {id: some, destination: b, prefix: x/, priority: 1}\n"
    )
    buckets = "  a: {name: bucket-a, region: eu-west-1}\n  b: {name: bucket-b, region: eu-west-1}\n"
    head = f'version: 1\naccounts: {{main: "111122223333"}}\nbuckets:\n{buckets}'
    role = "    role: {name: rep}\n    source_objects: [sse-s3]\n"
    (tmp_path / "spec.yaml").write_text(f"{head}replication:\n  n:\n    source: a\n{role}    rules:\n{rules}")
    assert policygen("generate", tmp_path / "spec.yaml").stderr == (
        "warning: rule `some` of `n` never applies and gets no rights: every object that it covers follows `all`, "
        "which has a higher priority (R62)\n"
    )
    assert policygen("generate", tmp_path / "spec.yaml", "--quiet").stderr == ""
