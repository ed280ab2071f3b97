'use strict'
const http = require('node:http')
const { RateLimiterMemory } = require('rate-limiter-flexible')
const { config, items, announce } = require('./common')

const limiter = new RateLimiterMemory(config.options)

// The headers are those that its documentation proposes.
const headers = result => ({
  'Content-Type': 'application/json',
  'Retry-After': result.msBeforeNext / 1000,
  'X-RateLimit-Limit': config.options.points,
  'X-RateLimit-Remaining': result.remainingPoints,
  'X-RateLimit-Reset': Math.ceil((Date.now() + result.msBeforeNext) / 1000)
})

announce(http.createServer(async (req, res) => {
  try {
    res.writeHead(200, headers(await limiter.consume(req.socket.remoteAddress)))
  } catch (result) {
    res.writeHead(429, headers(result))
    res.end('Too Many Requests')
    return
  }
  res.end(JSON.stringify(await items()))
}).listen(0, '127.0.0.1'))
