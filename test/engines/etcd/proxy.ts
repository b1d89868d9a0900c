// A TCP proxy that can be made to fail in the ways a network does.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './ports.ts';

/** A proxy before one endpoint. Words take effect at once, on the connections there are and on later ones. */
export interface Proxy {
  readonly host: string;
  /** How many connections stand. */
  readonly connections: number;
  /** Resets all connections; new ones are accepted. */
  cut(): void;
  /** Resets all connections and every new one, until {@link Proxy.heal}. */
  refuse(): void;
  /** Ends the side towards the client of all connections, and goes on reading from it. */
  halfClose(): void;
  /** Forwards nothing in either direction, keeping connections open, until {@link Proxy.heal}. */
  freeze(): void;
  /** Forwards requests and swallows replies, until {@link Proxy.heal}, which resets the connections it harmed. */
  swallowReplies(): void;
  /** Forwards everything that much later, in milliseconds; 0 for at once. */
  delay(ms: number): void;
  /** Ends what the words above began. */
  heal(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Set when bytes were swallowed: the connection cannot be mended. */
  harmed: boolean;
}

/** Starts a proxy before an address, `HOST:PORT`. */
export async function startProxy(target: string): Promise<Proxy> {
  const [targetHost = '', targetPort = ''] = target.split(':');
  const pairs = new Set<Pair>();
  let mode: 'forward' | 'refuse' | 'freeze' | 'swallow' = 'forward';
  let delayMs = 0;

  const pipe = (pair: Pair, from: Socket, to: Socket, isReply: boolean): void => {
    /** What is still on its way: bytes never overtake others, also when a delay has just ended. */
    const onTheWay: (() => void)[] = [];
    const forward = (act: () => void): void => {
      if (delayMs === 0 && onTheWay.length === 0) {
        act();
        return;
      }
      onTheWay.push(act);
      setTimeout(() => onTheWay.shift()?.(), delayMs);
    };
    from.on('data', (bytes) => {
      if (mode === 'swallow' && isReply) {
        pair.harmed = true;
        return;
      }
      forward(() => {
        if (to.destroyed || to.write(bytes)) return;
        from.pause();
        to.once('drain', () => {
          if (mode !== 'freeze') from.resume();
        });
      });
    });
    from.on('end', () => forward(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      to.destroy();
      pairs.delete(pair);
    });
  };

  const reset = ({ client, server }: Pair): void => {
    // A socket whose end is under way cannot be reset: Node.js 20 would then never close it, and turn for ever at exit.
    if (client.writableEnded) client.destroy();
    else client.resetAndDestroy();
    server.destroy();
  };

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    if (mode === 'refuse') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = connect({ host: targetHost, port: Number(targetPort), allowHalfOpen: true });
    const pair: Pair = { client, server, harmed: false };
    pairs.add(pair);
    client.setNoDelay(true);
    server.setNoDelay(true);
    pipe(pair, client, server, false);
    pipe(pair, server, client, true);
    if (mode === 'freeze') {
      client.pause();
      server.pause();
    }
  });
  const port = await freePort();
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');

  return {
    host: `127.0.0.1:${port}`,
    get connections() {
      return pairs.size;
    },
    cut: () => pairs.forEach(reset),
    refuse() {
      mode = 'refuse';
      pairs.forEach(reset);
    },
    halfClose: () => pairs.forEach(({ client }) => client.end()),
    freeze() {
      mode = 'freeze';
      for (const { client, server } of pairs) {
        client.pause();
        server.pause();
      }
    },
    swallowReplies() {
      mode = 'swallow';
    },
    delay(ms) {
      delayMs = ms;
    },
    heal() {
      mode = 'forward';
      delayMs = 0;
      for (const pair of pairs) {
        if (pair.harmed) reset(pair);
        pair.client.resume();
        pair.server.resume();
      }
    },
    async close() {
      pairs.forEach(reset);
      listener.close();
      await once(listener, 'close');
    },
  };
}
