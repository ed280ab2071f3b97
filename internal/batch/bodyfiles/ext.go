package bodyfiles

import (
	"mime"
	"net/http"
	"path"
	"strings"
)

// longestExt is how long an extension can be, in bytes.
const longestExt = 8

// cutExt cuts a name in front of its extension, or of both if the second says how it is compressed.
func cutExt(name string) (stem, ext string) {
	ext = path.Ext(name)
	stem = strings.TrimSuffix(name, ext)
	if len(ext) > longestExt {
		return name, ""
	}
	if inner := path.Ext(stem); packed(ext) && len(inner) <= longestExt {
		return strings.TrimSuffix(stem, inner), inner + ext
	}
	return stem, ext
}

func packed(ext string) bool { return ext == ".gz" || ext == ".br" || ext == ".zst" }

// extOf returns the extension for what a response is said to be. It is one of arl's own words, whatever
// the server says.
func extOf(header http.Header) string {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	ext := ".bin"
	if err == nil {
		ext = extOfKind(kind)
	}
	switch header.Get("Content-Encoding") {
	case "gzip", "x-gzip":
		return ext + ".gz"
	case "br":
		return ext + ".br"
	case "zstd":
		return ext + ".zst"
	}
	return ext
}

func extOfKind(kind string) string {
	switch kind {
	case "application/json":
		return ".json"
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq":
		return ".ndjson"
	case "text/html", "application/xhtml+xml":
		return ".html"
	case "text/csv":
		return ".csv"
	case "text/markdown":
		return ".md"
	case "text/xml", "application/xml":
		return ".xml"
	case "application/yaml", "application/x-yaml", "text/yaml":
		return ".yaml"
	case "application/pdf":
		return ".pdf"
	case "application/zip":
		return ".zip"
	case "application/gzip", "application/x-gzip":
		return ".gz"
	case "application/x-tar":
		return ".tar"
	}
	return extOfFamily(kind)
}

func extOfFamily(kind string) string {
	family, sub, _ := strings.Cut(kind, "/")
	switch {
	case strings.HasSuffix(sub, "+json"):
		return ".json"
	case kind == "image/svg+xml":
		return ".svg"
	case strings.HasSuffix(sub, "+xml"):
		return ".xml"
	case kind == "image/jpeg":
		return ".jpg"
	case kind == "image/png", kind == "image/gif", kind == "image/webp", kind == "video/mp4", kind == "video/webm":
		return "." + sub
	case kind == "audio/mpeg":
		return ".mp3"
	case strings.HasSuffix(sub, "spreadsheetml.sheet"):
		return ".xlsx"
	case strings.HasSuffix(sub, "wordprocessingml.document"):
		return ".docx"
	case family == "text":
		return ".txt"
	}
	return ".bin"
}
