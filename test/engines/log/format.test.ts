// Directories of earlier releases are opened by this one. They are never made anew.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { manualClock } from '../../../src/conformance/manual-clock.ts';
import { memoryFiles } from '../../../src/fs/memory-files.ts';
import { contentOf, openLog, wordsOf } from './fixture.ts';

const folder = fileURLToPath(new URL('../../../../test/fixtures/log-v1/', import.meta.url));

test('format 1 is opened, written to, and opened again', async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  assert.ok(names.length > 1);
  const contents = new Map(
    await Promise.all(
      names.map(async (name) => [name, Uint8Array.from(await readFile(path.join(folder, name)))] as const),
    ),
  );
  const clock = manualClock();
  await clock.tick(1000);
  const expected = (await readFile(path.join(folder, 'content.txt'), 'utf8')).trim();
  const files = memoryFiles(contents);
  const first = await openLog(files, {}, clock);
  assert.equal(contentOf(first.state), expected);
  wordsOf(first).set('added', 'now');
  const content = contentOf(first.state);
  await first.engine.close();
  const again = await openLog(memoryFiles(files.contents), {}, clock);
  assert.equal(contentOf(again.state), content);
  await again.engine.close();
});
