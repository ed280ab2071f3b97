package sendctx

import "context"

type graphQLKey struct{}

// WithGraphQL says that the requests of ctx are GraphQL documents, whatever their path.
func WithGraphQL(ctx context.Context) context.Context {
	return context.WithValue(ctx, graphQLKey{}, true)
}

// IsGraphQL reports whether [WithGraphQL] said so.
func IsGraphQL(ctx context.Context) bool { return ctx.Value(graphQLKey{}) != nil }
