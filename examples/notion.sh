#!/usr/bin/env bash
# Notion: the rows of a database, then the content of each of their pages, into pages.ndjson.
#
#   export NOTION_TOKEN=...            # or once: arl auth set notion
#   examples/notion.sh DATA_SOURCE_ID [PAGES]
#
# Run it again after Ctrl-C, a crash or an outage: what is there is not fetched again.
set -euo pipefail
source=${1:-00000000-0000-0000-0000-000000000000}
most=${2:-8} # a first try need not fetch all of them

# This POST only reads. The profile says so (idempotent_posts), so arl repeats it where a connection breaks. --all
# asks for page after page, with the cursor in the body, and prints the rows, one a line.
if [ ! -f rows.ndjson ]; then
  arl post notion "/data_sources/$source/query" --json '{"page_size": 100}' --all >rows.part
  mv rows.part rows.ndjson
fi

# A record is a request; "all" makes it a whole list. By its id --resume knows it again. A page that broke off is taken
# up behind the last blocks that arrived.
head -n "$most" rows.ndjson | jq -c '{id, path: "/blocks/\(.id)/children", all: true}' |
  arl batch notion -o pages.ndjson --resume

jq -r 'select(.ok) | "\(.id)\t\(.json | length) blocks"' pages.ndjson
