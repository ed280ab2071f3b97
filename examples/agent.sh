#!/bin/sh
# What an agent is given: it may read, its errors are JSON, and it cannot send more than it was told. Any agent that can
# run a command can use this; the profile has the credential, the agent never sees it.
set -eu
api=${1:-sandbox}

look() { arl get "$api" "$1" --read-only --errors json; }

# It looks at one thing, then at a list of them, thirty requests at most.
look /items/1
seq 100 | arl batch "$api" --path '/items/{}' --read-only --errors json --max-requests 30 --out csv --columns id,status || echo "exit $?"

# What it must not do is not sent, and it is told so.
arl delete "$api" /items/1 --read-only --errors json || echo "exit $?"
