"""``policygen diff`` and ``policygen check``: texts, JSON, exit statuses."""

import json

import pytest

from policygen.cli.main import run

READ = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
WIDER = READ | {"Action": ["s3:GetObject", "s3:PutObject"]}
TEXT = """\
1. arn:aws:iam::111122223333:user/somebody asks for s3:PutObject on arn:aws:s3:::data/x of account 111122223333:
   denied, for nothing allows it before, allowed now

differs: 1 gained, 0 lost
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two policies in files, the narrower first."""
    monkeypatch.chdir(tmp_path)
    for name, statement in {"old.json": READ, "new.json": WIDER}.items():
        document = {"Version": "2012-10-17", "Statement": [statement]}
        (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


def answer(capsys, *arguments):
    """Return exit status, standard output and standard error of a run."""
    status = run(list(arguments))
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_diff_prints_a_table_and_the_witness_in_words(files, capsys):
    """A difference: the row of the table, a request in words, one line that counts; exit status 1."""
    status, text, _ = answer(capsys, "diff", "old.json", "new.json")
    assert (status, text[text.index("1. ") :]) == (1, TEXT)
    row = next(line.split() for line in text.splitlines() if "gained" in line)
    assert row == ["1", "gained", "new.json", "Read", "*", "s3:PutObject", "arn:aws:s3:::data/*", "-"]


def test_diff_of_the_same_access(files, capsys):
    """The same access is one line, exit status 0; quiet, too."""
    said = "same: the same access, proved over all requests\n"
    assert answer(capsys, "diff", "old.json", "old.json") == (0, said, "")
    assert answer(capsys, "diff", "old.json", "new.json", "-q") == (1, "differs: 1 gained, 0 lost\n", "")


def test_what_is_not_known_is_said(files, capsys):
    """Why something is not known stands before the verdict; quiet, the verdict stands alone."""
    value = "${aws:PrincipalTag/b}x${aws:PrincipalTag/b}y"
    deny = READ | {
        "Sid": "No",
        "Effect": "Deny",
        "Condition": {"StringEqualsIgnoreCase": {"aws:PrincipalTag/a": value}},
    }
    (files / "denies.json").write_text(
        json.dumps({"Version": "2012-10-17", "Statement": [READ, deny]}), encoding="utf-8"
    )
    verdict = "unknown: no difference was found, and it could not be proved that there is none\n"
    why = f"statement No: it hangs on aws:PrincipalTag/a: {value}, of which no request was found that shows it\n"
    assert answer(capsys, "diff", "old.json", "denies.json") == (
        1,
        f"not known: {why}{verdict}",
        "next: policygen explain PG-Q003\n",
    )
    assert answer(capsys, "diff", "old.json", "denies.json", "-q") == (1, verdict, "")
    status, text, _ = answer(capsys, "check", "no-new-access", "old.json", "--than", "denies.json")
    assert (status, text) == (1, f"- {why}UNKNOWN: whether the new policy allows more could not be told\n")


def test_diff_as_json(files, capsys):
    """The JSON has the keys of the record."""
    status, text, _ = answer(capsys, "diff", "new.json", "old.json", "--format", "json")
    found = json.loads(text)
    assert status == 1
    assert (found["verdict"], found["gained"]) == ("differs", [])
    assert found["lost"] == [
        {
            "witness": {
                "principal": "arn:aws:iam::111122223333:user/somebody",
                "action": "s3:PutObject",
                "resource": "arn:aws:s3:::data/x",
                "resource_account": "111122223333",
                "context": {},
            },
            "old": "allowed",
            "new": "implicitDeny",
            "policy": "new.json",
            "statement": "Read",
            "principals": ["*"],
            "actions": ["s3:PutObject"],
            "resources": ["arn:aws:s3:::data/*"],
            "conditions": {},
        }
    ]


def test_what_cannot_be_read_is_status_3(files, capsys):
    """A file that is not there, and one that is no policy, end with 3 and say why."""
    (files / "none.json").write_text("[]", encoding="utf-8")
    for name, said in {"missing.json": "PG-F001", "none.json": "PG-D004"}.items():
        status, _, error = answer(capsys, "diff", "old.json", name)
        assert status == 3
        assert said in error


@pytest.mark.parametrize(
    "arguments",
    [
        ("diff", "one", "two"),
        ("check", "no-new-access", "one", "--than", "two"),
        ("check", "never-matches", "one", "two"),
    ],
    ids=" ".join,
)
def test_every_file_that_cannot_be_read_is_named(files, capsys, arguments):
    """The problems of all files come at once."""
    status, _, error = answer(capsys, *arguments)
    assert (status, [line.partition(":")[0] for line in error.splitlines()]) == (3, ["one", "two"])


def test_what_the_aws_cli_prints_is_opened(files, capsys):
    """A policy as text inside an answer of the AWS CLI is compared as the policy that it is."""
    wrapped = {"Policy": (files / "old.json").read_text(encoding="utf-8")}
    (files / "answer.json").write_text(json.dumps(wrapped), encoding="utf-8")
    assert answer(capsys, "diff", "old.json", "answer.json")[0] == 0
    assert answer(capsys, "diff", "new.json", "answer.json")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "status", "last"),
    [
        (("no-new-access", "old.json", "--than", "new.json"), 0, "PASS: the new policy allows nothing"),
        (("no-new-access", "new.json", "--than", "old.json"), 1, "FAIL: the new policy allows what"),
        (("access-not-granted", "old.json", "new.json", "--action", "s3:PutObject"), 1, "FAIL: one or more"),
        (("access-not-granted", "old.json", "--action", "s3:Put*", "--action", "s3:Delete*"), 0, "PASS: none of"),
        (("access-not-granted", "old.json", "--resource", "arn:aws:s3:::data/x"), 1, "FAIL: one or more"),
        (("no-public-access", "named.json"), 0, "PASS: the policy gives no public access"),
        (("never-matches", "old.json", "new.json"), 0, "PASS: every statement makes a difference"),
    ],
)
def test_checks_answer_by_exit_status(files, capsys, arguments, status, last):
    """Each check: 0 for PASS, 1 for FAIL, the answer in the last line."""
    named = json.loads((files / "old.json").read_text(encoding="utf-8"))
    for each in named["Statement"]:
        each["Principal"] = {"AWS": "111122223333"}
    (files / "named.json").write_text(json.dumps(named), encoding="utf-8")
    found, text, _ = answer(capsys, "check", *arguments)
    assert (found, text.splitlines()[-1].startswith(last)) == (status, True)


