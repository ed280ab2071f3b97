#!/usr/bin/env bash
# Slack: a message to each of many channels, none of them twice.
#
#   export SLACK_BOT_TOKEN=...         # or once: arl auth set slack
#   examples/slack.sh 'The office is closed on Monday.' [CHANNELS]
#
# Slack counts by method: conversations.list and chat.postMessage are buckets, each with a rate of its own, and a
# throttle of one does not slow the other.
set -euo pipefail
text=${1:-Hello.}
most=${2:-4} # a first try need not reach everybody

arl get slack '/conversations.list?limit=100' --all >channels.ndjson

# A message that was sent cannot be unsent. Before each one arl notes durably, beside the output, that it is about to
# go; after a crash or a broken connection nobody can know whether it arrived, and its result is "unknown". --resume
# sends what is left, and neither what is ok nor what is unknown.
head -n "$most" channels.ndjson |
  jq -c --arg text "$text" '{id, method: "POST", path: "/chat.postMessage", json: {channel: .id, text: $text}}' |
  arl batch slack -o posted.ndjson --resume || [ $? = 1 ] # some failed or are unknown

# Slack answers 200 to what it does not do, so .ok is not enough: look at its own "ok" too.
jq -r '[.id, if .ok and .json.ok then "posted \(.json.ts)" elif .ok then .json.error else .error.kind end] | @tsv' posted.ndjson
