"""``policygen minimize``: the policy on standard output, the report on standard error, files written whole."""

import json
import os

import pytest

from tests.command import policygen

READ = {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::data/*"}
WORDY = {"Version": "2012-10-17", "Statement": [READ, READ | {"Sid": "Again", "Resource": "arn:aws:s3:::data/a*"}]}
SHORT = {"Version": "2012-10-17", "Statement": [READ]}
REPORT = """\
role.json: statements Read and Again differ in Resource alone: one statement now
role.json: `arn:aws:s3:::data/a*` in Resource of statement Read (others cover it): taken out
role.json: 208 bytes before, 122 after
the same access, proved over all requests
"""


@pytest.fixture
def folder(tmp_path):
    """A policy, as a file and inside what the AWS CLI prints; one that is too large for a managed policy."""
    (tmp_path / "role.json").write_text(json.dumps(WORDY), encoding="utf-8")
    (tmp_path / "cli.json").write_text(json.dumps({"Policy": json.dumps(WORDY)}), encoding="utf-8")
    names = [f"arn:aws:s3:::{'b' * 40}{number}/*" for number in range(200)]
    large = {"Version": "2012-10-17", "Statement": [READ | {"Resource": names}]}
    (tmp_path / "large.json").write_text(json.dumps(large), encoding="utf-8")
    return tmp_path


def test_the_policy_is_printed_alone(folder):
    """One policy on standard output, the report on standard error; --quiet leaves the report out."""
    result = policygen("minimize", "role.json", cwd=folder)
    assert (result.returncode, json.loads(result.stdout), result.stderr) == (0, SHORT, REPORT)
    quiet = policygen("minimize", "role.json", "--quiet", cwd=folder)
    assert (quiet.stdout, quiet.stderr) == (result.stdout, "")


def test_standard_input(folder):
    """`-` is standard input; a wrapper of the AWS CLI is left out."""
    given = (folder / "cli.json").read_text(encoding="utf-8")
    result = policygen("minimize", "-", "-q", stdin=given)
    assert (result.returncode, json.loads(result.stdout)) == (0, SHORT)


def test_several_policies_are_one_object(folder):
    """Name to policy; each for itself."""
    result = policygen("minimize", "role.json", "cli.json", cwd=folder)
    assert json.loads(result.stdout) == {"role.json": SHORT, "cli.json": SHORT}


def test_policies_of_one_role_become_one(folder):
    """With a quota of policies of which there can be several, they are taken as attached together."""
    result = policygen("minimize", "role.json", "cli.json", "--quota", "managed-policy", cwd=folder)
    assert json.loads(result.stdout) == SHORT
    assert result.stderr.splitlines()[-3:] == [
        "role.json: 208 characters without white space before, 122 after of 6,144 (managed-policy)",
        "cli.json: 208 characters without white space before",
        "the same access, proved over all requests",
    ]


def test_json_is_the_report(folder):
    """The record's keys; a query is asked of them."""
    result = policygen("minimize", "role.json", "--format", "json", cwd=folder)
    told = json.loads(result.stdout)
    assert list(told) == ["policies", "quota", "unit", "before", "after", "done", "left", "catalog", "proved"]
    assert (told["policies"], told["after"], told["proved"]) == ({"role.json": SHORT}, {"role.json": 122}, True)
    assert policygen("minimize", "role.json", "--query", "before", cwd=folder).stdout == '{\n    "role.json": 208\n}\n'


def test_files_are_written(folder):
    """The policies themselves, below the folder that the files have in common; their paths are printed."""
    (folder / "a").mkdir()
    os.rename(folder / "cli.json", folder / "a" / "role.json")
    result = policygen("minimize", "role.json", folder / "a" / "role.json", "-o", "out", cwd=folder)
    assert (result.returncode, result.stdout.split()) == (0, ["out/role.json", "out/a/role.json"])
    assert [json.loads((folder / name).read_text()) for name in ("out/role.json", "out/a/role.json")] == [SHORT, SHORT]
    again = policygen("minimize", "role.json", "-o", "out", cwd=folder)
    assert (again.returncode, again.stdout) == (0, "out/role.json\n")


def test_a_split_policy_is_numbered(folder):
    """As few files as the quota allows, each below it."""
    result = policygen("minimize", "large.json", "--quota", "managed-policy", "--split", "-o", "out", cwd=folder)
    assert result.stdout.split() == ["out/large-1.json", "out/large-2.json"]
    assert "the statements of 1 policy packed into 2" in result.stderr


def test_wildcards_are_asked_for(folder):
    """Actions become a wildcard by the catalogue alone, which the report says with its date."""
    actions = ["kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:Decrypt"]
    given = {"Version": "2012-10-17", "Statement": [READ | {"Action": actions, "Resource": "*"}]}
    plain = policygen("minimize", "-", stdin=json.dumps(given))
    wild = policygen("minimize", "-", "--wildcards", stdin=json.dumps(given))
    assert json.loads(plain.stdout)["Statement"][0]["Action"] == actions
    assert json.loads(wild.stdout)["Statement"][0]["Action"] == ["kms:ReEncrypt*", "kms:Decrypt"]
    first, *_, last = wild.stderr.splitlines()
    assert first == "-: `kms:ReEncrypt*` in Action of statement Read for 2 actions, all that are known today"
    assert last.startswith("the same access, proved over all requests, for the actions that the catalogue of 2")


def test_nothing_is_overwritten(folder):
    """A file that says something else is in the way, be it the policy itself: nothing is written."""
    result = policygen("minimize", "role.json", "cli.json", "-o", ".", cwd=folder)
    assert (result.returncode, result.stdout) == (3, "")
    assert "role.json: PG-F012 is there already and says something else" in result.stderr
    assert "cli.json: PG-F012" in result.stderr
    assert json.loads((folder / "role.json").read_text()) == WORDY


def test_what_does_not_fit_is_refused(folder):
    """Exit status 3 with the figures; nothing is printed or written."""
    result = policygen("minimize", "large.json", "--quota", "managed-policy", "-o", "out", cwd=folder)
    assert (result.returncode, result.stdout) == (3, "")
    assert "large.json: PG-D010 12," in result.stderr
    assert "at most 6,144 are possible (managed-policy)\n  hint: --split makes several" in result.stderr
    assert not (folder / "out").exists()


def test_every_file_that_cannot_be_read_is_named(folder):
    """All problems at once, with their places."""
    (folder / "broken.json").write_text('{"Statement": [}', encoding="utf-8")
    result = policygen("minimize", "role.json", "missing.json", "broken.json", cwd=folder)
    assert (result.returncode, result.stdout) == (3, "")
    assert [line.split(" ")[0] for line in result.stderr.splitlines() if "PG-" in line] == [
        "missing.json:",
        "broken.json:1:16:",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("role.json", "--split"), "a policy is split to fit a quota: give its name"),
        (("role.json", "--split", "--quota", "key-policy"), "key-policy: only one can be attached"),
        (("role.json", "--quota", "policy"), "'policy' is not one of 'managed-policy'"),
        (("-", "-"), "`-` is standard input"),
        ((), "Missing argument 'FILE...'"),
        (("role.json", "-o", ""), "the name is empty"),
    ],
)
def test_wrong_usage(folder, arguments, message):
    """Exit status 2, with the reason."""
    result = policygen("minimize", *arguments, cwd=folder)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
