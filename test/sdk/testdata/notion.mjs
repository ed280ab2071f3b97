import { Client } from "@notionhq/client"

const client = new Client({ auth: "dummy", baseUrl: process.argv[2], retry: false })

const walk = async list => {
  let items = 0, cursor
  do {
    const page = await list({ page_size: 100, start_cursor: cursor })
    items += page.results.length
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return items
}

const users = await walk(args => client.users.list(args))
const rows = await walk(args => client.dataSources.query({ data_source_id: "1", ...args }))
console.log(users, rows)
