// Package graphql inspects a GraphQL document before it is sent: whether it contains a mutation, and which variable
// requests the next page of a list. It is pure, and knows no schema.
package graphql
