"""What ``import policygen as pg`` offers: the tour, documents in every form, results as records, errors for misuse."""

import ast
import doctest
import json
import pydoc
import shutil
from pathlib import Path

import pytest

import policygen as pg
from policygen.cli.main import run

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples"
SPEC = SAMPLES / "mrk-replication" / "spec.yaml"
SUITE = SAMPLES / "mrk-replication" / "suite.policytest.yaml"
BOB = "arn:aws:iam::111122223333:user/bob"
KEY = "arn:aws:s3:::bucket/key"
ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::bucket/*"}],
}
OPEN = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObjct", "Resource": "arn:aws:s3:::bucket/*"},
    ],
}
FOR_ALL = {"Statement": [{**ALLOW["Statement"][0], "Principal": "*"}]}
REQUEST = pg.Request(principal=BOB, action="s3:GetObject", resource=KEY)


def command(capsys, *arguments):
    """Return the JSON that a run of policygen prints."""
    run([*map(str, arguments), "--format", "json"])
    return json.loads(capsys.readouterr().out)


# The package


def test_the_tour_works(tmp_path, monkeypatch):
    """Every example of the package's docstring gives what it says."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(SPEC, "spec.yaml")
    shutil.copy(SUITE, "suite.policytest.yaml")
    Path("account.yaml").write_text("version: 1\nprincipals: {}\nresources: {}\n")
    shutil.copy(ROOT / "docs" / "why-denied" / "message.txt", "message.txt")
    shutil.copy(ROOT / "docs" / "why-denied" / "event.json", "event.json")
    failed, tried = doctest.testmod(pg)
    assert tried > 10
    assert failed == 0


def test_help_begins_with_the_tour():
    """``help(policygen)`` shows what to do before it lists what there is."""
    text = pydoc.plain(pydoc.render_doc(pg))
    assert text.index("pg.load_spec(") < text.index("pg.compile(") < text.index("PACKAGE CONTENTS")


def test_the_public_names_are_told_twice_alike():
    """What is loaded and what type checkers see are the same names, and each is public for both."""
    tree = ast.parse(Path(pg.__file__).read_text(encoding="utf-8"))
    typed, _ = (node for node in tree.body if isinstance(node, ast.If))
    names = ((alias, node.module) for node in typed.body for alias in node.names)
    seen = [(alias.name, alias.asname, home) for alias, home in names if alias.asname]  # an alias marks a public name
    assert sorted(seen) == sorted((name, name, home) for name, home in pg._HOME_OF.items())
    assert sorted(pg.__all__) == dir(pg) == sorted(pg._HOME_OF)


# Documents


def forms(tmp_path):
    """Return one policy in every form in which a document may be given."""
    path = tmp_path / "id.json"
    path.write_text(json.dumps(ALLOW), encoding="utf-8")
    return {"values": ALLOW, "text": json.dumps(ALLOW), "file": path, "parsed": pg.parse_policy(ALLOW)}


@pytest.mark.parametrize("form", ["values", "text", "file", "parsed"])
def test_documents_in_every_form(form, tmp_path):
    """Wherever a policy document is taken, it may be plain values, text, a path or a parsed document."""
    document = forms(tmp_path)[form]
    levels = [[document], [document]]
    policies = pg.PolicySet(
        identity_based=document,
        permissions_boundary=document,
        session=[document],
        service_control=levels,
        vpc_endpoint={
            "name": "mine",
            "document": {**ALLOW, "Statement": [{**ALLOW["Statement"][0], "Principal": "*"}]},
        },
    )
    assert policies.authorize(REQUEST).allowed
    assert pg.compile(policies).authorize(REQUEST).allowed
    principals = {BOB: pg.PrincipalPolicies(identity_based=(document,))}
    resources = {"arn:aws:s3:::bucket": pg.ResourcePolicies(account="111122223333", resource_based=(document,))}
    environment = pg.Environment(principals=principals, resources=resources)
    assert environment.authorize(REQUEST).allowed
    assert pg.compile(environment).authorize(REQUEST).allowed
    assert pg.parse_policy(document).statements[0].sid == "Read"
    assert pg.is_public(document) is pg.is_public(ALLOW)
    assert pg.validate(document, "identity").valid
    assert policies.identity_based[0].name == (str(document) if form == "file" else policies.identity_based[0].name)


def test_generated_documents_are_documents(tmp_path):
    """What ``generate`` returns can be given wherever a document is taken; a whole bundle can be verified."""
    spec = pg.load_spec(SPEC)
    bundle = pg.generate(spec)
    path = "111122223333/s3/source/bucket-policy.json"
    policies = pg.PolicySet(resource_based=bundle[path])
    assert policies.resource_based[0].document == bundle[path].policy
    assert pg.parse_policy(bundle[path]) is bundle[path].policy
    assert pg.validate(bundle[path]).valid
    assert pg.validate(bundle["111122223333/s3/source/replication-configuration.json"]).findings == ()
    assert pg.verify(spec, bundle).ok
    mixed = dict(bundle) | {path: {**bundle[path].value, "Statement": []}}
    assert not pg.verify(spec, mixed).ok
    file = tmp_path / "policy.json"
    file.write_text(bundle[path].to_json(), encoding="utf-8")
    assert pg.verify(spec, dict(bundle) | {path: file}).ok


@pytest.mark.parametrize("name", ["id.json", "policies/id", "C:\\policies\\id.json"])
def test_a_text_that_names_a_file(name):
    """Text is taken for JSON; where it looks like a file's name, the problem says how to give a file."""
    hint = f"to read a file, give its path: `pathlib.Path({name!r})`"
    for take in (pg.parse_policy, pg.is_public, pg.validate, lambda text: pg.PolicySet(identity_based=[text])):
        with pytest.raises(pg.DocumentError) as caught:
            take(name)
        (problem,) = caught.value.problems
        assert (problem.code, problem.hint) == ("PG-D001", hint)
        assert problem.message == f"`{name}` is the name of a file, not a policy"
    assert [each.issueCode for each in pg.validate("nonsense").findings] == ["JSON_SYNTAX_ERROR"]


def test_a_file_that_cannot_be_read(tmp_path):
    """A path that leads nowhere is a problem with its place, in a policy set beside those of other documents."""
    missing = tmp_path / "missing.json"
    for take in (pg.parse_policy, pg.is_public, pg.validate):
        with pytest.raises(pg.SourceError) as caught:
            take(missing)
        assert caught.value.problems[0].place.source == str(missing)
    with pytest.raises(pg.DocumentError) as caught:
        pg.PolicySet(identity_based=[missing, {}], resource_based={})
    assert [each.code for each in caught.value.problems] == ["PG-F001", "PG-D005", "PG-D005"]


# Results as records


def test_validate_is_the_command(capsys, tmp_path):
    """``pg.validate`` gives what ``policygen validate`` prints, with the JSON's keys as attributes."""
    path = tmp_path / "open.json"
    path.write_text(json.dumps(OPEN), encoding="utf-8")
    validation = pg.validate(path, "resource", "AWS::S3::Bucket")
    options = ("--policy-type", "resource", "--resource-type", "AWS::S3::Bucket")
    (printed,) = command(capsys, "validate", path, *options)["files"]
    assert validation.to_dict() == printed
    assert {name: getattr(validation, name) for name in printed if name != "findings"} == {
        name: value for name, value in printed.items() if name != "findings"
    }
    assert (validation.valid, validation.public) == (False, True)
    for finding, entry in zip(validation.findings, printed["findings"], strict=True):
        assert [getattr(finding, name) for name in list(entry)[:4]] == list(entry.values())[:4]
        assert finding.locations[0].span.start.line == entry["locations"][0]["span"]["start"]["line"]
    wrong = next(each for each in validation.findings if each.issueCode == "INVALID_ACTION")
    assert [each.value or each.index for each in wrong.locations[0].path] == ["Statement", 0, "Action"]


def test_validate_refuses_other_types():
    """A policy type, resource type or network origin that is none is an error that lists the choices."""
    for arguments, code in [
        ({"policy_type": "idenity"}, "PG-A002"),
        ({"policy_type": "settings"}, "PG-A002"),
        ({"resource_type": "bucket"}, "PG-A002"),
        ({"network_origin": "intranet"}, "PG-R008"),
    ]:
        with pytest.raises(pg.PolicygenError) as caught:
            pg.validate(ALLOW, **arguments)
        assert caught.value.problems[0].code == code
        assert caught.value.problems[0].hint


MIXED = """
version: 1
policies:
  identity_based: [{Version: "2012-10-17", Statement: {Sid: Read, Effect: Allow, Action: "s3:Get*", Resource: "*"}}]
defaults: {request: {principal: "arn:aws:iam::111122223333:user/bob", resource: "arn:aws:s3:::bucket/key"}}
tests:
  - {id: reads, request: {action: "s3:GetObject"}, expect: allowed}
  - {id: writes, name: a wish, request: {action: "s3:PutObject"}, expect: allowed}
  - {id: nonsense, request: {action: "nonsense"}, expect: allowed}
"""


def test_run_suite_is_the_command(capsys, tmp_path):
    """``pg.run_suite`` gives what ``policygen test`` prints, with the JSON's keys as attributes."""
    (tmp_path / "mixed.policytest.yaml").write_text(MIXED, encoding="utf-8")
    outcome = pg.run_suite(tmp_path)
    printed = command(capsys, "test", tmp_path)
    assert outcome.to_dict() == printed
    counts = outcome.summary
    assert (counts.tests, counts.passed, counts.failed, counts.errors) == (3, 1, 1, 1)
    assert not outcome.passed
    for result, entry in zip(outcome.results, printed["results"], strict=True):
        names = ("id", "name", "file", "line", "passed", "expected")
        assert [getattr(result, name) for name in names] == [entry[name] for name in names]
    reads, writes, nonsense = outcome.results
    assert reads.decision is pg.EvalDecision.ALLOWED
    assert [each.label for each in reads.matched_statements] == ["Read"]
    assert writes.request.to_dict() == printed["results"][1]["request"]
    assert writes.explanation.to_dict() == printed["results"][1]["explanation"]
    assert list(writes.missing_context) == printed["results"][1]["missing_context"]
    assert [each.code for each in nonsense.error] == ["PG-R003"]
    unjudged = ("decision", "request", "matched_statements", "missing_context", "explanation")
    assert [getattr(nonsense, name) for name in unjudged] == [None] * 5


def test_several_suites_are_one_outcome():
    """Suites and folders are judged together, in order."""
    outcome = pg.run_suite(SUITE, SAMPLES / "two-way")
    assert outcome.passed
    assert outcome.results[0].file == str(SUITE)
    assert outcome.summary.tests == pg.run_suite(SUITE).summary.tests + pg.run_suite(SAMPLES / "two-way").summary.tests
