#!/usr/bin/env bash
# Written by policygen. Sets up keys, buckets, roles and replication with the AWS CLI, in this order:
# keys, aliases, buckets with their settings, roles, key policies, bucket policies, replication, batch jobs.
# It stops at the first error, and may be run again: what exists is left, policies and settings are put again.
# The ids of the keys that it creates are kept in key-ids/ beside it. Leave them there: without them a second
# run creates the keys a second time. Write them into the spec as well.
#
# First it looks. A policy or setting that is there, differs, and was not put by this script, is shown, kept in
# before/ and left: the script stops before it changes anything. With REPLACE=yes it goes on and replaces it.
# With DRY_RUN=yes, or --dry-run, it only looks. What it put is kept in put/, beside it: leave it there.
#
# Run: PROFILE_PROD=NAME PROFILE_BACK_UP=NAME bash deploy.sh
# PROFILE_PROD: profile for account 111122223333
# PROFILE_BACK_UP: profile for account 444455556666
#
# Must exist before, for AWS refuses policies and roles that name it otherwise:
# - arn:aws:iam::111122223333:role/Analyst
# - arn:aws:iam::111122223333:role/KeyAdmin
# - arn:aws:iam::444455556666:role/team/Reader
#
# shellcheck disable=SC2016  # single quotes keep what stands between them as it is
set -euo pipefail

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

