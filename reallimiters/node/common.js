'use strict'
// What the test asks for: the options of the limiter, the milliseconds that a request takes, and where Redis is.
const config = JSON.parse(process.argv[2])

// items is what is behind the limiter.
const items = () => new Promise(done => setTimeout(done, config.latency, { ok: true }))

// announce prints where a server listens.
const announce = server => server.on('listening', () => console.log(`http://127.0.0.1:${server.address().port}`))

module.exports = { config, items, announce }
