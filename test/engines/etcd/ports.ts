// Free ports on loopback, below those that the system gives to outgoing connections: a server that is down for a
// while must find its port free again.
import { createServer } from 'node:net';

const FIRST = 20_000;
const LAST = 32_000;
const given = new Set<number>();

/** A port that nobody listens on, given once per process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
