package session

import (
	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/internal/transport"
)

// accepted are flags of curl that ask for what arl does anyway.
type accepted struct{}

func (accepted) addFlags(f *pflag.FlagSet) {
	var ignored bool
	f.BoolVarP(&ignored, "no-buffer", "N", false, "Accepted; output is never buffered")
	f.BoolVar(&ignored, "retry-all-errors", false, "Accepted; what is safe to retry is retried anyway")
	for _, name := range []string{"no-buffer", "retry-all-errors"} {
		f.Lookup(name).Hidden = true // nothing to choose
	}
}

// addresses say which of this machine's and a server's addresses are used.
type addresses struct {
	IPv4, IPv6 bool
	Interface  string
}

func (o *addresses) addFlags(f *pflag.FlagSet) {
	f.BoolVarP(&o.IPv4, "ipv4", "4", false, "Connect to IPv4 addresses only")
	f.BoolVarP(&o.IPv6, "ipv6", "6", false, "Connect to IPv6 addresses only")
	f.StringVar(&o.Interface, "interface", "", "Connect from this `ADDRESS` or network interface, such as eth0")
}

// network is what net.Dialer calls it; of -4 and -6 together both are allowed.
func (o *addresses) network() transport.Network {
	switch {
	case o.IPv4 && !o.IPv6:
		return transport.IPv4
	case o.IPv6 && !o.IPv4:
		return transport.IPv6
	}
	return transport.AnyIP
}
