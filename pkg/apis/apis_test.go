package apis_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/arl-cli/arl/pkg/apis"
)

// maxTypes keeps the face small: what only arl itself needs belongs in internal packages.
const maxTypes = 20

func TestFaceIsSmall(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	var exported []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			exported = append(exported, exportedTypes(t, decl)...)
		}
	}
	if n := len(exported); n == 0 || n > maxTypes {
		t.Errorf("%d exported types, want 1 to %d: %v", n, maxTypes, exported)
	}
}

// exportedTypes returns the names of the exported types of a declaration, each of which has a doc comment.
func exportedTypes(t *testing.T, decl ast.Decl) (names []string) {
	t.Helper()
	gen, ok := decl.(*ast.GenDecl)
	if !ok || gen.Tok != token.TYPE {
		return nil
	}
	for _, spec := range gen.Specs {
		s := spec.(*ast.TypeSpec)
		if !s.Name.IsExported() {
			continue
		}
		names = append(names, s.Name.Name)
		if gen.Doc.Text() == "" && s.Doc.Text() == "" {
			t.Errorf("%s has no doc comment", s.Name.Name)
		}
	}
	return names
}

func TestRegister(t *testing.T) {
	t.Parallel()
	p := &apis.Profile{Name: "mine", BaseURL: "https://mine.example.com/"}
	if err := apis.Register(p); err != nil {
		t.Errorf("Register(%v) = %v", p, err)
	}
	if _, err := apis.Default().Profile("mine"); err != nil {
		t.Errorf("Default().Profile(mine) = %v, want what was registered", err)
	}
}
