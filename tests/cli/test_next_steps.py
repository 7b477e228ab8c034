"""After a failure the next step is said, on standard error and for people: results stay what they are."""

import pytest

from tests.command import ROOT, policygen

SPEC = ROOT / "samples/mrk-replication/spec.yaml"
BAD = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*"}]}'
WIDE = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
NARROW = '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'
SUITE = """
version: 1
policies: {identity_based: [{Statement: {Effect: Allow, Action: "s3:Get*", Resource: "*"}}]}
tests:
  - request: {principal: "arn:aws:iam::111122223333:user/bob", action: s3:GetObject, resource: "arn:aws:s3:::b/k"}
    expect: denied
"""


@pytest.fixture
def folder(tmp_path):
    """Return a folder with what fails."""
    policygen("generate", SPEC, "-o", tmp_path / "documents")
    (tmp_path / "documents/111122223333/s3/replica/versioning.json").write_text('{"Status": "Suspended"}\n')
    (tmp_path / "spec.yaml").write_text(SPEC.read_text(encoding="utf-8"), encoding="utf-8")
    for name, text in {"bad": BAD, "wide": WIDE, "narrow": NARROW}.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    (tmp_path / "a.policytest.yaml").write_text(SUITE, encoding="utf-8")
    (tmp_path / "b.policytest.yaml").write_text(SUITE.replace("denied", "allowed"), encoding="utf-8")
    plan = (ROOT / "samples/migrate-single-region-key/spec.yaml").read_text(encoding="utf-8")
    first, second = plan.index("    A:\n"), plan.index("    B:\n")  # A is the proposal that satisfies
    (tmp_path / "plan.yaml").write_text(plan[:first] + plan[second:], encoding="utf-8")
    (tmp_path / "fails").symlink_to(ROOT / "tests/inference/fails")
    (tmp_path / "denied.txt").symlink_to(ROOT / "docs/why-denied/message.txt")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "step"),
    [
        ("validate bad.json", "policygen explain INVALID_ACTION"),
        (
            "verify spec.yaml --documents documents --works",
            "policygen verify spec.yaml --documents documents --mend mended",
        ),
        ("test a.policytest.yaml", "mend the statement that a failure names, or what its test expects"),
        ("diff narrow.json wide.json", "policygen explain PG-Q001"),
        ("diff wide.json narrow.json", "policygen explain PG-Q002"),
        ("diagnose fails", "policygen diagnose fails --mend mended"),
        ("plan plan.yaml", "take the steps of a way above as a proposal, in `migration` of plan.yaml"),
        ("test b.policytest.yaml --fail-under 100", "write tests of what is missing above"),
        ("mutate b.policytest.yaml --fail-under 100", "write a test of a request above that no test notices"),
        ("denied denied.txt", "give the policies of the checks that are not known: --environment PATH"),
        (
            "evaluate --principal arn:aws:iam::111122223333:user/bob --action s3:A --action s3:B",
            "ask for one of them alone, which explains it",
        ),
        ("check no-new-access wide.json --than narrow.json", "policygen explain PG-Q004"),
    ],
)
def test_the_next_step(command, step, folder):
    """A failure names a command to go on with, where text is read; not with --quiet, and in no other form."""
    arguments = command.split()
    done = policygen(*arguments, cwd=folder)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"next: {step}"
    assert policygen(*arguments, "--quiet", cwd=folder).stderr == ""
    assert policygen(*arguments, "--format", "json", cwd=folder).stderr == ""


def test_problems_without_a_hint_can_be_read_up(folder):
    """The codes of an input's problems that say no more than what is wrong; a file that is not there says all."""
    (folder / "statement.json").write_text('{"Statement": [{"Action": "s3:*", "Resource": "*"}, 3]}', encoding="utf-8")
    done = policygen("check", "never-matches", "statement.json", cwd=folder)
    assert done.stderr.splitlines()[-1] == "next: policygen explain PG-D004"
    assert "next:" not in policygen("check", "never-matches", "nothing.json", cwd=folder).stderr


def test_what_was_written_is_counted(tmp_path):
    """`generate -o` says how many files there are now, beside their names."""
    done = policygen("generate", SPEC, "-o", tmp_path / "out")
    assert done.stderr == f"{len(done.stdout.splitlines())} files in {tmp_path / 'out'}\n"
