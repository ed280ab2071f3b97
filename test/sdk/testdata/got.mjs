import got from "got"

// got follows the Link headers.
const url = process.argv[2] + "/repos/o/r/issues?per_page=100"
console.log((await got.paginate.all(url, { responseType: "json", retry: { limit: 0 }, pagination: { transform: r => r.body } })).length)
