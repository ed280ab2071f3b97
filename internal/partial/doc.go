// Package partial stores the beginning of an interrupted download, so that the next request asks only for the rest
// (RFC 9110, section 14), and only if the file on the server has not changed.
//
// Beside FILE, FILE.part has the bytes received, and FILE.part.json identifies the download. FILE itself is replaced
// when the download is complete.
package partial
