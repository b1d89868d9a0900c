// Progress bars: on a terminal, when work is long, and gone when it is done.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { terminal, type Setting, type Terminal } from './terminal.ts';

const LINES = Array.from({ length: 1500 }, (_, i) => `{"map":"n","key":"k${i}","value":${i}}`).join('\n');
/** Erases a line of a terminal. */
const ERASE = '\u001b[2K';

let t: Terminal;
beforeEach(() => {
  t = terminal();
});
afterEach(() => t.close());

/** A terminal on which every look at the clock finds a second gone. */
function slowly(setting: Setting = {}): Setting {
  let now = Date.now();
  return { ...setting, stderrTerminal: true, now: () => (now += 1000) };
}

test('long work shows how far it is, and takes the bar away', async () => {
  const { out, err } = await t.run(['import'], slowly({ stdin: LINES }));
  assert.equal(out, 'imported 1,500 entries\n');
  assert.match(err, /importing {2}[\d,]+ entries/);
  assert.ok(err.lastIndexOf(ERASE) > err.lastIndexOf('importing'));
});

test('what came of the work is said when the bar is gone', async () => {
  await t.run(['import'], { stdin: LINES });
  const { bytes } = await t.run(['snapshot']);
  for (const [argv, said] of [
    [['restore', '--url', 'second:'], 'restored 1,500 entries\n'],
    [['copy', 'test:', 'third:'], 'copied 1,500 entries\n'],
  ] as const) {
    const { screen, err } = await t.run(argv, slowly({ stdin: bytes }));
    assert.match(err, /ing {2}/);
    assert.ok(screen.endsWith(said), JSON.stringify(screen.slice(-100)));
  }
});

test('where the end is known, the bar says how much is left', async () => {
  await t.run(['import'], { stdin: LINES });
  const { err } = await t.run(['export'], slowly());
  assert.match(err, /exporting {2}.*█*░* {0,2}.*of 1,500 entries/);
});

test('short work shows nothing', async () => {
  const { err } = await t.run(['import'], {
    stdin: LINES,
    stderrTerminal: true,
    now: () => 1_000_000_000_000,
  });
  assert.equal(err, '');
});

test('without a terminal nothing is shown', async () => {
  const { err } = await t.run(['import'], { ...slowly({ stdin: LINES }), stderrTerminal: false });
  assert.equal(err, '');
});

test('no colour in the bar when none is wanted', async () => {
  await t.run(['import'], { stdin: LINES });
  const env = { SAMEMAP_URL: 'test:', NO_COLOR: '1' };
  const coloured = await t.run(['export'], slowly());
  const plain = await t.run(['export'], slowly({ env }));
  assert.ok(coloured.err.includes('\u001b[36m'));
  assert.ok(!plain.err.includes('\u001b[36m'));
});

test('an export to the terminal itself has no bar running through it', async () => {
  await t.run(['import'], { stdin: LINES });
  const { err } = await t.run(['export'], slowly({ stdoutTerminal: { columns: 80 } }));
  assert.equal(err, '');
});
