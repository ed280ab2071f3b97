import Airtable from "airtable"

const base = new Airtable({ apiKey: "dummy", endpointUrl: process.argv[2], noRetryIfRateLimited: true }).base("app1")
const rows = await base("tbl1").select({ pageSize: 100 }).all()
console.log(rows.filter((row, i) => row.get("Name") === `Row ${i + 1}`).length)
