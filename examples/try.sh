#!/usr/bin/env bash
# Runs an example against a local sandbox in place of the API it is for. No account, no network:
#
#   examples/try.sh notion
#
# The example is not changed. A configuration of its own, in a directory that goes away, says that the API is at the
# sandbox's address; that, and a made-up credential, is all that is different. It runs in that directory too; with
# TRY_IN=DIR in one that stays, so that what it wrote can be looked at, or resumed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=${1:?the name of an example, such as notion}
shift
for tool in arl jq; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is not in PATH" >&2 && exit 2; }
done
work=$(mktemp -d)
export ARL_CONFIG_DIR=$work/config ARL_RUNTIME_DIR=$work/live
export ARL_STORE=file NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 # whatever the environment says
unset VANTA_API_TOKEN
mkdir "$work/config"
echo 'apis:' >"$work/config/config.yaml"

servers=() forget=
finish() {
  [ -z "$forget" ] || arl auth remove "$forget" || true
  for server in ${servers[@]+"${servers[@]}"}; do kill "$server" 2>/dev/null && wait "$server" || true; done
  rm -rf "$work"
}
trap finish EXIT

# serve [flag...] starts a sandbox on a free port; $url is where it listens.
serve() {
  rm -f "$work/url" && mkfifo "$work/url"
  arl sandbox --listen 127.0.0.1:0 "$@" >"$work/url" &
  servers+=("$!")
  read -r url <"$work/url"
}

# profile NAME 'key: value'... changes a profile.
profile() {
  { echo "  $1:" && shift && printf '    %s\n' "$@"; } >>"$work/config/config.yaml"
}

case $name in
notion)
  export NOTION_TOKEN=example-token
  serve --like notion --auth "$NOTION_TOKEN"
  profile notion "base_url: $url/v1"
  ;;
vanta)
  export VANTA_CLIENT_ID=example-client VANTA_CLIENT_SECRET=example-secret
  serve --like vanta --oauth-client "$VANTA_CLIENT_ID:$VANTA_CLIENT_SECRET"
  profile vanta "base_url: $url" "auth: {token_url: $url/oauth/token}"
  ;;
fieldguide)
  export FIELDGUIDE_TOKEN=example-token
  serve --like fieldguide --auth "$FIELDGUIDE_TOKEN"
  profile fieldguide "base_url: $url"
  ;;
airtable)
  export AIRTABLE_TOKEN=example-token
  serve --like airtable --auth "$AIRTABLE_TOKEN"
  profile airtable "base_url: $url/v0"
  ;;
zapier)
  export ZAPIER_HOOK_PATH=/hooks/catch/1/example
  serve --like zapier
  profile zapier "base_url: $url"
  ;;
slack)
  export SLACK_BOT_TOKEN=example-token
  serve --like slack --auth "$SLACK_BOT_TOKEN"
  profile slack "base_url: $url/api"
  ;;
github) # its secondary limit comes after a few requests here, and lasts two seconds
  export GITHUB_TOKEN=example-token
  serve --like github --auth "$GITHUB_TOKEN" --limit fixed:4/3s --headers retry-after \
    --throttle-body '{"message":"You have exceeded a secondary rate limit."}'
  profile github "base_url: $url"
  ;;
shopify)
  export SHOPIFY_ACCESS_TOKEN=example-token
  serve --like shopify --auth "$SHOPIFY_ACCESS_TOKEN"
  profile shopify "base_url: $url/admin/api/2026-10"
  ;;
graphql)
  export GITHUB_TOKEN=example-token
  serve --like github --auth "$GITHUB_TOKEN"
  profile github "base_url: $url"
  ;;
openai) # the money is spent after three requests
  export OPENAI_API_KEY=example-token
  serve --like openai --auth "$OPENAI_API_KEY" --limit fixed:3/1h --headers none \
    --throttle-body '{"error":{"code":"insufficient_quota","message":"You exceeded your current quota."}}'
  profile openai "base_url: $url/v1"
  ;;
llm)
  export OPENAI_API_KEY=example-token
  serve --auth "$OPENAI_API_KEY" --tokens 600000/1m --limit 100/s --burst 100
  profile openai "base_url: $url/v1"
  ;;
backoff) # three servers, each with a way of its own to throttle
  config=$work/backoff.yaml
  cp "$here/backoff.yaml" "$config"
  instead() { sed "s|https://$1.example.com|$url|" "$config" >"$work/new" && mv "$work/new" "$config"; }
  serve --limit fixed:4/2s --headers none --throttle-status 420 --throttle-body 'Enhance your calm.'
  instead legacy
  serve --like google --limit fixed:4/2s
  instead drive
  serve --like linear --limit fixed:4/2s --headers none
  instead tracker
  set -- "$config"
  ;;
metrics) # over a socket, so that responses take a while
  serve --limit 20/s --burst 10 --latency 20ms --jitter 20ms
  profile sandbox "base_url: $url"
  ;;
keyring) # under a name that nobody uses; taken out again in the end
  serve --like notion --auth example-token
  profile keyring-example "base_url: $url/v1" 'auth: {type: bearer, keyring: true}'
  forget=keyring-example
  set -- keyring-example
  exec < <(echo example-token)
  ;;
proxy)
  export NOTION_TOKEN=example-token
  serve --auth "$NOTION_TOKEN" --limit 20/s --burst 10
  profile notion "base_url: $url/v1" 'initial_rate: 40'
  ;;
csv)
  serve --limit 100/s --burst 20
  profile crm "base_url: $url" 'initial_rate: 50'
  set -- 60
  ;;
compliance)
  export NOTION_TOKEN=example-token
  serve --like notion --auth "$NOTION_TOKEN"
  profile notion "base_url: $url/v1"
  set -- notion 2026-01-05
  ;;
gh) set -- sandbox echo ;;
agent|pipeline) ;; # the profile "sandbox" is inside arl
*)
  echo "$0: no example is called $name; see $here/README.md" >&2
  exit 2
  ;;
esac
mkdir -p "${TRY_IN:=$work/here}"
cd "$TRY_IN"
"$here/$name.sh" "$@"
