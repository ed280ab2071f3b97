// Package graphql reads of a GraphQL document what a client has to know before it sends it: whether it changes
// something, and which variable asks for the next page of a list. It is pure, and knows no schema.
package graphql
