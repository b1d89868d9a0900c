// Help, options of all commands, errors and exit codes.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { nameOf } from '../../src/cli/command.ts';
import { run } from '../../src/cli/run.ts';
import type { World } from '../../src/cli/world.ts';
import { open, StoreError, type Store } from '../../src/index.ts';
import { terminal, withClose, type Terminal } from './terminal.ts';

const NAMES =
  'get set delete take list watch import export snapshot restore copy stats inspect compact verify salvage dump'.split(
    ' ',
  );

let t: Terminal;
beforeEach(() => {
  t = terminal();
});
afterEach(() => t.close());

test('help names every command, and every command has help with examples', async () => {
  assert.deepEqual(COMMANDS.map(nameOf), NAMES);
  const help = await t.ok('help');
  for (const name of NAMES) {
    assert.match(help, new RegExp(`^  ${name} `, 'm'));
    const one = await t.ok('help', name);
    assert.match(one, new RegExp(`^Usage: samemap ${name} `));
    assert.match(one, new RegExp(`^Examples:\n(  .*samemap ${name}.*\n)+$`, 'm'));
    assert.match(one, /--url <url>/);
    assert.equal(await t.ok(name, '--help'), one);
  }
  assert.equal(await t.ok('--help'), help);
});

test('help fits into a terminal', async () => {
  for (const name of ['', ...NAMES]) {
    const help = await t.ok(...(name === '' ? ['help'] : ['help', name]));
    assert.deepEqual(
      help.split('\n').filter((line) => line.length > 110),
      [],
      name,
    );
  }
});

test('--version prints the version', async () => {
  assert.equal(await t.ok('--version'), '1.2.3\n');
});

test('no command at all shows the help and is exit code 2', async () => {
  const { code, out, err } = await t.run([]);
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /^Usage: samemap/);
});

const WRONG: readonly (readonly string[])[] = [
  ['gte', 'users', 'ada'],
  ['get'],
  ['get', 'users'],
  ['get', 'users', 'ada', 'more'],
  ['get', 'users', 'ada', '--nonsense'],
  ['get', 'users', 'ada', '-w', 'xml'],
  ['set', 'users', 'ada', '1', '--ttl', '10'],
  ['set', 'users', 'ada', '1', '--ttl', '0s'],
  ['set', 'users', 'ada', '1', '--if-version', '-1'],
  ['set', 'users', 'ada', '1', '--if-version', 'x'],
  ['set', 'users', 'ada', '1', '--if-newer', '1.5'],
  ['set', 'users', 'ada', '1', '--codec', 'xml'],
  ['list', 'users', '--limit', 'all'],
  ['list', '--wait-ms', 'long'],
  ['list', '--timeout', 'long'],
];
for (const argv of WRONG) {
  test(`wrong usage is one line and exit code 2: samemap ${argv.join(' ')}`, async () => {
    const { code, out, err } = await t.run(argv);
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /^samemap: [^\n]+; see samemap ([a-z]+ )?--help\n$/);
  });
}

test('a mistyped command or option is met with the one that was meant', async () => {
  assert.match((await t.run(['gte', 'users', 'ada'])).err, /Did you mean get\?/);
  assert.match((await t.run(['list', 'users', '--prefx', 'a'])).err, /Did you mean --prefix\?/);
});

test('arguments that the store refuses are wrong usage, too', async () => {
  await t.ok('set', 'users', 'ada', '1');
  for (const argv of [
    ['get', 'users', ''],
    ['set', 'users', 'k'.repeat(1025), '1'],
    ['set', 'a b', 'k', '1'],
  ]) {
    const { code, err } = await t.run(argv);
    assert.equal(code, 2);
    assert.match(err, /^samemap: [^\n]+\n$/);
  }
});

test('without an address, or with one that would be empty, the message says what to type', async () => {
  const none = await t.run(['list'], { env: {} });
  assert.deepEqual(
    [none.code, none.err],
    [2, 'samemap: no store given: say --url or set SAMEMAP_URL, for example --url ./data\n'],
  );
  for (const url of ['memory:', 'shared:room']) {
    const { code, err } = await t.run(['list', '--url', url]);
    assert.equal(code, 2);
    assert.match(err, /is empty when the command begins and gone when it ends: say --url/);
  }
});

test('--url wins over SAMEMAP_URL, and --wait-ms reaches the opening', async () => {
  await t.ok('list', '--url', 'other:', '--wait-ms', '250');
  assert.deepEqual(t.lastOpen, { url: 'other:', waitMs: 250 });
  await t.ok('list');
  assert.deepEqual(t.lastOpen, { url: 'test:', waitMs: undefined });
});

/** Runs `list` on what `open` gives. */
async function listing(
  open: World['open'],
  ...argv: readonly string[]
): Promise<{ code: number; err: string }> {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  let err = '';
  streams.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
  const world = { ...streams, env: { SAMEMAP_URL: 'x:' }, open, now: Date.now };
  const code = await run(['list', ...argv], world, '1');
  return { code, err };
}

/** Runs `list` with an `open` that fails. */
function failing(error: Error, ...argv: readonly string[]): Promise<{ code: number; err: string }> {
  return listing(() => Promise.reject(error), ...argv);
}

/** Opens a store whose `close` fails. */
async function neverClosed(): Promise<Store> {
  return withClose(await open('memory:'), () => Promise.reject(new StoreError('IO', 'the disk is gone')));
}

test('a store that cannot be closed is an error, unless there was one before', async () => {
  const { code, err } = await listing(neverClosed);
  assert.equal(code, 1);
  assert.match(err, /^samemap: IO: the disk is gone/);
  assert.match((await listing(neverClosed, 'users')).err, /^samemap: no map called users/);
});

test('a fault is one line with its code and its advice; --verbose shows what lies behind it', async () => {
  const cause = new Error('EAGAIN');
  const fault = new StoreError('IN_USE', 'another process\nholds ./data', { cause });
  assert.deepEqual(await failing(fault), {
    code: 1,
    err: 'samemap: IN_USE: another process holds ./data. Another holder has it: wait (--wait-ms) or stop the other.\n',
  });
  const verbose = await failing(fault, '--verbose');
  assert.match(verbose.err, /EAGAIN/);
});

test('a timeout is exit code 5, a conflict 4, a mistake of the program 1', async () => {
  assert.equal((await failing(new StoreError('TIMEOUT', 'late'))).code, 5);
  assert.equal((await failing(new StoreError('CONFLICT', 'met'))).code, 4);
  assert.equal((await failing(new Error('odd'))).code, 1);
});

test('who waited for another process in vain was late, and so is an opening that takes too long', async () => {
  const held = new StoreError('IN_USE', './data is held by process 7, still after 50 ms');
  const waited = await failing(held, '--wait-ms', '50');
  assert.deepEqual(waited, {
    code: 5,
    err: 'samemap: ./data is held by process 7, still after 50 ms\n',
  });
  assert.equal((await failing(held, '--wait-ms', '0')).code, 1);
  const never = await listing(() => new Promise<Store>(() => {}), '--timeout', '20ms');
  assert.deepEqual([never.code, never.err], [5, 'samemap: x: could not be opened in 20 ms\n']);
});

test('an error cannot command the terminal', async () => {
  const { err } = await failing(new Error('\u001b[2J'));
  assert.equal(err, 'samemap: \\u001b[2J\n');
});

test('an interrupt before the store is open leaves at once', async () => {
  const interrupt = new AbortController();
  interrupt.abort(new Error('SIGINT'));
  const { code, err } = await t.run(['list'], { interrupt: interrupt.signal });
  assert.deepEqual([code, err], [130, '']);
});
