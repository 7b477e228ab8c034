"""The command line as people use it: exit statuses, streams, formats, broken input, broken pipes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from policygen.cli.main import COMMANDS
from tests.command import ROOT, policygen

SAMPLE = ROOT / "samples" / "mrk-replication" / "spec.yaml"
USER = "arn:aws:iam::111122223333:user/bob"
ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}],
}


def refused(result, status=3):
    """Assert that a run was refused cleanly, and return what it says."""
    assert result.returncode == status, result
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    return result.stderr


def test_version_and_help():
    """--version and --help answer, in a process of its own too; every command shows an example."""
    command = [sys.executable, "-m", "policygen", "--version"]
    alone = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert policygen("--version").stdout == alone.stdout
    assert alone.stdout.startswith("policygen ")
    text = policygen("--help").stdout
    for name in COMMANDS:
        assert name in text
        assert "Example: policygen" in policygen(name, "--help").stdout


def test_help_is_light():
    """--help loads neither YAML nor templates nor tables nor the evaluator."""
    code = (
        "import sys\nfrom policygen.cli.main import run\nrun(['--help'])\n"
        "heavy = {'yaml', 'jinja2', 'rich', 'policyuniverse', 'jmespath', 'policygen.evaluation'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_unknown_command():
    """A command that does not exist is wrong usage, with the nearest name."""
    assert "Did you mean `verify`?" in refused(policygen("verfy"), 2)


def test_verify_text():
    """verify prints a table, both answers, the verdict and what was judged, and ends with 0."""
    result = policygen("verify", SAMPLE)
    assert result.returncode == 0
    assert "must be denied" in result.stdout
    answers, verdict, judged = result.stdout.rstrip().splitlines()[-3:]
    assert answers == "replication works; nothing more than was asked is allowed"
    assert verdict.startswith("ok: ")
    assert re.fullmatch(r"judged: 15 documents that the spec generates, by policygen \S+ on [0-9-]{10}", judged)
    assert "\x1b[" not in result.stdout


def generated(tmp_path):
    """Return the folder of a starter spec's documents, which have no key ids yet, and the spec's path."""
    assert policygen("init", tmp_path / "demo").returncode == 0
    spec, folder = tmp_path / "demo/spec.yaml", tmp_path / "out"
    assert policygen("generate", spec, "-o", folder).returncode == 0
    return spec, folder


def test_verify_works_alone(tmp_path):
    """verify --works ends with 1 only where what must work does not: the rest is not asked, and not printed."""
    spec, folder = generated(tmp_path)
    role = folder / "111122223333/iam/s3-replication/permissions-policy.json"
    text = role.read_text(encoding="utf-8")
    role.write_text(text.replace('"s3:ReplicateObject"', '"s3:ReplicateObject", "s3:PutObject"'), encoding="utf-8")
    assert policygen("verify", spec, "--documents", folder).returncode == 1
    done = policygen("verify", spec, "--documents", folder, "--works")
    assert (done.returncode, "FAILED" in done.stdout) == (0, False)
    assert "replication works; what else is allowed was not asked" in done.stdout.splitlines()
    role.write_text(text.replace('"s3:ReplicateObject"', '"s3:PutObject"'), encoding="utf-8")
    done = policygen("verify", spec, "--documents", folder, "--works", "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"], report["works"], report["exact"]) == (1, False, False, None)
    assert (report["documents_from"], report["version"]) == (str(folder), policygen("--version").stdout.split()[1])


def test_verify_says_what_it_takes(tmp_path):
    """Ids of keys that the documents agree on are said: in the text, beside the JSON, and on the page."""
    spec, folder = generated(tmp_path)
    key = "mrk-1234abcd12ab34cd56ef1234567890ab"
    for path in folder.rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub("KEY-ID-OF-[a-z]+", key, text), encoding="utf-8")
    said = f"key data is taken to be {key}"
    done = policygen("verify", spec, "--documents", folder)
    assert (done.returncode, said in done.stdout.splitlines()) == (0, True)
    done = policygen("verify", spec, "--documents", folder, "--format", "json")
    assert (done.returncode, done.stderr, "KEY-ID-OF" in done.stdout) == (0, f"{said}\n", False)
    assert said in policygen("verify", spec, "--documents", folder, "--format", "html").stdout
    picture = policygen("verify", spec, "--documents", folder, "--format", "mermaid").stdout
    assert key in picture


def test_verify_of_another_folder(tmp_path):
    """A folder that holds none of the spec's documents is one problem."""
    spec, _ = generated(tmp_path)
    (tmp_path / "empty").mkdir()
    told = refused(policygen("verify", spec, "--documents", tmp_path / "empty"), 3)
    assert told.count("PG-V") == 1
    assert len(told.splitlines()) == 2