# Prints what is there in the place of a document: PATH
there() {
  case "$1" in
  111122223333/kms/data/us-east-1/key-policy.json)
    aws --profile "$PROFILE_PROD" --region us-east-1 kms get-key-policy \
      --key-id "$KEY_ID_DATA" \
      --policy-name default \
      --query Policy \
      --output text ;;
  111122223333/kms/data/us-west-1/key-policy.json)
    aws --profile "$PROFILE_PROD" --region us-west-1 kms get-key-policy \
      --key-id "$KEY_ID_DATA" \
      --policy-name default \
      --query Policy \
      --output text ;;
  444455556666/kms/data.2/eu-west-1/key-policy.json)
    aws --profile "$PROFILE_BACK_UP" --region eu-west-1 kms get-key-policy \
      --key-id "$KEY_ID_DATA_2" \
      --policy-name default \
      --query Policy \
      --output text ;;
  111122223333/s3/source/versioning.json)
    aws --profile "$PROFILE_PROD" --region us-east-1 s3api get-bucket-versioning \
      --bucket source-bucket-name \
      --expected-bucket-owner 111122223333 \
      --query '{Status: Status}' \
      --output json ;;
  111122223333/s3/source/encryption.json)
    aws --profile "$PROFILE_PROD" --region us-east-1 s3api get-bucket-encryption \
      --bucket source-bucket-name \
      --expected-bucket-owner 111122223333 \
      --query 'ServerSideEncryptionConfiguration.{Rules: Rules[?ApplyServerSideEncryptionByDefault.SSEAlgorithm!='"'"'AES256'"'"' || BlockedEncryptionTypes.EncryptionType[0]=='"'"'NONE'"'"']}' \
      --output json ;;
  111122223333/s3/source/public-access-block.json)
    aws --profile "$PROFILE_PROD" --region us-east-1 s3api get-public-access-block \
      --bucket source-bucket-name \
      --expected-bucket-owner 111122223333 \
      --query PublicAccessBlockConfiguration \
      --output json ;;
  111122223333/s3/source/ownership-controls.json)
    aws --profile "$PROFILE_PROD" --region us-east-1 s3api get-bucket-ownership-controls \
      --bucket source-bucket-name \
      --expected-bucket-owner 111122223333 \
      --query OwnershipControls \
      --output json ;;
  111122223333/s3/source/bucket-policy.json)
    aws --profile "$PROFILE_PROD" --region us-east-1 s3api get-bucket-policy \
      --bucket source-bucket-name \
      --expected-bucket-owner 111122223333 \
      --query Policy \
      --output text ;;
  111122223333/s3/source/replication-configuration.json)
    aws --profile "$PROFILE_PROD" --region us-east-1 s3api get-bucket-replication \
      --bucket source-bucket-name \
      --expected-bucket-owner 111122223333 \
      --query ReplicationConfiguration \
      --output json ;;
  111122223333/s3/west/versioning.json)
    aws --profile "$PROFILE_PROD" --region us-west-1 s3api get-bucket-versioning \
      --bucket west-bucket-name \
      --expected-bucket-owner 111122223333 \
      --query '{Status: Status}' \
      --output json ;;
  111122223333/s3/west/encryption.json)
    aws --profile "$PROFILE_PROD" --region us-west-1 s3api get-bucket-encryption \
      --bucket west-bucket-name \
      --expected-bucket-owner 111122223333 \
      --query 'ServerSideEncryptionConfiguration.{Rules: Rules[?ApplyServerSideEncryptionByDefault.SSEAlgorithm!='"'"'AES256'"'"' || BlockedEncryptionTypes.EncryptionType[0]=='"'"'NONE'"'"']}' \
      --output json ;;
  111122223333/s3/west/public-access-block.json)
    aws --profile "$PROFILE_PROD" --region us-west-1 s3api get-public-access-block \
      --bucket west-bucket-name \
      --expected-bucket-owner 111122223333 \
      --query PublicAccessBlockConfiguration \
      --output json ;;
  111122223333/s3/west/ownership-controls.json)
    aws --profile "$PROFILE_PROD" --region us-west-1 s3api get-bucket-ownership-controls \
      --bucket west-bucket-name \
      --expected-bucket-owner 111122223333 \
      --query OwnershipControls \
      --output json ;;
  111122223333/s3/west/bucket-policy.json)
    aws --profile "$PROFILE_PROD" --region us-west-1 s3api get-bucket-policy \
      --bucket west-bucket-name \
      --expected-bucket-owner 111122223333 \
      --query Policy \
      --output text ;;
  444455556666/s3/far-away/versioning.json)
    aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api get-bucket-versioning \
      --bucket far-bucket-name \
      --expected-bucket-owner 444455556666 \
      --query '{Status: Status}' \
      --output json ;;
  444455556666/s3/far-away/encryption.json)
    aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api get-bucket-encryption \
      --bucket far-bucket-name \
      --expected-bucket-owner 444455556666 \
      --query 'ServerSideEncryptionConfiguration.{Rules: Rules[?ApplyServerSideEncryptionByDefault.SSEAlgorithm!='"'"'AES256'"'"' || BlockedEncryptionTypes.EncryptionType[0]=='"'"'NONE'"'"']}' \
      --output json ;;
  444455556666/s3/far-away/public-access-block.json)
    aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api get-public-access-block \
      --bucket far-bucket-name \
      --expected-bucket-owner 444455556666 \
      --query PublicAccessBlockConfiguration \
      --output json ;;
  444455556666/s3/far-away/ownership-controls.json)
    aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api get-bucket-ownership-controls \
      --bucket far-bucket-name \
      --expected-bucket-owner 444455556666 \
      --query OwnershipControls \
      --output json ;;
  444455556666/s3/far-away/bucket-policy.json)
    aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api get-bucket-policy \
      --bucket far-bucket-name \
      --expected-bucket-owner 444455556666 \
      --query Policy \
      --output text ;;
  111122223333/iam/s3=replication@x/trust-policy.json)
    aws --profile "$PROFILE_PROD" --region us-east-1 iam get-role \
      --role-name s3=replication@x \
      --query Role.AssumeRolePolicyDocument \
      --output json ;;
  111122223333/iam/s3=replication@x/permissions-policy.json)
    aws --profile "$PROFILE_PROD" --region us-east-1 iam get-role-policy \
      --role-name s3=replication@x \
      --policy-name s3=replication@x \
      --query PolicyDocument \
      --output json ;;
  esac
}

