#!/bin/sh
# Walks a list with curl, which offers HTTP/2 with every request.
set -eu
items=0 cursor=
while :; do
	page=$(curl -sS --fail-with-body --http2 "$1/users?page_size=100${cursor:+&start_cursor=$cursor}")
	items=$((items + $(printf %s "$page" | jq '.results | length')))
	cursor=$(printf %s "$page" | jq -r '.next_cursor // empty')
	[ -n "$cursor" ] || break
done
echo "$items"
