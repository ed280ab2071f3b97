// Command barepace is the limiter with nothing around it: N requests that take no time, 64 at once, at
// a rate that it is told. It is what the pace of arl batch is compared with.
//
//	barepace 3000 200
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"

	"github.com/arl-cli/arl/pkg/limiter"
)

const concurrency = 64

func main() {
	if err := pace(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "barepace:", err)
		os.Exit(1)
	}
}

func pace(requests, rate string) error {
	n, err := strconv.Atoi(requests)
	if err != nil {
		return err
	}
	perSecond, err := strconv.ParseFloat(rate, 64)
	if err != nil {
		return err
	}
	l := limiter.New(limiter.Config{})
	req := limiter.Plan{Key: "x", Params: &limiter.Params{InitialRate: perSecond, MaxRate: perSecond}}
	left := make(chan struct{}, n)
	for range n {
		left <- struct{}{}
	}
	close(left)
	var workers sync.WaitGroup
	for range concurrency {
		workers.Go(func() {
			for range left {
				if grant, err := l.Acquire(context.Background(), req); err == nil { // nothing ends it
					grant.Done(limiter.Accepted, 0)
				}
			}
		})
	}
	workers.Wait()
	return l.Close()
}
