"""``policygen.toml``: which findings are accepted, where, with which reason; and when that is out of date."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

import policygen as pg
from policygen.ignoring import load_settings
from tests.command import ROOT, policygen

BAD = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*"}]}'
GOOD = BAD.replace("Objct", "Object")


def entry(code="INVALID_ACTION", path="**", reason="it is known"):
    """Return an entry of policygen.toml."""
    return f'[[ignore]]\ncode = "{code}"\npath = "{path}"\nreason = "{reason}"\n'


def written(folder, *entries, **files):
    """Write policygen.toml and files, called by their names without .json."""
    (folder / "policygen.toml").write_text("".join(entries), encoding="utf-8")
    for name, text in files.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def problems(folder, text):
    """Return how the problems of a policygen.toml read."""
    (folder / "policygen.toml").write_text(text, encoding="utf-8")
    with pytest.raises(pg.SourceError) as caught:
        load_settings(folder)
    return [f"{each.place} {each.code} {each.message} | {each.hint}" for each in caught.value.problems]


# The file


def test_it_is_found_above(tmp_path):
    """The nearest one counts; paths are below the folder in which it lies."""
    written(tmp_path, entry(path="a/b/*.json"))
    (tmp_path / "a/b/c").mkdir(parents=True)
    found = load_settings(tmp_path / "a/b/c")
    assert (found.folder, [each.path for each in found.ignores]) == (tmp_path, ["a/b/*.json"])
    assert found.ignores[0].place.source == str(tmp_path / "policygen.toml")
    written(tmp_path / "a/b", entry(code="F4"))
    assert [each.code for each in load_settings(tmp_path / "a/b/c").ignores] == ["F4"]


def test_without_one_nothing_is_ignored(tmp_path):
    """A project has none as a rule; an empty one says nothing."""
    (tmp_path / "policygen.toml").write_text("")
    assert load_settings(tmp_path).ignores == ()


def test_every_problem_of_the_file_is_named_with_its_place(tmp_path):
    """Unknown and missing keys, wrong types, codes that do not exist or cannot be ignored: all at once."""
    text = (
        'igonre = 1\n\n[[ignore]]\ncode = "INVALID_ACTIN"\npth = "a"\nreason = 3\n\n'
        '[[ignore]]\ncode = "PG-S005"\npath = "a"\nreason = " "\n\n[[ignore]]\ncode = "R52"\npath = "a"\nreason = "b"\n'
    )
    missing = 'write it below `[[ignore]]`, for example `path = "policies/**/*.json"`'
    reason = '`reason` needs a text | for example `reason = "newer than the catalogue"`'
    able = "codes of `validate`, of `verify` (F1 to F27, PG-V003 to PG-V007) and of warnings can"
    assert problems(tmp_path, text) == [
        "policygen.toml /igonre PG-F016 unknown key `igonre` | did you mean `ignore`?",
        "policygen.toml:3:1 /ignore/0/pth PG-F016 unknown key `pth` | did you mean `path`?",
        f"policygen.toml:3:1 /ignore/0 PG-F016 `path` is missing | {missing}",
        f"policygen.toml:3:1 /ignore/0/reason PG-F016 {reason}",
        "policygen.toml:3:1 /ignore/0/code PG-F016 there is no code `INVALID_ACTIN` | did you mean `INVALID_ACTION`?",
        f"policygen.toml:8:1 /ignore/1/reason PG-F016 {reason}",
        f"policygen.toml:8:1 /ignore/1/code PG-F016 `PG-S005` cannot be ignored | {able}",
        f"policygen.toml:13:1 /ignore/2/code PG-F016 `R52` cannot be ignored | {able}",
    ]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("[[ignore]\n", "policygen.toml:1:9", "not TOML: expected ']]' at the end of an array declaration"),
        ("a = ", "policygen.toml", "not TOML: invalid value"),
        ("ignore = 3", "policygen.toml /ignore", "`ignore` needs entries"),
        ("ignore = [3]", "policygen.toml /ignore", "`ignore` needs entries"),
        ('[ignore]\ncode = "F4"', "policygen.toml /ignore", "`ignore` needs entries"),
    ],
)
def test_what_is_no_such_file(tmp_path, text, place, message):
    """It is said what an entry looks like."""
    (line,) = problems(tmp_path, text)
    hint = 'an entry is `[[ignore]]` and below it `code`, `path` and `reason`, each `name = "text"`'
    assert line == f"{place} PG-F016 {message} | {hint}"


def test_a_file_that_cannot_be_used_ends_the_run(tmp_path):
    """Nothing is judged: what it would silence is not known."""
    written(tmp_path, "[[ignore]]\n", bad=BAD)
    for command in (("validate", "bad.json"), ("test", "."), ("verify", "spec.yaml")):
        done = policygen(*command, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (3, "")
        assert "PG-F016 `code` is missing" in done.stderr


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("a.json", "a.json", True),
        ("./a.json", "a.json", True),
        ("a.json", "b/a.json", False),
        ("*.json", "a.json", True),
        ("*.json", "b/a.json", False),
        ("**/*.json", "a.json", True),
        ("**/*.json", "b/c/a.json", True),
        ("b/**", "b/c/a.json", True),
        ("b/", "b/c/a.json", True),
        ("b/", "bc/a.json", False),
        ("b", "b/a.json", False),
        ("?.json", "a.json", True),
        ("?.json", "aa.json", False),
        ("a+[b].json", "a+[b].json", True),
    ],
)
def test_patterns_of_paths(tmp_path, pattern, path, matches):
    """``*`` and ``?`` stay within a name, ``**`` and a slash at the end go over folders; the rest is what it is."""
    written(tmp_path, entry(path=pattern))
    (found,) = load_settings(tmp_path).ignores
    assert found.matches(path) is matches


# validate


def test_an_ignored_error_is_counted_and_does_not_fail(tmp_path):
    """The finding is gone from the text, the document valid, the exit status 0; the last line counts it."""
    written(tmp_path, entry(path="bad.json"), bad=BAD)
    assert policygen("validate", "bad.json", cwd=tmp_path).stdout == (
        "bad.json: valid (identity, by its looks)\n1 file: 1 valid, 1 ignored\n"
    )
    assert policygen("validate", tmp_path / "bad.json", cwd=tmp_path).returncode == 0
    (tmp_path / "policygen.toml").unlink()
    assert policygen("validate", "bad.json", cwd=tmp_path).returncode == 1


def test_what_was_ignored_stands_in_json_with_its_reason(tmp_path):
    """Under `ignored`, which is not there where nothing was."""
    written(tmp_path, entry(path="bad.json"), bad=BAD, good=GOOD)
    value = json.loads(policygen("validate", "bad.json", "--format", "json", cwd=tmp_path).stdout)
    assert value["files"] == [{"file": "bad.json", "policy_type": "identity", "valid": True, "findings": []}]
    (ignored,) = value["ignored"]
    assert (ignored["code"], ignored["source"], ignored["line"], ignored["reason"]) == (
        "INVALID_ACTION",
        "bad.json",
        1,
        "it is known",
    )
    assert "ignored" not in json.loads(policygen("validate", "good.json", "--format", "json", cwd=tmp_path).stdout)


def test_other_codes_and_other_files_are_not_ignored(tmp_path):
    """A code is exact, a path is below the file's folder."""
    written(tmp_path, entry(path="other/*.json"), entry(code="INVALID_SERVICE_IN_ACTION"), bad=BAD)
    assert policygen("validate", "bad.json", cwd=tmp_path).returncode == 1
    inner = tmp_path / "inner"
    inner.mkdir()
    written(inner, entry())
    assert policygen("validate", "../bad.json", cwd=inner).returncode == 1
    assert policygen("validate", "-", cwd=inner, stdin=BAD).returncode == 1


