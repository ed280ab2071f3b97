#!/usr/bin/env bash
# Logging and metrics: how long answers take, what is waited for and what is throttled, from a log and from a proxy.
#
#   examples/metrics.sh [API]          # without one the sandbox inside arl
set -euo pipefail
api=${1:-sandbox}

# A line for each attempt, throttled ones and repeats too: time, key, status, waited_ms, elapsed_ms, rate, throttled, ...
seq 60 | sed 's|^|/items/|' | arl batch "$api" --log-json log.ndjson >results.ndjson

jq -rs '
  def at($share): sort | .[((length - 1) * $share) | floor];
  group_by(.key)[] |
  "\(.[0].key): \(length) attempts, \(map(select(.throttled)) | length) throttled",
  "  answered in \(map(.elapsed_ms) | at(0.5)) ms, 95 % in \(map(.elapsed_ms) | at(0.95)) ms",
  "  waited \(map(.waited_ms) | at(0.5)) ms, 95 % at most \(map(.waited_ms) | at(0.95)) ms"' log.ndjson

# The proxy counts for Prometheus what goes through it. Its first line of output is where it listens.
dir=$(mktemp -d)
mkfifo "$dir/url"
arl proxy "$api" --listen 127.0.0.1:0 >"$dir/url" &
trap 'kill $! 2>/dev/null && wait $!; rm -rf "$dir"' EXIT
read -r url <"$dir/url"

curl -sS --noproxy '*' "$url/items/[1-10]" >answers.ndjson
curl -sS --noproxy '*' "$url/.arl/metrics" | grep -v '^#'
