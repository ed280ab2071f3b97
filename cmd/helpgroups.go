package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// An optionGroup is a heading of --help and the options below it, in the order in which they are shown.
type optionGroup struct{ title, options string }

// optionGroups are the groups of all options of commands with many.
func optionGroups() []optionGroup {
	return []optionGroup{
		{profileGroup, "base-url header rate max-rate limit note"},
		{"Credential of the profile", "bearer-env basic-env header-env"},
		{"Login of the profile", "issuer client-id client-secret-env scope authorize-url token-url device-url revoke-url redirect-url"},
		{"Request", "request header user-agent referer location max-redirs head range continue-at time-cond globoff cookie cookie-jar curl-config"},
		{"Data", "in no-header path id data json field raw-field graphql form form-string upload-file data-raw data-binary data-urlencode get url-query"},
		{"Output", "output include jq out columns spreadsheet-safe remote-name create-dirs dump-header fail fail-with-body write-out compressed " +
			"cache if-changed resume ordered failed-out summary-file manifest metrics-file on-end output-dir output-name max-inline resend-unknown"},
		{"Pages and jobs", "all pages max-pages cursor poll no-poll"},
		{"Limits and waiting", "rate share priority max-wait cost throttle-exit throttle-output retry retry-max-time max-time concurrency deadline max-requests max-cost max-failures shard max-memory no-learn read-only"},
		{"Credentials", "user digest aws-sigv4 oauth2-bearer netrc netrc-file"},
		{"Connection", "proxy cacert cert key insecure connect-timeout ipv4 ipv6 interface resolve unix-socket http1.1 http2 listen allow-remote allow-host"},
		{"Debugging", "verbose explain dry-run plan log-json silent show-error no-progress-meter"},
		{"Limits of the server", "like limit tokens change burst lockout lockout-restarts count-throttled rival rival-time rival-swing"},
		{"Responses", "headers throttle-status throttle-body latency jitter clock-skew auth oauth oauth-client oauth-life login"},
		{"Faults", "errors overloads resets truncated slow seed"},
		{"Server", "state log"},
		{"Global", "config store color errors help help-all"},
	}
}

// profileGroup has options that apis add gives another meaning than the commands that send requests.
const profileGroup = "Profile"

// otherOptions is the heading of options that no group names.
const otherOptions = "Other"

// A shownGroup is a group with those of its options that a command has.
type shownGroup struct {
	title string
	flags []*pflag.Flag
}

// grouped returns the options of a command by group, without those that are hidden.
func grouped(c *cobra.Command) (groups []shownGroup) {
	c.InitDefaultHelpFlag()
	left := map[string]*pflag.Flag{}
	for _, set := range []*pflag.FlagSet{c.LocalFlags(), c.InheritedFlags()} {
		set.VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				left[f.Name] = f
			}
		})
	}
	faults := c.LocalNonPersistentFlags().Lookup("errors") != nil // sandbox has a fault of that name
	profile := c.LocalNonPersistentFlags().Lookup("bearer-env") != nil
	add := func(title string, names []string) {
		var flags []*pflag.Flag
		for _, name := range names {
			if f := left[name]; f != nil {
				flags = append(flags, f)
				delete(left, name)
			}
		}
		if len(flags) > 0 {
			groups = append(groups, shownGroup{title, flags})
		}
	}
	for _, g := range optionGroups() {
		if g.title == "Faults" && !faults || g.title == profileGroup && !profile {
			continue
		}
		add(g.title, strings.Fields(g.options))
	}
	var rest []string
	for name := range left {
		rest = append(rest, name)
	}
	slices.Sort(rest)
	add(otherOptions, rest)
	return groups
}
