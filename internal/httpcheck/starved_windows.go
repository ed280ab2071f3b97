package httpcheck

import "syscall"

// starved are the errors that [Starved] knows: ERROR_TOO_MANY_OPEN_FILES, ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY,
// WSAEMFILE, WSAENOBUFS, and WSAEADDRINUSE, which a connection ends with where no port is left.
func starved() []syscall.Errno { return []syscall.Errno{4, 8, 14, 10024, 10055, 10048} }