# Writes a copy of a document with the ids of keys filled in, to the same path below the work folder.
fill() {
  mkdir -p "$WORK/$(dirname "$1")"
  sed -E \
    -e 's/KEY-ID-OF-data([^A-Za-z0-9_.-]|$)/'"$KEY_ID_DATA"'\1/g' \
    -e 's/KEY-ID-OF-data\.2([^A-Za-z0-9_.-]|$)/'"$KEY_ID_DATA_2"'\1/g' \
    "$1" >"$WORK/$1"
}

# ---- What is asked for: whoever misspells it wants no deployment
case "$#:${1:-}" in
0:) ;;
1:--dry-run) DRY_RUN=yes ;;
*)
  printf 'not understood: %s (the only argument is --dry-run)\n' "$*" >&2
  exit 2
  ;;
esac
case "${DRY_RUN:-no}" in
yes | no) ;;
*)
  printf 'DRY_RUN is yes or no, not %s\n' "$DRY_RUN" >&2
  exit 2
  ;;
esac

# ---- Accounts
: "${PROFILE_PROD:?the profile of the AWS CLI for account 111122223333}"
: "${PROFILE_BACK_UP:?the profile of the AWS CLI for account 444455556666}"
cd "$(dirname "${BASH_SOURCE[0]}")"
mkdir -p key-ids
WORK="$(mktemp -d)"
trap 'rm -rf "$WORK"' EXIT
export AWS_PAGER=""
NOTHING='[(](NoSuch[A-Za-z]*|[A-Za-z]*NotFound[A-Za-z]*|404)[)]'
BEFORE="before/$(date -u +%Y%m%dT%H%M%SZ)"
REPLACED=0
MISSING=0
check_account "$PROFILE_PROD" us-east-1 111122223333
check_account "$PROFILE_BACK_UP" eu-west-1 444455556666

# ---- Keys: those that exist already, by the spec; ids of others
KEY_ID_DATA="$(cat key-ids/data 2>/dev/null || echo KEY-ID-OF-data)"
check_other 'alias/data in us-east-1' "$KEY_ID_DATA" \
  aws --profile "$PROFILE_PROD" --region us-east-1 kms describe-key \
  --key-id alias/data \
  --query KeyMetadata.KeyId \
  --output text
check_other 'alias/data in us-west-1' "$KEY_ID_DATA" \
  aws --profile "$PROFILE_PROD" --region us-west-1 kms describe-key \
  --key-id alias/data \
  --query KeyMetadata.KeyId \
  --output text
KEY_ID_DATA_2="$(cat key-ids/data.2 2>/dev/null || echo KEY-ID-OF-data.2)"
check_other 'alias/two in eu-west-1' "$KEY_ID_DATA_2" \
  aws --profile "$PROFILE_BACK_UP" --region eu-west-1 kms describe-key \
  --key-id alias/two \
  --query KeyMetadata.KeyId \
  --output text

# ---- Users, roles and boundaries that must exist
check_other 'role s3=replication@x' 'arn:aws:iam::111122223333:role/a$b`c/s3=replication@x' \
  aws --profile "$PROFILE_PROD" --region us-east-1 iam get-role \
  --role-name s3=replication@x \
  --query Role.Arn \
  --output text
check_principal arn:aws:iam::111122223333:role/Analyst arn:aws:iam::111122223333:role/Analyst \
  aws --profile "$PROFILE_PROD" --region us-east-1 iam get-role \
  --role-name Analyst \
  --query Role.Arn \
  --output text
check_principal arn:aws:iam::111122223333:role/KeyAdmin arn:aws:iam::111122223333:role/KeyAdmin \
  aws --profile "$PROFILE_PROD" --region us-east-1 iam get-role \
  --role-name KeyAdmin \
  --query Role.Arn \
  --output text
