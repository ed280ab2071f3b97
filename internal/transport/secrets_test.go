package transport

import (
	"slices"
	"testing"
)

func TestWireSecrets(t *testing.T) {
	t.Parallel()
	flag := "http://me:fl%61g@proxy.example:3128"
	o := Options{
		Proxy: &flag, Cert: `C\:ert.pem:c3rt`,
		Getenv: func(name string) string {
			return map[string]string{
				"http_proxy": "me:l0wer@h:1", "HTTPS_PROXY": "socks5://me:upp3r@h:1", "all_proxy": "nobody@h", "ALL_PROXY": "%zz:no",
			}[name]
		},
	}
	got := o.Secrets()
	for _, want := range []string{"flag", "bWU6ZmxhZw==", "c3rt", "l0wer", "upp3r"} {
		if !slices.Contains(got, want) {
			t.Errorf("Secrets = %q, want %q among them", got, want)
		}
	}
	if got := (Options{}).Secrets(); slices.ContainsFunc(got, func(s string) bool { return s != "" }) {
		t.Errorf("Secrets of nothing = %q", got)
	}
}
