'use strict'
const Koa = require('koa')
const ratelimit = require('koa-ratelimit')
const { config, items, announce } = require('./common')

const app = new Koa()
app.use(ratelimit({ driver: 'memory', db: new Map(), ...config.options }))
app.use(async ctx => { ctx.body = await items() })
announce(app.listen(0, '127.0.0.1'))
