package config

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// sameMeaning reports whether text means the same as the document before, plus the entries.
func sameMeaning(before *yaml.Node, text []byte, entries []Entry) bool {
	var d decoder
	after := d.document(text)
	if after == nil || len(d.problems) > 0 {
		return false
	}
	at := apisIn(after)
	if at.value == nil || !removeEntries(at.value, entries) {
		return false
	}
	was := apisIn(before)
	if len(at.value.Content) == 0 && (was.value == nil || was.value.Tag == "!!null") {
		removeKey(after, at.key)
		rest := before
		if before != nil && was.key != nil {
			c := *before
			c.Content = slices.Clone(before.Content)
			removeKey(&c, was.key)
			rest = &c
		}
		if rest == nil || rest.Tag == "!!null" {
			return len(after.Content) == 0
		}
		return sameNode(rest, after)
	}
	return sameNode(before, after)
}

// removeEntries removes entries from a mapping and reports whether each was in it unchanged.
func removeEntries(n *yaml.Node, entries []Entry) bool {
	for _, e := range entries {
		i := slices.IndexFunc(n.Content, func(key *yaml.Node) bool { return key.Kind == yaml.ScalarNode && key.Value == e.Name })
		if n.Kind != yaml.MappingNode || i < 0 || i%2 != 0 || !sameNode(n.Content[i+1], e.value) {
			return false
		}
		n.Content = slices.Delete(n.Content, i, i+2)
	}
	return true
}

func removeKey(n, key *yaml.Node) {
	if i := slices.Index(n.Content, key); i >= 0 {
		n.Content = slices.Delete(n.Content, i, i+2)
	}
}

// sameNode reports whether two nodes mean the same.
func sameNode(a, b *yaml.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.ShortTag() == b.ShortTag() && a.Value == b.Value && a.Anchor == b.Anchor &&
		slices.EqualFunc(a.Content, b.Content, sameNode)
}
