package main

import (
	"os"
	"path/filepath"
	"testing"
)

// What is written between the markers replaces what stood there, and nothing else.
func TestDocument(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(page, []byte("# A\r\n\n<!-- x:begin -->\n\nold\n\n<!-- x:end -->\ntail"), 0o600); err != nil {
		t.Fatal(err)
	}
	var d document
	d.head("what", "how much")
	d.row("a", "1")
	for range 2 { // what was written can be written again
		if err := d.into(page, "x"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := "# A\r\n\n<!-- x:begin -->\n\n| what | how much |\n|---|---:|\n| a | 1 |\n\n<!-- x:end -->\ntail"
	if string(got) != want {
		t.Errorf("the page is\n%q, want\n%q", got, want)
	}
	if err := d.into(page, "y"); err == nil {
		t.Error("a page without the markers was written to")
	}
}
