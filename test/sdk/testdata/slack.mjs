import { WebClient } from "@slack/web-api"

const client = new WebClient("dummy", {
  slackApiUrl: process.argv[2] + "/", retryConfig: { retries: 0 }, rejectRateLimitedCalls: true,
})
let items = 0
for await (const page of client.paginate("conversations.list", { limit: 100 })) items += page.channels.length
const posted = await client.chat.postMessage({ channel: "C1", text: "Hello, 世界" })
console.log(items, posted.ok && posted.channel)
