package redisstore

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Address{
		"redis://host":                        {Host: "host:6379", Prefix: "arl:"},
		"redis://host:7000/2":                 {Host: "host:7000", Database: 2, Prefix: "arl:"},
		"redis://[::1]:7000/":                 {Host: "[::1]:7000", Prefix: "arl:"},
		"redis://me:p%40ss@host?prefix=team:": {Host: "host:6379", User: "me", Password: "p@ss", Prefix: "team:"},
		"redis://:pass@host":                  {Host: "host:6379", Password: "pass", Prefix: "arl:"},
		"rediss://host?ca=/etc/ca.pem":        {Host: "host:6379", TLS: true, CA: "/etc/ca.pem", Prefix: "arl:"},
		"unix:///run/redis.sock?db=3":         {Host: "/run/redis.sock", Socket: true, Database: 3, Prefix: "arl:"},
		"unix://me:pass@/run/redis.sock?db=3": {},
		"redis://:s3cret@":                    {},
		"redis://:s3cret@host/x":              {},
		"redis://:s3cret@host:port":           {},
		"redis://:s3cret@host?what=1":         {},
		"redis://:s3cret@host?ca=x":           {},
		"redis://:s3cret@host#x":              {},
		"http://:s3cret@host":                 {},
		"redis://:s3%cret@host":               {},
		"unix://host/run":                     {},
		"s3cret":                              {},
	} {
		got, err := Parse(text)
		if strings.HasPrefix(text, "unix://me") {
			want = Address{Host: "/run/redis.sock", Socket: true, User: "me", Password: "pass", Database: 3, Prefix: "arl:"}
		}
		switch {
		case want == Address{}:
			if err == nil || strings.Contains(err.Error(), "s3") {
				t.Errorf("Parse(%q) = %v, want an error without the password", text, err)
			}
		case err != nil || !cmp.Equal(got, want):
			t.Errorf("Parse(%q) = %+v, %v, want %+v", text, got, err, want)
		case strings.Contains(got.String(), "pass") || strings.Contains(got.String(), "p@ss"):
			t.Errorf("%q shows the password as %q", text, got)
		}
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	a := Address{Password: "p@ss/w rd"}
	for _, text := range []string{"dial p@ss/w rd", "dial p%40ss%2Fw+rd", "dial p%40ss%2Fw%20rd"} {
		if got := a.redact(text); got != "dial ***" {
			t.Errorf("redact(%q) = %q", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("redis://me:pass@host:1/2?prefix=x")
	f.Add("unix:///run/x?db=1")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err == nil && a.Host == "" {
			t.Errorf("Parse(%q) = %+v without a host", text, a)
		}
	})
}
