// Command image makes the OCI image of a release: from nothing, without a container engine and without the network.
//
//	go run ./image -dist ../dist                             # the file dist/arl_VERSION_image.tar
//	go run ./image -dist ../dist -push ghcr.io/arl-cli/arl   # and into a registry, with docker's login
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/arl-cli/arl/packaging/dist"
)

func main() {
	dir := flag.String("dist", "dist", "the `directory` that goreleaser wrote")
	licence := flag.String("licence", "../LICENSE", "the licence's `file`")
	repository := flag.String("push", "", "push to this `repository` of a registry, such as ghcr.io/arl-cli/arl")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *dir, *licence, *repository); err != nil {
		fmt.Fprintf(os.Stderr, "image: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, licence, repository string) error {
	release, err := dist.Open(dir)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Clean(licence))
	if err != nil {
		return err
	}
	index, err := newIndex(ctx, release, text)
	if err != nil {
		return err
	}
	name := filepath.Join(dir, fmt.Sprintf("arl_%s_image.tar", release.Version))
	if err := save(index, release.Version, name); err != nil {
		return err
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	fmt.Println(digest, name)
	if repository == "" {
		return nil
	}
	return push(ctx, index, repository, tags(release.Version))
}
