import type { Clock } from '../base/clock.ts';
import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';
import type { Engine } from '../contract/engine.ts';
import { memoryEngine } from '../engines/memory/index.ts';

/** What every engine is opened with, besides its own options. */
export interface OpenContext {
  readonly clock: Clock | undefined;
  /** How long to wait for another holder to go, in milliseconds. */
  readonly waitMs: number;
}

/** Opens the engine that an address names; `rest` is what follows the colon. */
type Opener = (rest: string, options: object, context: OpenContext) => Promise<Engine>;

/** The engines by the scheme of their address. Rooms of engines are loaded when they are asked for. */
const SCHEMES: Readonly<Record<string, Opener>> = {
  memory: async (rest, options, { clock }) => {
    if (rest !== '')
      throw new TypeError(`memory: takes no name, every store of it is new; got ${show(rest)}`);
    return memoryEngine(options, { clock });
  },
  shared: async (rest, options, { clock }) => {
    const { openShared } = await import('../engines/shared/index.ts');
    return openShared(rest, options, { clock });
  },
  log: async (rest, options, { clock, waitMs }) => {
    if (rest === '') throw new TypeError('log: needs the path of a directory');
    const { logEngine } = await import('../engines/log/index.ts');
    return logEngine({ ...options, dir: rest }, { clock, waitMs });
  },
  lmdb: async (rest, options, context) => {
    const { lmdbEngine } = await import('../engines/lmdb/index.ts').catch(withoutPackage('lmdb', 'lmdb'));
    return lmdbEngine({ ...options, dir: rest }, context);
  },
  etcd: async (rest, options, { clock }) => {
    const { parseAddress } = await import('../engines/etcd/address.ts');
    const { etcdEngine } = await import('../engines/etcd/index.ts').catch(
      withoutPackage('etcd', '@grpc/grpc-js'),
    );
    return etcdEngine({ ...options, ...parseAddress(rest) }, { clock });
  },
};

/** An address without a scheme is the path of a log. */
const PATH_SCHEME = 'log';

/** A scheme has two letters or more, so that drive letters are none. */
const ADDRESS = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s;

/**
 * Finds the engine of an address.
 *
 * @throws TypeError naming the schemes there are; also for the bare name of one, which lacks its colon
 */
export function openerOf(address: string): (options: object, context: OpenContext) => Promise<Engine> {
  if (address !== PATH_SCHEME && Object.hasOwn(SCHEMES, address)) {
    throw new TypeError(`open: say ${address}: for that engine, or ./${address} for a log in that folder`);
  }
  if (address === '') throw new TypeError(`open: an empty address; known are ${known()} and paths`);
  const [, scheme = PATH_SCHEME, rest = address] = ADDRESS.exec(address) ?? [];
  const opener = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (opener === undefined)
    throw new TypeError(`open: unknown scheme ${show(scheme)}; known are ${known()} and paths`);
  return (options, context) => opener(rest, options, context);
}

/** Says which optional package an engine lacks. */
function withoutPackage(scheme: string, name: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ERR_MODULE_NOT_FOUND') {
      const message = `open: ${scheme}: needs the package ${name}, which is not installed`;
      throw new StoreError('UNSUPPORTED', message, { cause: error });
    }
    throw error;
  };
}

function known(): string {
  return Object.keys(SCHEMES)
    .map((scheme) => `${scheme}:`)
    .join(' ');
}
