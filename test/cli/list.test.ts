// list: order, ranges and forms.
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { terminal, type Terminal } from './terminal.ts';

let t: Terminal;
before(async () => {
  t = terminal();
  for (const key of ['b', 'a', 'c/2', 'c/1', 'ｚ', '𐀀'])
    await t.ok('set', 'letters', key, JSON.stringify({ key }));
  await t.ok('set', 'texts', 'a\tb', '--codec', 'text', 'one\ntwo');
});
after(() => t.close());

async function keys(...argv: readonly string[]): Promise<string[]> {
  return (await t.ok('list', 'letters', '--keys-only', ...argv)).trim().split('\n');
}

test('entries come one a line, in the order of the UTF-8 bytes of their keys', async () => {
  const lines = (await t.ok('list', 'letters')).trim().split('\n');
  assert.equal(lines[0], 'a\t{"key":"a"}');
  assert.deepEqual(await keys(), ['a', 'b', 'c/1', 'c/2', 'ｚ', '𐀀']);
});

test('a range is by prefix, from a start, up to an end, backwards, and so many', async () => {
  assert.deepEqual(await keys('--prefix', 'c/'), ['c/1', 'c/2']);
  assert.deepEqual(await keys('--start', 'b', '--end', 'c/2'), ['b', 'c/1']);
  assert.deepEqual(await keys('--start', 'a', '--end', 'd', '--reverse', '--limit', '2'), ['c/2', 'c/1']);
});

test('-w json is one object a line', async () => {
  const [line = ''] = (await t.ok('list', 'letters', '-w', 'json', '--limit', '1')).split('\n');
  const { key, value } = JSON.parse(line) as { key: unknown; value: unknown };
  assert.deepEqual([key, value], ['a', { key: 'a' }]);
  assert.equal(await t.ok('list', 'letters', '-w', 'json', '--keys-only', '--limit', '1'), '{"key":"a"}\n');
});

test('-w table has columns that stand under each other', async () => {
  const lines = (await t.ok('list', 'letters', '-w', 'table', '--prefix', 'c')).trimEnd().split('\n');
  assert.match(lines[0] ?? '', /^KEY {2}VERSION {2}EXPIRES {2}VALUE$/);
  assert.equal(new Set(lines.map((line, i) => line.indexOf(i === 0 ? 'VALUE' : '{'))).size, 1);
});

test('a table is cut at the edge of a terminal, and bold only where colours are wanted', async () => {
  const argv = ['list', 'letters', '-w', 'table'];
  const wide = await t.run(argv, { stdoutTerminal: { columns: 30 } });
  const lines = wide.out.trimEnd().split('\n');
  assert.ok(lines[0]?.startsWith('\u001b[1m'));
  assert.ok(lines.slice(1).every((line) => Array.from(line).length <= 30 && line.endsWith('…')));
  const env = { SAMEMAP_URL: 'test:', NO_COLOR: '1' };
  assert.ok(!(await t.run(argv, { stdoutTerminal: { columns: 30 }, env })).out.includes('\u001b'));
  assert.ok(!(await t.run(argv)).out.includes('\u001b'));
});

test('tabs and newlines in keys and texts are escaped, so that a line stays a line', async () => {
  assert.equal(await t.ok('list', 'texts'), 'a\\tb\tone\\ntwo\n');
});

test('without a map, the maps are listed', async () => {
  assert.equal(await t.ok('list'), 'letters\ntexts\n');
  assert.deepEqual(JSON.parse((await t.ok('list', '-w', 'json')).split('\n')[1] ?? ''), {
    map: 'texts',
    codec: 'text',
    shape: 0,
  });
  assert.equal((await t.run(['list', '--prefix', 'a'])).code, 2);
});

test('a long list waits for a slow reader, and goes through whole', async () => {
  const map = (await t.store('long:')).map<number>('n');
  for (let i = 0; i < 5000; i++) await map.set(`key ${String(i).padStart(5, '0')}`, i);
  let lines = 0;
  let most = 0;
  const stdout = new Writable({
    highWaterMark: 1000,
    write(piece: Buffer, _encoding, done) {
      lines += piece.toString().split('\n').length - 1;
      most = Math.max(most, stdout.writableLength);
      setImmediate(done);
    },
  });
  const { code } = await t.run(['list', 'n', '--keys-only', '--url', 'long:'], { stdout });
  assert.deepEqual([code, lines], [0, 5000]);
  assert.ok(most < 2000, `${most} bytes waited`);
});
