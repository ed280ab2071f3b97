// Package reallogins runs the program's logins against an authorization server that others have written:
// github.com/zitadel/oidc, which is certified for OpenID Connect, with the storage and the pages of its own example. It is
// a module of its own, so that arl needs none of it.
package reallogins
