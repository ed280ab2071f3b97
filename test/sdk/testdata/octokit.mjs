import { Octokit } from "octokit"

const client = new Octokit({
  auth: "dummy", baseUrl: process.argv[2], throttle: { enabled: false }, retry: { enabled: false },
})
const issues = await client.paginate(client.rest.issues.listForRepo, { owner: "o", repo: "r", per_page: 100 })
console.log(issues.length)
