package transport

import (
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/files"
)

// Secrets returns what is secret in how connections are made: the passwords of proxies, by flag and by environment,
// and of a client certificate's key.
func (o Options) Secrets() []string {
	var proxies []string
	if o.Proxy != nil {
		proxies = append(proxies, *o.Proxy)
	}
	if o.Getenv != nil {
		for _, name := range []string{"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"} {
			proxies = append(proxies, o.Getenv(name))
		}
	}
	_, password := cutPassword(o.Cert)
	out := []string{password}
	for _, proxy := range proxies {
		out = append(out, secretsOfProxy(proxy)...)
	}
	return out
}

// secretsOfProxy are the password in a proxy's URL, and what Basic makes of it.
func secretsOfProxy(proxy string) []string {
	u, err := proxyURL(proxy)
	if err != nil || u.User == nil {
		return nil
	}
	password, _ := u.User.Password()
	return credential.Basic(u.User.Username(), password, "").Secrets()
}

// Uses lists the files that connections need.
func (o Options) Uses() (uses []files.Use) {
	cert, _ := cutPassword(o.Cert)
	for flag, name := range map[string]string{"--cacert": o.CACert, "CURL_CA_BUNDLE": o.bundle(), "-E": cert, "--key": o.Key} {
		if name != "" {
			uses = append(uses, files.Use{What: flag, Name: name})
		}
	}
	return uses
}
