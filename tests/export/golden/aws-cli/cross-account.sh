#!/usr/bin/env bash
# Written by policygen. Sets up keys, buckets, roles and replication with the AWS CLI, in this order:
# keys, aliases, buckets with their settings, roles, key policies, bucket policies, replication, batch jobs.
# It stops at the first error, and may be run again: what exists is left, policies and settings are put again.
#
# First it looks. A policy or setting that is there, differs, and was not put by this script, is shown, kept in
# before/ and left: the script stops before it changes anything. With REPLACE=yes it goes on and replaces it.
# With DRY_RUN=yes, or --dry-run, it only looks. What it put is kept in put/, beside it: leave it there.
#
# Run: PROFILE_PROD=NAME PROFILE_BACKUP=NAME bash deploy.sh
# PROFILE_PROD: profile for account 111122223333
# PROFILE_BACKUP: profile for account 444455556666
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
  111122223333/kms/source/us-east-1/key-policy.json)
    aws --profile "$PROFILE_PROD" --region us-east-1 kms get-key-policy \
      --key-id 1234abcd-12ab-34cd-56ef-1234567890ab \
      --policy-name default \
      --query Policy \
      --output text ;;
  444455556666/kms/replica/us-west-1/key-policy.json)
    aws --profile "$PROFILE_BACKUP" --region us-west-1 kms get-key-policy \
      --key-id 0987dcba-09fe-87dc-65ba-ab0987654321 \
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
  444455556666/s3/replica/versioning.json)
    aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api get-bucket-versioning \
      --bucket destination-bucket-name-1 \
      --expected-bucket-owner 444455556666 \
      --query '{Status: Status}' \
      --output json ;;
  444455556666/s3/replica/encryption.json)
    aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api get-bucket-encryption \
      --bucket destination-bucket-name-1 \
      --expected-bucket-owner 444455556666 \
      --query 'ServerSideEncryptionConfiguration.{Rules: Rules[?ApplyServerSideEncryptionByDefault.SSEAlgorithm!='"'"'AES256'"'"' || BlockedEncryptionTypes.EncryptionType[0]=='"'"'NONE'"'"']}' \
      --output json ;;
  444455556666/s3/replica/public-access-block.json)
    aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api get-public-access-block \
      --bucket destination-bucket-name-1 \
      --expected-bucket-owner 444455556666 \
      --query PublicAccessBlockConfiguration \
      --output json ;;
  444455556666/s3/replica/ownership-controls.json)
    aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api get-bucket-ownership-controls \
      --bucket destination-bucket-name-1 \
      --expected-bucket-owner 444455556666 \
      --query OwnershipControls \
      --output json ;;
  444455556666/s3/replica/bucket-policy.json)
    aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api get-bucket-policy \
      --bucket destination-bucket-name-1 \
      --expected-bucket-owner 444455556666 \
      --query Policy \
      --output text ;;
  111122223333/iam/s3-replication/trust-policy.json)
    aws --profile "$PROFILE_PROD" --region us-east-1 iam get-role \
      --role-name s3-replication \
      --query Role.AssumeRolePolicyDocument \
      --output json ;;
  111122223333/iam/s3-replication/permissions-policy.json)
    aws --profile "$PROFILE_PROD" --region us-east-1 iam get-role-policy \
      --role-name s3-replication \
      --policy-name s3-replication \
      --query PolicyDocument \
      --output json ;;
  esac
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
: "${PROFILE_BACKUP:?the profile of the AWS CLI for account 444455556666}"
cd "$(dirname "${BASH_SOURCE[0]}")"
WORK="$(mktemp -d)"
trap 'rm -rf "$WORK"' EXIT
export AWS_PAGER=""
NOTHING='[(](NoSuch[A-Za-z]*|[A-Za-z]*NotFound[A-Za-z]*|404)[)]'
BEFORE="before/$(date -u +%Y%m%dT%H%M%SZ)"
REPLACED=0
MISSING=0
check_account "$PROFILE_PROD" us-east-1 111122223333
check_account "$PROFILE_BACKUP" us-west-1 444455556666

# ---- Keys: those that exist already, by the spec; ids of others

step 'Looking for key source in us-east-1'
aws --profile "$PROFILE_PROD" --region us-east-1 kms describe-key \
  --key-id 1234abcd-12ab-34cd-56ef-1234567890ab \
  >/dev/null

step 'Looking for key replica in us-west-1'
aws --profile "$PROFILE_BACKUP" --region us-west-1 kms describe-key \
  --key-id 0987dcba-09fe-87dc-65ba-ab0987654321 \
  >/dev/null

# ---- Users, roles and boundaries that must exist
check_other 'role s3-replication' arn:aws:iam::111122223333:role/service-role/s3-replication \
  aws --profile "$PROFILE_PROD" --region us-east-1 iam get-role \
  --role-name s3-replication \
  --query Role.Arn \
  --output text
if [ "$MISSING" -gt 0 ]; then
  exit 1
fi

