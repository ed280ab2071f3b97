'use strict'
const { Hono } = require('hono')
const { serve } = require('@hono/node-server')
const { rateLimiter } = require('hono-rate-limiter')
const { config, items, announce } = require('./common')

const app = new Hono()
app.use(rateLimiter({ keyGenerator: () => 'all', ...config.options }))
app.get('/items', async c => c.json(await items()))
announce(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }))
