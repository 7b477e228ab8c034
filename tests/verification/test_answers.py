"""The two answers of a verification: does what must work work, and is it exact."""

import json
import re

import pytest
from rich.console import Console

import policygen as pg
from policygen.report.verdict import answers
from policygen.report.verification import print_report
from policygen.spec.load import load_spec_text
from policygen.verification.checks import CheckKind
from tests.verification.setups import ACROSS, REPLICA, ROLE, SPEC, SetUp, allow, deny, load, policy

EMPTY = 'version: 1\naccounts: {main: "111122223333"}\n'
ONE_BUCKET = EMPTY + "buckets:\n  b: {name: acme-b, region: us-east-1}\n"


def unchanged(setup):
    """Nothing is wrong."""


def no_reading(setup):
    """S3 may not read what it replicates."""
    setup.statements("role")[1]["Action"] = ["s3:GetObjectVersionAcl"]


def more_than_asked(setup):
    """The role may delete replicas."""
    setup.statements("role")[2]["Action"] = [*setup.writing, "s3:ReplicateDelete"]


def another_storage_class(setup):
    """The rule says what the spec does not, and replicates all the same."""
    setup.rule["Destination"]["StorageClass"] = "STANDARD_IA"


def switched_off(setup):
    """The rule is there, and disabled."""
    setup.rule["Status"] = "Disabled"


def narrower(setup):
    """The rule covers a part of what the spec's does."""
    setup.rule["Filter"] = {"Prefix": "logs/"}


def elsewhere(setup):
    """The rule replicates to another bucket."""
    setup.rule["Destination"]["Bucket"] = f"{REPLICA}-2"


def suspended(setup):
    """Nothing replicates while versioning is suspended (F14)."""
    setup.documents["source-versioning"] = {"Status": "Suspended"}


def unversioned_and_wide(setup):
    """Two answers at once."""
    suspended(setup)
    more_than_asked(setup)


WORKS, NOT = "replication works; ", "replication does not work"
EXACT, MORE = "nothing more than was asked is allowed", "it allows more than was asked"
ANSWERS = [
    (unchanged, True, True, WORKS + EXACT),
    (more_than_asked, True, False, WORKS + MORE),
    (another_storage_class, True, False, f"{WORKS}the rest of the configuration is not what was asked"),
    (no_reading, False, True, f"{NOT}; {EXACT}"),
    (suspended, False, True, f"{NOT} (F14); {EXACT}"),
    (unversioned_and_wide, False, False, f"{NOT} (F14); {MORE}"),
    (switched_off, False, True, f"{NOT}; {EXACT}"),
    (narrower, False, True, f"{NOT}; {EXACT}"),
    (elsewhere, False, True, f"{NOT}; {EXACT}"),
    (lambda setup: setup.documents.pop("configuration"), False, True, f"{NOT}; {EXACT}"),
]


@pytest.mark.parametrize(("change", "works", "exact", "words"), ANSWERS, ids=[each[3] for each in ANSWERS])
def test_two_answers(change, works, exact, words):
    """What breaks replication is told apart from what gives more, or is otherwise not what was asked."""
    setup = SetUp()
    change(setup)
    report = setup.verify()
    assert (report.works, report.exact, answers(report)) == (works, exact, words)
    assert report.ok is (works and exact)


def test_a_wider_rule_works():
    """A rule that covers more than the spec's replicates what the spec asks for."""
    setup = SetUp(rule=", prefix: logs/")
    report = setup.verify()
    assert report.works
    assert "Filter" in {each.element for each in report.failures}


def test_warnings_count_in_neither():
    """Tags go with the object (R34): no right to them is a warning. A Deny refuses them: an error."""
    setup = SetUp(**ACROSS)
    setup.statements("replica-policy")[0]["Action"] = "s3:ReplicateObject"
    report = setup.verify()
    assert report.ok
    (warning,) = report.warnings
    assert (warning.request.action, warning.cause, warning.s3_failure_code) == ("s3:ReplicateTags", None, None)
    assert warning.detail.endswith("; AWS says that s3:ReplicateObject covers an object's tags (R34)")
    setup.statements("replica-policy").append(deny("s3:ReplicateTags", f"{REPLICA}/*", None, {"AWS": ROLE}))
    (refused,) = setup.verify().failures
    assert (refused.request.action, refused.cause) == ("s3:ReplicateTags", "F18")
    assert (refused.s3_failure_code, setup.verify().works) == ("DstPutTaggingNotPermitted", False)


