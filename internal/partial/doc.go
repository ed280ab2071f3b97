// Package partial keeps the beginning of a download that broke off, so that the next request asks for the rest alone
// (RFC 9110, section 14), and only if the response is still the one that was begun.
//
// Beside FILE, FILE.part has what was received, and FILE.part.json what it is the beginning of. FILE itself is replaced
// when the download is whole.
package partial
