// One holder of a directory.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { holdDirectory } from '../../src/fs/holder.ts';

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'samemap-holder-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const inUse = (error: Error): boolean => {
  assert.equal(Reflect.get(error, 'code'), 'IN_USE');
  return true;
};

test('a directory has one holder, by whatever path it is reached, and says who', async (t) => {
  const dir = directory(t);
  const letGo = await holdDirectory(join(dir, 'made', 'for', 'it'), 0);
  symlinkSync(join(dir, 'made', 'for', 'it'), join(dir, 'link'));
  await assert.rejects(holdDirectory(join(dir, 'link'), 0), /this process/);
  assert.equal(readFileSync(join(dir, 'link', 'holder'), 'utf8'), String(process.pid));
  await letGo();
  await (
    await holdDirectory(join(dir, 'link'), 0)
  )();
});

test('whoever waits gets the directory when it is let go, and is refused in time when it is not', async (t) => {
  const dir = directory(t);
  const letGo = await holdDirectory(dir, 0);
  await assert.rejects(holdDirectory(dir, 60), inUse);
  const waiting = holdDirectory(dir, 10_000);
  await letGo();
  await (
    await waiting
  )();
});

test('what a dead holder left behind holds nobody up', async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'holder'), '999999999');
  await (
    await holdDirectory(dir, 200)
  )();
});

test('a directory that cannot be made is a fault with the reason', async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'file'), '');
  await assert.rejects(holdDirectory(join(dir, 'file', 'below'), 0), (error: Error) => {
    assert.equal(Reflect.get(error, 'code'), 'IO');
    assert.ok(error.cause);
    return true;
  });
});
