import axios from "axios"

const client = axios.create({ baseURL: process.argv[2] })
let items = 0, cursor
do {
  const { data } = await client.get("/users", { params: { page_size: 100, start_cursor: cursor } })
  items += data.results.length
  cursor = data.next_cursor
} while (cursor)
console.log(items)
