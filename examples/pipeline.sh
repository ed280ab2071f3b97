#!/usr/bin/env bash
# A pipeline of records through the sandbox: ids in, names of those that are ok out.
# Needs arl and jq; no account, no network.
set -euo pipefail

seq 1 60 |
  jq -c '{id: ., path: "/items/\(.)"}' |
  arl batch sandbox --ordered |
  jq -r 'select(.ok) | "\(.id)\t\(.json.path)\t\(.attempts) attempt(s)"'
