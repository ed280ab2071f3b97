#!/usr/bin/env bash
# Airtable: the records of one table in several bases.
#
#   export AIRTABLE_TOKEN=...          # or once: arl auth set airtable
#   examples/airtable.sh TABLE BASE...
#
# Airtable takes 5 requests a second for each base, and 50 for the token. Each base is a bucket with a rate of its
# own, and all of them pass the limit of the token too: two bases are twice as fast as one, and one that was throttled
# (30 seconds, says Airtable) holds up no other.
set -euo pipefail
[ $# -gt 1 ] || set -- Tasks appFirst appSecond
table=$1
shift

# "all" makes a record the whole list: its pages are followed, its items stand in the result. With -o and --resume
# a list that broke off is resumed behind its last whole page.
for base in "$@"; do
  jq -nc --arg base "$base" --arg table "$table" '{id: $base, path: "/\($base)/\($table)", all: true}'
done | arl batch airtable -o records.ndjson --resume

jq -r 'select(.ok) | .id as $base | .json[] | [$base, .id, .fields.Name] | @tsv' records.ndjson
arl rates