def test_colour(monkeypatch):
    """--color always colours what is piped; --color never writes no escape code, not even on a terminal."""
    from policygen.cli.options import Output

    assert "\x1b[1;32mok" in policygen("verify", SAMPLE, "--quiet", "--color", "always").stdout
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    console = Output(format="text", query=None, color="never", quiet=False).console()
    with console.capture() as captured:
        console.print("[bold red]FAILED[/bold red]")
    assert captured.get() == "FAILED\n"


def test_verify_json_and_query():
    """verify prints its report as JSON; a query picks from it, as the AWS CLI does."""
    report = json.loads(policygen("verify", SAMPLE, "--format", "json").stdout)
    assert report["ok"] is True
    found = policygen("verify", SAMPLE, "--query", "length(checks[?kind=='must-deny'])")
    assert int(found.stdout) == sum(check["kind"] == "must-deny" for check in report["checks"])


def test_bad_query_is_wrong_usage():
    """A query that is no JMESPath is refused before any work is done."""
    assert "--query" in refused(policygen("verify", SAMPLE, "--query", "checks["), 2)


def test_verify_fails_on_edited_documents(tmp_path):
    """verify --documents ends with 1 and names document, statement, element and the statement as it should be."""
    assert policygen("generate", SAMPLE, "-o", tmp_path / "out").returncode == 0
    path = tmp_path / "out/111122223333/iam/s3-replication/permissions-policy.json"
    path.write_text(path.read_text().replace("s3.us-west-1", "s3.us-west-2"))
    result = policygen("verify", SAMPLE, "--documents", tmp_path / "out")
    assert result.returncode == 1
    assert "Condition/StringLike/kms:ViaService" in result.stdout
    assert '"kms:ViaService": "s3.us-west-1.amazonaws.com"' in result.stdout
    assert "F4" in result.stdout


def test_broken_pipe():
    """A reader that leaves early gets its line; nothing complains and the status is the report's."""
    command = f"set -o pipefail; {sys.executable} -m policygen verify {SAMPLE} --format json | head -1"
    result = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "{\n", "")


def test_generate_prints_json():
    """generate without -o prints one object; a single match of --only is printed alone."""
    documents = json.loads(policygen("generate", SAMPLE).stdout)
    assert "111122223333/iam/s3-replication/trust-policy.json" in documents
    alone = json.loads(policygen("generate", SAMPLE, "--only", "trust-policy.json").stdout)
    assert alone == documents["111122223333/iam/s3-replication/trust-policy.json"]
    service = policygen("generate", SAMPLE, "--only", "trust-policy.json", "--query", "Statement[0].Principal.Service")
    assert json.loads(service.stdout) == "s3.amazonaws.com"
    assert "no document matches `nothing`" in refused(policygen("generate", SAMPLE, "--only", "nothing"))


