#!/usr/bin/env bash
# Issues of many repositories by GitHub's GraphQL, one query each, with what they cost.
#
#   export GITHUB_TOKEN=...
#   examples/graphql.sh [owners-and-names.csv]
#   examples/try.sh graphql              # without an account
set -euo pipefail
repos=${1:-repos.csv}
[ -e "$repos" ] || printf 'owner,name\ncli,cli\ngolang,go\njqlang,jq\nrust-lang,rust\n' >"$repos"

cat >issues.graphql <<'GRAPHQL'
query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { issues(first: 100) { totalCount nodes { title } } }
  rateLimit { cost remaining resetAt }
}
GRAPHQL

arl batch github "$repos" --path /graphql --graphql issues.graphql --raw-field 'owner={owner}' --raw-field 'name={name}' --id '{owner}/{name}' \
  -o issues.ndjson --resume
jq -r 'select(.ok) | [.id, .json.data.repository.issues.totalCount, .cost.points.actual] | @tsv' issues.ndjson | sort

# Errors under status 200 are failures, with the words of the response.
arl post github /graphql --graphql '{ nosuch }' >failed.json || echo "exit $?"
