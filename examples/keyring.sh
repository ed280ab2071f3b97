#!/usr/bin/env bash
# The keyring: a credential that is typed once, and is in no file, script or shell history.
#
#   examples/keyring.sh [API] [PATH]             # asks on the terminal, without showing it
#   pass show notion | examples/keyring.sh       # or reads it
#
# `arl auth remove notion` takes it out again. A variable such as $NOTION_TOKEN goes before the keyring.
set -euo pipefail
api=${1:-notion}
path=${2:-/users/me}

code=0
arl auth status "$api" >/dev/null 2>&1 || arl auth set "$api" || code=$?
if [ "$code" = 1 ]; then
  cat >&2 <<'END'
There is no keyring here, as on most servers and in containers. arl writes no credential into a plain file; use
  - a variable that your service manager or CI sets: NOTION_TOKEN=...
  - or a program that prints it, in config.yaml:
      apis: {notion: {auth: {command: [pass, show, notion]}}}
END
fi
[ "$code" = 0 ] || exit "$code"

arl auth status "$api" # says where it comes from, never what it is
arl get "$api" "$path"
