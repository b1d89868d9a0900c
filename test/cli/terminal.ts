// A terminal for tests: runs command lines in this process, against memory stores that live as long as it.
import { Readable, Writable } from 'node:stream';
import { run } from '../../src/cli/run.ts';
import type { World } from '../../src/cli/world.ts';
import { open, type Store } from '../../src/index.ts';

/** What a command line left behind. */
export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly bytes: Buffer;
  /** Both outputs in the order in which they were written, as a terminal shows them. */
  readonly screen: string;
}

/** What differs from a plain run: nothing on standard input, no terminal, `SAMEMAP_URL` set to `test:`. */
export interface Setting {
  readonly stdin?: string | Uint8Array | Readable;
  readonly stdinTerminal?: boolean;
  readonly stdoutTerminal?: { readonly columns: number };
  readonly stderrTerminal?: boolean;
  readonly stdout?: Writable;
  readonly env?: World['env'];
  readonly interrupt?: AbortSignal;
  readonly now?: () => number;
}

/** Runs command lines and shows what they printed. */
export interface Terminal {
  run(argv: readonly string[], setting?: Setting): Promise<Result>;
  /** Like `run`; fails when the exit code is not 0. */
  ok(...argv: readonly string[]): Promise<string>;
  /** The store behind an address. */
  store(url?: string): Promise<Store>;
  /** How many stores were opened and not closed. */
  readonly openStores: number;
  /** What the last opening was asked for. */
  readonly lastOpen: { readonly url: string; readonly waitMs?: number | undefined } | undefined;
  close(): Promise<void>;
}

const URL = 'test:';

/** Begins with no stores; each address is a memory store of its own. */
export function terminal(): Terminal {
  const stores = new Map<string, Promise<Store>>();
  let openStores = 0;
  let lastOpen: Terminal['lastOpen'];
  const store = (url = URL): Promise<Store> => {
    const found = stores.get(url) ?? open('memory:');
    stores.set(url, found);
    return found;
  };
  const openShared: World['open'] = async (url, { waitMs }) => {
    lastOpen = { url, waitMs };
    const shared = await store(url);
    openStores++;
    return withClose(shared, async () => void openStores--);
  };
  const runLine: Terminal['run'] = async (argv, setting = {}) => {
    const screen: Buffer[] = [];
    const out = gathering(screen, setting.stdoutTerminal !== undefined, setting.stdoutTerminal?.columns);
    const err = gathering(screen, setting.stderrTerminal === true, 80);
    const { stdin = '' } = setting;
    const input =
      stdin instanceof Readable ? stdin : Readable.from([Buffer.from(stdin)], { objectMode: false });
    const world: World = {
      stdin: Object.assign(input, { isTTY: setting.stdinTerminal === true }),
      stdout: setting.stdout ?? out.stream,
      stderr: err.stream,
      env: setting.env ?? { SAMEMAP_URL: URL },
      open: openShared,
      now: setting.now ?? Date.now,
      interrupt: setting.interrupt,
    };
    const code = await run(argv, world, '1.2.3');
    return {
      code,
      out: out.bytes().toString(),
      err: err.bytes().toString(),
      bytes: out.bytes(),
      screen: Buffer.concat(screen).toString(),
    };
  };
  return {
    run: runLine,
    async ok(...argv) {
      const { code, out, err } = await runLine(argv);
      if (code !== 0) throw new Error(`samemap ${argv.join(' ')}: exit code ${code}: ${err}`);
      return out;
    },
    store,
    get openStores() {
      return openStores;
    },
    get lastOpen() {
      return lastOpen;
    },
    async close() {
      for (const each of stores.values()) await (await each).close();
    },
  };
}

/** A store that is closed in another way. */
export function withClose(store: Store, close: () => Promise<void>): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'close') return close;
      const found: unknown = Reflect.get(target, name, target);
      return typeof found === 'function' ? (found.bind(target) as unknown) : found;
    },
  });
}

function gathering(screen: Buffer[], isTTY: boolean, columns: number | undefined) {
  const pieces: Buffer[] = [];
  const stream = new Writable({
    write(piece: Buffer, _encoding, done) {
      pieces.push(piece);
      screen.push(piece);
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns }), bytes: () => Buffer.concat(pieces) };
}
