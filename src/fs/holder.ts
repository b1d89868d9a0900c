import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { StoreError } from '../base/errors.ts';

/** Says which process holds the directory, for people; on systems without a better means it is the lock. */
const FILE = 'holder';
/** How often a directory that is held is tried again. */
const RETRY_MS = 25;

/** Lets go of a directory. */
export type LetGo = () => Promise<void>;

/**
 * Makes this process the holder of a directory, and makes the directory when it is not there. On Linux
 * the lock is a socket name that dies with its process, however that ends, and that a stopped process keeps;
 * elsewhere it is a file with the process's number.
 *
 * @param waitMs - how long to wait for another holder to go, in milliseconds
 * @returns what lets go of it
 * @throws StoreError `IN_USE` naming the holder, `DENIED` or `IO` when the directory cannot be used
 */
export async function holdDirectory(directory: string, waitMs: number): Promise<LetGo> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const until = performance.now() + waitMs;
    for (;;) {
      const letGo = await tryHold(directory);
      if (letGo !== undefined) return letGo;
      if (performance.now() >= until) throw await inUse(directory);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const code = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    throw new StoreError(denied ? 'DENIED' : 'IO', `${directory} cannot be used: ${String(error)}`, {
      cause: error,
    });
  }
}

function tryHold(directory: string): Promise<LetGo | undefined> {
  return process.platform === 'linux' ? holdBySocket(directory) : holdByFile(directory);
}

async function holdBySocket(directory: string): Promise<LetGo | undefined> {
  const { dev, ino } = await stat(directory, { bigint: true });
  const server = await listen(`\0samemap-${dev}-${ino}`);
  if (server === undefined) return undefined;
  try {
    await writeFile(join(directory, FILE), String(process.pid), { mode: 0o600 });
  } catch (error) {
    server.close();
    throw error;
  }
  return async () => {
    await rm(join(directory, FILE), { force: true });
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
}

/** Takes a name; `undefined` when it is taken. */
function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => {
      if (Reflect.get(error, 'code') === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => {
      server.unref();
      resolve(server);
    });
  });
}

async function holdByFile(directory: string): Promise<LetGo | undefined> {
  const path = join(directory, FILE);
  try {
    await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 });
    return () => rm(path, { force: true });
  } catch (error) {
    if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'EEXIST') throw error;
  }
  if (isAlive(await holderOf(directory))) return undefined;
  await rm(path, { force: true });
  return undefined;
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && Reflect.get(error, 'code') === 'EPERM';
  }
}

async function holderOf(directory: string): Promise<number | undefined> {
  const text = await readFile(join(directory, FILE), 'utf8').catch(() => '');
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

async function inUse(directory: string): Promise<StoreError> {
  const pid = await holderOf(directory);
  const who = pid === undefined ? 'another process' : pid === process.pid ? 'this process' : `process ${pid}`;
  return new StoreError('IN_USE', `${directory} is held by ${who}`);
}
