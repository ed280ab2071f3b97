package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"sync"
	"time"
)

// measureProxy compares requests through arl proxy with the same ones without it.
func measureProxy(ctx context.Context, l *lab) error {
	s, err := l.serveFast(ctx)
	if err != nil {
		return err
	}
	defer s.kill() //nolint:errcheck // a process that only serves
	h, err := l.newHome(s.base, "initial_rate: 1000000")
	if err != nil {
		return err
	}
	p, err := serve(h.command(ctx, l.arl, "proxy", "api", "--listen", "127.0.0.1:0", "-s"))
	if err != nil {
		return err
	}
	defer p.kill() //nolint:errcheck // a process that only serves
	bare, err := serve(exec.CommandContext(ctx, l.tool("bareproxy"), s.base))
	if err != nil {
		return err
	}
	defer bare.kill() //nolint:errcheck // a process that only serves
	var direct, through, added, carried, barely sample
	rounds, one, many := l.pick(9, 5), l.pick(3000, 1000), l.pick(100_000, 20_000)
	for range rounds {
		l.say("proxy: %d requests one by one, with and without", one)
		a, err := l.answers(ctx, s.base, 1, one)
		if err != nil {
			return err
		}
		b, err := l.answers(ctx, p.base, 1, one)
		if err != nil {
			return err
		}
		direct, through = append(direct, a.median()), append(through, b.median())
		added = append(added, b.median()-a.median())
	}
	for range l.pick(5, 3) {
		l.say("proxy: %d requests, 64 at once", many)
		for base, figures := range map[string]*sample{p.base: &carried, bare.base: &barely} {
			start := time.Now()
			if _, err := l.answers(ctx, base, 64, many); err != nil {
				return err
			}
			*figures = append(*figures, float64(many)/time.Since(start).Seconds())
		}
	}
	l.table.add("without, one at a time", direct, " µs")
	l.table.add("arl proxy, one at a time", through, " µs")
	l.table.atMost(200, "arl proxy adds", added, " µs")
	l.table.atLeast(10_000, "arl proxy carries, 64 at once", carried, "/s")
	l.table.add("httputil.ReverseProxy alone carries", barely, "/s")
	l.table.add("arl proxy / httputil.ReverseProxy alone", carried.over(barely), "x")
	l.table.quote("proxy", "arl proxy adds %s µs to a request at the median, and carries %s/s", number(added.median()), number(carried.median()))
	return nil
}

// answers asks a server n times over so many connections, and returns how long each response took, in
// microseconds. It is as little of a client as can be: both processes share the machine.
func (l *lab) answers(ctx context.Context, base string, connections, n int) (sample, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	var wg sync.WaitGroup
	took, failed := make([]sample, connections), make([]error, connections)
	for i := range connections {
		wg.Go(func() { took[i], failed[i] = ask(ctx, u.Host, n/connections) })
	}
	wg.Wait()
	var all sample
	for _, some := range took {
		all = append(all, some...)
	}
	return all, errors.Join(failed...)
}

// ask sends requests over one connection, one after the other.
func ask(ctx context.Context, host string, n int) (took sample, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // nothing is lost with it
	in := bufio.NewReader(conn)
	for i := range n {
		start := time.Now()
		if _, err := io.WriteString(conn, "GET /items/"+strconv.Itoa(i)+" HTTP/1.1\r\nHost: "+host+"\r\n\r\n"); err != nil {
			return nil, err
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return nil, err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusOK {
			return nil, errors.New("answered with " + resp.Status)
		}
		took = append(took, float64(time.Since(start).Nanoseconds())/1000)
	}
	return took, nil
}
