// get, set, delete and take: what they print, and what their exit codes say.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, test } from 'node:test';
import { integerKeys } from '../../src/codec/keys/index.ts';
import { terminal, type Terminal } from './terminal.ts';

let t: Terminal;
beforeEach(() => {
  t = terminal();
});
afterEach(async () => {
  assert.equal(t.openStores, 0, 'every command closed its store');
  await t.close();
});

test('a value that was set is printed as JSON on a line', async () => {
  assert.match(await t.ok('set', 'users', 'ada', '{"name":"Ada"}'), /^\d+\n$/);
  assert.equal(await t.ok('get', 'users', 'ada'), '{"name":"Ada"}\n');
});

test('set prints the version, which get -w json shows with key, value and expiry', async () => {
  const version = Number(await t.ok('set', 'users', 'ada', '1', '--ttl', '1h'));
  const entry = JSON.parse(await t.ok('get', 'users', 'ada', '-w', 'json')) as Record<string, unknown>;
  assert.deepEqual({ ...entry, expiresAt: 0 }, { key: 'ada', value: 1, version, expiresAt: 0 });
  const left = Number(entry['expiresAt']) - Date.now();
  assert.ok(left > 3_500_000 && left <= 3_600_001, `${left} ms left`);
});

test('a value that is not JSON is refused, and the message says what to do', async () => {
  const { code, err } = await t.run(['set', 'users', 'ada', 'Ada']);
  assert.equal(code, 2);
  assert.equal(err, 'samemap: the value is not JSON; for plain text say --text\n');
  assert.equal((await t.run(['get', 'users', 'ada'])).code, 3);
});

test('a number that JavaScript would round is refused', async () => {
  const { code, err } = await t.run(['set', 'ids', 'a', '{"id":9007199254740993,"text":"9007199254740993"}']);
  assert.equal(code, 2);
  assert.match(err, /of 16 digits would be rounded/);
  assert.doesNotMatch(err, /9007/);
  await t.ok('set', 'ids', 'a', '{"$bigint":"9007199254740993"}');
  assert.equal(await t.ok('get', 'ids', 'a'), '{"$bigint":"9007199254740993"}\n');
});

test('--text writes and prints a string without quotes', async () => {
  await t.ok('set', 'notes', 'today', '--text', 'call Bob');
  assert.equal(await t.ok('get', 'notes', 'today'), '"call Bob"\n');
  assert.equal(await t.ok('get', 'notes', 'today', '--text'), 'call Bob\n');
});

test('negative numbers are values, not options', async () => {
  await t.ok('set', 'numbers', 'n', '-5');
  assert.equal(await t.ok('get', 'numbers', 'n'), '-5\n');
});

for (const argv of [
  ['set', 'users', 'ada'],
  ['set', 'users', 'ada', '-'],
]) {
  test(`${argv.join(' ')} reads the value from standard input`, async () => {
    assert.equal((await t.run(argv, { stdin: '{"name":"Ada"}\n' })).code, 0);
    assert.equal(await t.ok('get', 'users', 'ada'), '{"name":"Ada"}\n');
  });
}

test('an interrupt ends the waiting for a value, and nothing is written', async () => {
  const interrupt = new AbortController();
  const stdin = new PassThrough();
  const ended = t.run(['set', 'users', 'ada'], { stdin, interrupt: interrupt.signal });
  stdin.write('{"name":');
  setImmediate(() => interrupt.abort(new Error('SIGINT')));
  assert.equal((await ended).code, 130);
  assert.equal((await t.run(['get', 'users', 'ada'])).code, 3);
});

test('on a terminal, a hint says that the value is to be typed', async () => {
  const { err } = await t.run(['set', 'users', 'ada'], { stdin: '1\n', stdinTerminal: true });
  assert.match(err, /type the value, then Ctrl-D/);
});

test('text from standard input loses the newline that get adds, and no other', async () => {
  await t.run(['set', 'pages', 'a', '--codec', 'text'], { stdin: 'one\ntwo\n\n' });
  assert.equal(
    await (
      await t.store()
    )
      .map('pages', { codec: undefined })
      .has('a')
      .catch(() => 'text'),
    'text',
  );
  assert.equal(await t.ok('get', 'pages', 'a'), 'one\ntwo\n\n');
});

test('bytes go through as they are', async () => {
  const bytes = new Uint8Array([0, 255, 10, 13, 10]);
  assert.equal((await t.run(['set', 'files', 'a', '--codec', 'bytes'], { stdin: bytes })).code, 0);
  assert.deepEqual(new Uint8Array((await t.run(['get', 'files', 'a'])).bytes), bytes);
  assert.equal(
    await t.ok('get', 'files', 'a', '-w', 'json').then((line) => JSON.parse(line).value.$bytes),
    'AP8KDQo=',
  );
});

test('bytes are not written to a terminal', async () => {
  await t.run(['set', 'files', 'a', '--codec', 'bytes'], { stdin: new Uint8Array([255]) });
  const { code, out, err } = await t.run(['get', 'files', 'a'], { stdoutTerminal: { columns: 80 } });
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /send the output to a file/);
});

