// The spool in a file: what is written comes back, and nothing stays.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileSpool } from '../../src/fs/spool.ts';

test('what is written to a spool comes back, in whatever pieces it came', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'samemap-spool-'));
  try {
    const spool = await fileSpool(folder);
    const pieces = [3, 32, 2 ** 20, 0, 2 ** 20 + 1, 5_000, 3 * 2 ** 20].map((length, i) =>
      new Uint8Array(length).fill(i + 1),
    );
    for (const piece of pieces) {
      const given = piece.slice();
      await spool.write(given);
      given.fill(0);
    }
    const parts: Uint8Array[] = [];
    for await (const part of spool.read()) parts.push(part.slice());
    assert.ok(Buffer.concat(parts).equals(Buffer.concat(pieces)));
    await spool.close();
    await spool.close();
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test(
  'a spool is removed while it is open, where the system allows it',
  { skip: process.platform === 'win32' },
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'samemap-spool-'));
    try {
      const spool = await fileSpool(folder);
      await spool.write(new Uint8Array(2 ** 21));
      assert.deepEqual(readdirSync(folder), []);
      await spool.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

test('a spool that cannot be made is IO, and one that is closed fails', async () => {
  await assert.rejects(() => fileSpool(path.join(tmpdir(), 'samemap-no-such-folder')), { code: 'IO' });
  const spool = await fileSpool();
  await spool.write(new Uint8Array(10));
  await spool.close();
  await assert.rejects(async () => {
    for await (const piece of spool.read()) assert.fail(`${piece.length} bytes`);
  });
});
