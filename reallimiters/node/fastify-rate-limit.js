'use strict'
const fastify = require('fastify')
const rateLimit = require('@fastify/rate-limit')
const { config, items, announce } = require('./common')

async function main () {
  const app = fastify()
  await app.register(rateLimit, config.options)
  app.get('/items', items)
  announce(app.server)
  await app.listen({ port: 0, host: '127.0.0.1' })
}

main()
