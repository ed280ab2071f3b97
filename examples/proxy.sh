#!/usr/bin/env bash
# A program in another language behind `arl proxy`: here Python's urllib, which knows nothing of limits.
#
#   export NOTION_TOKEN=...
#   examples/proxy.sh                  # runs proxy.py
#
# The program gets another base URL, and no credential: the proxy adds it. Requests of all its threads, and those of
# every other arl, share one budget; what Notion throttles is sent again before the program hears of it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

dir=$(mktemp -d)
mkfifo "$dir/url"
arl proxy notion --listen 127.0.0.1:0 >"$dir/url" & # its first line of output is where it listens
trap 'kill $! 2>/dev/null && wait $!; rm -rf "$dir"' EXIT
read -r url <"$dir/url"

python3 "$here/proxy.py" "$url"