def test_a_failed_check_shows_why(files, capsys):
    """The reasons, a request in words, and the answer."""
    _, text, _ = answer(capsys, "check", "access-not-granted", "new.json", "--action", "s3:PutObject")
    assert text == (
        "- statement Read allows some of them\n"
        "for example: arn:aws:iam::111122223333:user/somebody asks for s3:PutObject on arn:aws:s3:::data/x of account "
        "111122223333\n"
        "FAIL: one or more of the actions and resources are allowed\n"
    )


def test_a_check_that_asks_nothing_is_wrong_usage(files, capsys):
    """Without actions and resources there is nothing to ask."""
    status, _, error = answer(capsys, "check", "access-not-granted", "old.json")
    assert status == 2
    assert "give what must not be granted" in error


ENVIRONMENT = """\
version: 1
principals:
  arn:aws:iam::111122223333:role/app:
    identity_based: [{name: app, document: old.json}]
    permissions_boundary: {name: bound, document: old.json}
resources:
  arn:aws:s3:::data: {account: "111122223333"}
"""


def test_diff_of_environments(files, capsys):
    """What all policies allow together: a boundary that goes matters once the policy allows more."""
    texts = {
        "old.yaml": ENVIRONMENT,
        "new.yaml": ENVIRONMENT.replace("name: app, document: old", "name: app, document: new"),
    }
    texts["free.yaml"] = "\n".join(line for line in texts["new.yaml"].splitlines() if "boundary" not in line)
    for name, text in texts.items():
        (files / name).write_text(text, encoding="utf-8")
    assert answer(capsys, "diff", "old.yaml", "new.yaml")[0] == 0
    status, text, _ = answer(capsys, "diff", "new.yaml", "free.yaml", "--format", "json")
    (gained,) = json.loads(text)["gained"]
    assert (status, gained["policy"], gained["statement"]) == (1, "bound", "")
    assert gained["principals"] == ["arn:aws:iam::111122223333:role/app"]
    assert (gained["witness"]["action"], gained["old"], gained["new"]) == ("s3:PutObject", "implicitDeny", "allowed")


