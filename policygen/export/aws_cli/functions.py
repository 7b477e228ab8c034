"""The script's functions."""

from __future__ import annotations

from collections.abc import Iterable

from policygen.export.inventory import AFTER_PLACEHOLDER
from policygen.spec.model import Key

STEP = """\
# Says what comes next.
step() {
  printf '== %s\\n' "$*" >&2
}"""

PATIENTLY = """\
# Makes a call, and again while it fails, for a minute: a new role or key is not known everywhere at once.
patiently() {
  local try
  for try in 1 2 3 4 5 6; do
    if "$@"; then
      return 0
    fi
    printf 'try %s of 7 failed\\n' "$try" >&2
    sleep "${RETRY_SECONDS:-10}"
  done
  "$@"
}"""

CHECK_ACCOUNT = """\
# Stops unless a profile is one of the account that it is meant for: PROFILE REGION ACCOUNT
check_account() {
  local found
  found="$(aws --profile "$1" --region "$2" sts get-caller-identity --query Account --output text)"
  if [ "$found" != "$3" ]; then
    printf 'profile %s is for account %s, not for %s\\n' "$1" "$found" "$3" >&2
    exit 1
  fi
}"""

WAIT_FOR_KEY = """\
# Waits until a replica key is created: PROFILE REGION KEY-ID
wait_for_key() {
  local state="Creating"
  while [ "$state" = "Creating" ]; do
    state="$(patiently aws --profile "$1" --region "$2" kms describe-key \\
      --key-id "$3" --query KeyMetadata.KeyState --output text)"
    if [ "$state" = "Creating" ]; then
      sleep "${RETRY_SECONDS:-10}"
    fi
  done
}"""


def fill(keys: Iterable[tuple[Key, str]]) -> str:
    """Return the function that writes a copy of a document with the ids of keys, from their variables, filled in."""
    after = f"([^{AFTER_PLACEHOLDER}]|$)"
    placeholders = ((key.id_or_placeholder.replace(".", r"\."), variable) for key, variable in keys)
    expressions = (
        f"    -e 's/{placeholder}{after}/'\"${variable}\"'\\1/g' \\\n" for placeholder, variable in placeholders
    )
    return f"""\
# Writes a copy of a document with the ids of keys filled in, to the same path below the work folder.
fill() {{
  mkdir -p "$WORK/$(dirname "$1")"
  sed -E \\
{"".join(expressions)}    "$1" >"$WORK/$1"
}}"""
