// Package fetch makes one request as curl would, through an API's client: it builds the request from
// curl's options, sends it, writes the response, and says what kind of failure it was.
package fetch
