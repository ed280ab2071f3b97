#!/usr/bin/env bash
# APIs that throttle with other codes than 429: the profiles are in backoff.yaml, this shows what comes of them.
#
#   examples/backoff.sh [CONFIG]
set -euo pipefail
config=${1:-$(dirname "$0")/backoff.yaml}

arl apis check "$config"

# Records of several APIs in one stream: "-" says that each names its own. None holds up another.
for n in $(seq 10); do
  for api in legacy drive tracker; do
    echo "{\"id\": \"$api-$n\", \"api\": \"$api\", \"path\": \"/items/$n\"}"
  done
done | arl batch - --config "$config" --explain >results.ndjson

# What was throttled was sent again: every record is ok, some took several attempts.
jq -rs 'group_by(.api)[] | [.[0].api, "\(map(select(.ok)) | length) ok", "\((map(.attempts) | add) - length) throttled"] | @tsv' results.ndjson
