#!/bin/sh
# Stands in for the AWS CLI: records each call with the files that it names, and answers the few that are asked for.
# FAKE_AWS: the folder of the records. FAKE_AWS_KNOWN: key ids that exist. FAKE_AWS_FAILS: a subcommand that fails.
# FAKE_AWS_PRINCIPALS: ARNs that exist. FAKE_AWS_THERE: a folder with what subcommands answer, by their names.
set -eu
calls="$FAKE_AWS/calls"
state="$FAKE_AWS/state"
[ -d "$calls" ] || mkdir -p "$calls" "$state"
number=10000 # of the call, so that names are in order
for each in "$calls"/1*; do [ ! -e "$each" ] || number=$((number + 1)); done
here="$calls/$number"
mkdir "$here"
trap 'printf "%s" "$?" >"$here/status"' EXIT
number=0
for each in "$@"; do
  printf '%s\0' "$each" >>"$here/arguments"
  case "$each" in file://*) cp "${each#file://}" "$here/file-$number" ;; esac
  number=$((number + 1))
done

option() { # prints the value of an option
  wanted="$1"
  shift
  while [ "$#" -gt 1 ]; do
    if [ "$1" = "$wanted" ]; then
      printf '%s' "$2"
      return
    fi
    shift
  done
}

exists() { # fails as the AWS CLI does when there is no such thing
  [ -e "$state/$(printf '%s' "$1" | tr / _)" ] && return
  echo "An error occurred (NoSuchEntity) when calling the operation" >&2
  exit 254
}

create() {
  printf '%s' "${2:-}" >"$state/$(printf '%s' "$1" | tr / _)"
}

region="$4"
if [ "$6" = "${FAKE_AWS_FAILS:-none}" ]; then
  echo "An error occurred" >&2
  exit 254
fi
if [ -e "${FAKE_AWS_THERE:-/nowhere}/$6" ]; then
  cat "$FAKE_AWS_THERE/$6"
  exit 0
fi
case "$(option --query "$@")" in
Role.Arn | User.Arn | Policy.Arn)
  for each in ${FAKE_AWS_PRINCIPALS:-}; do
    case "$each/" in
    "$8/" | *:"$2":*/"$8/"*)
      echo "$each"
      exit 0
      ;;
    esac
  done
  exists "nobody $8"
  ;;
esac
case "$6" in
get-caller-identity) echo "$2" ;;
create-key)
  id="$(printf '%08d-12ab-34cd-56ef-1234567890ab' "$number$(find "$state" | wc -l)")"
  case " $* " in *" --multi-region "*) id="mrk-$(printf '%s' "$id" | tr -d -)" ;; esac
  create "key $region $id"
  echo "$id"
  ;;
replicate-key) create "key $(option --replica-region "$@") $(option --key-id "$@")" ;;
describe-key)
  id="$(option --key-id "$@")"
  case "$id" in
  alias/aws/*) echo 99999999-12ab-34cd-56ef-1234567890ab ;;
  alias/*)
    exists "$region $id"
    cat "$state/$(printf '%s' "$region $id" | tr / _)"
    ;;
  *)
    case " ${FAKE_AWS_KNOWN:-} " in *" $id "*) ;; *) exists "key $region $id" ;; esac
    echo Enabled
    ;;
  esac
  ;;
create-alias) create "$region $(option --alias-name "$@")" "$(option --target-key-id "$@")" ;;
head-bucket) exists "bucket $(option --bucket "$@")" ;;
create-bucket)
  create "bucket $(option --bucket "$@")"
  case "$*" in *--object-lock-enabled-for-bucket*) create "lock $(option --bucket "$@")" ;; esac
  ;;
get-object-lock-configuration) exists "lock $(option --bucket "$@")" ;;
put-object-lock-configuration) create "lock $(option --bucket "$@")" ;;
get-role) exists "role $2 $(option --role-name "$@")" ;;
create-role) create "role $2 $(option --role-name "$@")" ;;
deploy)
  for each in "$@"; do
    case "$each" in Stage=*) create "stage $2 $region" "${each#Stage=}" ;; esac
  done
  ;;
describe-stacks)
  case "$(option --query "$@")" in
  *OutputKey*) [ "$2" = "${FAKE_AWS_NO_OUTPUTS:-}" ] && echo None || echo 1234abcd-0000-0000-0000-1234567890ab ;;
  *)
    if [ -e "$state/stage $2 $region" ]; then
      cat "$state/stage $2 $region"
    else
      echo "An error occurred (ValidationError): Stack with id policygen does not exist" >&2
      exit 254
    fi
    ;;
  esac
  ;;
create-job) echo 00000000-0000-0000-0000-000000000001 ;;
esac
