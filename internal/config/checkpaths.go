package config

import "strings"

// paths checks the paths that are for completion.
func (c *checker) paths(paths []string) {
	for i, path := range paths {
		if !strings.HasPrefix(path, "/") || IndexControl(path) >= 0 {
			c.problem(item("paths", i), "%q must begin with a slash, and have no control character", path)
		}
	}
}