check_principal arn:aws:iam::444455556666:role/team/Reader arn:aws:iam::444455556666:role/team/Reader \
  aws --profile "$PROFILE_BACK_UP" --region eu-west-1 iam get-role \
  --role-name Reader \
  --query Role.Arn \
  --output text
if [ "$MISSING" -gt 0 ]; then
  exit 1
fi

# ---- What is there already: nothing of it is replaced unasked
if [ -e put/111122223333/kms/data/us-east-1/key-policy.json ]; then
  compare 111122223333/kms/data/us-east-1/key-policy.json file://111122223333/kms/data/us-east-1/key-policy.json
fi
if [ -e put/111122223333/kms/data/us-west-1/key-policy.json ]; then
  compare 111122223333/kms/data/us-west-1/key-policy.json file://111122223333/kms/data/us-west-1/key-policy.json
fi
if [ -e put/444455556666/kms/data.2/eu-west-1/key-policy.json ]; then
  compare 444455556666/kms/data.2/eu-west-1/key-policy.json file://444455556666/kms/data.2/eu-west-1/key-policy.json
fi
compare 111122223333/s3/source/versioning.json file://111122223333/s3/source/versioning.json
fill 111122223333/s3/source/encryption.json
compare 111122223333/s3/source/encryption.json "file://$WORK"/111122223333/s3/source/encryption.json
compare 111122223333/s3/source/public-access-block.json file://111122223333/s3/source/public-access-block.json
compare 111122223333/s3/source/ownership-controls.json file://111122223333/s3/source/ownership-controls.json
fill 111122223333/s3/source/bucket-policy.json
compare 111122223333/s3/source/bucket-policy.json "file://$WORK"/111122223333/s3/source/bucket-policy.json
fill 111122223333/s3/source/replication-configuration.json
compare 111122223333/s3/source/replication-configuration.json "file://$WORK"/111122223333/s3/source/replication-configuration.json
compare 111122223333/s3/west/versioning.json file://111122223333/s3/west/versioning.json
fill 111122223333/s3/west/encryption.json
compare 111122223333/s3/west/encryption.json "file://$WORK"/111122223333/s3/west/encryption.json
compare 111122223333/s3/west/public-access-block.json file://111122223333/s3/west/public-access-block.json
compare 111122223333/s3/west/ownership-controls.json file://111122223333/s3/west/ownership-controls.json
compare 111122223333/s3/west/bucket-policy.json file://111122223333/s3/west/bucket-policy.json
compare 444455556666/s3/far-away/versioning.json file://444455556666/s3/far-away/versioning.json
fill 444455556666/s3/far-away/encryption.json
compare 444455556666/s3/far-away/encryption.json "file://$WORK"/444455556666/s3/far-away/encryption.json
compare 444455556666/s3/far-away/public-access-block.json file://444455556666/s3/far-away/public-access-block.json
compare 444455556666/s3/far-away/ownership-controls.json file://444455556666/s3/far-away/ownership-controls.json
compare 444455556666/s3/far-away/bucket-policy.json file://444455556666/s3/far-away/bucket-policy.json
compare 111122223333/iam/s3=replication@x/trust-policy.json file://111122223333/iam/s3=replication@x/trust-policy.json
fill 111122223333/iam/s3=replication@x/permissions-policy.json
compare 111122223333/iam/s3=replication@x/permissions-policy.json "file://$WORK"/111122223333/iam/s3=replication@x/permissions-policy.json
stop_if_replaced

# ---- Keys

step 'Key data in us-east-1'
if [ ! -s key-ids/data ]; then
  aws --profile "$PROFILE_PROD" --region us-east-1 kms create-key \
    --multi-region \
    --description data \
    --query KeyMetadata.KeyId \
    --output text >"$WORK/id"
  mv "$WORK/id" key-ids/data
fi
KEY_ID_DATA="$(cat key-ids/data)"

