import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { StoreError } from '../../base/errors.ts';
import { fileError } from './errors.ts';
import { OWNER_NAME } from './names.ts';

/** How long a holder may take to say who it is, in milliseconds. */
const ANSWER_MS = 250;
/** The random id of a directory. */
const ID = /^[0-9a-f]{32}$/;

/**
 * Makes this process the holder of a directory. The holder listens on a socket that is named by a random
 * id, which lies in a file that only this user can read: the system takes the name back whenever and
 * however the holder ends, and who cannot read the file cannot take the name.
 *
 * @param waitMs - how long to wait for another holder to go, in milliseconds
 * @returns what lets go
 * @throws StoreError `IN_USE` naming the holder
 */
export async function holdDirectory(directory: string, waitMs: number): Promise<() => Promise<void>> {
  const address = await addressOf(directory);
  const endsAt = performance.now() + waitMs;
  for (;;) {
    const server = await listen(address);
    if (server !== undefined) return () => letGo(server);
    const leftMs = Math.max(0, endsAt - performance.now());
    const holder = await visit(address, leftMs);
    if (holder !== undefined && performance.now() >= endsAt) {
      throw new StoreError(
        'IN_USE',
        `${directory} is held by ${holder}${waitMs > 0 ? `, still after ${waitMs} ms` : ''}`,
      );
    }
  }
}

async function addressOf(directory: string): Promise<string> {
  const file = path.join(directory, OWNER_NAME);
  for (;;) {
    const found = await readFile(file, 'utf8').catch(absent);
    const id = found?.trim();
    if (id !== undefined && ID.test(id)) {
      // Elsewhere than on Linux a socket is a file, and needs a place that is short.
      return process.platform === 'linux' ? `\0samemap-${id}` : `/tmp/samemap-${id}.sock`;
    }
    if (id !== undefined) {
      throw new StoreError(
        'CORRUPT',
        `${file}: not the id of a directory; remove it when nobody has the log open`,
      );
    }
    // Beside the file first, so that it is there with its content or not at all.
    const aside = `${file}.${randomBytes(8).toString('hex')}.tmp`;
    try {
      await writeFile(aside, randomBytes(16).toString('hex'), { mode: 0o600, flag: 'wx' });
      await link(aside, file).catch(() => undefined);
    } catch (error) {
      throw fileError(`${file} could not be made`, error);
    } finally {
      await rm(aside, { force: true });
    }
  }
}

function absent(error: unknown): undefined {
  if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return undefined;
  throw fileError('the owner of the directory could not be read', error);
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
      if (Reflect.get(error, 'code') === 'EADDRINUSE') resolve(undefined);
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

/** Asks the holder who it is and waits for it to go; `undefined` when it is gone. */
function visit(address: string, waitMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect({ path: address });
    const end = (holder: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(holder);
    };
    const name = (): string => said.trim() || 'a process that does not answer';
    let timer = setTimeout(() => end(name()), Math.max(waitMs, ANSWER_MS));
    socket.on('data', (data) => {
      said += String(data);
      if (!said.includes('\n')) return;
      clearTimeout(timer);
      if (waitMs <= 0) end(name());
      else timer = setTimeout(() => end(name()), waitMs);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => end(undefined));
  });
}
