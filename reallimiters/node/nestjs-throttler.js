'use strict'
require('reflect-metadata')
const { Controller, Get, Module } = require('@nestjs/common')
const { APP_GUARD, NestFactory } = require('@nestjs/core')
const { ThrottlerGuard, ThrottlerModule } = require('@nestjs/throttler')
const { config, items, announce } = require('./common')

class ItemsController {
  list () { return items() }
}
class AppModule {}

// Decorators are written as calls, since JavaScript has no syntax for them yet.
Get()(ItemsController.prototype, 'list', Object.getOwnPropertyDescriptor(ItemsController.prototype, 'list'))
Controller('items')(ItemsController)
Module({
  imports: [ThrottlerModule.forRoot([config.options])],
  controllers: [ItemsController],
  providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }]
})(AppModule)

async function main () {
  const app = await NestFactory.create(AppModule, { logger: ['error'] })
  announce(app.getHttpServer())
  await app.listen(0, '127.0.0.1')
}

main()
