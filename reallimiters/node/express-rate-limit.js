'use strict'
const express = require('express')
const { rateLimit } = require('express-rate-limit')
const { RedisStore } = require('rate-limit-redis')
const { createClient } = require('redis')
const { config, items, announce } = require('./common')

async function main () {
  const options = { ...config.options }
  if (config.redis) {
    const client = await createClient({ url: `redis://${config.redis}` }).connect()
    options.store = new RedisStore({ sendCommand: (...args) => client.sendCommand(args) })
  }
  const app = express()
  app.use(rateLimit(options))
  app.get('/items', async (req, res) => { res.json(await items()) })
  announce(app.listen(0, '127.0.0.1'))
}

main()
