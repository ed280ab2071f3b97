#!/usr/bin/env bash
# Zapier: events from a file to a webhook.
#
#   export ZAPIER_HOOK_PATH=https://hooks.zapier.com/hooks/catch/.../...   # or once: arl auth set zapier
#   examples/zapier.sh events.ndjson
#
# The address of a hook is its secret. arl takes it as a credential, so that it is in no script, no log and no
# result: the path "/" means that address.
set -euo pipefail
events=${1:-}
if [ -z "$events" ]; then
  events=events.ndjson
  for n in 1 2 3 4 5 6; do echo "{\"order\": $n, \"state\": \"paid\"}"; done >"$events"
fi

# A hook starts a Zap each time it is called, so nothing may be sent twice. arl repeats what was throttled (429) or never
# left this machine, and nothing else: what may have arrived is reported as "unknown", and --resume leaves it alone.
jq -c '{id: .order, method: "POST", path: "/", json: .}' "$events" |
  arl batch zapier -o sent.ndjson --failed-out failed.ndjson --resume || [ $? = 1 ] # some failed or are unknown

jq -r '"\(.id)\t\(if .ok then "sent" else .error.kind end)"' sent.ndjson