def test_the_other_formats_leave_out_what_is_ignored(tmp_path):
    """No annotation, no failure, no result; the summary counts."""
    written(tmp_path, entry(path="bad.json"), bad=BAD)
    assert (
        policygen("validate", "bad.json", "--format", "github", cwd=tmp_path).stdout == "1 file: 1 valid, 1 ignored\n"
    )
    root = ElementTree.fromstring(policygen("validate", "bad.json", "--format", "junit", cwd=tmp_path).stdout)
    assert root.get("failures") == "0"
    log = json.loads(policygen("validate", "bad.json", "--format", "sarif", cwd=tmp_path).stdout)
    assert log["runs"][0]["results"] == []


# What matches nothing any more


def test_an_entry_that_matches_nothing_any_more_is_a_warning(tmp_path):
    """Once all its files were looked at: on standard error, and where findings are listed; it fails nothing."""
    written(tmp_path, entry(path="p/*.json"), **{"p/a": GOOD, "p/b": GOOD})
    done = policygen("validate", "p", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == (
        "warning: policygen.toml:1:1 /ignore/0: PG-F017 `INVALID_ACTION` is not found in `p/*.json` any more\n"
        "  1 | [[ignore]]\n    | ^\n  hint: take the entry out of policygen.toml\n"
    )
    assert policygen("validate", "p", "-q", cwd=tmp_path).stderr == ""
    annotations = policygen("validate", "p", "--format", "github", cwd=tmp_path).stdout
    assert annotations.startswith("::warning file=policygen.toml,line=1,col=1,title=PG-F017%3A policygen.toml::")


def test_an_entry_may_be_for_what_was_not_looked_at(tmp_path):
    """Some of its files, another command's codes: nobody knows yet."""
    written(tmp_path, entry(path="p/*.json"), entry(code="F4", path="p/*.json"), **{"p/a": GOOD, "p/b": BAD})
    assert policygen("validate", "p/a.json", cwd=tmp_path).stderr == ""
    assert policygen("validate", "p", cwd=tmp_path).stderr == ""


def test_an_entry_whose_files_are_gone_is_named(tmp_path):
    """It may have been meant for a file that was moved."""
    written(tmp_path, entry(path="p/moved.json"), good=GOOD)
    assert "PG-F017 no file is `p/moved.json`" in policygen("validate", "good.json", cwd=tmp_path).stderr


# test and verify

SUITE = """
version: 1
policies: {identity_based: [{Statement: {Effect: Allow, Action: "s3:Get*", Resource: "*"}}]}
tests:
  - id: typo
    request: {principal: "arn:aws:iam::111122223333:user/bob", action: s3:PutObjct, resource: "arn:aws:s3:::b/k"}
    expect: denied
"""


def test_a_warning_of_a_test_is_as_if_it_were_not_there(tmp_path):
    """Neither said nor, with --strict, an error; what is asked of the test is asked all the same."""
    (tmp_path / "a.policytest.yaml").write_text(SUITE, encoding="utf-8")
    written(tmp_path, entry(code="UNKNOWN_ACTION", path="*.policytest.yaml"))
    done = policygen("test", ".", "--strict", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 passed, 0 failed, 1 ignored\n", "")
    value = json.loads(policygen("test", ".", "--format", "json", cwd=tmp_path).stdout)
    assert [each["code"] for each in value["ignored"]] == ["UNKNOWN_ACTION"]
    text = (tmp_path / "a.policytest.yaml").read_text(encoding="utf-8").replace("PutObjct", "GetObject")
    (tmp_path / "a.policytest.yaml").write_text(text, encoding="utf-8")
    done = policygen("test", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert "PG-F017 `UNKNOWN_ACTION` is not found in `*.policytest.yaml` any more" in done.stderr


@pytest.fixture
def edited(tmp_path):
    """Return a folder with a spec, and its documents with a setting switched off."""
    spec = ROOT / "samples/mrk-replication/spec.yaml"
    (tmp_path / "spec.yaml").write_text(spec.read_text(encoding="utf-8"), encoding="utf-8")
    policygen("generate", "spec.yaml", "-o", "documents", cwd=tmp_path)
    block = tmp_path / "documents/111122223333/s3/source/public-access-block.json"
    text = block.read_text(encoding="utf-8").replace('"BlockPublicPolicy": true', '"BlockPublicPolicy": false')
    block.write_text(text, encoding="utf-8")
    return tmp_path


VERIFY = ("verify", "spec.yaml", "--documents", "documents")


def test_the_answers_of_verify_stay_what_they_are(edited):
    """An accepted failure is not shown and does not count for the exit status; `exact` is false all the same."""
    assert policygen(*VERIFY, cwd=edited).returncode == 1
    written(edited, entry(code="PG-V007", path="documents/**/public-access-block.json"))
    done = policygen(*VERIFY, cwd=edited)
    assert done.returncode == 0
    assert "FAILED" not in done.stdout
    *_, answers, verdict, _ = done.stdout.splitlines()
    assert answers == "replication works; the rest of the configuration is not what was asked"
    assert verdict.startswith("ok but for what is ignored: 1 of 215 checks failed (")
    assert verdict.endswith(" configuration), 1 ignored")
    value = json.loads(policygen(*VERIFY, "--format", "json", cwd=edited).stdout)
    assert (value["ok"], value["works"], value["exact"]) == (False, True, False)
    assert [each["code"] for each in value["ignored"]] == ["PG-V007"]


def test_verify_fails_for_what_is_not_ignored(edited):
    """One accepted failure beside another one: exit status 1, and the other is shown."""
    written(edited, entry(code="PG-V007", path="documents/**/public-access-block.json"))
    role = edited / "documents/111122223333/iam/s3-replication/trust-policy.json"
    role.write_text(role.read_text(encoding="utf-8").replace("s3.amazonaws.com", "ec2.amazonaws.com"), encoding="utf-8")
    done = policygen(*VERIFY, cwd=edited)
    assert done.returncode == 1
    assert "cause: F23" in done.stdout
    assert "public-access-block" not in done.stdout
    written(edited, entry(code="F23", path="documents/"))
    assert policygen(*VERIFY, "--works", cwd=edited).returncode == 0


def test_warnings_about_a_spec(tmp_path):
    """A Region that is not known here is accepted in the spec's file."""
    text = Path(ROOT / "samples/mrk-replication/spec.yaml").read_text(encoding="utf-8")
    (tmp_path / "spec.yaml").write_text(text.replace("[us-west-1]", "[us-west-1, us-west-9]"), encoding="utf-8")
    assert "PG-S031" in policygen("verify", "spec.yaml", "--works", cwd=tmp_path).stderr
    written(tmp_path, entry(code="PG-S031", path="spec.yaml"))
    done = policygen("verify", "spec.yaml", "--works", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-2].endswith(", 1 ignored")
