package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/arl-cli/arl/internal/input"
)

// dialer connects where --unix-socket and --resolve say.
type dialer struct {
	net.Dialer
	socket string
	net    Network
	hosts  map[string][]string // "host:port" or "*:port" to addresses
}

// newDialer reads --resolve's entries: host:port:address[,address]..., with "*" for any host, and a "-" or
// "+" in front as with curl.
func newDialer(d net.Dialer, socket string, resolve []string) (*dialer, error) {
	out := &dialer{Dialer: d, socket: socket, hosts: make(map[string][]string)}
	for _, entry := range resolve {
		if host, port, ok := cutHostPort(strings.TrimPrefix(entry, "-")); ok && strings.HasPrefix(entry, "-") {
			delete(out.hosts, host+":"+port)
			continue
		}
		if err := out.add(entry); err != nil {
			return nil, input.Errorf("--resolve %s: %w", entry, err)
		}
	}
	return out, nil
}

func cutHostPort(s string) (host, port string, ok bool) {
	if strings.HasPrefix(s, "[") {
		host, rest, found := strings.Cut(s[1:], "]:")
		return strings.ToLower(host), rest, found
	}
	host, port, ok = strings.Cut(s, ":")
	return strings.ToLower(host), port, ok
}

func (d *dialer) add(entry string) error {
	host, rest, _ := cutHostPort(strings.TrimPrefix(entry, "+"))
	port, list, ok := strings.Cut(rest, ":")
	if n, err := strconv.Atoi(port); !ok || host == "" || err != nil || n < 1 || n > 65535 {
		return errors.New("must be HOST:PORT:ADDRESS")
	}
	key := host + ":" + port
	d.hosts[key] = nil
	for text := range strings.SplitSeq(list, ",") {
		addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
		if err != nil {
			return fmt.Errorf("%q is not an address", text)
		}
		d.hosts[key] = append(d.hosts[key], net.JoinHostPort(addr.String(), port))
	}
	return nil
}

// DialContext is http.Transport's.
func (d *dialer) DialContext(ctx context.Context, network, address string) (conn net.Conn, err error) {
	network += string(d.net)
	if d.socket != "" {
		return d.Dialer.DialContext(ctx, "unix", d.socket)
	}
	host, port, _ := net.SplitHostPort(address)
	known, ok := d.hosts[strings.ToLower(host)+":"+port]
	if !ok {
		known, ok = d.hosts["*:"+port]
	}
	if !ok {
		return d.Dialer.DialContext(ctx, network, address)
	}
	known = slices.DeleteFunc(slices.Clone(known), func(to string) bool {
		addr, err := netip.ParseAddrPort(to)
		return err == nil && !d.net.allows(addr.Addr())
	})
	err = &net.OpError{Op: "dial", Net: network, Err: errors.New("--resolve has no address of that IP version")}
	for _, to := range known {
		if conn, err = d.Dialer.DialContext(ctx, network, to); err == nil {
			break
		}
	}
	return conn, err
}
