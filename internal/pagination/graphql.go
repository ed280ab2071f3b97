package pagination

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/rawjson"
)

// A connection is a list in the response to a GraphQL document: what pageInfo says, and what is beside it.
type connection struct{ object, pageInfo []byte }

// graphQLPlan finds the variable by which a document asks for its next page.
func graphQLPlan(l *plan, body []byte) error {
	d, err := config.GraphQLDocument(bytes.TrimSpace(body))
	switch {
	case err != nil:
		return &CursorError{err.Error()}
	case len(d.Cursors) == 0:
		return &CursorError{"no list of the GraphQL document can be continued: declare a variable and pass it on, as in query($after: String) { items(first: 100, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }"}
	case len(d.Cursors) > 1:
		return &CursorError{fmt.Sprintf("several lists of the GraphQL document can be continued, by $%s: ask for one at a time", strings.Join(d.Cursors, " and $"))}
	case !d.OnlyReads():
		return &CursorError{"a mutation has no pages"}
	}
	l.send = config.PageField{Body: fmt.Sprintf(".variables.%s", d.Cursors[0])}
	return nil
}

// connectionOf returns the only list of a response.
func connectionOf(body []byte) (connection, error) {
	var found []connection
	findConnections(rawjson.Member(body, "data"), &found)
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return connection{}, notList(body, "there is no pageInfo in its data; ask for pageInfo { hasNextPage endCursor }")
	}
	return connection{}, notList(nil, "there are %d pageInfo in its data, and only one list can be followed; a bucket's pagination can name one", len(found))
}

// findConnections appends the objects that have a pageInfo.
func findConnections(value []byte, to *[]connection) {
	if len(value) == 0 {
		return
	}
	switch value[0] {
	case '{':
		if info := rawjson.Member(value, "pageInfo"); len(info) > 0 && info[0] == '{' {
			*to = append(*to, connection{value, info})
		}
		for _, member := range rawjson.Members(value) {
			findConnections(member, to)
		}
	case '[':
		for element := range rawjson.Elements(value) {
			findConnections(element, to)
		}
	}
}

// items returns the nodes or the edges of a list.
func (c connection) items(body []byte) ([]byte, error) {
	for _, name := range [...]string{"nodes", "edges"} {
		if found := rawjson.Member(c.object, name); len(found) > 0 && found[0] == '[' {
			return found, nil
		}
	}
	return nil, notList(body, "there are neither nodes nor edges beside its pageInfo")
}

// followConnection returns the request for the page after that of a list.
func (w *Walk) followConnection(p *Page) (*Request, string, error) {
	c, err := connectionOf(p.Whole)
	if err != nil {
		return nil, "", err
	}
	token := rawjson.Member(c.pageInfo, "endCursor")
	more, said := truth(rawjson.Member(c.pageInfo, "hasNextPage"))
	known, _ := truth(token)
	switch {
	case said && !more:
		return nil, "", nil
	case !said:
		return nil, "", errors.New("pageInfo does not say whether there are more pages: query pageInfo { hasNextPage endCursor }")
	case !known:
		return nil, "", errors.New("there are more pages, but pageInfo has no endCursor: query pageInfo { hasNextPage endCursor }")
	}
	cursor, ok := scalar(token)
	if !ok {
		return nil, "", fmt.Errorf("the cursor is neither a string nor a number: %.80s", token)
	}
	next, err := w.next.put(w.plan.send, bytes.Clone(token))
	return &next, cursor, err
}
