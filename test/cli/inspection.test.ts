// stats and inspect.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { terminal, type Terminal } from './terminal.ts';

let t: Terminal;
before(async () => {
  t = terminal();
  await t.ok('set', 'users', 'ada', '1');
  await t.ok('set', 'users', 'bob', '1');
  await t.ok('set', 'texts', 'a', '--codec', 'text', 'one');
});
after(() => t.close());

test('stats shows the maps with their entries, and the numbers of the engine', async () => {
  const out = await t.ok('stats');
  assert.match(out, /^MAP +CODEC +SHAPE +ENTRIES$/m);
  assert.match(out, /^users +structured +0 +2$/m);
  assert.match(out, /^engine +memory$/m);
  const { maps } = JSON.parse(await t.ok('stats', '-w', 'json')) as { maps: unknown[] };
  assert.deepEqual(maps[0], { map: 'texts', codec: 'text', shape: 0, entries: 1 });
  assert.match(await t.ok('stats', '-w', 'simple'), /^maps\.users\.entries\t2$/m);
});

test('stats of an empty store says that there are no maps', async () => {
  assert.match(await t.ok('stats', '--url', 'empty:'), /^no maps$/m);
});

test('inspect shows what the engine supports', async () => {
  const out = await t.ok('inspect');
  assert.match(out, /^reach +process$/m);
  assert.match(out, /^limits\.keyBytes +1,024$/m);
  assert.match(out, /^no locks$/m);
});

test('inspect shows who holds which lock, and who watches', async () => {
  const users = (await t.store()).map('users');
  const lock = await users.lock('ada', { label: 'migration' });
  const watch = users.watch({ prefix: 'a' });
  await watch.ready;
  const out = await t.ok('inspect');
  assert.match(out, /^users +ada +\d[\d,]* +migration +\d/m);
  assert.match(out, /^users +- +a +0 +(true|false)$/m);
  assert.match(await t.ok('inspect', '-w', 'simple'), /^locks\.users\.ada\.label\tmigration$/m);
  await watch.close();
  await lock.release();
});
