// watch: lines of JSON while things change.
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, test } from 'node:test';
import { terminal, type Terminal } from './terminal.ts';

type Line = Record<string, unknown>;

let t: Terminal;
beforeEach(() => {
  t = terminal();
});
afterEach(async () => {
  assert.equal(t.openStores, 0);
  await t.close();
});

/** Starts a watch; `line(n)` resolves with the n-th line when it was printed. */
function watching(...argv: readonly string[]) {
  const lines: string[] = [];
  const waiting = new Map<number, (line: string) => void>();
  const interrupt = new AbortController();
  let rest = '';
  const stdout = new Writable({
    write(piece: Buffer, _encoding, done) {
      const parts = (rest + piece.toString()).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) waiting.get(lines.push(part) - 1)?.(part);
      done();
    },
  });
  const ended = t.run(['watch', ...argv], { stdout, interrupt: interrupt.signal });
  const text = (n: number): Promise<string> =>
    new Promise((resolve) => (lines[n] === undefined ? waiting.set(n, resolve) : resolve(lines[n])));
  const line = async (n: number): Promise<Line> => JSON.parse(await text(n)) as Line;
  return { line, text, ended, interrupt };
}

test('changes are printed as they happen, each with its bookmark', async () => {
  await t.ok('set', 'users', 'ada', '1');
  const { line, ended } = watching('users', '--limit', '4');
  assert.equal((await line(0))['type'], 'live');
  await t.ok('set', 'users', 'ada', '2');
  await t.ok('set', 'users', 'bob', '{"$date":"2026-01-31T12:00:00.000Z"}');
  await t.ok('delete', 'users', 'ada');
  const changes = [await line(1), await line(2), await line(3)];
  assert.deepEqual(
    changes.map(({ type, key, value }) => ({ type, key, value })),
    [
      { type: 'update', key: 'ada', value: 2 },
      { type: 'insert', key: 'bob', value: { $date: '2026-01-31T12:00:00.000Z' } },
      { type: 'delete', key: 'ada', value: undefined },
    ],
  );
  assert.ok(changes.every(({ bookmark }) => typeof bookmark === 'string'));
  assert.equal((await ended).code, 0);
});

test('--start current prints the state first, --prefix and --key narrow it', async () => {
  for (const key of ['a/1', 'a/2', 'b/1']) await t.ok('set', 'users', key, '1');
  const byPrefix = watching('users', '--start', 'current', '--prefix', 'a/', '--limit', '3');
  const lines = [await byPrefix.line(0), await byPrefix.line(1), await byPrefix.line(2)];
  assert.deepEqual(
    lines.map(({ key, replay, type }) => key ?? [type, replay]),
    ['a/1', 'a/2', ['live', undefined]],
  );
  assert.ok(lines[0]?.['replay']);
  await byPrefix.ended;
  const byKey = watching('users', '--start', 'current', '--key', 'b/1', '--limit', '2', '-w', 'simple');
  assert.match(await byKey.text(0), /^insert\tb\/1\t\d+\t1$/);
  assert.equal(await byKey.text(1), 'live');
  await byKey.ended;
});

test('--start with a bookmark goes on right behind it', async () => {
  await t.ok('set', 'users', 'ada', '1');
  const first = watching('users', '--limit', '1');
  const { bookmark } = await first.line(0);
  await first.ended;
  await t.ok('set', 'users', 'ada', '2');
  const second = watching('users', '--start', String(bookmark), '--limit', '1', '--previous');
  const { type, key } = await second.line(0);
  assert.deepEqual([type, key], ['update', 'ada']);
  await second.ended;
});

test('an interrupt closes the store and is exit code 130', async () => {
  const { line, ended, interrupt } = watching('users');
  await line(0);
  interrupt.abort(new Error('SIGINT'));
  const { code, err } = await ended;
  assert.deepEqual([code, err], [130, '']);
});

test('when the reader of the output goes away, the watch ends in silence', async () => {
  const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const stdout = new Writable({ write: (_piece, _encoding, done) => done(broken) });
  const { code, err } = await t.run(['watch', 'users'], { stdout });
  assert.deepEqual([code, err], [0, '']);
});

test('a full disk behind the output is an error', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const stdout = new Writable({ write: (_piece, _encoding, done) => done(full) });
  const { code, err } = await t.run(['watch', 'users'], { stdout });
  assert.equal(code, 1);
  assert.match(err, /no space left/);
});

test('an output that fails at the last line is an error, too', async () => {
  await t.ok('set', 'users', 'ada', '1');
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const stdout = new Writable({ write: (_piece, _encoding, done) => setImmediate(done, full) });
  assert.equal((await t.run(['get', 'users', 'ada'], { stdout })).code, 1);
});

test('--key with --prefix, and -w table, are wrong usage', async () => {
  assert.equal((await t.run(['watch', 'users', '--key', 'a', '--prefix', 'a'])).code, 2);
  const { code, err } = await t.run(['watch', 'users', '-w', 'table']);
  assert.deepEqual([code, err], [2, 'samemap: this command writes json or simple, not table\n']);
});

test('a bookmark that is none is wrong usage', async () => {
  for (const start of ['nonsense', '']) {
    const { code, err } = await t.run(['watch', 'users', '--start', start]);
    assert.equal(code, 2);
    assert.match(err, /^samemap: .*--start.*Say now, current or a bookmark.*\n$/);
  }
});
