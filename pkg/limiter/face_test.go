package limiter_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// maxTypes is how many types a program that wants to be paced has to look at, at most.
const maxTypes = 16

// The package stays one that is read on two screens: what only its stores and the program need lies below it.
func TestFewExportedTypes(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() {
				types = append(types, spec.Name.Name)
			}
			return true
		})
	}
	if len(types) == 0 || len(types) > maxTypes {
		t.Errorf("%d exported types, want at most %d: %s", len(types), maxTypes, strings.Join(types, " "))
	}
}