step 'Replica key data in us-west-1'
if ! aws --profile "$PROFILE_PROD" --region us-west-1 kms describe-key \
  --key-id "$KEY_ID_DATA" >/dev/null 2>&1; then
  patiently aws --profile "$PROFILE_PROD" --region us-east-1 kms replicate-key \
    --key-id "$KEY_ID_DATA" \
    --replica-region us-west-1 \
    --description data \
    >/dev/null
fi
wait_for_key "$PROFILE_PROD" us-west-1 "$KEY_ID_DATA"

step 'Key data.2 in eu-west-1'
if [ ! -s key-ids/data.2 ]; then
  aws --profile "$PROFILE_BACK_UP" --region eu-west-1 kms create-key \
    --description data.2 \
    --query KeyMetadata.KeyId \
    --output text >"$WORK/id"
  mv "$WORK/id" key-ids/data.2
fi
KEY_ID_DATA_2="$(cat key-ids/data.2)"

# ---- Aliases

step 'Alias alias/data in us-east-1'
if [ "$(aws --profile "$PROFILE_PROD" --region us-east-1 kms describe-key \
  --key-id alias/data \
  --query KeyMetadata.KeyId \
  --output text 2>/dev/null || true)" != "$KEY_ID_DATA" ]; then
  aws --profile "$PROFILE_PROD" --region us-east-1 kms create-alias \
    --alias-name alias/data \
    --target-key-id "$KEY_ID_DATA"
fi

step 'Alias alias/data in us-west-1'
if [ "$(aws --profile "$PROFILE_PROD" --region us-west-1 kms describe-key \
  --key-id alias/data \
  --query KeyMetadata.KeyId \
  --output text 2>/dev/null || true)" != "$KEY_ID_DATA" ]; then
  aws --profile "$PROFILE_PROD" --region us-west-1 kms create-alias \
    --alias-name alias/data \
    --target-key-id "$KEY_ID_DATA"
fi

step 'Alias alias/two in eu-west-1'
if [ "$(aws --profile "$PROFILE_BACK_UP" --region eu-west-1 kms describe-key \
  --key-id alias/two \
  --query KeyMetadata.KeyId \
  --output text 2>/dev/null || true)" != "$KEY_ID_DATA_2" ]; then
  aws --profile "$PROFILE_BACK_UP" --region eu-west-1 kms create-alias \
    --alias-name alias/two \
    --target-key-id "$KEY_ID_DATA_2"
fi

# ---- Buckets and their settings

step 'Bucket source-bucket-name in us-east-1'
if ! aws --profile "$PROFILE_PROD" --region us-east-1 s3api head-bucket \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 >/dev/null 2>&1; then
  aws --profile "$PROFILE_PROD" --region us-east-1 s3api create-bucket \
    --bucket source-bucket-name \
    --object-lock-enabled-for-bucket
fi
aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-versioning \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --versioning-configuration file://111122223333/s3/source/versioning.json
remember 111122223333/s3/source/versioning.json
fill 111122223333/s3/source/encryption.json
aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-encryption \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --server-side-encryption-configuration "file://$WORK"/111122223333/s3/source/encryption.json
remember 111122223333/s3/source/encryption.json
aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-public-access-block \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --public-access-block-configuration file://111122223333/s3/source/public-access-block.json
remember 111122223333/s3/source/public-access-block.json
aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-ownership-controls \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --ownership-controls file://111122223333/s3/source/ownership-controls.json
remember 111122223333/s3/source/ownership-controls.json
if ! aws --profile "$PROFILE_PROD" --region us-east-1 s3api get-object-lock-configuration \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 >/dev/null 2>"$WORK/error"; then
  stop_unless_nothing
  aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-object-lock-configuration \
    --bucket source-bucket-name \
    --expected-bucket-owner 111122223333 \
    --object-lock-configuration ObjectLockEnabled=Enabled
fi

