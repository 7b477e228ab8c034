"""The functions of the script that reads with the AWS CLI."""

FUNCTIONS = r"""
safe() { # a text as the name of one file
  local text=${1//\//%2F}
  case $text in .*) text="%2E${text#.}" ;; esac
  printf '%s' "$text"
}

path() { # parts of a file's path
  local part joined=
  for part in "$@"; do joined="$joined/$(safe "$part")"; done
  printf '%s' "${joined#/}"
}

cli() { # a call of the AWS CLI
  if [ -n "$profile" ]; then aws --profile "$profile" --region "$region" "$@"; else aws --region "$region" "$@"; fi
}

refused() { # notes a call that brought no answer: file, call, code
  [ -z "$NOTES" ] || NOTES="$NOTES,"
  NOTES="$NOTES
    {\"call\": \"$2\", \"file\": \"$1\", \"account\": \"$caller\", \"region\": \"$region\", \"code\": \"$3\"}"
  printf 'not fetched: %s (%s): %s\n' "$2" "$3" "$1" >&2
}

mark() { # notes that something that was asked for is there: file
  case $1 in *"$WANTED"*) READ=yes ;; esac
}

ask() { # saves an answer: file, codes that say that there is none, call; fails where there is none
  local file=$1 none=$2 said code
  shift 2
  case $ASKED in *"|$file|"*) return 2 ;; esac
  ASKED="$ASKED|$file|"
  if [ -z "$caller" ]; then
    refused "$file" "$1 $2" NoProfile
    return 1
  fi
  if [ "$REFRESH" != yes ] && [ -f "$OUT/$file" ]; then
    mark "$file"
    ! grep -q '^An error occurred' "$OUT/$file"
    return
  fi
  mkdir -p "$OUT/$(dirname "$file")"
  if cli "$@" --output json >"$OUT/$file.part" 2>"$OUT/.error"; then
    [ -s "$OUT/$file.part" ] || echo '{}' >"$OUT/$file.part"
    mv "$OUT/$file.part" "$OUT/$file"
    mark "$file"
    return 0
  fi
  rm -f "$OUT/$file.part"
  said=$(sed -n 's/.*\(An error occurred (.*\)/\1/p' "$OUT/.error" | head -n 1)
  code=$(printf '%s' "$said" | sed -n 's/^An error occurred (\([A-Za-z0-9.]*\)).*/\1/p')
  case " $none " in
    *" ${code:-NoAnswer} "*)
      printf '%s\n' "$said" >"$OUT/$file"
      mark "$file"
      ;;
    *) refused "$file" "$1 $2" "${code:-NoAnswer}" ;;
  esac
  return 1
}

follow() { # goes on to what an answer names: function, JMESPath, call
  local next=$1 query=$2 first second
  shift 2
  while IFS=$'\t' read -r first second <&3; do
    [ "$second" != None ] || second=
    [ -z "$first" ] || [ "$first" = None ] || "$next" "$first" "$second"
  done 3< <(cli "$@" --query "$query" --output text 2>/dev/null)
}

lives() { # the account of what is asked about, and the profile for it
  local index
  case $1 in [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]) ;; *) return 0 ;; esac
  account=$1
  known=no
  for index in "${!PROFILES[@]}"; do
    if [ "$known" = no ] && [ "${ACCOUNTS[index]}" = "$1" ]; then
      known=yes
      caller=$1
      profile=${PROFILES[index]}
    fi
  done
}

place() { # what an ARN tells: name, holder, Region, account; a bare name tells the name alone
  local rest=$1 owner='' where=''
  case $1 in
    arn:*:*:*:*:*)
      rest=${1#*:*:*:}
      where=${rest%%:*}
      rest=${rest#*:}
      owner=${rest%%:*}
      rest=${rest#*:}
      ;;
  esac
  case $rest in alias/*) name=$rest ;; *) name=${rest##*/} ;; esac
  holder=${owner:-$account}
  region=${where:-$region}
  known=yes
  lives "$owner"
}

whose() { # tries whose bucket it is, the destinations' profiles first
  local index first='' tried=''
  for index in $TRIED; do
    case "$tried" in *"|${ACCOUNTS[index]}|"*) continue ;; esac
    tried="$tried|${ACCOUNTS[index]}|"
    first=${first:-$index}
    use "$index"
    cli s3api get-bucket-location --bucket "$name" --expected-bucket-owner "$account" >/dev/null 2>&1 && return
  done
  use "$first"
}

use() { # a profile by its number
  profile=${PROFILES[$1]}
  account=${ACCOUNTS[$1]}
  caller=$account
}

home() { # the Region that is asked first
  local found=${REGION:-${AWS_REGION:-${AWS_DEFAULT_REGION:-}}}
  if [ -z "$found" ] && [ -n "$1" ]; then found=$(aws configure get region --profile "$1" 2>/dev/null); fi
  if [ -z "$found" ] && [ -z "$1" ]; then found=$(aws configure get region 2>/dev/null); fi
  printf '%s' "${found:-us-east-1}"
}

begin() { # finds the account of a profile: number
  profile=${PROFILES[$1]}
  region=$(home "$profile")
  if ! account=$(cli sts get-caller-identity --query Account --output text); then
    printf 'the profile %s cannot be used\n' "${profile:-(none)}" >&2
    exit 3
  fi
  ACCOUNTS[$1]=$account
  HOMES[$1]=$region
  mkdir -p "$OUT/$account/sts"
  cli sts get-caller-identity --output json >"$OUT/$account/sts/get-caller-identity.json"
}
"""
