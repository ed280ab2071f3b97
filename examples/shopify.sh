#!/usr/bin/env bash
# All products of a shop by GraphQL, and the price of each changed: every query waits until its cost is there.
#
#   export SHOPIFY_ACCESS_TOKEN=...      # and in config.yaml: apis: {shopify: {base_url: https://SHOP.myshopify.com/admin/api/VERSION}}
#   examples/shopify.sh
#   examples/try.sh shopify              # without an account
set -euo pipefail

cat >products.graphql <<'GRAPHQL'
query($after: String) {
  products(first: 50, after: $after) {
    nodes { id title variants(first: 10) { nodes { id price } } }
    pageInfo { hasNextPage endCursor }
  }
}
GRAPHQL
cat >price.graphql <<'GRAPHQL'
mutation($id: ID!, $price: Money!) { productVariantUpdate(input: {id: $id, price: $price}) { productVariant { id price } } }
GRAPHQL

# Lists are followed by the only pageInfo of the response that can be: variants are asked for without one.
arl post shopify /graphql.json --graphql products.graphql --all -o products.ndjson
printf '%s\t%s\n' "$(wc -l <products.ndjson)" products

# Each product is a row, and its members the variables of the mutation. A mutation is not repeated after a failure;
# --resume sends what is missing.
head -n 40 products.ndjson >some.ndjson
arl batch shopify some.ndjson --path /graphql.json --graphql price.graphql --raw-field 'id={id}' --raw-field price=9.90 --id '{id}' \
  -o prices.ndjson --resume
jq -r 'select(.ok) | .cost.cost.actual' prices.ndjson | sort -n | uniq -c | awk '{print $1 " mutations took " $2 " points each"}'
arl rates --api shopify 2>/dev/null || arl rates
