// Sessions of real express servers on loopback, kept in a map.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import express from 'express';
import session from 'express-session';
import { sessionStore, type SessionStoreOptions } from '../../src/doors/session/express.ts';
import { all } from '../parity/map-store.ts';
import { shelf, Visitor, type Site } from './cookies.ts';

declare module 'express-session' {
  interface SessionData {
    visits: number;
    since: Date;
  }
}

/** A server that counts visits, over a store of its own. */
async function site(
  t: TestContext,
  options: SessionStoreOptions = {},
  maxAge?: number,
): Promise<Site<ReturnType<typeof sessionStore>>> {
  const shelved = await shelf(t);
  const sessions = sessionStore(shelved.map, options);
  const app = express();
  app.use(
    session({
      store: sessions,
      secret: 'of the tests',
      resave: false,
      saveUninitialized: false,
      cookie: maxAge === undefined ? {} : { maxAge },
    }),
  );
  app.get('/count', (request, response) => {
    request.session.visits = (request.session.visits ?? 0) + 1;
    request.session.since ??= new Date(0);
    response.json({ visits: request.session.visits });
  });
  app.get('/look', (request, response) => void response.json({ visits: request.session.visits ?? 0 }));
  app.get('/new', (request, response, next) => {
    request.session.regenerate((error) => (error ? next(error) : response.json({})));
  });
  app.get('/out', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.json({})));
  });
  app.use((error: Error, _: express.Request, response: express.Response, next: express.NextFunction) => {
    void next;
    response.status(500).json({ code: Reflect.get(error, 'code') });
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  return { ...shelved, sessions, visitor: () => new Visitor(`http://127.0.0.1:${port}`) };
}

test('express: a session is kept from visit to visit, and each visitor has one', async (t) => {
  const { map, visitor } = await site(t);
  const [ada, bob] = [visitor(), visitor()];
  assert.deepEqual((await ada.visit('/count')).body, { visits: 1 });
  assert.deepEqual((await ada.visit('/count')).body, { visits: 2 });
  assert.deepEqual((await bob.visit('/count')).body, { visits: 1 });
  assert.deepEqual((await ada.visit('/look')).body, { visits: 2 });
  assert.equal(await map.count(), 2);
});

test('express: nothing is stored for who only looks, and what is destroyed or regenerated is gone', async (t) => {
  const { map, visitor } = await site(t);
  const ada = visitor();
  await ada.visit('/look');
  assert.equal(await map.count(), 0);
  await ada.visit('/count');
  await ada.visit('/new');
  assert.deepEqual((await ada.visit('/look')).body, { visits: 0 });
  await ada.visit('/count');
  await ada.visit('/out');
  assert.equal(await map.count(), 0);
  assert.deepEqual((await ada.visit('/look')).body, { visits: 0 });
});

test('express: a session ends with its cookie, and a visit puts that off without writing it again', async (t) => {
  const { map, clock, visitor } = await site(t, {}, 60_000);
  const ada = visitor();
  await ada.visit('/count');
  const [key = ''] = await all(map.keys());
  const first = await map.entry(key);
  await clock.tick(50_000);
  await ada.visit('/look'); // touches
  const second = await map.entry(key);
  assert.ok((second?.expiresAt ?? 0) > (first?.expiresAt ?? 0) + 40_000);
  assert.deepEqual(second?.value, first?.value);
  await clock.tick(50_000);
  assert.deepEqual((await ada.visit('/count')).body, { visits: 2 });
  await clock.tick(61_000);
  assert.deepEqual((await ada.visit('/count')).body, { visits: 1 });
});

test('express: a session whose cookie says nothing lasts as long as the store says', async (t) => {
  const { clock, visitor } = await site(t, { ttlMs: 1_000 });
  const ada = visitor();
  await ada.visit('/count');
  await clock.tick(999);
  assert.deepEqual((await ada.visit('/look')).body, { visits: 1 });
  await clock.tick(1_001);
  assert.deepEqual((await ada.visit('/look')).body, { visits: 0 });
});

test('express: with a prefix the map can hold other things; all, length and clear see sessions only', async (t) => {
  const { map, sessions, visitor } = await site(t, { prefix: 'session/' });
  await map.set('other', { mine: true });
  await Promise.all([visitor().visit('/count'), visitor().visit('/count')]);
  assert.ok((await all(map.keys())).every((key) => key === 'other' || key.startsWith('session/')));
  const length = promisify<number | undefined>((done) => sessions.length(done));
  assert.equal(await length(), 2);
  const found = await promisify<object | null | undefined>((done) => sessions.all(done))();
  assert.deepEqual(
    Object.entries(found ?? {}).map(([id, { visits }]) => [id.includes('/'), visits]),
    [
      [false, 1],
      [false, 1],
    ],
  );
  await new Promise((done) => sessions.clear(done));
  assert.deepEqual(await all(map.keys()), ['other']);
});

test('express: a fault of the store is an error of the request', async (t) => {
  const { store, visitor } = await site(t);
  const ada = visitor();
  await ada.visit('/count');
  await store.close();
  const { status, body } = await ada.visit('/count');
  assert.deepEqual([status, body], [500, { code: 'CLOSED' }]);
});

test('express: a touch brings nothing back, a session that is over is not stored', async (t) => {
  const { map, sessions } = await site(t);
  const cookie = new session.Cookie();
  cookie.maxAge = 1_000;
  const data = Object.assign(Object.create(null), { cookie }) as session.SessionData;
  await new Promise((done) => sessions.touch('gone', data, () => done(undefined)));
  assert.equal(await map.count(), 0);
  cookie.expires = new Date(Date.now() - 1);
  await promisify<void>((done) => sessions.set('over', data, (error) => done(error as Error | null)))();
  assert.equal(await map.count(), 0);
  await assert.rejects(
    promisify<void>((done) => sessions.destroy('\ud800', (error) => done(error as Error | null)))(),
    TypeError,
  );
});

test('express: options that are none are refused', async (t) => {
  const { map } = await site(t);
  assert.throws(() => sessionStore(map, { ttlMs: 0 }), RangeError);
  assert.throws(() => sessionStore(map, { prefix: 7 as unknown as string }), TypeError);
  assert.throws(() => sessionStore(map, { ttl: 7 } as object), /ttl/);
});
