import { chmod, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../../base/errors.ts';

/** Names the file that counts; all others are what an unfinished compaction left behind. */
const CURRENT = 'current';
const FIRST = 'data-1.mdb';
const DATA = /^data-(\d{1,15})\.mdb$/;
const ANY_DATA = /^data-\d{1,15}\.mdb(-lock)?$/;

/** Finds the file of a store, or chooses the name of a new one; removes what is left behind. */
export async function currentFile(dir: string): Promise<string> {
  const names = await readdir(dir);
  const current = names.includes(CURRENT)
    ? (await readFile(join(dir, CURRENT), 'utf8')).trim()
    : onlyData(dir, names);
  if (!DATA.test(current)) throw new StoreError('CORRUPT', `${join(dir, CURRENT)} names no file of a store`);
  if (names.includes(CURRENT) && !names.includes(current) && names.some((name) => DATA.test(name))) {
    throw new StoreError('CORRUPT', `${join(dir, current)} is missing`);
  }
  if (!names.includes(CURRENT)) await makeCurrent(dir, current);
  for (const name of names) {
    if (ANY_DATA.test(name) && !name.startsWith(current)) await rm(join(dir, name), { force: true });
  }
  return current;
}

/** The name for the file that takes the place of another. */
export function nextFile(name: string): string {
  return `data-${Number(DATA.exec(name)?.[1] ?? 0) + 1}.mdb`;
}

/** Makes a file the one that counts, durably and in one step. */
export async function makeCurrent(dir: string, name: string): Promise<void> {
  const fresh = join(dir, `${CURRENT}.new`);
  const file = await open(fresh, 'w', 0o600);
  try {
    await file.writeFile(`${name}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, join(dir, CURRENT));
  await syncPath(dir);
}

/** Makes durable what a file holds, or which names a directory has. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Lets only this user read a data file. */
export async function closeToOthers(dir: string, name: string): Promise<void> {
  await chmod(join(dir, name), 0o600);
  await chmod(join(dir, `${name}-lock`), 0o600).catch(() => undefined);
}

export async function removeFile(dir: string, name: string): Promise<void> {
  await rm(join(dir, name), { force: true });
  await rm(join(dir, `${name}-lock`), { force: true });
}

function onlyData(dir: string, names: readonly string[]): string {
  const data = names.filter((name) => DATA.test(name));
  if (data.length > 1)
    throw new StoreError('CORRUPT', `${dir} has several data files and does not say which counts`);
  return data[0] ?? FIRST;
}
