// One holder of a directory.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { holdDirectory } from '../../src/fs/holder.ts';

const HOLDER = new URL('../../src/fs/holder.js', import.meta.url).href;

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
  await assert.rejects(
    holdDirectory(join(dir, 'link'), 0),
    new RegExp(`held by process ${process.pid} since`),
  );
  assert.equal(statSync(join(dir, 'link', 'owner')).mode & 0o777, 0o600);
  await letGo();
  await (
    await holdDirectory(join(dir, 'link'), 0)
  )();
});

test('a copy of a directory that is held is a directory of its own', async (t) => {
  const dir = directory(t);
  const letGo = await holdDirectory(join(dir, 'one'), 0);
  cpSync(join(dir, 'one'), join(dir, 'copy'), { recursive: true });
  const letGoOfCopy = await holdDirectory(join(dir, 'copy'), 0);
  await assert.rejects(holdDirectory(join(dir, 'copy'), 0), inUse);
  await letGo();
  await letGoOfCopy();
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

test('a stopped process keeps what it holds and does not answer; a killed one lets go', async (t) => {
  const dir = directory(t);
  const child = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { holdDirectory } from ${JSON.stringify(HOLDER)};
     await holdDirectory(${JSON.stringify(dir)}, 0);
     process.stdout.write('held');
     setInterval(() => undefined, 60_000);`,
  ]);
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  await assert.rejects(holdDirectory(dir, 0), /held by a process that does not answer/);
  const waiting = holdDirectory(dir, 60_000);
  child.kill('SIGKILL');
  await (
    await waiting
  )();
});

test('an id that is none is CORRUPT, and what was begun beside it counts for nothing', async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'owner.0123456789abcdef.tmp'), '');
  await (
    await holdDirectory(dir, 0)
  )();
  writeFileSync(join(dir, 'owner'), '');
  await assert.rejects(holdDirectory(dir, 0), { code: 'CORRUPT' });
});

test('where no directory can be made is a fault in time, also below /proc', async (t) => {
  if (!existsSync('/proc/self')) return t.skip('no /proc here');
  await assert.rejects(holdDirectory('/proc/self/data', 0), { code: 'IO' });
});

test('a directory that this user may not write to is DENIED', async (t) => {
  if (process.getuid?.() === 0) return t.skip('this user may do everything');
  const dir = directory(t);
  chmodSync(dir, 0o500);
  await assert.rejects(holdDirectory(join(dir, 'below'), 0), { code: 'DENIED' });
  await assert.rejects(holdDirectory(dir, 0), { code: 'DENIED' });
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
