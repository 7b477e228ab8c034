"""The script and the page of the templates: stages in order, ids from the stacks that made them, what comes by hand."""

import json
import shutil
import subprocess

import pytest

from policygen.export.cloudformation import cloudformation, deployment
from policygen.generator import generate_bundle
from tests.export.calls import run, words_of, write_script
from tests.export.cases import CASES, spec_of


class Place:
    """The script of a spec."""

    def __init__(self, name, folder, partition="aws"):
        self.spec = spec_of(name, partition)
        self.bundle = generate_bundle(self.spec)
        self.script, self.folder = write_script(self.spec, self.bundle, folder, "cloudformation"), folder

    def run(self, **variables):
        """Run it with a stand-in for the AWS CLI that remembers; return how it went, and its calls as words."""
        records = self.folder / "records"
        shutil.rmtree(records / "calls", ignore_errors=True)
        done = run(self.spec, self.script, records, **variables)
        return done, words_of(records)


def deployments(calls):
    """Return the deployments among calls: account, Region, template and parameters."""
    found = []
    for words in (each for each in calls if each[4:6] == ["cloudformation", "deploy"]):
        given = words[words.index("--parameter-overrides") + 1 :] if "--parameter-overrides" in words else []
        found.append((words[1], words[3], words[words.index("--template-file") + 1], given))
    return found


@pytest.mark.parametrize("case", [case for case in CASES if case[1] == "aws"], ids="-".join)
def test_every_template_is_deployed_in_the_order_of_the_metadata(case, tmp_path):
    """Each step of the order is one deployment, with every parameter without default; then what comes by hand."""
    place = Place(*case[:1], tmp_path, case[1])
    done, calls = place.run()
    assert done.returncode == 0, done.stderr
    order = next(iter(cloudformation(place.spec, place.bundle).values()))["Metadata"]["policygen"]["Order"]
    expected = []
    for step in order:
        command, _, given = step["Command"].partition(" --parameter-overrides ")
        names = [each.replace("VALUE", "") for each in given.split()]
        region, template = command.split("--region ")[1].split()[0], command.split("--template-file ")[1].split()[0]
        expected.append((step["Account"], region, f"../{template}", names))
    found = deployments(calls)
    ids = ("1234abcd-0000-0000-0000-1234567890ab", "99999999-12ab-34cd-56ef-1234567890ab")
    shown = [
        (*each[:3], [word if word.startswith("Stage=") else word.partition("=")[0] + "=" for word in each[3]])
        for each in found
    ]
    assert shown == expected
    assert all(word.partition("=")[2] in ids for each in found for word in each[3] if not word.startswith("Stage="))
    after = [each[5] for each in calls[max(n for n, each in enumerate(calls) if each[5] == "deploy") :]]
    assert after.count("put-key-policy") == sum(
        len(key.regions) for key in place.spec.keys if key.id and key.type.value != "aws-managed"
    )
    assert after.count("put-bucket-request-payment") == sum(bucket.requester_pays for bucket in place.spec.buckets)
    assert after.count("create-job") == sum(each.batch is not None for each in place.spec.replication)


def test_a_stack_never_goes_back_to_an_earlier_stage(tmp_path):
    """A second run deploys the stage that was reached: an earlier one would take away what came later."""
    place = Place("cross-account", tmp_path)
    first, second = (deployments(place.run()[1]) for _ in range(2))
    assert [each[3][0] for each in first if each[3]] == ["Stage=1", "Stage=2"]
    assert [each[3][0] for each in second if each[3]] == ["Stage=2", "Stage=2"]


def test_an_id_that_cannot_be_read_stops_it(tmp_path):
    """Where a stack has no output, nothing is deployed with an empty id."""
    place = Place("crossed-replicas", tmp_path)
    whole = deployments(place.run()[1])
    account = next(each[0] for each in whole if not each[3] or all("Id=" not in word for word in each[3]))
    shutil.rmtree(place.folder / "records")
    done, calls = place.run(FAKE_AWS_NO_OUTPUTS=account)
    assert done.returncode == 1
    assert "has no output" in done.stderr
    assert not any(word.endswith("Id=") for each in deployments(calls) for word in each[3])


def test_what_somebody_else_wrote_stops_it_first(tmp_path):
    """The policy of a key that exists is shown and kept before any template is deployed."""
    place = Place("cross-account", tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "there/get-key-policy").write_text(json.dumps({"Version": "2012-10-17", "Id": "mine", "Statement": []}))
    done, calls = place.run(FAKE_AWS_THERE=str(tmp_path / "there"))
    assert done.returncode == 1
    assert "key-policy.json would be lost" in done.stderr
    assert deployments(calls) == []
    assert place.run(FAKE_AWS_THERE=str(tmp_path / "there"), REPLACE="yes")[0].returncode == 0


@pytest.mark.parametrize("name", ["cross-account", "every-setting", "existing-objects"])
def test_bash_finds_nothing(name, tmp_path):
    """The script is bash."""
    place = Place(name, tmp_path)
    done = subprocess.run(["bash", "-n", place.script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_page_tells_the_order_and_what_comes_by_hand():
    """The page has a row a deployment, and lists what no template makes, with files that are there."""
    spec = spec_of("existing-objects")
    files = deployment(spec, generate_bundle(spec))
    page = files["cloudformation/deploy.md"]
    order = next(iter(cloudformation(spec, generate_bundle(spec)).values()))["Metadata"]["policygen"]["Order"]
    assert all(f"| {step['Step']} | {step['Account']} | `{step['Command']}` |" in page for step in order)
    assert "--cli-input-json file://cloudformation/111122223333/s3control/" in page
    named = [word.removeprefix("file://") for word in page.split() if word.startswith("file://")]
    assert set(named) <= set(files)