SPEC = """\
version: 1
accounts: {prod: "111122223333"}
keys: {data: {type: single-region, region: us-east-1}}
buckets: {source: {name: source-bucket-name, region: us-east-1, encryption: {sse: "aws:kms", key: data}}}
"""


def test_diff_of_specs(files, capsys):
    """Two specs are compared by what they generate; the policy is the document's path."""
    wider = SPEC.replace("region: us-east-1, enc", "region: us-east-1, tls_only: false, readers: [role/Analyst], enc")
    for name, text in {"old.yaml": SPEC, "new.yaml": wider, "same.yaml": f"# a remark\n{SPEC}"}.items():
        (files / name).write_text(text, encoding="utf-8")
    assert answer(capsys, "diff", "old.yaml", "same.yaml")[0] == 0
    status, text, _ = answer(capsys, "diff", "old.yaml", "new.yaml", "--format", "json")
    gained = json.loads(text)["gained"]
    assert status == 1
    bucket, key = (f"111122223333/{each}" for each in ("s3/source/bucket-policy", "kms/data/us-east-1/key-policy"))
    assert {each["policy"] for each in gained} == {f"{bucket}.json", f"{key}.json"}
    by_statement = {each["statement"]: each for each in gained}
    assert by_statement.pop("DenyInsecureTransport")["conditions"]["aws:SecureTransport"] == "`false`"
    assert {each["principals"][0] for each in by_statement.values()} == {"arn:aws:iam::111122223333:role/Analyst"}


def test_an_environment_of_endpoints_alone(files, capsys):
    """An environment file is told by whatever it may have at its top, VPC endpoints alone among it."""
    text = '{"version": 1, "vpc_endpoints": {}}'
    (files / "x.json").write_text(text, encoding="utf-8")
    (files / "y.json").write_text(text, encoding="utf-8")
    status, said, error = answer(capsys, "diff", "x.json", "y.json")
    assert (status, said.splitlines()[-1], error) == (0, "same: the same access, proved over all requests", "")


def test_yaml_that_is_nothing_that_is_compared(files, capsys):
    """It is said to be none of them, with what each has."""
    (files / "x.yaml").write_text("version: 1\n", encoding="utf-8")
    status, _, error = answer(capsys, "diff", "x.yaml", "old.json")
    assert status == 3
    assert "x.yaml:1:1: PG-D004 this is no policy, spec, environment or Terraform plan" in error
    assert "an environment `version` and `principals` or `resources`" in error


def test_two_of_one_kind_are_compared(files, capsys):
    """An environment beside a policy is refused, and says what each is."""
    (files / "e.yaml").write_text(ENVIRONMENT, encoding="utf-8")
    status, _, error = answer(capsys, "diff", "e.yaml", "old.json")
    assert (status, "e.yaml is an environment, old.json is a policy" in error) == (3, True)


def test_a_broken_environment_and_a_broken_spec_are_both_named(files, capsys):
    """Problems of both files come at once, each with its line."""
    (files / "e.yaml").write_text("version: 1\nprincipals: {}\nnothing: 1\n", encoding="utf-8")
    (files / "s.yaml").write_text("version: 1\nbuckets: {a: {nothing: 1}}\n", encoding="utf-8")
    status, _, error = answer(capsys, "diff", "e.yaml", "s.yaml")
    assert status == 3
    assert "e.yaml:3:1" in error
    assert "s.yaml:2:15" in error
