"""The same calls as a script for the AWS CLI: every function of a kind is made from the table of calls.

What an answer names is found by a second call with ``--query``: so the script needs nothing but the AWS CLI and bash.

Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-filter.html
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from policygen.fetch.calls import KINDS, Call, Kind, dashed
from policygen.fetch.functions import FUNCTIONS
from policygen.fetch.store import NOT_FETCHED
from policygen.fetch.subjects import Task, as_file_name

_FIELD = re.compile(r"\{(\w+)\}")
_HEAD = """\
#!/usr/bin/env bash
# Written by policygen. Reads from AWS with the AWS CLI, and changes nothing there: every call gets, lists or describes.
# Each answer is kept as it came, in a file of its own below DIR, for its owner alone; nothing is sent anywhere else.
# A refused call is noted in {note}, and the rest goes on. Answers that are there are not asked for
# again, unless REFRESH=yes.
#
# Run: bash fetch.sh [DIR]
set -uo pipefail
umask 077
export AWS_PAGER=""
OUT=${{1:-{folder}}}
REFRESH=${{REFRESH:-no}}
REGION={region}
PROFILES=({profiles})
TRIED={tried}
ACCOUNTS=()
HOMES=()
ASKED=
NOTES=
READ=no
WANTED={wanted}
profile='' caller='' account='' region='' name='' holder='' known=yes
mkdir -p "$OUT" || exit 3
"""
_TAIL = f"""\
rm -f "$OUT/.error"
printf '[%s\\n]\\n' "$NOTES" >"$OUT/{NOT_FETCHED}"
if [ "$READ" = no ]; then
  echo 'nothing could be read' >&2
  exit 3
fi
"""


def script(task: Task, folder: str = "fetched") -> str:
    """Return the script that reads what a task asks for.

    Args:
        task: What is read.
        folder: Where, unless the script is told another folder.
    """
    order = [*task.tried_first, *task.profiles]
    head = _HEAD.format(
        note=NOT_FETCHED,
        folder=shlex.quote(folder),
        wanted=shlex.quote(f"/s3/{as_file_name(task.bucket)}/" if task.bucket else "/"),
        region=shlex.quote(task.regions[0] if task.bucket and task.regions else ""),
        profiles=" ".join(map(shlex.quote, task.profiles)) if any(task.profiles) else "''",
        tried=shlex.quote(" ".join(str(task.profiles.index(each)) for each in dict.fromkeys(order))),
    )
    kinds = ("\n".join(_function(name, KINDS[name], task)) for name in KINDS if name in task.kinds)
    return "\n".join((head, FUNCTIONS, *(f"{each}\n" for each in kinds), "\n".join(_main(task)), "", _TAIL))


def _shell(text: str) -> str:
    """Return a text with fields in braces as one word of the shell."""
    if not _FIELD.search(text):
        return shlex.quote(text)
    return '"' + _FIELD.sub(lambda match: f"${{{match[1]}}}", text) + '"'


def _path(kind: Kind, call: Call) -> str:
    parts = f"{kind.folder}/{call.file}".split("/")
    return f'"$(path {" ".join(map(_shell, parts))})"'


def _words(call: Call) -> str:
    options = [word for name, value in call.parameters.items() for word in (f"--{dashed(name)}", _shell(value))]
    return " ".join((*call.command, *options))


def _function(name: str, kind: Kind, task: Task) -> Iterator[str]:
    """Yield the lines of the function that asks about a kind of thing; its fields are known to those it calls."""
    yield f"of_{name}() {{"
    given = [f"{field}=${number}" for number, field in enumerate(kind.fields, 1)]
    yield "  local profile=$profile caller=$caller account=$account region=$region holder=$holder known=yes name=''"
    if given:
        yield f"  local {' '.join(given)}"
    if kind.by_arn:
        first = kind.fields[0]
        yield f'  place "${first}"'
        if name == "key" and "alias" in task.kinds:
            yield f'  case $name in alias/*) of_alias "${first}"; return ;; esac'
        if task.bucket is None:
            yield '  [ "$account" = "$caller" ] || return 0'
        if kind.tried:
            yield '  if [ -n "$owner" ]; then lives "$owner"; else whose; fi'
        if kind.own:
            yield "  [ \"$known\" = yes ] || caller=''"
        yield f"  local {first}_name=$name"
    for call in kind.calls:
        yield from _asked(kind, call, task)
    yield "}"


def _asked(kind: Kind, call: Call, task: Task) -> Iterator[str]:
    words = _words(call)
    ask = f"ask {_path(kind, call)} {shlex.quote(' '.join(call.none))} {words}"
    follows = [each for each in call.follows if each.kind in task.kinds]
    if not follows:
        yield f"  {ask}"
        return
    yield f"  if {ask}; then"
    for each in follows:
        yield f"    follow of_{each.kind} {shlex.quote(each.expression)} {words}"
    otherwise = [each for each in follows if each.otherwise]
    if otherwise:
        yield "  else"
        yield from (f"    of_{each.kind} {_shell(each.otherwise)}" for each in otherwise)
    yield "  fi"


def _main(task: Task) -> Iterator[str]:
    yield 'for index in "${!PROFILES[@]}"; do begin "$index"; done'
    yield 'for index in "${!PROFILES[@]}"; do'
    yield '  use "$index"'
    yield "  region=${HOMES[index]}"
    for kind, value in task.starts():
        yield " ".join((f"  of_{kind}", *([_shell(value.replace("{home}", "{region}"))] if value else [])))
    yield "done"
    if task.bucket is not None:
        yield "use 0"
        yield "region=${HOMES[0]}"
        yield f"of_bucket {shlex.quote(task.bucket)}"
