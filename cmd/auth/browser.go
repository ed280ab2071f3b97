package auth

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/browser"
	"github.com/arl-cli/arl/internal/oauth"
	"github.com/arl-cli/arl/internal/terminal"
)

// Ways to log in, as `arl auth status` names them.
const (
	byBrowser = "browser"
	byDevice  = "device code"
)

// way chooses how to log in: with a browser where the server can and there is one, else with a code on another device. A
// browser comes without a command where its user has to open the page.
func (o *loginOptions) way(pt *party, at oauth.Endpoints) (string, browser.Command, error) {
	var command browser.Command
	why := browser.ErrNone
	if !o.Device && !o.NoBrowser {
		command, why = browser.Find(o.env.Getenv)
	}
	name := pt.profile.Name
	switch {
	case o.Device && at.Device == "":
		return "", nil, cli.Usagef("log in without --device; or set auth.device_url, if the server has such an endpoint (RFC 8628)", "the authorization server of %s does not support device codes", name)
	case o.Device:
		return byDevice, nil, nil
	case at.Authorize == "" && at.Device == "":
		return "", nil, cli.Usagef("set auth.authorize_url or auth.device_url", "no login page of the authorization server of %s is known", name)
	case o.NoBrowser && at.Authorize == "":
		return "", nil, cli.Usagef("log in without --no-browser: the server supports device codes", "the authorization server of %s has no login page for a browser on this machine", name)
	case at.Authorize != "" && (why == nil || o.NoBrowser || at.Device == ""):
		return byBrowser, command, nil
	}
	return byDevice, nil, nil
}

// byBrowser lets somebody log in with a browser, which comes back to a port of this machine.
func (o *loginOptions) byBrowser(ctx context.Context, pt *party, at oauth.Endpoints, command browser.Command) (oauth.Token, error) {
	redirect := pt.profile.Auth.RedirectURL
	if redirect == "" {
		redirect = oauth.DefaultRedirect
	}
	back, err := oauth.Listen(ctx, redirect)
	if err != nil {
		return oauth.Token{}, &cli.Error{
			Message: "cannot wait for the browser: " + err.Error(), Code: cli.ExitOther, Err: err,
			Hint: "stop the program that uses the port, or change auth.redirect_url and the redirect URL registered with the server",
		}
	}
	defer back.Close()
	server := pt.client.OAuth(pt.grant, true) // a code counts once
	login, err := server.NewAuthorization(at, back.URL, asked(pt.profile.Auth))
	if err != nil {
		return oauth.Token{}, err
	}
	o.env.Secrets.Add(login.Secrets()...)
	from := oauth.Returns{Visits: back.Visits, Note: o.note}
	if command == nil {
		fmt.Fprintf(o.env.Err, "Open this URL in a browser:\n%s\n", terminal.Plain(login.URL))
		fmt.Fprintf(o.env.Err, "If the browser is on another machine, it ends at a page that cannot be opened: paste the URL of that page here.\n")
		from.Pasted = lines(ctx, o.env.In)
	} else {
		o.open(ctx, command, login.URL)
	}
	fmt.Fprintf(o.env.Err, "arl: waiting for the login, for at most %s; press Ctrl-C to cancel\n", terminal.Span(oauth.BrowserTimeout))
	return server.AwaitBrowser(ctx, at.Token, login, from)
}

// open opens a page, and shows its URL for the case that nothing appears.
func (o *loginOptions) open(ctx context.Context, command browser.Command, page string) {
	fmt.Fprintf(o.env.Err, "The login page opens in your browser. If it does not, open this URL:\n%s\n", terminal.Plain(page))
	ended := command.Open(ctx, page)
	go func() {
		select {
		case err := <-ended:
			if err != nil {
				o.note(fmt.Sprintf("%s could not open a browser: %v", command[0], err))
			}
		case <-ctx.Done():
		}
	}()
}

func (o *loginOptions) note(text string) {
	fmt.Fprintf(o.env.Err, "arl: note: %s\n", terminal.Plain(text))
}

// longestLine is more than any URL that a browser comes back to.
const longestLine = 64 << 10

// lines returns what somebody types, line by line. Who reads goes on until the input ends, or this program.
func lines(ctx context.Context, in io.Reader) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		text := bufio.NewScanner(in)
		text.Buffer(nil, longestLine)
		for text.Scan() {
			if text.Text() == "" {
				continue
			}
			select {
			case out <- text.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