def test_generate_writes_and_refuses(tmp_path):
    """generate -o writes files; edited ones are refused with the difference, unless forced."""
    out = tmp_path / "out"
    first = policygen("generate", SAMPLE, "-o", out)
    assert first.returncode == 0
    assert (out / "manifest.json").is_file()
    again = policygen("generate", SAMPLE, "-o", out)
    assert again.returncode == 0
    trust = out / "111122223333/iam/s3-replication/trust-policy.json"
    before = trust.read_text()
    trust.write_text(before.replace("s3.amazonaws.com", "ec2.amazonaws.com"))
    text = refused(policygen("generate", SAMPLE, "-o", out))
    assert "PG-F012 was edited since it was generated" in text
    assert '+                "Service": "s3.amazonaws.com"' in text
    assert "ec2" in trust.read_text()
    assert policygen("generate", SAMPLE, "-o", out, "--force").returncode == 0
    assert trust.read_text() == before


def test_generate_to_an_impossible_folder(tmp_path):
    """A folder that cannot be made is a clear error, and nothing is left behind."""
    (tmp_path / "file").write_text("")
    assert "PG-F004 cannot be written" in refused(policygen("generate", SAMPLE, "-o", tmp_path / "file" / "out"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


@pytest.mark.parametrize("form", ["cloudformation", "terraform", "aws-cli"])
def test_other_forms_are_written_and_written_again(form, tmp_path):
    """What sets up a spec is printed as one object, written below a folder, and refuses an edited file."""
    printed = json.loads(policygen("generate", SAMPLE, "--format", form).stdout)
    folder = tmp_path / "out"
    written = policygen("generate", SAMPLE, "--format", form, "-o", folder)
    assert written.returncode == 0
    assert {str(folder / path) for path in printed} == set(written.stdout.split())
    again = policygen("generate", SAMPLE, "--format", form, "-o", folder)
    assert (again.returncode, again.stdout) == (0, written.stdout)
    first = next(iter(printed))
    (folder / first).write_text((folder / first).read_text(encoding="utf-8") + " ", encoding="utf-8")
    refused(policygen("generate", SAMPLE, "--format", form, "-o", folder), 3)
    alone = policygen("generate", SAMPLE, "--format", form, "--only", first).stdout
    assert alone == (
        printed[first]
        if isinstance(printed[first], str)
        else json.dumps(printed[first], indent=4, ensure_ascii=False) + "\n"
    )


def test_a_picture_of_what_is_generated(tmp_path):
    """`--format mermaid` is the picture without verdicts, printed or written."""
    picture = policygen("generate", SAMPLE, "--format", "mermaid").stdout
    assert picture.startswith("flowchart LR")
    policygen("generate", SAMPLE, "--format", "mermaid", "-o", tmp_path / "out")
    assert (tmp_path / "out/picture.mmd").read_text(encoding="utf-8") == picture


def test_where_to_paste(tmp_path):
    """The page beside the documents names each of them with its console page, and comes with the whole folder only."""
    policygen("generate", SAMPLE, "-o", tmp_path / "all")
    page = (tmp_path / "all/where-to-paste.md").read_text(encoding="utf-8")
    manifest = json.loads((tmp_path / "all/manifest.json").read_text(encoding="utf-8"))
    assert all(entry["path"] in page and entry["where"].replace("|", "\\|") in page for entry in manifest["documents"])
    policygen("generate", SAMPLE, "-o", tmp_path / "some", "--only", "bucket-policy.json")
    assert not (tmp_path / "some/where-to-paste.md").exists()


def test_templates_override(tmp_path):
    """One template can be overridden; a broken override is a located error."""
    trust = (ROOT / "templates" / "trust-policy.json.j2").read_text()
    (tmp_path / "trust-policy.json.j2").write_text(
        trust.replace("{{ statement | json", '{{ dict(statement, Sid="TrustS3") | json')
    )
    document = json.loads(policygen("generate", SAMPLE, "--only", "trust-policy.json", "--templates", tmp_path).stdout)
    assert document["Statement"][0]["Sid"] == "TrustS3"
    (tmp_path / "trust-policy.json.j2").write_text("{\n{% if %}\n}")
    text = refused(policygen("generate", SAMPLE, "--templates", tmp_path))
    assert "trust-policy.json.j2:2:1: PG-G002 not a template" in text
    (tmp_path / "trust-policy.json.j2").write_text('{\n"Version": {{ policy.nothing | json }}\n}')
    text = refused(policygen("generate", SAMPLE, "--templates", tmp_path))
    assert "trust-policy.json.j2:2:1: PG-G003 the template fails" in text
    (tmp_path / "trust-policy.json.j2").write_text('{"Version": }')
    assert "PG-G004 the template makes no JSON" in refused(policygen("generate", SAMPLE, "--templates", tmp_path))
    (tmp_path / "trust-policy.json.j2").rename(tmp_path / "trust-polcy.json.j2")
    text = refused(policygen("generate", SAMPLE, "--templates", tmp_path))
    assert "PG-G005 `trust-polcy.json.j2` overrides no template" in text
    assert "did you mean `trust-policy.json.j2`?" in text


BAD_FILES = {
    "folder": (None, "PG-F001 this is a folder, a file is needed"),
    "missing": (None, "PG-F001 cannot be read: no such file or directory"),
    "empty.yaml": (b"", "PG-F010 the text is empty"),
    "large.yaml": (b"#" * (1024 * 1024 + 1), "PG-F002 larger than 1,048,576 bytes"),
    "latin.yaml": (b"version: 1\nname: caf\xe9\n", ":2:10: PG-F003 not UTF-8: byte 0xe9 at offset 20"),
    "bomb.yaml": (
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "PG-F009 anchors and aliases are not supported: `&a`",
    ),
    "deep.yaml": (b"[" * 5000 + b"]" * 5000, "PG-F008 nested deeper than 100 levels"),
    "deep-block.yaml": (b"\n".join(b" " * n + b"a:" for n in range(300)), "PG-F008 nested deeper than 100 levels"),
    "tab.yaml": (b"version: 1\n\tx: 1\n", ":2:1: PG-F005 not YAML"),
    "list.yaml": (b"- 1\n", "PG-S003 `spec` needs a block of fields"),
    "binary.yaml": (b"\x00\x01\x02", "PG-F005 not YAML"),
    "broken.json": (b'{"version": 1,}', ":1:15: PG-F006 not JSON"),
    "twice.json": (b'{"version": 1, "version": 1}', ":1:16 /version: PG-F007 `version` is given twice"),
    "tag.yaml": (b"version: !!python/object:os.system 1\n", "PG-F009 tags are not supported"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_unusable_specs(name, tmp_path):
    """A spec that cannot be used is a clear error with status 3, for every command that reads one."""
    data, expected = BAD_FILES[name]
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
    elif data is not None:
        path.write_bytes(data)
    for command in (("verify", path), ("generate", path, "-o", tmp_path / "out")):
        assert expected in refused(policygen(*command))
    assert not (tmp_path / "out").exists()


def test_ten_mistakes_give_ten_errors(tmp_path):
    """A spec with ten different mistakes prints ten located errors and writes nothing."""
    spec = tmp_path / "spec.yaml"
    spec.write_text((Path(__file__).parent / "ten-mistakes.yaml").read_text())
    text = refused(policygen("generate", "spec.yaml", "-o", "out", cwd=tmp_path))
    found = [line for line in text.splitlines() if line.startswith("spec.yaml:")]
    assert found == (Path(__file__).parent / "ten-mistakes.txt").read_text().splitlines()
    assert len(found) == 10
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spec.yaml"]


def test_standard_input():
    """`-` reads the spec from standard input."""
    text = SAMPLE.read_text()
    assert (
        policygen(
            "verify",
            "-",
            stdin=text,
        ).returncode
        == 0
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", "-", "-"),
        ("test", "-", "-"),
        ("evaluate", "--principal", USER, "--action", "s3:Get", "--identity-policy", "-", "--resource-policy", "-"),
        ("evaluate", "--principal", USER, "--action", "s3:Get", "--scp", "a.json,-", "--grants", "-"),
    ],
)
def test_standard_input_is_read_once(arguments):
    """`-` for two files is wrong usage: the second would find nothing."""
    assert "can be read once" in refused(policygen(*arguments, stdin=json.dumps(ALLOW)), 2)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("form", ["text", "json"])
def test_full_disk(form):
    """An output that cannot be written ends with 3 and one line, and is no defect."""
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "policygen", "verify", SAMPLE, "--format", form],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
    assert (result.returncode, result.stderr) == (
        3,
        "standard output: PG-F004 cannot be written: no space left on device\n",
    )


def test_evaluate(tmp_path):
    """evaluate explains one request; 0 is allowed, 1 is denied."""
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(ALLOW))
    common = ("evaluate", "--principal", USER, "--resource", "arn:aws:s3:::bucket/key", "--identity-policy", policy)
    allowed = policygen(*common, "--action", "s3:GetObject")
    assert allowed.returncode == 0
    assert allowed.stdout.startswith("ALLOWED: the identity-based policy allows s3:GetObject")
    denied = policygen(*common, "--action", "s3:PutObject", "--format", "json")
    assert denied.returncode == 1
    result = json.loads(denied.stdout)
    assert result["decision"] == "implicitDeny"
    assert set(result) == {
        "decision",
        "request",
        "matched_statements",
        "missing_context",
        "explanation",
        "warnings",
    }
    assert "PG-R001 `bob` is not a valid principal" in refused(
        policygen("evaluate", "--principal", "bob", "--action", "s3:GetObject")
    )


def test_evaluate_context_and_sources(tmp_path):
    """A context key given twice has two values; policies come from one place: files, a spec, an environment."""
    policy = tmp_path / "policy.json"
    condition = {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}
    policy.write_text(json.dumps({**ALLOW, "Statement": [{**ALLOW["Statement"][0], "Condition": condition}]}))
    common = ("evaluate", "--principal", USER, "--action", "s3:GetObject", "--resource", "arn:aws:s3:::bucket/key")
    two = policygen(*common, "--identity-policy", policy, "--context", "aws:TagKeys=a", "--context", "aws:TagKeys=c")
    assert two.returncode == 1
    both = policygen(*common, "--identity-policy", policy, "--spec", SAMPLE)
    assert "one of the three" in refused(both, 2)
    assert "one of the three" in refused(policygen(*common, "--block-public-access", "--spec", SAMPLE), 2)
    assert "is not of the form KEY=VALUE" in refused(policygen(*common, "--context", "novalue"), 2)


def test_test_formats(tmp_path):
    """test runs suites and reports as text, JSON, JUnit and annotations; a failure ends with 1."""
    suite = tmp_path / "a.policytest.json"
    test = {"request": {"principal": USER, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}}
    tests = [{"id": "good", **test, "expect": "allowed"}, {"id": "bad", **test, "expect": "denied"}]
    suite.write_text(json.dumps({"version": 1, "policies": {"identity_based": [ALLOW]}, "tests": tests}))
    text = policygen("test", tmp_path)
    assert text.returncode == 1
    assert "expected denied, got allowed by `Read` of policies/identity_based/0" in text.stdout
    assert text.stdout.rstrip().endswith("1 passed, 1 failed")
    value = json.loads(policygen("test", suite, "--format", "json").stdout)
    assert value["summary"] == {"tests": 2, "passed": 1, "failed": 1, "errors": 0}
    assert value["results"][0]["matched_statements"][0] == {
        "policy_type": "identity-based",
        "policy": "policies/identity_based/0",
        "sid": "Read",
        "index": 0,
        "effect": "Allow",
    }
    root = ElementTree.fromstring(policygen("test", suite, "--format", "junit").stdout.encode())
    assert (root.get("tests"), root.get("failures"), len(root.findall(".//failure"))) == ("2", "1", 1)
    annotation = policygen("test", suite, "--format", "github").stdout
    assert annotation.startswith(f"::error file={suite},line=1,col=335,title=PG-T010%3A bad::expected denied, got")
    tests.append({"id": "none", "request": {**test["request"], "action": "s3"}, "expect": "denied"})
    suite.write_text(json.dumps({"version": 1, "policies": {"identity_based": [ALLOW]}, "tests": tests}))
    for form in ("text", "github"):
        assert policygen("test", suite, "--format", form).stdout.endswith("1 passed, 1 failed, 1 error\n")
    assert policygen("test", ROOT / "samples").returncode == 0


def test_test_without_suites(tmp_path):
    """A folder without suites, and a path that does not exist, are errors."""
    assert "PG-T007 there is no suite in this folder" in refused(policygen("test", tmp_path))
    assert "no such file or folder" in refused(policygen("test", tmp_path / "nothing"))


def test_a_typo_in_a_suite(tmp_path):
    """Every problem of a suite is located."""
    suite = tmp_path / "a.policytest.yaml"
    suite.write_text("version: 1\ntests:\n  - id: a\n    reqest: {}\n    expect: alowed\n")
    text = refused(policygen("test", suite))
    excerpt = "  4 |     reqest: {}\n    |     ^"
    assert (
        f"{suite}:4:5 /tests/0/reqest: PG-T001 unknown field `reqest`\n{excerpt}\n  hint: did you mean `request`?"
        in text
    )
    assert text.count("PG-T") == 2
    assert f"{suite}:5:13 /tests/0/expect: PG-T004 `alowed` is not a valid `decision`" in text


def test_validate(tmp_path):
    """validate ends with 0 for a good document, with 1 and located findings for a bad one."""
    good = tmp_path / "good.json"
    good.write_text(json.dumps(ALLOW))
    assert policygen("validate", good).returncode == 0
    bad = tmp_path / "bad.json"
    bad.write_text('{"Version": "2012-10-17",\n "Statement": [{"Effect": "allow", "Action": "s3:*", "Resource": "*"}]}')
    result = policygen("validate", bad, "--format", "json")
    assert result.returncode == 1
    found = json.loads(result.stdout)["files"][0]
    assert (found["valid"], found["policy_type"]) == (False, "identity")
    finding = found["findings"][0]
    assert (finding["findingType"], finding["issueCode"]) == ("ERROR", "INVALID_EFFECT")
    assert finding["locations"][0]["span"]["start"] == {"line": 2, "column": 26, "offset": 52}
    public = tmp_path / "public.json"
    statement = {**ALLOW["Statement"][0], "Principal": "*", "Resource": "arn:aws:s3:::b/*"}
    public.write_text(json.dumps({**ALLOW, "Statement": [statement]}))
    assert json.loads(policygen("validate", public, "--format", "json").stdout)["files"][0]["public"] is True
    result = policygen("validate", public, "--network-origin", "VPC", "--format", "json")
    assert json.loads(result.stdout)["files"][0]["public"] is False
    assert policygen("validate", public, "--resource-type", "bucket").returncode == 2
    assert policygen("validate", tmp_path / "none.json").returncode == 3


def test_validate_judges_every_file(tmp_path):
    """A file that cannot be read or judged is named, and the others are judged; folders are searched."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "good.json").write_text(json.dumps(ALLOW))
    (folder / "package.json").write_text('{"name": "x", "version": "1.0.0"}')
    result = policygen("validate", folder)
    assert (result.returncode, "package.json" in result.stdout) == (0, False)
    assert result.stdout == f"{folder}/good.json: valid (identity, by its looks)\n1 file: 1 valid\n"
    assert policygen("validate", folder, "--quiet").stdout == ""
    (folder / "template.json").write_text('{"Statement": {"Effect": "Allow", "Action": {"Ref": "A"}, "Resource": "*"}}')
    (folder / "wrong.json").write_text('{"Statement": {"Effect": "Alow", "Action": "s3:*", "Resource": "*"}}')
    result = policygen("validate", folder, tmp_path / "none.json")
    assert result.returncode == 3
    assert f"{folder}/template.json:1:45 /Statement/Action: PG-D009 `Ref` is a template's function" in result.stdout
    assert f"{tmp_path}/none.json: PG-F001 cannot be read" in result.stdout
    assert result.stdout.endswith("\n4 files: 1 valid, 1 not valid, 2 cannot be judged\n")
    files = json.loads(policygen("validate", folder / "template.json", "--format", "json").stdout)["files"]
    assert [(each["valid"], [one["code"] for one in each["problems"]]) for each in files] == [(False, ["PG-D009"])]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "there is no policy in this folder" in policygen("validate", empty).stdout
    broken = empty / "no.json"
    broken.symlink_to(broken)
    (empty / "good.json").write_text(json.dumps(ALLOW))
    text = policygen("validate", empty).stdout
    assert f"{broken}: PG-F001 cannot be read" in text
    assert f"{empty}/good.json: valid" in text
    quiet = policygen("validate", folder / "good.json", folder / "wrong.json", "--quiet").stdout
    assert "good.json" not in quiet


def test_validate_shows_the_line(tmp_path):
    """An error has its source line with a caret; what cannot be seen is named."""
    file = tmp_path / "p.json"
    file.write_text('{"Version": "2012-10-17",\n "Statement":\u2028 []}', encoding="utf-8")
    text = policygen("validate", file).stdout
    assert "expected a value, found the invisible character U+2028 (LINE SEPARATOR): take it away" in text
    assert f'\n  2 |  "Statement":\ufffd []}}\n    | {" " * 13}^\n' in text


def test_init(tmp_path):
    """init writes a spec that verifies and a suite that passes, and never overwrites."""
    target = tmp_path / "demo"
    assert policygen("init", target).returncode == 0
    assert policygen("verify", target / "spec.yaml").returncode == 0
    assert policygen("test", "--strict", target).returncode == 0
    (target / "spec.yaml").write_text("mine")
    text = refused(policygen("init", target))
    assert text.count("PG-F013 exists already") == 3
    assert (target / "spec.yaml").read_text() == "mine"
    inside = target / "spec.yaml" / "deeper"
    assert refused(policygen("init", inside)).startswith(f"{inside}: PG-F004 cannot be written: ")


def test_init_with_a_sample(tmp_path):
    """--sample writes a sample's spec, suite and what they name; `list` names the samples; another name is refused."""
    listed = policygen("init", "--sample", "list").stdout.splitlines()
    assert "cross-account                 Replication to another account" in listed
    done = policygen("init", tmp_path / "demo", "--sample", "guarded-buckets")
    assert (done.returncode, done.stderr) == (0, f"next: policygen verify {tmp_path / 'demo/spec.yaml'}\n")
    assert (tmp_path / "demo/guardrails/deny-leaving.json").is_file()
    assert (tmp_path / "demo/spec.schema.json").is_file()
    assert not (tmp_path / "demo/README.md").exists()
    assert policygen("verify", tmp_path / "demo/spec.yaml").returncode == 0
    assert policygen("test", tmp_path / "demo").returncode == 0
    again = refused(policygen("init", tmp_path / "demo", "--sample", "two-way"))
    assert again.count("PG-F013 exists already") == 3
    unknown = refused(policygen("init", "--sample", "two-ways"), 2)
    assert "there is no sample `two-ways`: did you mean `two-way`?" in unknown
    plan = policygen("init", tmp_path / "plan", "--sample", "migrate-single-region-key")
    assert plan.stderr == f"next: policygen plan {tmp_path / 'plan/spec.yaml'}\n"


def test_no_traceback_for_a_defect(tmp_path, monkeypatch):
    """A defect is one line and a hint; POLICYGEN_DEBUG shows the traceback."""
    from policygen.api import specs
    from policygen.cli.main import run

    def broken(path):
        raise ZeroDivisionError(path)

    monkeypatch.setattr(specs, "load_spec", broken)
    monkeypatch.delenv("POLICYGEN_DEBUG", raising=False)
    assert run(["verify", "x"]) == 70
    monkeypatch.setenv("POLICYGEN_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["verify", "x"])


ASK = ("evaluate", "--principal", "arn:aws:iam::111122223333:user/bob", "--resource-account", "111122223333")


def test_evaluate_asks_every_combination(tmp_path):
    """Actions and resources that are given again make every combination, a line each; one denial is exit 1."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    (tmp_path / "p.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    given = (*ASK, "--identity-policy", "p.json", "--action", "s3:GetObject", "--resource", "arn:aws:s3:::b/k")
    done = policygen(*given, "--action", "s3:PutObject", "--resource", "arn:aws:s3:::b/l", cwd=tmp_path)
    assert done.returncode == 1
    assert [line.partition(": ")[::2] for line in done.stdout.splitlines()] == [
        ("s3:GetObject on arn:aws:s3:::b/k", "ALLOWED: the identity-based policy allows s3:GetObject"),
        ("s3:GetObject on arn:aws:s3:::b/l", "ALLOWED: the identity-based policy allows s3:GetObject"),
        ("s3:PutObject on arn:aws:s3:::b/k", "DENIED (implicitDeny): no identity-based policy allows s3:PutObject"),
        ("s3:PutObject on arn:aws:s3:::b/l", "DENIED (implicitDeny): no identity-based policy allows s3:PutObject"),
    ]
    again = policygen(*given, "--resource", "arn:aws:s3:::b/l", "--format", "json", cwd=tmp_path)
    assert again.returncode == 0
    assert [each["decision"] for each in json.loads(again.stdout)["results"]] == ["allowed", "allowed"]


def test_evaluate_names_the_problems_of_all_combinations():
    """Every part that is not valid is named once."""
    done = policygen(*ASK, "--action", "bad", "--action", "s3:GetObject", "--resource", "foo", "--resource", "bar")
    assert done.returncode == 3
    assert [line.partition(": ")[2] for line in done.stderr.splitlines() if "PG-R" in line] == [
        "PG-R003 `bad` is not a valid action",
        "PG-R004 `foo` is not a valid resource",
        "PG-R004 `bar` is not a valid resource",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("generate", "spec.yaml", "-o", ""),
        ("init", ""),
        ("test", "a", ""),
        ("verify", "s.yaml", "--documents", ""),
        ("diff", "", ""),
        ("check", "no-new-access", "a", "--than", ""),
        ("check", "never-matches", ""),
    ],
    ids=" ".join,
)
def test_an_empty_name(arguments, tmp_path):
    """A name of a file or folder that is empty is wrong usage, and not the working folder."""
    done = policygen(*arguments, cwd=tmp_path)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "the name is empty; the working folder is `.`" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        ((*ASK, "--action", "s3:GetObject", "--principal", "anonymous"), "--principal"),
        (("verify", "spec.yaml", "--format", "json", "--format", "text"), "--format"),
        (("validate", "p.json", "--policy-type", "identity", "--policy-type", "scp"), "--policy-type"),
        (("generate", "spec.yaml", "-o", "a", "-o", "b"), "--output-dir"),
    ],
)
def test_an_option_that_is_given_again(arguments, option):
    """An option that cannot be repeated is refused when it is, and none is dropped without a word."""
    done = policygen(*arguments)
    assert done.returncode == 2
    assert f"`{option}` is given 2 times: give it once" in done.stderr