step 'Bucket west-bucket-name in us-west-1'
if ! aws --profile "$PROFILE_PROD" --region us-west-1 s3api head-bucket \
  --bucket west-bucket-name \
  --expected-bucket-owner 111122223333 >/dev/null 2>&1; then
  aws --profile "$PROFILE_PROD" --region us-west-1 s3api create-bucket \
    --bucket west-bucket-name \
    --create-bucket-configuration LocationConstraint=us-west-1 \
    --object-lock-enabled-for-bucket
fi
aws --profile "$PROFILE_PROD" --region us-west-1 s3api put-bucket-versioning \
  --bucket west-bucket-name \
  --expected-bucket-owner 111122223333 \
  --versioning-configuration file://111122223333/s3/west/versioning.json
remember 111122223333/s3/west/versioning.json
fill 111122223333/s3/west/encryption.json
aws --profile "$PROFILE_PROD" --region us-west-1 s3api put-bucket-encryption \
  --bucket west-bucket-name \
  --expected-bucket-owner 111122223333 \
  --server-side-encryption-configuration "file://$WORK"/111122223333/s3/west/encryption.json
remember 111122223333/s3/west/encryption.json
aws --profile "$PROFILE_PROD" --region us-west-1 s3api put-public-access-block \
  --bucket west-bucket-name \
  --expected-bucket-owner 111122223333 \
  --public-access-block-configuration file://111122223333/s3/west/public-access-block.json
remember 111122223333/s3/west/public-access-block.json
aws --profile "$PROFILE_PROD" --region us-west-1 s3api put-bucket-ownership-controls \
  --bucket west-bucket-name \
  --expected-bucket-owner 111122223333 \
  --ownership-controls file://111122223333/s3/west/ownership-controls.json
remember 111122223333/s3/west/ownership-controls.json
if ! aws --profile "$PROFILE_PROD" --region us-west-1 s3api get-object-lock-configuration \
  --bucket west-bucket-name \
  --expected-bucket-owner 111122223333 >/dev/null 2>"$WORK/error"; then
  stop_unless_nothing
  aws --profile "$PROFILE_PROD" --region us-west-1 s3api put-object-lock-configuration \
    --bucket west-bucket-name \
    --expected-bucket-owner 111122223333 \
    --object-lock-configuration ObjectLockEnabled=Enabled
fi

step 'Bucket far-bucket-name in eu-west-1'
if ! aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api head-bucket \
  --bucket far-bucket-name \
  --expected-bucket-owner 444455556666 >/dev/null 2>&1; then
  aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api create-bucket \
    --bucket far-bucket-name \
    --create-bucket-configuration LocationConstraint=eu-west-1 \
    --object-lock-enabled-for-bucket
fi
aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api put-bucket-versioning \
  --bucket far-bucket-name \
  --expected-bucket-owner 444455556666 \
  --versioning-configuration file://444455556666/s3/far-away/versioning.json
remember 444455556666/s3/far-away/versioning.json
fill 444455556666/s3/far-away/encryption.json
aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api put-bucket-encryption \
  --bucket far-bucket-name \
  --expected-bucket-owner 444455556666 \
  --server-side-encryption-configuration "file://$WORK"/444455556666/s3/far-away/encryption.json
remember 444455556666/s3/far-away/encryption.json
aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api put-public-access-block \
  --bucket far-bucket-name \
  --expected-bucket-owner 444455556666 \
  --public-access-block-configuration file://444455556666/s3/far-away/public-access-block.json
remember 444455556666/s3/far-away/public-access-block.json
aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api put-bucket-ownership-controls \
  --bucket far-bucket-name \
  --expected-bucket-owner 444455556666 \
  --ownership-controls file://444455556666/s3/far-away/ownership-controls.json
remember 444455556666/s3/far-away/ownership-controls.json
if ! aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api get-object-lock-configuration \
  --bucket far-bucket-name \
  --expected-bucket-owner 444455556666 >/dev/null 2>"$WORK/error"; then
  stop_unless_nothing
  aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api put-object-lock-configuration \
    --bucket far-bucket-name \
    --expected-bucket-owner 444455556666 \
    --object-lock-configuration ObjectLockEnabled=Enabled
