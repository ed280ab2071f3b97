package sandbox

import (
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"strconv"
)

// A graphQLRequest is a GraphQL document, and what it costs.
type graphQLRequest struct {
	kind   string // query, mutation
	fields []graphQLField
	errors []object

	rateLimit object // what a field rateLimit says; nil: it is like any other
}

// isGraphQL reports whether a request is for GraphQL.
func isGraphQL(r *http.Request) bool {
	base := path.Base(r.URL.Path)
	return r.Method == http.MethodPost && (base == "graphql" || base == "graphql.json")
}

// readGraphQL reads a POST to a path that ends in /graphql or /graphql.json; nil if it is none.
func readGraphQL(r *http.Request, body []byte) *graphQLRequest {
	if !isGraphQL(r) {
		return nil
	}
	var asked struct {
		Query         string         `json:"query"`
		OperationName string         `json:"operationName"`
		Variables     map[string]any `json:"variables"`
	}
	q := &graphQLRequest{kind: "query"}
	err := json.Unmarshal(body, &asked)
	if err == nil {
		q.kind, q.fields, err = parseGraphQL(asked.Query, asked.OperationName, asked.Variables)
	}
	if err != nil {
		q.errors = append(q.errors, object{"message": err.Error()})
	}
	return q
}

// answer is the whole response: whatever is asked for is there, lists of 250 items in pages.
func (q *graphQLRequest) answer(extensions object) object {
	out := object{}
	if len(q.errors) == 0 {
		out["data"] = q.object(q.fields, 0)
	}
	if len(q.errors) > 0 {
		out["errors"] = q.errors
	}
	if extensions != nil {
		out["extensions"] = extensions
	}
	return out
}

// object is an object of some fields. number is that of the item of a list which it belongs to, or 0.
func (q *graphQLRequest) object(fields []graphQLField, number int) object {
	out := object{}
	for i := range fields {
		out[fields[i].key] = q.value(&fields[i], number)
	}
	return out
}

// noSuchField is what no type has.
const noSuchField = "nosuch"

func (q *graphQLRequest) value(f *graphQLField, number int) any {
	switch {
	case f.name == noSuchField:
		q.errors = append(q.errors, object{"message": "Field 'nosuch' doesn't exist on type 'Sandbox'", "path": []string{f.key}})
		return nil
	case f.name == "rateLimit" && q.rateLimit != nil:
		return f.of(q.rateLimit)
	case f.isList():
		return q.list(f)
	case f.fields != nil:
		return q.object(f.fields, number)
	case f.name == "id" && number > 0:
		return strconv.Itoa(number)
	case number > 0:
		return f.name + " " + strconv.Itoa(number)
	}
	return f.name
}

// of is what the field asks for of an object.
func (f *graphQLField) of(all object) object {
	out := object{}
	for _, field := range f.fields {
		out[field.key] = all[field.name]
	}
	return out
}

// list is a page of a list.
func (q *graphQLRequest) list(f *graphQLField) object {
	first, end := f.page()
	out := object{}
	for _, field := range f.fields {
		switch field.name {
		case "pageInfo":
			out[field.key] = field.of(object{
				"hasNextPage": end < itemCount, "endCursor": cursorPrefix + strconv.Itoa(end),
				"hasPreviousPage": first > 0, "startCursor": cursorPrefix + strconv.Itoa(first),
			})
		case "nodes", "edges":
			items := make([]object, 0, end-first)
			for i := first; i < end; i++ {
				items = append(items, q.item(&field, i+1))
			}
			out[field.key] = items
		case "totalCount":
			out[field.key] = itemCount
		default:
			out[field.key] = q.value(&field, 0)
		}
	}
	return out
}

// item is a node, or an edge with its node.
func (q *graphQLRequest) item(f *graphQLField, number int) object {
	if f.name == "nodes" {
		return q.object(f.fields, number)
	}
	out := object{}
	for _, field := range f.fields {
		if field.name == "node" {
			out[field.key] = q.object(field.fields, number)
		} else {
			out[field.key] = cursorPrefix + strconv.Itoa(number)
		}
	}
	return out
}

// page is what a list is asked for: the items from first to before end, counted from 0.
func (f *graphQLField) page() (first, end int) {
	size := 10
	if n, ok := f.args["first"].(float64); ok && n >= 0 {
		size = int(n)
	}
	if after, ok := f.args["after"].(string); ok {
		first, _ = byMark(after, 0)
	}
	return min(first, itemCount), min(first+size, itemCount)
}

// isList reports whether a field is a list in pages.
func (f *graphQLField) isList() bool {
	return slices.ContainsFunc(f.fields, func(sub graphQLField) bool {
		return sub.name == "pageInfo" || sub.name == "nodes" || sub.name == "edges"
	})
}

// cost is what fields cost where an object costs 1 and a list 2 and its items; full says whether a list is as long as it
// may be, or as long as it is.
func graphQLCost(fields []graphQLField, full bool) (sum float64) {
	for i := range fields {
		f := &fields[i]
		switch {
		case f.isList():
			first, end := f.page()
			n := float64(end - first)
			if size, ok := f.args["first"].(float64); ok && full {
				n = size
			}
			sum += 2 + n*max(1, graphQLCost(f.items(), full))
		case f.fields != nil:
			sum += 1 + graphQLCost(f.fields, full)
		}
	}
	return sum
}

// graphQLNodes is how many requests it would take to get each list of fields by itself.
func graphQLNodes(fields []graphQLField, times float64) (sum float64) {
	for i := range fields {
		f := &fields[i]
		if !f.isList() {
			sum += graphQLNodes(f.fields, times)
			continue
		}
		first, end := f.page()
		sum += times + graphQLNodes(f.items(), times*float64(end-first))
	}
	return sum
}

// items are the fields of a list's items.
func (f *graphQLField) items() (fields []graphQLField) {
	for _, sub := range f.fields {
		switch sub.name {
		case "nodes":
			fields = append(fields, sub.fields...)
		case "edges":
			for _, edge := range sub.fields {
				fields = append(fields, edge.fields...)
			}
		}
	}
	return fields
}
