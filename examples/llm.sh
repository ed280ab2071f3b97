#!/usr/bin/env bash
# A language model: prompts in, texts out, at as many tokens a minute as the account lets through.
#
#   export OPENAI_API_KEY=...          # or once: arl auth set openai
#   examples/llm.sh prompts.jsonl      # lines of {"id": 1, "prompt": "..."}
#
# How many that are nobody has to say: arl learns the limits of requests and of tokens, each for each model, from the
# headers and from what responses say that they took. --max-cost ends the run before it takes more.
set -euo pipefail
prompts=${1:-}
[ -n "$prompts" ] || { prompts=prompts.jsonl && seq 40 | jq -c '{id: ., prompt: "Write the number \(.) in words."}' >"$prompts"; }

jq -c '{id, method: "POST", path: "/chat/completions",
        json: {model: "gpt-5-mini", max_completion_tokens: 200, messages: [{role: "user", content: .prompt}]}}' \
  "$prompts" >records.ndjson
arl batch openai records.ndjson --plan
arl batch openai records.ndjson -o results.ndjson --resume --max-cost tokens=2e6
jq -c 'select(.ok) | {id, text: .json.choices[0].message.content, tokens: .cost.tokens.actual}' results.ndjson >answers.jsonl
echo "$(jq -s length answers.jsonl) answers in answers.jsonl, the first: $(head -n 1 answers.jsonl)"
arl rates
