import OpenAI from "openai"

const client = new OpenAI({ apiKey: "dummy", baseURL: process.argv[2], maxRetries: 0 })
let items = 0
for await (const _ of client.files.list({ limit: 100 })) items++
console.log(items)
