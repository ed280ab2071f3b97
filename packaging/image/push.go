package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// push writes the image into a registry, under each tag.
func push(ctx context.Context, index v1.ImageIndex, repository string, tags []string) error {
	into, err := name.NewRepository(repository)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		// What is there already is not sent again, so the tags after the first cost a request.
		err := remote.WriteIndex(into.Tag(tag), index, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain))
		if err != nil {
			return fmt.Errorf("push %s:%s: %w", repository, tag, err)
		}
		fmt.Printf("pushed %s:%s\n", repository, tag)
	}
	return nil
}

// tags are the names of a version: 1.2.3 is the newest 1.2, the newest 1 and the newest of all. What is no release yet
// has its full name only, so that nobody gets it unasked.
func tags(version string) []string {
	if strings.ContainsAny(version, "-+") {
		return []string{strings.ReplaceAll(version, "+", "_")}
	}
	list := []string{version}
	for short := version; strings.Contains(short, "."); {
		short = short[:strings.LastIndex(short, ".")]
		list = append(list, short)
	}
	return append(list, "latest")
}
