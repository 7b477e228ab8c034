"""What serves continuous integration: the hooks of pre-commit, and the examples of docs/ci.md."""

import re
import shlex
import shutil

import pytest
import yaml

from tests.command import ROOT, policygen

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
EXAMPLES = [yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]
BAD = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*"}]}'


@pytest.fixture
def project(tmp_path):
    """Return a project with a spec, its documents and its suite."""
    for name in ("spec.yaml", "suite.policytest.yaml"):
        shutil.copy(ROOT / "samples/mrk-replication" / name, tmp_path)
    policygen("generate", "spec.yaml", "-o", "policies", cwd=tmp_path)
    return tmp_path


def test_the_hooks_have_what_pre_commit_asks_for():
    """Id, name, entry and language of each; they are Python's, so pre-commit installs the package by itself."""
    assert [hook["id"] for hook in HOOKS] == ["policygen-validate", "policygen-verify", "policygen-test"]
    for hook in HOOKS:
        assert hook["language"] == "python"
        assert hook["name"] == hook["entry"]
        assert hook["description"]
        re.compile(hook["files"])


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_the_hooks_run(hook, project):
    """An entry passes where all holds, and fails where something does not."""
    entry = [*shlex.split(hook["entry"])[1:], *hook.get("args", ())]
    policy = "policies/111122223333/s3/source/bucket-policy.json"
    if hook.get("pass_filenames", True):
        entry.append(policy)
        assert re.search(hook["files"], policy)
    assert policygen(*entry, cwd=project).returncode == 0
    (project / policy).write_text(BAD, encoding="utf-8")
    for name in ("spec.yaml", "suite.policytest.yaml"):
        text = (project / name).read_text(encoding="utf-8")
        broken = text.replace("expect: denied", "expect: allowed").replace("expect: implicitDeny", "expect: allowed")
        (project / name).write_text(broken, encoding="utf-8")
    assert policygen(*entry, cwd=project).returncode == 1


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("bucket-policy.json", True),
        ("iam/Policies.json", True),
        ("policies/readme.json", False),
        ("package.json", False),
        ("policy.yaml", False),
    ],
)
def test_which_files_are_validated(path, meant):
    """Those that are called policies: any other JSON would be called a bad policy."""
    assert bool(re.search(HOOKS[0]["files"], path)) is meant


def test_suites_are_not_validated():
    """A suite in JSON may be called after the policy that it tests."""
    assert re.search(HOOKS[0]["exclude"], "bucket-policy.policytest.json")


def test_the_page_names_the_hooks_there_are():
    """The example of pre-commit has each of them."""
    (configuration,) = (each for each in EXAMPLES if "repos" in each)
    (repo,) = configuration["repos"]
    assert [hook["id"] for hook in repo["hooks"]] == [hook["id"] for hook in HOOKS]


def test_the_workflow_runs(project):
    """Every command of the workflow runs as it stands, and SARIF is written where it is uploaded from."""
    (workflow,) = (each for each in EXAMPLES if isinstance(each, dict) and "jobs" in each)
    steps = workflow["jobs"]["policies"]["steps"]
    commands = [step["run"] for step in steps if step.get("run", "").startswith("policygen ")]
    assert len(commands) == 3
    for command in commands:
        words, _, target = command.partition(" > ")
        done = policygen(*shlex.split(words)[1:], cwd=project)
        assert done.returncode == 0, done.stderr
        if target:
            (project / target).write_text(done.stdout, encoding="utf-8")
    (upload,) = (step for step in steps if "upload-sarif" in step.get("uses", ""))
    assert (project / upload["with"]["sarif_file"]).stat().st_size > 0
    assert upload["if"] == "always()"
    assert workflow["permissions"]["security-events"] == "write"


def test_the_question_of_a_pull_request_runs(project):
    """The check beside the branch that is merged into is a command there is."""
    (steps,) = (each for each in EXAMPLES if isinstance(each, list))
    command = shlex.split(steps[-1]["run"])[1:]
    for folder in (project / "policies", project.parent / "before" / "policies"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(project / "policies/111122223333/s3/source/bucket-policy.json", folder)
    assert policygen(*command, cwd=project).returncode == 0


def test_the_entry_of_the_page_can_be_used(project):
    """The policygen.toml of the page is one."""
    (text,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (project / "policygen.toml").write_text(text, encoding="utf-8")
    done = policygen("validate", "policies", cwd=project)
    assert done.returncode == 0
    assert "PG-F017 `INVALID_ACTION` is not found in `policies/**/*.json` any more" in done.stderr
