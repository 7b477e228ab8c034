# Says what comes next.
step() {
  printf '== %s\n' "$*" >&2
}

# Makes a call, and again while it fails, for a minute: a new role or key is not known everywhere at once.
patiently() {
  local try
  for try in 1 2 3 4 5 6; do
    if "$@"; then
      return 0
    fi
    printf 'try %s of 7 failed\n' "$try" >&2
    sleep "${RETRY_SECONDS:-10}"
  done
  "$@"
}

# Stops unless a profile is one of the account that it is meant for: PROFILE REGION ACCOUNT
check_account() {
  local found
  found="$(aws --profile "$1" --region "$2" sts get-caller-identity --query Account --output text)"
  if [ "$found" != "$3" ]; then
    printf 'profile %s is for account %s, not for %s\n' "$1" "$found" "$3" >&2
    exit 1
  fi
}

# Notes a user, role or policy that documents name and that does not exist: ARN ARN-OR-NOTHING CALL...
check_principal() {
  local arn="$1" expected="$2" found
  shift 2
  if found="$("$@" 2>"$WORK/error")"; then
    if [ -z "$expected" ] || [ "$found" = "$expected" ]; then
      return 0
    fi
    printf '%s does not exist: %s does\n' "$arn" "$found" >&2
  elif grep -Eq "$NOTHING" "$WORK/error"; then
    printf '%s does not exist: create it first, AWS refuses what names it\n' "$arn" >&2
  else
    printf 'whether %s exists cannot be seen: %s\n' "$arn" "$(tr -s '\n' ' ' <"$WORK/error")" >&2
    return 0
  fi
  MISSING=$((MISSING + 1))
}

# Notes that something else has a name which is to be given: NAME WHAT-IT-SHOULD-BE CALL...
check_other() {
  local name="$1" expected="$2" found
  shift 2
  if found="$("$@" 2>/dev/null)" && [ -n "$found" ] && [ "$found" != "$expected" ]; then
    printf '%s is taken: it is %s\n' "$name" "$found" >&2
    MISSING=$((MISSING + 1))
  fi
}

# Stops where the last call failed for another reason than that there is no such thing.
stop_unless_nothing() {
  if ! grep -Eq "$NOTHING" "$WORK/error"; then
    cat "$WORK/error" >&2
    exit 1
  fi
}

# Prints JSON in one form, or nothing where it says nothing: AWS turns a list of one into its item, and keeps no order.
plain() {
  local text
  if ! command -v python3 >/dev/null; then
    text="$(tr -d '[:space:]' <"$1")"
    case "$text" in
    "" | None | null | '{"Status":null}' | '{"Rules":[]}') ;;
    *) printf '%s\n' "$text" ;;
    esac
    return
  fi
  python3 -c '
import json, sys

def tidy(value):
    if isinstance(value, dict):
        found = {name: tidy(each) for name, each in sorted(value.items())}
        return {name: each for name, each in found.items() if each not in (None, {}, [])}
    if isinstance(value, list):
        found = sorted(map(tidy, value), key=json.dumps)
        return found[0] if len(found) == 1 else found
    return value

text = sys.stdin.read()
value = tidy(json.loads(text)) if text.strip() not in ("", "None") else None
if value not in (None, {}, []):
    print(json.dumps(value, indent=4))
' <"$1"
}

# Compares what is there with a document; keeps and shows what would be replaced: PATH DOCUMENT
compare() {
  local document="${2#file://}"
  if ! there "$1" >"$WORK/there" 2>"$WORK/error"; then
    stop_unless_nothing
    : >"$WORK/there"
  fi
  : >"$WORK/there.plain"
  if [ -s "$WORK/there" ]; then
    plain "$WORK/there" >"$WORK/there.plain"
    plain "$document" >"$WORK/document.plain"
  fi
  if [ ! -s "$WORK/there.plain" ]; then
    said "new: $1"
  elif cmp -s "$WORK/there.plain" "$WORK/document.plain"; then
    said "as it is: $1"
  else
    mkdir -p "$BEFORE/$(dirname "$1")"
    cp "$WORK/there" "$BEFORE/$1"
    if [ -e "put/$1" ] && plain "put/$1" | cmp -s - "$WORK/there.plain"; then
      printf '%s changes: an earlier run put what is there; it is kept in %s\n' "$1" "$BEFORE/$1" >&2
    else
      printf '%s would be lost: it is there, and this script did not put it; it is kept in %s\n' "$1" "$BEFORE/$1" >&2
      REPLACED=$((REPLACED + 1))
    fi
    diff -u --label "$1 (there)" --label "$1 (generated)" "$WORK/there.plain" "$WORK/document.plain" >&2 || true
  fi
}

# Says what a dry run finds.
said() {
  if [ "${DRY_RUN:-no}" = "yes" ]; then
    printf '%s\n' "$1" >&2
  fi
}

# Stops before anything is changed: in a dry run, and where something would be lost that the script did not put itself.
stop_if_replaced() {
  if [ "$REPLACED" -gt 0 ] && [ "${REPLACE:-no}" != "yes" ]; then
    printf '%s documents would be lost, see above: nothing was changed. REPLACE=yes replaces them.\n' "$REPLACED" >&2
    exit 1
  fi
  if [ "${DRY_RUN:-no}" = "yes" ]; then
    step "Dry run: nothing was changed"
    exit 0
  fi
}

# Keeps what AWS answers once a document is put: a later run tells by it whether somebody else changed it since: PATH
remember() {
  mkdir -p "put/$(dirname "$1")"
  there "$1" >"put/$1" || rm -f "put/$1"
}

# Waits until a replica key is created: PROFILE REGION KEY-ID
wait_for_key() {
  local state="Creating"
  while [ "$state" = "Creating" ]; do
    state="$(patiently aws --profile "$1" --region "$2" kms describe-key \
      --key-id "$3" --query KeyMetadata.KeyState --output text)"
    if [ "$state" = "Creating" ]; then
      sleep "${RETRY_SECONDS:-10}"
    fi
  done
}
