package batch

// briefHelp is what --help says.
const briefHelp = `Read records from files or standard input, send each one through the API's rate
limiter, and write one result per record as a line of JSON.

A record is a JSON object, a JSON string or a path; the last two mean GET:

  {"id": 17, "method": "POST", "path": "/pages", "query": {"a": "b"},
   "headers": {"X-A": "b"}, "json": {...}}

With -o FILE, the same command with --resume continues an interrupted run.`

// commonOptions are the options that --help describes.
const commonOptions = "output resume failed-out concurrency rate all ordered deadline plan explain"
