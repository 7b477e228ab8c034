"""``verify --mend``: every file of the folder that was judged, in a folder of its own, changed where a mend says so."""

import json

import pytest

from tests.cli.test_commands import SAMPLE, refused
from tests.command import policygen

ROLE = "111122223333/iam/s3-replication/permissions-policy.json"
KEY = "111122223333/kms/data/us-east-1/key-policy.json"


@pytest.fixture
def broken(tmp_path):
    """Return a folder of documents in the AWS CLI's wrappers, one of which is broken, with foreign files beside."""
    folder = tmp_path / "fetched"
    assert policygen("generate", SAMPLE, "-o", folder).returncode == 0
    key, role = folder / KEY, folder / ROLE
    key.write_text(json.dumps({"Policy": key.read_text(encoding="utf-8"), "PolicyName": "default"}), encoding="utf-8")
    text = role.read_text(encoding="utf-8").replace('"kms:Decrypt"', '"kms:CreateGrant"', 1)
    role.write_text(json.dumps({"RoleName": "r", "PolicyDocument": json.loads(text)}, indent=2), encoding="utf-8")
    (folder / "notes.txt").write_bytes(b"\xff as it is\r\n")
    return folder


def contents(folder):
    """Return the bytes of every file below a folder, by path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_mended_documents_hold(broken, tmp_path):
    """The exit status is that of what was judged; what is written holds, in its wrappers, and the rest is as it was."""
    done = policygen("verify", SAMPLE, "--documents", broken, "--mend", tmp_path / "mended")
    before, after = contents(broken), contents(tmp_path / "mended")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"{tmp_path / 'mended'}: {len(before)} files, 1 mend"
    assert {path for path in {*before, *after} if before.get(path) != after.get(path)} == {ROLE}
    answer = json.loads(after[ROLE])
    assert (answer["RoleName"], list(answer)) == ("r", ["RoleName", "PolicyDocument"])
    assert after[ROLE].startswith(b'{\n  "RoleName"')
    assert policygen("verify", SAMPLE, "--documents", tmp_path / "mended").returncode == 0


def test_the_difference_names_file_and_line(broken):
    """A mend is printed as a difference of its statement, with the line in the file that was judged."""
    lines = policygen("verify", SAMPLE, "--documents", broken).stdout.splitlines()
    text = (broken / ROLE).read_text(encoding="utf-8").splitlines()
    place = lines.index(f"  mend 1: change {broken / ROLE}:{text.index(_STATEMENT)}  DecryptSourceObjects")
    assert [line for line in lines[place : place + 9] if line[:5] in ("    +", "    -")] == [
        '    -        "kms:CreateGrant"',
        '    +        "kms:Decrypt"',
    ]
    coloured = policygen("verify", SAMPLE, "--documents", broken, "--color", "always").stdout
    assert '\x1b[32m    +        "kms:Decrypt"\x1b[0m' in coloured
    assert '\x1b[31m    -        "kms:CreateGrant"\x1b[0m' in coloured


_STATEMENT = '        "Sid": "DecryptSourceObjects",'


def test_nothing_to_mend(tmp_path):
    """Documents that hold are copied; without a folder those that are generated, without their manifest."""
    made, copied, written = (tmp_path / name for name in ("made", "copied", "written"))
    assert policygen("generate", SAMPLE, "-o", made).returncode == 0
    assert policygen("verify", SAMPLE, "--documents", made, "--mend", copied).returncode == 0
    assert contents(copied) == contents(made)
    written.mkdir()
    done = policygen("verify", SAMPLE, "--mend", written, "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["mends"]) == (0, [])
    assert contents(written) == {path: each for path, each in contents(made).items() if path.startswith("1")}


def test_a_folder_that_is_not_empty(broken, tmp_path):
    """Nothing is written where something stands; what was judged is printed all the same, and 3 wins over 1."""
    (tmp_path / "mended").mkdir()
    (tmp_path / "mended/other").write_bytes(b"")
    done = policygen("verify", SAMPLE, "--documents", broken, "--mend", tmp_path / "mended")
    assert done.returncode == 3
    assert "PG-F013 is not empty: `other` is there already" in done.stderr
    assert "FAILED" in done.stdout
    assert list(contents(tmp_path / "mended")) == ["other"]


def test_where_nothing_can_be_written(broken, tmp_path):
    """A file in the way is no folder; an empty name is wrong usage."""
    (tmp_path / "file").write_bytes(b"")
    done = policygen("verify", SAMPLE, "--documents", broken, "--mend", tmp_path / "file")
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    refused(policygen("verify", SAMPLE, "--mend", ""), 2)


def test_the_page_shows_the_difference(broken):
    """HTML marks what comes and what goes, and holds the statement whole, to be copied."""
    page = policygen("verify", SAMPLE, "--documents", broken, "--format", "html").stdout
    assert '<span class="come">+        &#34;kms:Decrypt&#34;\n</span>' in page
    assert '<span class="go">-        &#34;kms:CreateGrant&#34;\n</span>' in page
    assert f"Mend 1: change {broken}/{ROLE}:" in page
