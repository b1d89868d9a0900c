// Sessions of real fastify servers on loopback, kept in a map.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import cookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { fastify } from 'fastify';
import { sessionStore, type SessionStoreOptions } from '../../src/doors/session/fastify.ts';
import { all } from '../parity/map-store.ts';
import { shelf, Visitor, type Site } from './cookies.ts';

declare module 'fastify' {
  interface Session {
    visits?: number;
  }
}

async function site(
  t: TestContext,
  options: SessionStoreOptions = {},
  maxAge?: number,
): Promise<Site<ReturnType<typeof sessionStore>>> {
  const shelved = await shelf(t);
  const sessions = sessionStore(shelved.map, options);
  const app = fastify();
  t.after(() => app.close());
  await app.register(cookie);
  await app.register(fastifySession, {
    store: sessions,
    secret: 'a secret of the tests that is long enough',
    saveUninitialized: false,
    cookie: { secure: false, ...(maxAge === undefined ? {} : { maxAge }) },
  });
  app.get('/count', async ({ session }) => ({ visits: (session.visits = (session.visits ?? 0) + 1) }));
  app.get('/look', async ({ session }) => ({ visits: session.visits ?? 0 }));
  app.get('/new', async ({ session }) => (await session.regenerate(), {}));
  app.get('/out', async ({ session }) => (await session.destroy(), {}));
  app.setErrorHandler(async (error, _, reply) =>
    reply.status(500).send({ code: Reflect.get(Object(error), 'code') }),
  );
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  return { ...shelved, sessions, visitor: () => new Visitor(origin) };
}

test('fastify: a session is kept from visit to visit, and each visitor has one', async (t) => {
  const { map, sessions, visitor } = await site(t, { prefix: 'session/' });
  await map.set('other', {});
  const [ada, bob] = [visitor(), visitor()];
  assert.deepEqual((await ada.visit('/count')).body, { visits: 1 });
  assert.deepEqual((await ada.visit('/count')).body, { visits: 2 });
  assert.deepEqual((await bob.visit('/count')).body, { visits: 1 });
  assert.deepEqual((await ada.visit('/look')).body, { visits: 2 });
  assert.equal(await sessions.count(), 2);
  await sessions.clear();
  assert.deepEqual((await ada.visit('/look')).body, { visits: 0 });
  assert.equal(await map.count(), 1);
});

test('fastify: what is destroyed or regenerated is gone', async (t) => {
  const { map, visitor } = await site(t);
  const ada = visitor();
  await ada.visit('/count');
  const [old = ''] = await all(map.keys());
  await ada.visit('/new');
  assert.equal(await map.has(old), false);
  assert.deepEqual((await ada.visit('/look')).body, { visits: 0 });
  const bob = visitor();
  const before = await map.count();
  await bob.visit('/count');
  assert.equal(await map.count(), before + 1);
  await bob.visit('/out');
  assert.equal(await map.count(), before);
});

test('fastify: a session ends with its cookie', async (t) => {
  const { clock, visitor } = await site(t, {}, 60_000);
  const ada = visitor();
  await ada.visit('/count');
  await clock.tick(50_000);
  assert.deepEqual((await ada.visit('/count')).body, { visits: 2 });
  await clock.tick(50_000);
  assert.deepEqual((await ada.visit('/count')).body, { visits: 3 });
  await clock.tick(61_000);
  assert.deepEqual((await ada.visit('/count')).body, { visits: 1 });
});

test('fastify: a session whose cookie says nothing lasts as long as the store says', async (t) => {
  const { clock, visitor } = await site(t, { ttlMs: 1_000 });
  const ada = visitor();
  await ada.visit('/count');
  await clock.tick(1_001);
  assert.deepEqual((await ada.visit('/look')).body, { visits: 0 });
});

test('fastify: a fault of the store is an error of the request', async (t) => {
  const { store, visitor } = await site(t);
  const ada = visitor();
  await ada.visit('/count');
  await store.close();
  const { status, body } = await ada.visit('/count');
  assert.deepEqual([status, body], [500, { code: 'CLOSED' }]);
});
