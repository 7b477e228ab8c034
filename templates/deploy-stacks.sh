# Prints an output of a stack: PROFILE REGION NAME
stack_output() {
  local found
  found="$(aws --profile "$1" --region "$2" cloudformation describe-stacks --stack-name "$STACK" \
    --query "Stacks[0].Outputs[?OutputKey=='$3'].OutputValue" --output text)"
  if [ -z "$found" ] || [ "$found" = "None" ]; then
    printf 'the stack %s in %s has no output %s\n' "$STACK" "$2" "$3" >&2
    return 1
  fi
  printf '%s\n' "$found"
}

# Prints the stage that a stack has reached; 0 where it does not exist: PROFILE REGION
stage_of() {
  local found
  if ! found="$(aws --profile "$1" --region "$2" cloudformation describe-stacks --stack-name "$STACK" \
    --query "Stacks[0].Parameters[?ParameterKey=='Stage'].ParameterValue" --output text 2>"$WORK/error")"; then
    if ! grep -q "does not exist" "$WORK/error"; then
      cat "$WORK/error" >&2
      return 1
    fi
  fi
  case "$found" in
  "" | *[!0-9]*) echo 0 ;;
  *) echo "$found" ;;
  esac
}

# Deploys a template; one that has stages never at an earlier one than it has reached, since that would take away what
# was made later: PROFILE REGION TEMPLATE STAGE-OR-NOTHING PARAMETER...
deploy() {
  local profile="$1" region="$2" template="$3" stage="$4" reached
  shift 4
  if [ -n "$stage" ]; then
    reached="$(stage_of "$profile" "$region")"
    if [ "$reached" -gt "$stage" ]; then
      stage="$reached"
    fi
    set -- "Stage=$stage" "$@"
  fi
  if [ "$#" -gt 0 ]; then
    set -- --parameter-overrides "$@"
  fi
  if [ -n "${TEMPLATE_BUCKET:-}" ]; then
    set -- --s3-bucket "$TEMPLATE_BUCKET" "$@"
  fi
  aws --profile "$profile" --region "$region" cloudformation deploy --stack-name "$STACK" --template-file "$template" \
    --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset "$@"
}
