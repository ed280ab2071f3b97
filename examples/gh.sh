#!/bin/sh
# Many calls of gh, eight at a time, that share one rate with everything else that asks GitHub, and wait together when
# GitHub asks for it. For gh, logged in; try.sh puts a program of its own in its place.
set -eu
api=${1:-github}
gh=${2:-gh}

printf '%s\n' cli/cli golang/go git/git curl/curl jqlang/jq caddyserver/caddy restic/restic junegunn/fzf |
	xargs -P8 -I{} arl exec "$api" --retry 5 -- "$gh" api '/repos/{}' --jq .full_name
arl rates