# ---- What is there already: nothing of it is replaced unasked
compare 111122223333/kms/source/us-east-1/key-policy.json file://111122223333/kms/source/us-east-1/key-policy.json
compare 444455556666/kms/replica/us-west-1/key-policy.json file://444455556666/kms/replica/us-west-1/key-policy.json
compare 111122223333/s3/source/versioning.json file://111122223333/s3/source/versioning.json
compare 111122223333/s3/source/encryption.json file://111122223333/s3/source/encryption.json
compare 111122223333/s3/source/public-access-block.json file://111122223333/s3/source/public-access-block.json
compare 111122223333/s3/source/ownership-controls.json file://111122223333/s3/source/ownership-controls.json
compare 111122223333/s3/source/bucket-policy.json file://111122223333/s3/source/bucket-policy.json
compare 111122223333/s3/source/replication-configuration.json file://111122223333/s3/source/replication-configuration.json
compare 444455556666/s3/replica/versioning.json file://444455556666/s3/replica/versioning.json
compare 444455556666/s3/replica/encryption.json file://444455556666/s3/replica/encryption.json
compare 444455556666/s3/replica/public-access-block.json file://444455556666/s3/replica/public-access-block.json
compare 444455556666/s3/replica/ownership-controls.json file://444455556666/s3/replica/ownership-controls.json
compare 444455556666/s3/replica/bucket-policy.json file://444455556666/s3/replica/bucket-policy.json
compare 111122223333/iam/s3-replication/trust-policy.json file://111122223333/iam/s3-replication/trust-policy.json
compare 111122223333/iam/s3-replication/permissions-policy.json file://111122223333/iam/s3-replication/permissions-policy.json
stop_if_replaced

# ---- Buckets and their settings

step 'Bucket source-bucket-name in us-east-1'
if ! aws --profile "$PROFILE_PROD" --region us-east-1 s3api head-bucket \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 >/dev/null 2>&1; then
  aws --profile "$PROFILE_PROD" --region us-east-1 s3api create-bucket \
    --bucket source-bucket-name
fi
aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-versioning \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --versioning-configuration file://111122223333/s3/source/versioning.json
remember 111122223333/s3/source/versioning.json
aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-encryption \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --server-side-encryption-configuration file://111122223333/s3/source/encryption.json
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

step 'Bucket destination-bucket-name-1 in us-west-1'
if ! aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api head-bucket \
  --bucket destination-bucket-name-1 \
  --expected-bucket-owner 444455556666 >/dev/null 2>&1; then
  aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api create-bucket \
    --bucket destination-bucket-name-1 \
    --create-bucket-configuration LocationConstraint=us-west-1
fi
aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api put-bucket-versioning \
  --bucket destination-bucket-name-1 \
  --expected-bucket-owner 444455556666 \
  --versioning-configuration file://444455556666/s3/replica/versioning.json
remember 444455556666/s3/replica/versioning.json
aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api put-bucket-encryption \
  --bucket destination-bucket-name-1 \
  --expected-bucket-owner 444455556666 \
  --server-side-encryption-configuration file://444455556666/s3/replica/encryption.json
remember 444455556666/s3/replica/encryption.json
aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api put-public-access-block \
  --bucket destination-bucket-name-1 \
  --expected-bucket-owner 444455556666 \
  --public-access-block-configuration file://444455556666/s3/replica/public-access-block.json
remember 444455556666/s3/replica/public-access-block.json
aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api put-bucket-ownership-controls \
  --bucket destination-bucket-name-1 \
  --expected-bucket-owner 444455556666 \
  --ownership-controls file://444455556666/s3/replica/ownership-controls.json
remember 444455556666/s3/replica/ownership-controls.json

# ---- Roles: they must exist before a key policy or bucket policy names them

step 'Role s3-replication'
if aws --profile "$PROFILE_PROD" --region us-east-1 iam get-role \
  --role-name s3-replication >/dev/null 2>&1; then
  aws --profile "$PROFILE_PROD" --region us-east-1 iam update-assume-role-policy \
    --role-name s3-replication \
    --policy-document file://111122223333/iam/s3-replication/trust-policy.json
else
  aws --profile "$PROFILE_PROD" --region us-east-1 iam create-role \
    --role-name s3-replication \
    --path /service-role/ \
    --assume-role-policy-document file://111122223333/iam/s3-replication/trust-policy.json \
    >/dev/null
  aws --profile "$PROFILE_PROD" --region us-east-1 iam wait role-exists \
    --role-name s3-replication
fi
aws --profile "$PROFILE_PROD" --region us-east-1 iam put-role-policy \
  --role-name s3-replication \
  --policy-name s3-replication \
  --policy-document file://111122223333/iam/s3-replication/permissions-policy.json
remember 111122223333/iam/s3-replication/trust-policy.json
remember 111122223333/iam/s3-replication/permissions-policy.json

# ---- Key policies

step 'Key policy of source in us-east-1'
patiently aws --profile "$PROFILE_PROD" --region us-east-1 kms put-key-policy \
  --key-id 1234abcd-12ab-34cd-56ef-1234567890ab \
  --policy-name default \
  --policy file://111122223333/kms/source/us-east-1/key-policy.json
remember 111122223333/kms/source/us-east-1/key-policy.json

step 'Key policy of replica in us-west-1'
patiently aws --profile "$PROFILE_BACKUP" --region us-west-1 kms put-key-policy \
  --key-id 0987dcba-09fe-87dc-65ba-ab0987654321 \
  --policy-name default \
  --policy file://444455556666/kms/replica/us-west-1/key-policy.json
remember 444455556666/kms/replica/us-west-1/key-policy.json

# ---- Bucket policies

step 'Bucket policy of source-bucket-name'
patiently aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-policy \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --policy file://111122223333/s3/source/bucket-policy.json
remember 111122223333/s3/source/bucket-policy.json

step 'Bucket policy of destination-bucket-name-1'
patiently aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api put-bucket-policy \
  --bucket destination-bucket-name-1 \
  --expected-bucket-owner 444455556666 \
  --policy file://444455556666/s3/replica/bucket-policy.json
remember 444455556666/s3/replica/bucket-policy.json

# ---- Replication: versioning is on at both sides, the roles have their rights

step 'Replication backup'
patiently aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-replication \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --replication-configuration file://111122223333/s3/source/replication-configuration.json
remember 111122223333/s3/source/replication-configuration.json

step Done
