// Command server answers every request on loopback with the same 199 bytes of JSON, at as little cost
// as it can: what is measured against it is the client. It speaks just enough HTTP/1.1 for that.
//
// It prints its address, and when its standard input ends, how many requests it answered.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

// longest is when the server ends whatever happens.
const longest = 30 * time.Minute

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

func serve() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for the whole life of the program
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", ln.Addr())
	var served atomic.Int64
	answer := answer()
	go accept(ln, answer, &served)
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(longest):
	}
	fmt.Println(served.Load())
	return nil
}

func accept(ln net.Listener, answer []byte, served *atomic.Int64) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		go talk(conn, answer, served)
	}
}

// talk answers the requests of one connection. None of them may have a body.
func talk(conn net.Conn, answer []byte, served *atomic.Int64) {
	defer conn.Close() //nolint:errcheck // nothing is held back
	in := bufio.NewReaderSize(conn, 8<<10)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if len(bytes.TrimRight(line, "\r\n")) > 0 {
			continue
		}
		served.Add(1)
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

func answer() []byte {
	body := []byte(`{"id":"17","name":"An item","state":"open","tags":["a","b","c"],"note":"`)
	end := []byte("\"}\n")
	body = append(body, bytes.Repeat([]byte("x"), 199-len(body)-len(end))...)
	body = append(body, end...)
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	return append([]byte(head), body...)
}
