"""Reading and writing files: whole or not at all, one run at a time, and nothing left behind."""

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from policygen.errors import SourceError
from policygen.source import files
from policygen.source.files import claimed, files_below, is_folder, left_over, read_text, write_files


def forbidden(path):
    """Return what the system says where somebody may not look."""
    return PermissionError(13, "Permission denied", str(path))


def problem(caught):
    """Return the one problem of an error, as text."""
    (found,) = caught.value.problems
    return str(found)


def test_a_folder_that_cannot_be_read_is_no_empty_one(tmp_path, monkeypatch):
    """Each folder and file that nobody may look into is named, and nothing is returned."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "c.json").touch()
    scan, look = os.scandir, os.stat

    def scandir(path):
        if str(path).endswith("b"):
            raise forbidden(path)
        return scan(path)

    def stat(path, **options):
        if str(path).endswith("c.json"):
            raise forbidden(path)
        return look(path, **options)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "stat", stat)
    with pytest.raises(SourceError) as caught:
        files_below(tmp_path, lambda _: True)
    assert [str(each) for each in caught.value.problems] == [
        f"{tmp_path / 'c.json'}: PG-F001 cannot be read: permission denied",
        f"{tmp_path / 'a' / 'b'}: PG-F001 cannot be read: permission denied",
    ]


def test_what_is_below_a_folder(tmp_path):
    """Files in sorted order; no pipes, no links to nothing, no skipped folders, nothing behind links to folders."""
    for name in ("b/2.json", "b/1.json", "a.json", "skipped/x.json", "b/other.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "nothing.json").symlink_to("nowhere")
    (tmp_path / "around").symlink_to(tmp_path)
    found = files_below(tmp_path, lambda name: name.endswith(".json"), skipped=lambda name: name == "skipped")
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.json", "b/1.json", "b/2.json"]


@pytest.mark.parametrize(
    ("path", "reason"), [("x" * 5000, "file name too long"), ("a\0b", "no file can have this name")]
)
def test_names_that_no_file_can_have(path, reason):
    """They are problems, whoever asks for them."""
    for read in (read_text, is_folder):
        with pytest.raises(SourceError) as caught:
            read(path)
        assert problem(caught).endswith(f": PG-F001 cannot be read: {reason}")


def test_a_closed_standard_input(monkeypatch):
    """Nothing can be read from it."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SourceError) as caught:
        read_text("-")
    assert problem(caught) == "-: PG-F001 cannot be read: standard input is closed"


def test_what_a_killed_run_left(tmp_path):
    """It is found by its name, and only files are taken for it; what looks otherwise is somebody's own."""
    ours = (".policygen-abc123", "a/.policygen-0a1b2c3d")
    for name in (*ours, ".policygen-notes.txt", ".policygen", ".git/.policygen-0a1b2c3d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".policygen-folder").mkdir()
    assert [path.name for path in left_over(tmp_path)] == [".policygen-abc123", ".policygen-0a1b2c3d"]


def test_the_last_text_and_what_goes_before_it(tmp_path, monkeypatch):
    """Files are moved in order; what is taken away goes right before the last, so that a manifest never lies."""
    (tmp_path / "old").touch()
    seen, move = [], os.replace

    def watched(old, new):
        seen.append((new.name, (tmp_path / "old").exists()))
        move(old, new)

    monkeypatch.setattr(os, "replace", watched)
    write_files(tmp_path, {"a": "1", "manifest.json": "2"}, remove=[tmp_path / "old"])
    assert seen == [("a", True), ("manifest.json", False)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "manifest.json"]


def test_lone_surrogates_are_written_escaped(tmp_path):
    """UTF-8 cannot hold them."""
    write_files(tmp_path, {"a": '"\ud800"'})
    assert (tmp_path / "a").read_text() == r'"\ud800"'


def test_one_run_at_a_time(tmp_path, monkeypatch):
    """A second run waits for the first, and gives up in the end with a problem; afterwards the folder is free."""
    monkeypatch.setattr(files, "_LONGEST_WAIT", 0)
    with claimed(tmp_path), pytest.raises(SourceError) as caught, claimed(tmp_path):
        pass
    assert problem(caught) == (
        f"{tmp_path}: PG-F015 another run of policygen writes into this folder\n"
        "  hint: wait for it, or take another folder"
    )
    with claimed(tmp_path):
        pass


def test_a_claimed_folder_that_nothing_is_written_to(tmp_path):
    """It is made, and taken away again."""
    with claimed(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_failure_takes_everything_back(tmp_path):
    """A text that cannot be written leaves neither temporary files nor folders."""
    (tmp_path / "b").mkdir()
    with pytest.raises(SourceError) as caught:
        write_files(tmp_path, {"new/a": "1", "b": "2"})
    assert problem(caught) == f"{tmp_path / 'b'}: PG-F004 cannot be written: is a directory"
    assert [path.name for path in tmp_path.rglob("*")] == ["b"]


def test_a_file_that_cannot_be_taken_away(tmp_path, monkeypatch):
    """It is named, before anything is changed: half of it would look edited to the next run."""
    old = tmp_path / "kept" / "old"
    old.parent.mkdir()
    old.touch()
    monkeypatch.setattr(os, "access", lambda path, _: path != old.parent)
    with pytest.raises(SourceError) as caught:
        write_files(tmp_path, {"a": "1", "manifest.json": "2"}, remove=[old])
    assert problem(caught) == f"{old}: PG-F004 cannot be written: permission denied"
    assert [path.name for path in tmp_path.rglob("*")] == ["kept", "old"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_stopped(tmp_path, number):
    """It says so, ends with the status of shells, and leaves nothing behind, whatever it was doing."""
    code = (
        "import os, policygen.__main__\n"
        "from pathlib import Path\n"
        "from policygen.source.files import write_files\n"
        "class Texts(dict):\n"
        "    def items(self):\n"
        "        yield 'new/a', '1'\n"
        f"        os.kill(os.getpid(), {int(number)})\n"
        f"write_files(Path({str(tmp_path)!r}), Texts())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (128 + number, "interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_while_files_are_moved(tmp_path, monkeypatch):
    """It waits until all are moved: half of them would look edited to the next run."""
    move = os.replace

    def interrupted(old, new):
        os.kill(os.getpid(), signal.SIGINT)
        move(old, new)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_files(tmp_path, {"a": "1", "b": "2"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "1", "b": "2"}


def test_a_link_in_a_files_place_is_replaced(tmp_path):
    """What it leads to stays as it is."""
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "a").symlink_to("mine")
    write_files(Path(tmp_path), {"a": "1"})
    assert ((tmp_path / "mine").read_text(), (tmp_path / "a").read_text()) == ("mine", "1")


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_link_to_nothing_in_a_folders_place_stays(below, tmp_path):
    """No folder can be made there, and what is taken back is our own work alone."""
    link = tmp_path / "out"
    link.symlink_to("nowhere")
    with pytest.raises(SourceError) as caught, claimed(link / below):
        pass
    assert "PG-F004" in problem(caught)
    assert link.is_symlink()


def test_what_is_no_file_is_written_into(tmp_path):
    """A pipe is written into and stays one; so does a device."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_text()))
    reader.start()
    write_files(tmp_path, {"pipe": "text", "file": "other"})
    reader.join(10)
    assert found == ["text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert (tmp_path / "file").read_text() == "other"
    with pytest.raises(SourceError) as error:
        write_files(Path("/dev"), {"full": "text"})
    assert [each.code for each in error.value.problems] == ["PG-F004"]
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)
