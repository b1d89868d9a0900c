import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { StoreError } from '../base/errors.ts';
import { fileError, systemCode } from './errors.ts';
import { makeDirectory } from './node-files.ts';

/** Holds the random id of a directory. */
const OWNER_NAME = 'owner';
const ID = /^[0-9a-f]{32}$/;
/** How long a holder may take to say who it is, in milliseconds. */
const ANSWER_MS = 250;
/** How long to stay away from a holder that is there and cannot be reached, in milliseconds. */
const RETRY_MS = 10;
const NO_ANSWER = 'a process that does not answer';

/**
 * Makes this process the holder of a directory, and makes the directory when it is not there. The holder
 * listens on a socket that is named by a random id, which lies in a file that only this user can read:
 * the system takes the name back whenever and however the holder ends, a stopped process keeps it, and
 * who cannot read the file cannot take it.
 *
 * @param waitMs - how long to wait for another holder to go, in milliseconds
 * @returns what lets go
 * @throws StoreError `IN_USE` naming the holder; `DENIED`, `FULL` or `IO` when the directory cannot be used;
 *   `CORRUPT` when the id is none
 */
export async function holdDirectory(directory: string, waitMs: number): Promise<() => Promise<void>> {
  await makeDirectory(directory).catch((error: unknown) => {
    throw fileError(`${directory} could not be made`, error);
  });
  const address = addressOf(await idOf(directory), await fileNumberOf(directory));
  const endsAt = performance.now() + waitMs;
  const answersUntil = performance.now() + ANSWER_MS;
  for (;;) {
    const server = await listen(address);
    if (server !== undefined) return () => letGo(server);
    const { holder, refused } = await visit(address, Math.max(0, endsAt - performance.now()));
    const now = performance.now();
    if (now >= endsAt && (holder !== undefined || now >= answersUntil)) {
      const long = waitMs > 0 ? `, still after ${waitMs} ms` : '';
      throw new StoreError('IN_USE', `${directory} is held by ${holder ?? NO_ANSWER}${long}`);
    }
    if (refused) await removeStale(address);
    if (holder === undefined) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function idOf(directory: string): Promise<string> {
  const file = path.join(directory, OWNER_NAME);
  for (;;) {
    const found = await readFile(file, 'utf8').catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw fileError(`${file} could not be read`, error);
    });
    const id = found?.trim();
    if (id !== undefined && ID.test(id)) return id;
    if (id !== undefined) {
      throw new StoreError(
        'CORRUPT',
        `${file}: not the id of a directory; remove it when nobody has it open`,
      );
    }
    await makeId(file).catch((error: unknown) => {
      throw fileError(`${file} could not be made`, error);
    });
  }
}

/** Tells the directory from its copies, whose file holds the same id. */
async function fileNumberOf(directory: string): Promise<string> {
  const file = path.join(directory, OWNER_NAME);
  const { ino } = await stat(file, { bigint: true }).catch((error: unknown) => {
    throw fileError(`${file} could not be read`, error);
  });
  return ino.toString(36);
}

/** Beside the file first and durable, so that it is there with its content or not at all. */
async function makeId(file: string): Promise<void> {
  const aside = `${file}.${randomBytes(8).toString('hex')}.tmp`;
  const handle = await open(aside, 'wx', 0o600);
  try {
    await handle.writeFile(randomBytes(16).toString('hex'));
    await handle.sync();
    await link(aside, file).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
  } finally {
    await handle.close();
    await rm(aside, { force: true });
  }
}

/** Where the socket is: only on Linux and Windows is there a place that needs no file. */
function addressOf(id: string, fileNumber: string): string {
  const name = `samemap-${id}-${fileNumber}`;
  if (process.platform === 'linux') return `\0${name}`;
  if (process.platform === 'win32') return `\\\\?\\pipe\\${name}`;
  return `/tmp/${name}.sock`;
}

/** Removes the socket file of a holder that was killed; one that lives after all gets it back. */
async function removeStale(address: string): Promise<void> {
  if (!path.isAbsolute(address) || process.platform === 'win32') return;
  const aside = `${address}.${randomBytes(8).toString('hex')}`;
  try {
    await rename(address, aside);
    const { refused } = await visit(aside, 0);
    if (refused) await rm(aside, { force: true });
    else await rename(aside, address);
  } catch {
    // Somebody else was here first.
  }
}

/** Begins to listen; `undefined` when somebody else does. */
function listen(address: string): Promise<Server | undefined> {
  const since = new Date().toISOString();
  return new Promise((resolve, reject) => {
    const visitors = new Set<Socket>();
    const server = createServer((socket) => {
      visitors.add(socket);
      socket.unref();
      socket.on('close', () => visitors.delete(socket));
      socket.on('error', () => undefined);
      socket.write(`process ${process.pid} since ${since}\n`);
    });
    server.once('error', (error) => {
      if (systemCode(error) === 'EADDRINUSE') resolve(undefined);
      else reject(fileError('the directory could not be held', error));
    });
    server.listen({ path: address }, () => {
      server.unref();
      visitorsOf.set(server, visitors);
      resolve(server);
    });
  });
}

/** Those who wait for the holder of a server to go: the end of their sockets tells them. */
const visitorsOf = new WeakMap<Server, Set<Socket>>();

function letGo(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of visitorsOf.get(server) ?? []) socket.destroy();
  });
}

/** What a visit to a holder told. */
interface Visit {
  /** Who it is; `undefined` when it is gone or could not be reached. */
  readonly holder: string | undefined;
  /** `true`: nobody listens there. */
  readonly refused: boolean;
}

/** Asks the holder who it is and waits for it to go. */
function visit(address: string, waitMs: number): Promise<Visit> {
  return new Promise((resolve) => {
    let said = '';
    let refused = false;
    const socket = connect({ path: address });
    const end = (holder: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ holder, refused });
    };
    const name = (): string => said.trim() || NO_ANSWER;
    let timer = setTimeout(() => end(name()), Math.max(waitMs, ANSWER_MS));
    socket.on('data', (data) => {
      said += String(data);
      if (!said.includes('\n')) return;
      clearTimeout(timer);
      if (waitMs <= 0) end(name());
      else timer = setTimeout(() => end(name()), waitMs);
    });
    socket.on('error', (error) => (refused = systemCode(error) === 'ECONNREFUSED'));
    socket.on('close', () => end(undefined));
  });
}
