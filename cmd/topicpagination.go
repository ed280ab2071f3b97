package cmd

const helpPagination = `--all on get, post and request follows the pages of a list to its end. Its items go to
standard output, one per line, every token as received; with --pages whole pages do.
--jq is run on each of them.

  arl get notion /users --all
  arl post notion /search --json '{"query": "minutes"}' --all --max-pages 10
  arl get github /orgs/ORG/repos --all --jq .full_name

Every page passes the limiter as a request of its own. If one fails, the items before it
are kept, and the message names the --cursor with which the same command continues. When
the reader closes the pipe (| head), the command ends without a message. A list of more
than 10000 pages is an error, unless --max-pages says another number, or 0 for no limit.
A page at another origin is not requested; a list whose pages form a loop is an error.
-i is not for lists; -o gets the whole list, and keeps the items before an error; -w
describes the last page.

The profile says how pages follow each other:

  pagination:
    style: cursor                # send what "next" says
    send: {query: start_cursor, body: start_cursor} # body: where JSON is sent
    size: {query: page_size, max: 100}  # sent unless the request has a size
    next: .next_cursor           # absent, null or empty at the end
    more: .has_more              # may be left out
    items: .results              # if left out: the body, or its only array

  style: page                    # send 1, 2, 3, ...; "first: 0" begins at 0
  style: offset                  # send how many items were seen
  style: link                    # the header Link: <...>; rel="next"
  style: link with next: .next   # the URL in the body
  style: graphql                 # the only pageInfo; for --graphql anyway

A bucket may have a pagination of its own, instead of the profile's.

For page and offset the end is where "more" or "next" says so, otherwise the first page
without items: an empty array, null, 204, an empty body, after the first page also [] or an object
without "items" that is not an error. null or {} for items is no items in every style. Paths are those of jq: .a.b, ."a b", .a[0], .a[-1]. Without pagination in the
profile Link headers are followed if there are any.

In a batch a record with "all": true, or every GET and POST with --all, gets all pages:
its result has the items as one array, and how many pages they were.`