def check(kind, *, unknown=False, severity=pg.Severity.ERROR):
    """Return a failed check."""
    return pg.Check(id="c", title="t", kind=kind, passed=False, unknown=unknown, severity=severity)


EXCESS, GUARD = CheckKind.EXCESS, CheckKind.GUARD
UNKNOWN = "replication works; whether more than was asked is allowed is not known"
PROOFS = [
    ([check(EXCESS)], False, WORKS + MORE),
    ([check(GUARD)], False, f"{WORKS}a guard does not deny what it should"),
    ([check(EXCESS, unknown=True)], None, UNKNOWN),
    ([check(EXCESS, unknown=True), check(GUARD)], False, f"{WORKS}a guard does not deny what it should"),
    ([check(EXCESS, severity=pg.Severity.WARNING)], True, f"{WORKS}{EXACT}, warnings aside"),
    ([check(EXCESS), check(GUARD)], False, f"{WORKS}{MORE}, a guard does not deny what it should"),
]


@pytest.mark.parametrize(("checks", "exact", "words"), PROOFS)
def test_what_proofs_find(checks, exact, words):
    """Excess and hollow guards are not exact; what could not be settled is not known, and not ok."""
    report = pg.Report(spec="s", checks=tuple(checks), replicates=True)
    assert (report.works, report.exact, report.ok, answers(report)) == (True, exact, exact is True, words)


def test_works_alone():
    """`works` asks what must work alone: no other check, and its answer decides."""
    setup = SetUp()
    more_than_asked(setup)
    report = pg.verify(load(), setup.texts(), works=True)
    assert (report.works, report.exact, report.ok) == (True, None, True)
    assert answers(report) == "replication works; what else is allowed was not asked"
    assert {each.kind.value for each in report.checks} == {"must-allow", "configuration"}
    assert all(each.decides_works for each in report.checks)
    suspended(setup)
    report = pg.verify(load(), setup.texts(), works=True)
    assert (report.works, report.exact, report.ok) == (False, None, False)


def test_nothing_judged_is_not_ok():
    """A spec that asks for nothing is neither right nor wrong."""
    report = pg.verify(load_spec_text(EMPTY, "spec.yaml"))
    assert (report.works, report.exact, report.ok) == (False, None, False)
    assert answers(report).startswith("nothing was judged: ")
    report = pg.verify(load_spec_text(ONE_BUCKET, "spec.yaml"))
    assert (report.ok, answers(report)) == (True, f"what must work works; {EXACT}")


def test_requester_pays_across_accounts():
    """S3 does not replicate into a Requester Pays bucket of another account (R4): it does not work."""
    setup = SetUp(**ACROSS)
    text = SPEC.format(**setup.options).replace("object_ownership:", "requester_pays: true, object_ownership:")
    report = pg.verify(load_spec_text(text, "spec.yaml"), setup.texts())
    assert (report.works, [each.id for each in report.failures]) == (False, ["dr/all/requester-pays"])


def printed(report, capsys, *, quiet=True):
    """Return the lines of a report as people read it."""
    print_report(report, Console(width=400), quiet=quiet)
    return capsys.readouterr().out.splitlines()


def test_the_last_lines(capsys):
    """Both answers in words, how many checks there were, and what was judged by which version on which day."""
    setup = SetUp()
    more_than_asked(setup)
    *_, words, verdict, judged = printed(setup.verify(), capsys)
    assert words == WORKS + MORE
    assert re.fullmatch(r"not ok: \d of \d+ checks failed \(\d+ must be allowed, \d+ must be denied, .*\)", verdict)
    assert re.fullmatch(rf"judged: 13 documents in memory, by policygen {pg.__version__} on \d{{4}}-\d\d-\d\d", judged)


