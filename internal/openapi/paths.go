package openapi

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/arl-cli/arl/internal/config"
)

// maxPaths bounds the paths that a profile is given for completion.
const maxPaths = 500

// paths lists the templates of all paths, sorted.
func (d doc) paths() []string {
	var out []string
	each(d.at("paths"), func(path string, _ *yaml.Node) {
		if strings.HasPrefix(path, "/") && len(path) < 200 && config.IndexControl(path) < 0 {
			out = append(out, path)
		}
	})
	slices.Sort(out)
	return out[:min(len(out), maxPaths)]
}

// readingPosts are globs of the paths whose POSTs only read, by their names.
func (d doc) readingPosts() []string {
	var out []string
	each(d.at("paths"), func(path string, item *yaml.Node) {
		post := d.in(item).at("post")
		if post != nil && strings.HasPrefix(path, "/") && reads(path, d.in(post).text("operationId")) {
			out = append(out, glob(path))
		}
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// glob is a template as a pattern: /databases/{id}/query is /databases/*/query.
func glob(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.Contains(part, "{") {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// A list is what a GET tells of how its pages follow each other.
type list struct{ style, send, size, max, next string }

// pagination is what most of the lists that have pages agree on; nil if there is none.
func (d doc) pagination() []config.Setting {
	count := map[list]int{}
	each(d.at("paths"), func(_ string, item *yaml.Node) {
		if get := d.in(item).at("get"); get != nil {
			if l := d.in(get).list(d.in(item)); l.style != "" {
				count[l]++
			}
		}
	})
	var best list
	total := 0
	for l, n := range count {
		total += n
		if n > count[best] || n == count[best] && l.send+l.size+l.next < best.send+best.size+best.next {
			best = l
		}
	}
	if total == 0 || 2*count[best] <= total && len(count) > 1 {
		return nil
	}
	return best.settings()
}

func (l list) settings() []config.Setting {
	out := []config.Setting{{Key: "style", Value: l.style}, {Key: "send", Value: []config.Setting{{Key: "query", Value: l.send}}}}
	if l.size != "" {
		size := []config.Setting{{Key: "query", Value: l.size}}
		if n, err := strconv.Atoi(l.max); err == nil && n > 0 {
			size = append(size, config.Setting{Key: "max", Value: n})
		}
		out = append(out, config.Setting{Key: "size", Value: size})
	}
	if l.next != "" {
		out = append(out, config.Setting{Key: "next", Value: l.next})
	}
	return out
}

// list reads the parameters of a GET, and of its path, and the names in its response.
func (d doc) list(path doc) (l list) {
	query := map[string]*yaml.Node{}
	for _, params := range []*yaml.Node{path.at("parameters"), d.at("parameters")} {
		if params == nil || params.Kind != yaml.SequenceNode {
			continue
		}
		for _, p := range params.Content {
			if p := d.in(d.resolve(p)); p.text("in") == "query" {
				query[p.text("name")] = p.node
			}
		}
	}
	first := func(names ...string) string {
		i := slices.IndexFunc(names, func(name string) bool { return query[name] != nil })
		if i < 0 {
			return ""
		}
		return names[i]
	}
	l.size = first("per_page", "page_size", "pageSize", "perPage", "limit", "max_results", "maxResults")
	if p := d.in(query[l.size]); l.size != "" {
		l.max = p.text("schema", "maximum") + p.text("maximum")
	}
	cursor, next := first("cursor", "page_token", "pageToken", "start_cursor", "starting_after", "after", "next_token", "nextToken"), d.next()
	switch page, offset := first("page", "page_number", "pageNumber"), first("offset", "skip", "startAt"); {
	case cursor != "" && next != "":
		l.style, l.send, l.next = string(config.PageCursor), cursor, next
	case page != "" && cursor == "":
		l.style, l.send = string(config.PageNumber), page
	case offset != "" && l.size != "" && cursor == "":
		l.style, l.send = string(config.PageOffset), offset
	}
	return l
}

// next is the path of the next cursor in a response; empty if none is plain.
func (d doc) next() string {
	response := d.at("responses", "200")
	schema := d.in(response).at("content", "application/json", "schema")
	if schema == nil {
		schema = d.in(response).at("schema") // 2.0
	}
	for _, below := range []string{"", "meta", "pagination", "paging", "response_metadata"} {
		at := d.in(schema)
		if below != "" {
			at = d.in(at.at("properties", below))
		}
		for _, name := range []string{"next_cursor", "nextCursor", "next_page_token", "nextPageToken", "next_token", "nextToken"} {
			if at.node != nil && at.at("properties", name) != nil {
				return strings.ReplaceAll("."+below+"."+name, "..", ".")
			}
		}
	}
	return ""
}
