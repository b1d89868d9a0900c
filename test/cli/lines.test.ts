// import and export: lines of JSON in and out.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { terminal, type Terminal } from './terminal.ts';

let t: Terminal;
beforeEach(() => {
  t = terminal();
});
afterEach(async () => {
  assert.equal(t.openStores, 0);
  await t.close();
});

test('what was exported is imported into another store as it was', async () => {
  const rich = {
    date: new Date(0),
    map: new Map<unknown, unknown>([[{ a: 1 }, new Set([1n])]]),
    bytes: new Uint8Array([1, 2]),
    floats: new Float64Array([1.5]),
    nothing: undefined,
    odd: Number.NaN,
    $date: 'no date',
  };
  const store = await t.store();
  await store.map<unknown>('rich').set('a', rich, { ttlMs: 3_600_000 });
  await t.ok('set', 'texts', 'b', '--codec', 'text', 'one\ntwo');
  await t.run(['set', 'files', 'c', '--codec', 'bytes'], { stdin: new Uint8Array([0, 255]) });
  await t.ok('set', 'plain', 'd', '--codec', 'json', '{"$date":"no date"}');

  const lines = await t.ok('export');
  assert.equal(lines.trim().split('\n').length, 8);
  const { code, out } = await t.run(['import', '--url', 'other:'], { stdin: lines });
  assert.deepEqual([code, out], [0, 'imported 4 entries\n']);

  const other = await t.store('other:');
  assert.deepEqual(
    (await other.maps()).map(({ name, codec }) => [name, codec]),
    (await store.maps()).map(({ name, codec }) => [name, codec]),
  );
  const copy = await other.map<unknown>('rich').entry('a');
  assert.deepEqual(copy?.value, rich);
  const original = await store.map('rich').entry('a');
  assert.ok(Math.abs((copy?.expiresAt ?? 0) - (original?.expiresAt ?? 0)) < 5000);
  assert.equal(await t.ok('get', 'texts', 'b', '--url', 'other:'), 'one\ntwo\n');
  assert.equal(
    await t.ok('get', 'files', 'c', '-w', 'json', '--url', 'other:').then((l) => JSON.parse(l).value.$bytes),
    'AP8=',
  );
  assert.equal(await t.ok('get', 'plain', 'd', '--url', 'other:'), '{"$date":"no date"}\n');
});

test('export writes just the maps that are named', async () => {
  await t.ok('set', 'a', 'k', '1');
  await t.ok('set', 'b', 'k', '2');
  assert.equal(
    await t.ok('export', 'b'),
    '{"map":"b","codec":"structured","shape":0}\n{"map":"b","key":"k","value":2}\n',
  );
  assert.equal((await t.run(['export', 'c'])).code, 3);
});

test('lines of another make go into the map named by -m; fields that mean nothing are passed over', async () => {
  const stdin = '{"key":"a","value":1,"version":7}\r\n\n{"key":"b","value":2}';
  assert.equal((await t.run(['import', '-m', 'users'], { stdin })).out, 'imported 2 entries\n');
  assert.equal(await t.ok('list', 'users'), 'a\t1\nb\t2\n');
});

test('--if-absent keeps what is there; entries that have expired are left out', async () => {
  await t.ok('set', 'users', 'a', '"old"');
  const stdin = [
    '{"map":"users","key":"a","value":"new"}',
    '{"map":"users","key":"b","value":"new"}',
    '{"map":"users","key":"c","value":"new","expiresAt":1000}',
  ].join('\n');
  const { out } = await t.run(['import', '--if-absent', '-w', 'json'], { stdin });
  assert.deepEqual(JSON.parse(out), { imported: 1, kept: 1, expired: 1 });
  const said = await t.run(['import', '--if-absent'], { stdin });
  assert.equal(said.out, 'imported 0 entries, kept 2 that were there, left out 1 that has expired\n');
  assert.equal(await t.ok('list', 'users'), 'a\t"old"\nb\t"new"\n');
});

const BAD: readonly (readonly [line: string, message: RegExp])[] = [
  ['{"map":"users"', /not JSON/],
  ['[1]', /not a JSON object/],
  ['{"key":"a","value":1}', /"map" must be a string/],
  ['{"map":"users","value":1}', /"key" must be a string/],
  ['{"map":"users","key":"a"}', /"value" is missing/],
  ['{"map":"users","key":"a","value":1,"expiresAt":"soon"}', /"expiresAt" must be a number/],
  ['{"map":"users","key":"a","value":{"$date":"soon"}}', /is no value/],
  ['{"map":"users","key":"","value":1}', /key/],
  ['{"map":"users","key":"a","value":"\\ud800"}', /CODEC|surrogate/],
  ['{"map":"no such name","key":"a","value":1}', /name/],
  ['{"map":"users"}', /"key" and "value" are missing/],
  ['{"map":"fresh","codec":7}', /"codec" must be a string/],
];
for (const [line, message] of BAD) {
  test(`a bad line ends the import, those before it stay: ${line}`, async () => {
    const stdin = `{"map":"users","key":"first","value":1}\n\n${line}\n{"map":"users","key":"last","value":1}\n`;
    const { code, out, err } = await t.run(['import'], { stdin });
    assert.deepEqual([code, out], [message.source.startsWith('CODEC') ? 1 : 2, '']);
    assert.match(err, message);
    assert.match(err, /line 3: .*\(imported 1 entry before\)(\. [^\n]+)?\n$/);
    assert.equal(await t.ok('list', 'users', '--keys-only'), 'first\n');
  });
}

test('an entry of an older shape is not exported, for lines do not keep shapes', async () => {
  const store = await t.store();
  await store.map<number>('users', { shape: 0 }).set('a', 1);
  const upgrade = { 0: (value: unknown) => value };
  await store.map<number>('users', { shape: 1, upgrade }).set('b', 1);
  assert.equal(await t.ok('list', 'users'), 'a\t1\nb\t1\n');
  const { code, err } = await t.run(['export', 'users']);
  assert.equal(code, 1);
  assert.match(err, /"a".*older shape/);
});

test('thousands of lines over several maps are imported', async () => {
  const lines = Array.from(
    { length: 3000 },
    (_, i) => `{"map":"m${i % 3 === 0 ? 0 : 1}","key":"k${i}","value":${i}}`,
  );
  assert.equal((await t.run(['import'], { stdin: lines.join('\n') })).out, 'imported 3,000 entries\n');
  const store = await t.store();
  assert.equal((await store.map('m0').count()) + (await store.map('m1').count()), 3000);
});

test('a file that is not there is an error', async () => {
  const { code, err } = await t.run(['import', 'nowhere.jsonl']);
  assert.equal(code, 1);
  assert.equal(err, 'samemap: cannot read nowhere.jsonl: no such file or directory\n');
});
