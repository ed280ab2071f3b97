package cmd

const helpPagination = `With --all, get, post and request follow all pages of a list and write its items to
standard output, one per line, exactly as received; with --pages they write whole pages.
--jq filters each item or page.

  arl get notion /users --all
  arl post notion /search --json '{"query": "minutes"}' --all --max-pages 10
  arl get github /orgs/ORG/repos --all --jq .full_name

Each page is a request of its own and passes the limiter. If one fails, the items before
it are kept, and the error names the --cursor at which the same command continues. When
the reader closes the pipe (| head), the command ends without a message. A list of more
than 10000 pages is an error, unless --max-pages sets another limit (0 for none). A page
at another origin is not requested. A list whose pages form a loop is an error. -i cannot
be used with lists; -o receives the whole list, and keeps the items before an error; -w
describes the last page.

The profile says how pages follow each other:

  pagination:
    style: cursor                # send the value of "next"
    send: {query: start_cursor, body: start_cursor} # body: in a JSON body
    size: {query: page_size, max: 100}  # sent unless the request has a size
    next: .next_cursor           # absent, null or empty at the end
    more: .has_more              # optional
    items: .results              # default: the body, or its only array

  style: page                    # send 1, 2, 3, ...; "first: 0" begins at 0
  style: offset                  # send the number of items so far
  style: link                    # the header Link: <...>; rel="next"
  style: link with next: .next   # the URL in the body
  style: graphql                 # the only pageInfo; --graphql implies it

A bucket may have its own pagination, which replaces the profile's.

With page and offset, "more" or "next" determines the end if the profile has one of them;
otherwise the list ends at the first page without items: an empty array, null, {}, 204 or
an empty body, and after the first page also an object without "items" that is not an
error. Paths are written as in jq: .a.b, ."a b", .a[0], .a[-1]. If the profile has no
pagination, Link headers are followed.

In a batch, a record with "all": true gets all pages, and with --all every GET and POST
does. Its result has all items in one array, and the number of pages.`
