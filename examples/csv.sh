#!/usr/bin/env bash
# A CSV file of changes: each row becomes a PATCH, at most 20 a second; what failed is corrected and sent again.
#
#   examples/csv.sh [ROWS]
#
# Some rows are wrong: one has no id, one lacks a column. They are errors of their own and stop nothing.
set -euo pipefail
rows=${1:-500}

# The file, as a spreadsheet writes it. (Yours is there already.)
{ echo id,email,plan && seq "$rows" | awk '{ print $1 ",user" $1 "@example.com," ($1 % 2 ? "pro" : "free") }'; } >users.csv
sed -i.bak -e '5s/^4,/,/' -e '8s/,[^,]*$//' users.csv

# What a row says of itself goes into the templates: {id} into the path, {plan} into a JSON body.
patch=(crm users.csv --path '/users/{id}' -X PATCH --field 'plan={plan}' --id '{id}' --rate 20/s)

# 1. What would be sent? Rows that cannot be are named, and nothing is sent.
arl batch "${patch[@]}" --plan || true

# 2. Send it. Each result is a line of out.ndjson, and the rows that failed are in failed.csv as they were read.
arl batch "${patch[@]}" -o out.ndjson --failed-out failed.csv || true

# 3. Correct the file: in an editor, or so.
sed -i.bak -e '5s/^,/4,/' -e '8s/$/,pro/' users.csv

# 4. The same command with --resume sends what failed, and nothing twice; id and status of all rows go to a CSV file.
arl batch "${patch[@]}" -o out.ndjson --failed-out failed.csv --resume --out csv --columns id,status >report.csv

sort -n report.csv | head -3
echo "$(($(wc -l <report.csv) - 1)) rows, $(grep -c ',200$' report.csv) of them are done"
