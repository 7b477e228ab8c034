"""Following a configuration: asks, keeps the answers, and goes on to what they name, until nothing new comes up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policygen.errors import Place, PolicygenError, Problem
from policygen.fetch.aws import Answer, Aws
from policygen.fetch.calls import CALLER, KINDS, Call
from policygen.fetch.store import Answers, Refused, as_json
from policygen.fetch.subjects import Subject, Task, as_file_name, child, named_in
from policygen.source.files import claimed

_AT_ONCE = 8
"""Calls that are made at the same time: AWS throttles those of one account."""

_DENIED = ("AccessDenied", "AccessDeniedException", "403", "NoAnswer")
"""Codes that do not tell whether the profile is of the account that is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What was read.

    Attributes:
        folder: Where it is.
        accounts: The accounts of the profiles.
        asked: How many calls were made, those that were refused included.
        kept: How many answers of earlier runs were there.
        answers: The files, in the order in which they were asked for.
        not_fetched: What was refused.
    """

    folder: str
    accounts: tuple[str, ...]
    asked: int
    kept: int
    answers: tuple[str, ...]
    not_fetched: tuple[Refused, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        from dataclasses import asdict

        return asdict(self)


Progress = Callable[[int, int], None] | None


def fetch(task: Task, folder: str | Path, *, refresh: bool = False, progress: Progress = None) -> Fetched:
    """Read from AWS what a task asks for, and keep each answer in a file of its own below a folder.

    A refused call is noted and the rest goes on. Answers that are there are not asked for again.

    Args:
        task: What is read.
        folder: Where; it is made for its owner alone when it is not there.
        refresh: Whether everything is asked for again.
        progress: Is told how many calls are done, and how many are known of so far.

    Raises:
        PolicygenError: PG-N001 without boto3; PG-N002 for profiles that cannot be used; PG-N003 when nothing at all
            could be read; PG-F… when a file cannot be read or written.
    """
    aws = Aws(task.profiles, task.regions[0] if task.bucket and task.regions else None)
    with claimed(Path(folder), private=True):
        walk = _Walk(task, aws, Answers(Path(folder), refresh=refresh), progress)
        try:
            walk.run()
        finally:
            walk.note_refused()
    found = walk.fetched(str(folder), tuple(aws.callers))
    wanted = f"/s3/{as_file_name(task.bucket)}/" if task.bucket else "/"
    if not any(wanted in file for file in found.answers):
        raise PolicygenError(_nothing(found))
    return found


def _nothing(found: Fetched) -> Problem:
    codes = ", ".join(dict.fromkeys(each.code for each in found.not_fetched))
    message = f"nothing could be read: AWS refused it ({codes})"
    hint = "the profile must be one of the account that owns it, and may read it: docs/fetch.md lists the permissions"
    return Problem(code="PG-N003", message=message, place=Place(source=found.folder), hint=hint)


class _Walk:
    def __init__(self, task: Task, aws: Aws, answers: Answers, progress: Progress) -> None:
        self._task = task
        self._aws = aws
        self._answers = answers
        self._progress = progress
        self._files: dict[str, bool] = {}
        """Every file that was asked for, and whether the answer is there."""
        self._refused: list[Refused] = []
        self._asked = 0

    def run(self) -> None:
        """Ask about the first things, then about what the answers name, and so on."""
        for account, answer in self._aws.callers.items():
            self._answers.write(f"{account}/sts/{CALLER.file}", as_json(answer.value))
        wave = list(self._starts())
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            try:
                while wave:
                    wave = self._wave(wave, pool)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _starts(self) -> Iterator[Subject]:
        for account in self._aws.callers:
            home = self._aws.home(account)
            place = Subject(kind="account", caller=account, known={"account": account, "region": home})
            for kind, value in self._task.starts():
                yield child(place, kind, [value.format(account=account, home=home)], self._aws.callers)
        if self._task.bucket is not None:
            account = self._aws.accounts[self._task.profiles[0]]
            place = Subject(
                kind="account", caller=account, known={"account": account, "region": self._aws.home(account)}
            )
            yield child(place, "bucket", [self._task.bucket], self._aws.callers)

    def _wave(self, subjects: Iterable[Subject], pool: ThreadPoolExecutor) -> list[Subject]:
        """Ask about some things at the same time; return what their answers name."""
        pairs = [(subject, call, subject.file(call)) for subject in subjects for call in subject.calls]
        pairs = [pair for pair in {pair[2]: pair for pair in reversed(pairs)}.values() if pair[2] not in self._files]
        pairs.reverse()
        done = len(self._files)
        total = done + len(pairs)
        self._files |= {file: False for _, _, file in pairs}
        found: list[Subject] = []
        for (subject, call, file), answer in zip(pairs, pool.map(self._answer, pairs), strict=True):
            value = self._kept(subject, call, file, answer)
            found += self._named(subject, call, value) if self._files[file] else self._otherwise(subject, call)
            done += 1
            if self._progress is not None:
                self._progress(done, total)
        return found

    def _answer(self, pair: tuple[Subject, Call, str]) -> Answer | None:
        """Make a call; None when its answer is there. Runs in a thread, and so writes nothing."""
        subject, call, file = pair
        if self._answers.has(file):
            return None
        if subject.caller is None:
            return Answer(None, "NoProfile")
        return self._aws.ask(call, subject.caller, subject.known["region"], subject.parameters(call))

    def _kept(self, subject: Subject, call: Call, file: str, answer: Answer | None) -> Any:
        """Keep an answer, and return it."""
        if answer is None:
            self._files[file] = True
            return self._answers.read(file)
        self._asked += answer.code != "NoProfile"
        if answer.value is None and answer.code not in call.none:
            self._refused.append(
                Refused(
                    call=" ".join(call.command),
                    file=file,
                    account=subject.caller or "",
                    region=subject.known["region"],
                    code=answer.code,
                )
            )
            return None
        text = f"{answer.text}\n" if answer.value is None else as_json(answer.value)
        self._answers.write(file, text)
        self._files[file] = True
        return self._answers.read(file)

    def _named(self, subject: Subject, call: Call, value: Any) -> Iterator[Subject]:
        for follow in call.follows:
            for row in named_in(value, follow) if follow.kind in self._task.kinds else ():
                found = child(subject, follow.kind, row, self._aws.callers)
                if KINDS[follow.kind].tried and not row[-1]:
                    yield self._owned(found)
                elif self._task.bucket is not None or found.caller == found.known["account"]:
                    yield found

    def _otherwise(self, subject: Subject, call: Call) -> Iterator[Subject]:
        """Yield what is looked at all the same where a call is refused."""
        for follow in call.follows:
            if follow.otherwise and follow.kind in self._task.kinds:
                yield child(subject, follow.kind, [follow.otherwise.format_map(subject.known)], self._aws.callers)

    def _owned(self, subject: Subject) -> Subject:
        """Return something with the account whose profile is answered about it, the destinations' profiles first."""
        profiles = (*self._task.tried_first, *self._task.profiles)
        accounts = list(dict.fromkeys(self._aws.accounts[each] for each in profiles))
        (call,) = subject.calls
        tried = [Subject(kind=subject.kind, caller=each, known={**subject.known, "account": each}) for each in accounts]
        for each in tried if len(tried) > 1 else ():
            if self._answers.has(each.file(call)):
                return each
        for each in tried if len(tried) > 1 else ():
            answer = self._aws.ask(call, str(each.caller), each.known["region"], each.parameters(call))
            if answer.code not in _DENIED:
                return each
        return tried[0]

    def note_refused(self) -> None:
        """Keep the list of what was refused."""
        self._answers.write_refused(self._refused)

    def fetched(self, folder: str, accounts: tuple[str, ...]) -> Fetched:
        """Return what was read."""
        there = tuple(file for file, found in self._files.items() if found)
        kept = len(self._files) - self._asked - sum(each.code == "NoProfile" for each in self._refused)
        return Fetched(
            folder=folder,
            accounts=accounts,
            asked=self._asked,
            kept=kept,
            answers=there,
            not_fetched=tuple(self._refused),
        )
