// The notes of the example, by commands that find the directory held by each other.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const NOTES = fileURLToPath(new URL('../../examples/notes.js', import.meta.url));
const run = promisify(execFile);

test('notes: commands that come at once wait for each other, and each finds what the others did', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'samemap-notes-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const notes = async (...words: readonly string[]): Promise<string> => {
    const { stdout } = await run(process.execPath, [NOTES, ...words], {
      env: { ...process.env, NOTES: path.join(dir, 'notes') },
    });
    return stdout.trim();
  };
  const keys = await Promise.all([notes('add', 'buy milk'), notes('add', 'read')]);
  assert.notEqual(keys[0], keys[1]);
  assert.equal(await notes('done', keys[0] ?? ''), 'done: buy milk');
  const [listed, again] = await Promise.all([notes('list'), notes('done', keys[0] ?? '')]);
  assert.match(listed, new RegExp(`^${keys[1]} .* read$`));
  assert.equal(again, 'no such note');
});