def test_one_entry_a_statement(capsys):
    """What fails and what is a warning of one statement stand together, as FAILED, and the warnings say so."""
    setup = SetUp(**ACROSS)
    setup.statements("replica-policy")[0]["Principal"] = {"AWS": ROLE.replace("s3-rep", "old-rep")}
    lines = printed(setup.verify(), capsys)
    heads = [line for line in lines if line.startswith(("FAILED", "WARNING"))]
    assert heads == [f"FAILED {setup.paths['replica-policy']}  #0  Principal"]
    assert [line for line in lines if "s3:ReplicateTags on" in line and line.endswith("(a warning)")]


def test_only_what_was_asked_has_a_column(capsys):
    """The table has no column for kinds of checks that there are none of."""
    head = printed(pg.verify(load(), SetUp().texts(), works=True), capsys, quiet=False)[2]
    assert head.split("  ")[-1].strip() == "configuration"
    assert "must be denied" not in head


def test_people_read_of_roles_and_regions():
    """A session is called by its role's ARN, which has the path; related keys are told apart by their Region."""
    setup = SetUp(path="/service-role/", **ACROSS)
    setup.statements("replica-policy")[0]["Principal"] = {"AWS": ROLE}
    report = setup.verify()
    assert report.failures[0].detail.endswith(
        f"names `{ROLE}`, the request has `arn:aws:iam::111122223333:role/service-role/s3-replication`"
    )
    titles = [each.title for each in report.checks if each.request is not None and ":kms:" in each.request.resource]
    assert titles
    assert all("us-east-1" in each or "us-west-1" in each for each in titles)


def lines_of(report):
    """Return document, statement and line of everything that did not pass."""
    return [(each.document, each.statement, each.line) for each in report.checks if not each.passed]


WRAPPERS = {
    "as it is": (lambda policy: json.dumps(policy, indent=1), 25),
    "an object in an answer": (lambda policy: json.dumps({"RoleName": "r", "PolicyDocument": policy}, indent=1), 27),
    "a text in an answer": (
        lambda policy: json.dumps({"RoleName": "r", "PolicyDocument": json.dumps(policy)}, indent=1),
        3,
    ),
}


@pytest.mark.parametrize(("wrap", "line"), WRAPPERS.values(), ids=WRAPPERS)
def test_the_line_of_a_statement(wrap, line):
    """A check says in which line of the file that was judged its statement begins."""
    setup = SetUp()
    more_than_asked(setup)
    texts = setup.texts()
    path = setup.paths["role"]
    texts[path] = wrap(json.loads(texts[path]))
    found = set(lines_of(setup.verify(texts)))
    assert found == {(path, "#2", line)}
    assert texts[path].splitlines()[line - 1].strip().startswith(("{", '"PolicyDocument"'))
    assert {each["line"] for each in setup.verify(texts).to_dict()["checks"] if not each["passed"]} == {line}


def test_the_line_of_a_setting_and_of_a_rule():
    """A rule has the line in which it begins, a setting that of the element."""
    setup = SetUp()
    setup.rule["Priority"] = None
    suspended(setup)
    texts = {path: json.dumps(json.loads(text), indent=2) for path, text in setup.texts().items()}
    found = set(lines_of(setup.verify(texts)))
    configuration, versioning = setup.paths["configuration"], setup.paths["source-versioning"]
    assert (versioning, None, 2) in found
    assert (configuration, "all", 4) in found
    del texts[versioning]
    assert (versioning, None, None) in set(lines_of(setup.verify(texts)))


def test_a_policy_that_is_no_list_of_statements():
    """One statement that stands alone has a line as well."""
    setup = SetUp(**ACROSS)
    setup.documents["replica-policy"] = policy() | {"Statement": allow("s3:*", f"{REPLICA}/*", None, {"AWS": ROLE})}
    texts = setup.texts()
    texts[setup.paths["replica-policy"]] = json.dumps(setup.documents["replica-policy"], indent=1)
    assert {each[1:] for each in lines_of(setup.verify(texts))} == {("#0", 3)}
