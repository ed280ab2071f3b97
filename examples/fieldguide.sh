#!/usr/bin/env bash
# Fieldguide: every engagement, page by page.
#
#   export FIELDGUIDE_TOKEN=...        # or once: arl auth set fieldguide
#   examples/fieldguide.sh
#
# Fieldguide publishes no limit: arl starts with two requests a second, and learns. --explain says on standard error
# what it learns; `arl rates` what it knows afterwards, and the next run starts from there.
set -euo pipefail

arl get fieldguide '/v1/engagements?per_page=50' --all --explain >engagements.ndjson
jq -r '[.id, .name] | @tsv' engagements.ndjson
arl rates
