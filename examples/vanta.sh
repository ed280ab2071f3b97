#!/usr/bin/env bash
# Vanta: every control, as a table.
#
#   export VANTA_CLIENT_ID=... VANTA_CLIENT_SECRET=...
#   examples/vanta.sh
#
# arl asks for the OAuth token, keeps it sealed beside the live state, and renews it. With Vanta a new token revokes
# the one before, so all processes share one: the two below, which run at once, ask once between them.
set -euo pipefail

arl get vanta /v1/controls --all >controls.ndjson &
controls=$!
arl get vanta '/v1/vendors?pageSize=10' >vendors.json
wait "$controls"

jq -r '[.id, .name] | @tsv' controls.ndjson