fi

# ---- Roles: they must exist before a key policy or bucket policy names them

step 'Role s3=replication@x'
if aws --profile "$PROFILE_PROD" --region us-east-1 iam get-role \
  --role-name s3=replication@x >/dev/null 2>&1; then
  aws --profile "$PROFILE_PROD" --region us-east-1 iam update-assume-role-policy \
    --role-name s3=replication@x \
    --policy-document file://111122223333/iam/s3=replication@x/trust-policy.json
else
  aws --profile "$PROFILE_PROD" --region us-east-1 iam create-role \
    --role-name s3=replication@x \
    --path '/a$b`c/' \
    --assume-role-policy-document file://111122223333/iam/s3=replication@x/trust-policy.json \
    >/dev/null
  aws --profile "$PROFILE_PROD" --region us-east-1 iam wait role-exists \
    --role-name s3=replication@x
fi
fill 111122223333/iam/s3=replication@x/permissions-policy.json
aws --profile "$PROFILE_PROD" --region us-east-1 iam put-role-policy \
  --role-name s3=replication@x \
  --policy-name s3=replication@x \
  --policy-document "file://$WORK"/111122223333/iam/s3=replication@x/permissions-policy.json
remember 111122223333/iam/s3=replication@x/trust-policy.json
remember 111122223333/iam/s3=replication@x/permissions-policy.json

# ---- Key policies

step 'Key policy of data in us-east-1'
patiently aws --profile "$PROFILE_PROD" --region us-east-1 kms put-key-policy \
  --key-id "$KEY_ID_DATA" \
  --policy-name default \
  --policy file://111122223333/kms/data/us-east-1/key-policy.json
remember 111122223333/kms/data/us-east-1/key-policy.json

step 'Key policy of data in us-west-1'
patiently aws --profile "$PROFILE_PROD" --region us-west-1 kms put-key-policy \
  --key-id "$KEY_ID_DATA" \
  --policy-name default \
  --policy file://111122223333/kms/data/us-west-1/key-policy.json
remember 111122223333/kms/data/us-west-1/key-policy.json

step 'Key policy of data.2 in eu-west-1'
patiently aws --profile "$PROFILE_BACK_UP" --region eu-west-1 kms put-key-policy \
  --key-id "$KEY_ID_DATA_2" \
  --policy-name default \
  --policy file://444455556666/kms/data.2/eu-west-1/key-policy.json
remember 444455556666/kms/data.2/eu-west-1/key-policy.json

# ---- Bucket policies

step 'Bucket policy of source-bucket-name'
fill 111122223333/s3/source/bucket-policy.json
patiently aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-policy \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --policy "file://$WORK"/111122223333/s3/source/bucket-policy.json
remember 111122223333/s3/source/bucket-policy.json

step 'Bucket policy of west-bucket-name'
patiently aws --profile "$PROFILE_PROD" --region us-west-1 s3api put-bucket-policy \
  --bucket west-bucket-name \
  --expected-bucket-owner 111122223333 \
  --policy file://111122223333/s3/west/bucket-policy.json
remember 111122223333/s3/west/bucket-policy.json

step 'Bucket policy of far-bucket-name'
patiently aws --profile "$PROFILE_BACK_UP" --region eu-west-1 s3api put-bucket-policy \
  --bucket far-bucket-name \
  --expected-bucket-owner 444455556666 \
  --policy file://444455556666/s3/far-away/bucket-policy.json
remember 444455556666/s3/far-away/bucket-policy.json

# ---- Replication: versioning is on at both sides, the roles have their rights

step 'Replication nightly'
fill 111122223333/s3/source/replication-configuration.json
patiently aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-replication \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --replication-configuration "file://$WORK"/111122223333/s3/source/replication-configuration.json
remember 111122223333/s3/source/replication-configuration.json

step Done
