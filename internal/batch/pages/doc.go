// Package pages keeps what was received of lists in pages until they are complete, in files of one directory.
//
// Of each list there are two. NAME.items holds its items, one a line. NAME.pages gets a line for every page
// when its items are written: how far they reach, a hash of them, and where the next page begins. What a crash
// leaves behind the last whole line of NAME.pages is cut off, so that every item is there once. A list whose
// items are not what their hash says, as after a power cut, starts over.
package pages
