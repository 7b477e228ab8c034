#!/usr/bin/env bash
# Written by policygen. Sets up keys, buckets, roles and replication with the AWS CLI, in this order:
# keys, aliases, buckets with their settings, roles, key policies, bucket policies, replication, batch jobs.
# It stops at the first error, and may be run again: what exists is left, policies and settings are put again.
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

# ---- Accounts
: "${PROFILE_PROD:?the profile of the AWS CLI for account 111122223333}"
: "${PROFILE_BACKUP:?the profile of the AWS CLI for account 444455556666}"
cd "$(dirname "${BASH_SOURCE[0]}")"
WORK="$(mktemp -d)"
trap 'rm -rf "$WORK"' EXIT
export AWS_PAGER=""
check_account "$PROFILE_PROD" us-east-1 111122223333
check_account "$PROFILE_BACKUP" us-west-1 444455556666

# ---- Keys that exist already, by the spec

step 'Looking for key source in us-east-1'
aws --profile "$PROFILE_PROD" --region us-east-1 kms describe-key \
  --key-id 1234abcd-12ab-34cd-56ef-1234567890ab \
  >/dev/null

step 'Looking for key replica in us-west-1'
aws --profile "$PROFILE_BACKUP" --region us-west-1 kms describe-key \
  --key-id 0987dcba-09fe-87dc-65ba-ab0987654321 \
  >/dev/null

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
aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-encryption \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --server-side-encryption-configuration file://111122223333/s3/source/encryption.json
aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-public-access-block \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --public-access-block-configuration file://111122223333/s3/source/public-access-block.json
aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-ownership-controls \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --ownership-controls file://111122223333/s3/source/ownership-controls.json

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
aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api put-bucket-encryption \
  --bucket destination-bucket-name-1 \
  --expected-bucket-owner 444455556666 \
  --server-side-encryption-configuration file://444455556666/s3/replica/encryption.json
aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api put-public-access-block \
  --bucket destination-bucket-name-1 \
  --expected-bucket-owner 444455556666 \
  --public-access-block-configuration file://444455556666/s3/replica/public-access-block.json
aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api put-bucket-ownership-controls \
  --bucket destination-bucket-name-1 \
  --expected-bucket-owner 444455556666 \
  --ownership-controls file://444455556666/s3/replica/ownership-controls.json

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

# ---- Key policies

step 'Key policy of source in us-east-1'
patiently aws --profile "$PROFILE_PROD" --region us-east-1 kms put-key-policy \
  --key-id 1234abcd-12ab-34cd-56ef-1234567890ab \
  --policy-name default \
  --policy file://111122223333/kms/source/us-east-1/key-policy.json

step 'Key policy of replica in us-west-1'
patiently aws --profile "$PROFILE_BACKUP" --region us-west-1 kms put-key-policy \
  --key-id 0987dcba-09fe-87dc-65ba-ab0987654321 \
  --policy-name default \
  --policy file://444455556666/kms/replica/us-west-1/key-policy.json

# ---- Bucket policies

step 'Bucket policy of source-bucket-name'
patiently aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-policy \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --policy file://111122223333/s3/source/bucket-policy.json

step 'Bucket policy of destination-bucket-name-1'
patiently aws --profile "$PROFILE_BACKUP" --region us-west-1 s3api put-bucket-policy \
  --bucket destination-bucket-name-1 \
  --expected-bucket-owner 444455556666 \
  --policy file://444455556666/s3/replica/bucket-policy.json

# ---- Replication: versioning is on at both sides, the roles have their rights

step 'Replication backup'
patiently aws --profile "$PROFILE_PROD" --region us-east-1 s3api put-bucket-replication \
  --bucket source-bucket-name \
  --expected-bucket-owner 111122223333 \
  --replication-configuration file://111122223333/s3/source/replication-configuration.json

step Done