test('text with control characters cannot command a terminal', async () => {
  await t.ok('set', 'notes', 'a', '--codec', 'text', '\u001b[2Jgone\u009b');
  const shown = await t.run(['get', 'notes', 'a'], { stdoutTerminal: { columns: 80 } });
  assert.equal(shown.out, '\\u001b[2Jgone\\u009b\n');
  assert.equal(await t.ok('get', 'notes', 'a'), '\u001b[2Jgone\u009b\n');
});

test('a new map is stored as --codec says, an old one keeps its codec', async () => {
  await t.ok('set', 'plain', 'a', '--codec', 'json', '{"a":1}');
  await t.ok('set', 'plain', 'b', '{"b":2}');
  const [info] = await (await t.store()).maps();
  assert.equal(info?.codec, 'json');
  const { code, err } = await t.run(['set', 'plain', 'c', '3', '--codec', 'structured']);
  assert.equal(code, 2);
  assert.match(err, /the map plain is stored as json, not structured: leave --codec out/);
});

test('keys of another type than text are shown and given as they are stored', async () => {
  const years = (await t.store()).map<number, number>('years', { keys: integerKeys });
  await years.set(7, 1);
  assert.equal(await t.ok('list', 'years'), 'a7\t1\n');
  await t.ok('set', 'years', 'c123', '2');
  assert.equal(await t.ok('get', 'years', 'c123'), '2\n');
  assert.equal(await years.get(123), 2);
});

test('a map of a codec of its own is refused by name', async () => {
  const codec = { name: 'mine', numbers: false, encode: () => new Uint8Array(1), decode: () => 1 };
  await (await t.store()).map<number>('odd', { codec }).set('a', 1);
  const { code, err } = await t.run(['get', 'odd', 'a']);
  assert.equal(code, 1);
  assert.match(err, /stored by the codec mine, which is not among structured, json, text, bytes/);
});

test('absent keys and maps are exit code 3, and the message names them', async () => {
  assert.deepEqual(pick(await t.run(['get', 'users', 'ada'])), {
    code: 3,
    err: 'samemap: no map called users; the store is empty\n',
  });
  await t.ok('set', 'users', 'ada', '1');
  for (const command of ['get', 'take', 'delete']) {
    const result = pick(await t.run([command, 'users', 'bob']));
    assert.deepEqual(result, { code: 3, err: 'samemap: no key "bob" in the map users\n' });
  }
  assert.match((await t.run(['get', 'user', 'ada'])).err, /no map called user; the store has users\n/);
});

test('delete removes, take removes and prints', async () => {
  await t.ok('set', 'users', 'ada', '1');
  assert.equal(await t.ok('delete', 'users', 'ada'), '');
  await t.ok('set', 'users', 'ada', '2');
  assert.equal(await t.ok('take', 'users', 'ada'), '2\n');
  assert.equal((await t.run(['get', 'users', 'ada'])).code, 3);
});

test('a condition that does not hold is exit code 4 and changes nothing', async () => {
  const version = Number(await t.ok('set', 'users', 'ada', '1'));
  const refusals = [
    ['set', 'users', 'ada', '2', '--if-version', String(version + 1)],
    ['set', 'users', 'ada', '2', '--if-version', '0'],
    ['set', 'users', 'ada', '2', '--if-absent'],
    ['set', 'users', 'ada', '2', '--if-value', '3'],
    ['set', 'users', 'bob', '2', '--if-present'],
    ['delete', 'users', 'ada', '--if-version', String(version + 1)],
    ['delete', 'users', 'ada', '--if-value', '3'],
  ];
  for (const argv of refusals) {
    const { code, err } = await t.run(argv);
    assert.equal(code, 4, argv.join(' '));
    assert.match(
      err,
      /^samemap: CONFLICT: nothing was changed: "(ada" stands at version \d+|bob" is absent)\. .+\n$/,
    );
  }
  assert.equal(await t.ok('list', 'users'), 'ada\t1\n');
});

test('a condition that holds lets the write through', async () => {
  const first = await t.ok('set', 'users', 'ada', '1', '--if-absent');
  const second = await t.ok('set', 'users', 'ada', '2', '--if-version', first.trim());
  assert.ok(Number(second) > Number(first));
  await t.ok('set', 'users', 'ada', '3', '--if-present');
  await t.ok('set', 'users', 'ada', '4', '--if-value', '3');
  await t.ok('set', 'users', 'ada', '5', '--if-newer', '10');
  assert.equal((await t.run(['set', 'users', 'ada', '6', '--if-newer', '9'])).code, 4);
  assert.equal(await t.ok('delete', 'users', 'ada', '--if-value', '5'), '');
});

test('with -w json a conflict also prints what stands', async () => {
  await t.ok('set', 'users', 'ada', '1');
  const { out } = await t.run(['set', 'users', 'ada', '2', '--if-absent', '-w', 'json']);
  const { ok, current } = JSON.parse(out) as { ok: boolean; current: { value: unknown } };
  assert.deepEqual([ok, current.value], [false, 1]);
});

test('two conditions at once are wrong usage', async () => {
  const { code, err } = await t.run(['set', 'users', 'ada', '1', '--if-absent', '--if-version', '3']);
  assert.equal(code, 2);
  assert.match(err, /cannot be used with option/);
});

function pick({ code, err }: { code: number; err: string }): object {
  return { code, err };
}
