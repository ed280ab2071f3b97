#!/usr/bin/env bash
# OpenAI: an embedding for each line of a text, and an end once the money is spent.
#
#   export OPENAI_API_KEY=...          # or once: arl auth set openai
#   examples/openai.sh lines.txt
#
# A 429 of OpenAI means one of two things. "rate_limit_exceeded" passes: arl waits as long as the headers say, and
# sends the request again. "insufficient_quota" does not: the profile names it under never_retry, the record fails at
# once, and --max-failures 1 ends the run instead of asking for every line that is left.
set -euo pipefail
lines=${1:-}
[ -n "$lines" ] || { lines=lines.txt && seq -f 'line %g' 8 >"$lines"; }

code=0
jq -Rc '{id: input_line_number, method: "POST", path: "/embeddings",
         json: {model: "text-embedding-3-small", input: .}}' "$lines" |
  arl batch openai -o embeddings.ndjson --resume --max-failures 1 --concurrency 1 || code=$?

jq -r '[.id, if .ok then "ok" else .json.error.code // .error.kind end] | @tsv' embeddings.ndjson
case $code in
0) echo "all of them" ;;
3) echo "unfinished: pay, and run it again; what is done is not sent again" ;;
*) exit "$code" ;;
esac
