package transport

import (
	"net"
	"net/netip"

	"github.com/arl-cli/arl/internal/input"
)

// A Network says which addresses of a server are used.
type Network string

// The networks.
const (
	AnyIP Network = ""
	IPv4  Network = "4"
	IPv6  Network = "6"
)

// allows reports whether an address may be used.
func (n Network) allows(addr netip.Addr) bool {
	return n == AnyIP || (n == IPv4) == addr.Unmap().Is4()
}

// localAddress is the address of this machine that --interface means: one, or the first of an interface that fits.
func localAddress(name string, n Network) (net.Addr, error) {
	if name == "" {
		return nil, nil
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return &net.TCPAddr{IP: addr.AsSlice(), Zone: addr.Zone()}, nil
	}
	card, err := net.InterfaceByName(name)
	if err != nil {
		return nil, input.Errorf("--interface: %q is neither an address nor an interface of this machine", name)
	}
	addrs, err := card.Addrs()
	if err != nil {
		return nil, input.Errorf("--interface %s: %w", name, err)
	}
	for _, addr := range addrs {
		if ip, ok := addr.(*net.IPNet); ok {
			if parsed, _ := netip.AddrFromSlice(ip.IP); n.allows(parsed) {
				return &net.TCPAddr{IP: ip.IP}, nil
			}
		}
	}
	return nil, input.Errorf("--interface %s has no address of that IP version", name)
}
