// The config store, on every engine.
import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { eventually, fault, wrong } from '../../src/conformance/assertions.ts';
import { open } from '../../src/map/open.ts';
import { openConfig } from '../../src/recipes/index.ts';
import type { InvalidConfig } from '../../src/recipes/index.ts';
import { onEveryEngine } from './engines.ts';

const schemas = {
  'server.port': z.number().int().min(1).max(65_535),
  level: z.enum(['info', 'debug']),
  since: z.iso.date().transform((text) => new Date(text)),
  limits: z.object({ perSecond: z.number() }),
};
const defaults = { 'server.port': 8080, name: 'app' };

onEveryEngine('config: typed by schemas, with defaults, and read without asking', async ({ store }) => {
  const map = store.map<unknown>('config');
  await map.set('level', 'debug');
  const config = await openConfig(map, { schemas, defaults });
  const port: number = config.get('server.port');
  assert.equal(port, 8080);
  const level: 'info' | 'debug' | undefined = config.get('level');
  assert.equal(level, 'debug');
  assert.equal(config.get('since'), undefined);
  await config.set('since', '2026-01-01');
  assert.deepEqual(config.get('since') satisfies Date | undefined, new Date('2026-01-01'));
  assert.equal(await map.get('since'), '2026-01-01', 'stored as it was given');
  await config.set('server.port', 1);
  assert.equal(config.get('server.port'), 1);
  assert.equal(config.has('server.port'), true);
  assert.equal(await config.delete('server.port'), true);
  assert.equal(await config.delete('server.port'), false);
  assert.equal(config.get('server.port'), 8080);
  const refused = await fault('INVALID_VALUE', () => config.set('server.port', 'secret'));
  assert.match(refused.message, /"server.port"/);
  assert.doesNotMatch(refused.message, /secret"/);
  assert.equal(await map.has('server.port'), false);
  assert.equal(config.staleMs, 0);
  await config.close();
  await fault('CLOSED', () => config.get('level'));
  await fault('CLOSED', () => config.set('level', 'info'));
});

onEveryEngine('config: texts, numbers, booleans', async ({ store }) => {
  const config = await openConfig(store.map<unknown>('config'), { defaults });
  for (const [name, value] of Object.entries({ t: 'x', n: 5, nt: '-1.5e3', b: false, bt: 'true', o: {} })) {
    await config.set(name, value);
  }
  assert.equal(config.getString('t'), 'x');
  assert.equal(config.getString('name'), 'app', 'a default');
  assert.equal(config.getString('absent'), undefined);
  assert.equal(config.getString('absent', 'y'), 'y');
  assert.equal(config.getNumber('n'), 5);
  assert.equal(config.getNumber('nt'), -1_500);
  assert.equal(config.getNumber('absent', 7), 7);
  assert.equal(config.getBoolean('b', true), false);
  assert.equal(config.getBoolean('bt'), true);
  for (const read of [
    () => config.getString('n'),
    () => config.getNumber('t'),
    () => config.getNumber('b'),
    () => config.getBoolean('n'),
    () => config.getBoolean('t'),
    () => config.getString('o'),
  ]) {
    assert.match((await fault('INVALID_VALUE', read)).message, /is not/);
  }
  await config.close();
});

onEveryEngine(
  'config: what its schema refuses is told once, and the last valid one stands in',
  async ({ store }) => {
    const map = store.map<unknown>('config');
    const told: InvalidConfig[] = [];
    const config = await openConfig(map, { schemas, defaults, onInvalid: (problem) => told.push(problem) });
    const { version } = await map.set('server.port', 'not a port');
    await eventually('it came', () => config.has('server.port'));
    assert.equal(config.get('server.port'), 8080);
    assert.equal(config.get('server.port'), 8080);
    assert.deepEqual(
      told.map(({ name, version: at, error }) => [name, at, error instanceof Error]),
      [['server.port', version, true]],
    );
    await config.set('server.port', 7);
    await map.set('server.port', 0);
    await eventually('it came', () => config.get('server.port') === 7 && told.length === 2);
    await config.close();
    await assert.rejects(openConfig(map, { schemas, defaults: { level: 'loud' } }), /"level"/);
    await assert.rejects(openConfig(map, wrong<object>({ default: {} })), /unknown option/);
  },
);

onEveryEngine('config: follow gives the value now, then each other valid one', async ({ store }) => {
  const map = store.map<unknown>('config');
  const config = await openConfig(map, { schemas, defaults });
  const ports: number[] = [];
  const follow = config.follow('server.port');
  const reading = (async () => {
    for await (const port of follow) ports.push(port);
  })();
  await eventually('the default', () => ports.join() === '8080');
  await config.set('server.port', 1);
  await eventually('a value', () => ports.join() === '8080,1');
  await map.set('server.port', 'no');
  await map.set('server.port', 1);
  await map.set('server.port', 2);
  await eventually('another', () => ports.at(-1) === 2);
  await config.delete('server.port');
  await eventually('the default again', () => ports.join() === '8080,1,2,8080');
  const abort = new AbortController();
  const aborted = config.follow('level', { signal: abort.signal });
  assert.equal((await aborted.next()).value, undefined);
  const failing = assert.rejects(aborted.next(), /enough/);
  abort.abort(new Error('enough'));
  await failing;
  await config.close();
  await reading;
  assert.equal((await follow.next()).done, true);
});

onEveryEngine(
  'config: load writes what is other, removes what is gone, and all or nothing is valid',
  async ({ store }) => {
    const map = store.map<unknown>('config');
    const config = await openConfig(map, { schemas });
    await config.set('by hand', 1);
    const first = await config.load({
      server: { port: 80, tls: { on: true } },
      limits: { perSecond: 5 },
      hosts: ['a', 'b'],
    });
    assert.deepEqual(first, { written: ['server.port', 'server.tls.on', 'limits', 'hosts'], removed: [] });
    assert.deepEqual(config.get('limits'), { perSecond: 5 });
    assert.equal(config.getBoolean('server.tls.on'), true);
    const { version } = (await map.entry('limits')) ?? {};
    const second = await config.load({ server: { port: 81 }, limits: { perSecond: 5 } });
    assert.deepEqual(second, { written: ['server.port'], removed: ['server.tls.on', 'hosts'] });
    assert.equal((await map.entry('limits'))?.version, version, 'what has not changed is not written');
    assert.equal(await map.get('by hand'), 1);
    await fault('INVALID_VALUE', () => config.load({ server: { port: 82 }, level: 'loud' }));
    assert.equal(config.get('server.port'), 81);
    await fault('INVALID_VALUE', () => config.load({ a: { b: 1 }, 'a.b': 2 }));
    await fault('INVALID_VALUE', () => config.load(wrong([1])));
    await config.close();
  },
);

test('config: a file is loaded and followed, whoever replaces it and however', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'samemap-config-'));
  const file = path.join(dir, 'config.json');
  const store = await open('memory:');
  const errors: unknown[] = [];
  try {
    const config = await openConfig(store.map<unknown>('config'), {
      schemas,
      onError: (error) => errors.push(error),
    });
    await fault('IO', () => config.loadFile(file));
    await writeFile(file, '{ "server": { "port": 80 },\n "secret" = 1 }');
    const broken = await fault('INVALID_VALUE', () => config.loadFile(file));
    assert.doesNotMatch(broken.message, /secret/);
    await writeFile(file, '\ufeff{ "server": { "port": 80 } }');
    const followed = await config.followFile(file);
    assert.deepEqual(followed.loaded.written, ['server.port']);
    await writeFile(file, '{ "server": { "port": 81 } }');
    await eventually('written in place', () => config.get('server.port') === 81);
    await writeFile(`${file}.new`, '{ "server": { "port": 82 } }');
    await rename(`${file}.new`, file);
    await eventually('renamed over', () => config.get('server.port') === 82);
    await writeFile(file, '{ "server": { "port": 0 } }');
    await eventually('what is invalid is told', () => errors.length > 0);
    assert.equal(config.get('server.port'), 82);
    await writeFile(file, '{ "level": "debug" }');
    await eventually('it goes on', () => config.get('level') === 'debug' && !config.has('server.port'));
    followed.close();

    const linked = path.join(dir, 'linked.json');
    await writeFile(path.join(dir, 'v1.json'), '{ "level": "info" }');
    await writeFile(path.join(dir, 'v2.json'), '{ "level": "debug" }');
    await symlink('v1.json', path.join(dir, '..data'));
    await symlink('..data', linked);
    using _ = await config.followFile(linked);
    await eventually('through links', () => config.get('level') === 'info');
    await symlink('v2.json', path.join(dir, '..data_tmp'));
    await rename(path.join(dir, '..data_tmp'), path.join(dir, '..data'));
    await eventually('a swapped link', () => config.get('level') === 'debug');
    await config.close();
  } finally {
    await store.close();
    await rm(dir, { recursive: true });
  }
});
