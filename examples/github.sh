#!/usr/bin/env bash
# GitHub: the issues of a repository, and how many reactions each of the newest has.
#
#   export GITHUB_TOKEN=...            # 5000 requests an hour; without one 60
#   examples/github.sh OWNER/REPO
#
# Lists are followed by their Link headers. GitHub throttles with 403 as often as with 429: when the hour's quota is used
# up (X-RateLimit-Remaining: 0), and by its secondary limit, which only the body names. The profile knows both, so arl
# pauses and goes on; whoever goes on asking meanwhile risks a ban.
set -euo pipefail
repo=${1:-octocat/hello-world}

arl get github "/repos/$repo/issues?state=all&per_page=100" --all >issues.ndjson

head -n 8 issues.ndjson |
  jq -c --arg repo "$repo" '{id: .number, path: "/repos/\($repo)/issues/\(.number)"}' |
  arl batch github --explain -o details.ndjson

jq -r '[.number, .title] | @tsv' issues.ndjson
jq -r 'select(.ok) | [.id, .json.reactions.total_count // 0, "\(.attempts) attempt(s)"] | @tsv' details.ndjson
