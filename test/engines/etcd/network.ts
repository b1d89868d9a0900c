// A network of hosts of its own: namespaces joined by a bridge, between which packets can be lost. It needs root and `ip`.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

/** Hosts on a bridge. Words take effect at once; no connection is told. */
export interface Network {
  /** The address of each host. */
  readonly addresses: readonly string[];
  /** What runs a program on a host. */
  command(host: number, file: string, args: readonly string[]): readonly [file: string, args: string[]];
  /** Pulls the plug of a host: it reaches nobody, and nobody reaches it. */
  unplug(host: number): Promise<void>;
  plug(host: number): Promise<void>;
  /** Loses what one host sends to some others, and with it what they want to have answered. */
  part(host: number, others: readonly number[]): Promise<void>;
  join(host: number, others: readonly number[]): Promise<void>;
  /** Removes everything; programs must have ended. */
  close(): Promise<void>;
  /** The same as words of the shell. */
  readonly removal: string;
}

const run = promisify(execFile);

/** The range for measurements between networks, which nobody routes. */
const RANGE = '198.18';

/** Why there can be no network here; `undefined` when there can. */
export async function whyNoNetwork(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  try {
    const network = await createNetwork(1);
    await network.close();
    return undefined;
  } catch (error) {
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
    return `no network namespaces: ${(stderr ?? message).trim()}`;
  }
}

/** Makes a network of so many hosts, up to 100. */
export async function createNetwork(count: number): Promise<Network> {
  const id = randomBytes(3).toString('hex');
  const subnet = `${RANGE}.${randomBytes(1).readUInt8()}`;
  const bridge = `smb${id}`;
  const hosts = Array.from({ length: count }, (_, n) => ({
    name: `samemap-${id}-${n}`,
    plug: `smv${id}${n}`,
    address: `${subnet}.${10 + n}`,
  }));
  const at = (host: number): (typeof hosts)[number] => {
    const found = hosts[host];
    if (found === undefined) throw new RangeError(`no host ${host}`);
    return found;
  };
  const removals = [
    ...hosts.flatMap(({ name, plug }) => [`link del ${plug}`, `netns del ${name}`]),
    `link del ${bridge}`,
  ];
  const close = async (): Promise<void> => {
    for (const removal of removals) await ip(removal).catch(() => undefined);
  };
  try {
    await ip(`link add ${bridge} type bridge`);
    await ip(`addr add ${subnet}.1/24 dev ${bridge}`);
    await ip(`link set ${bridge} up`);
    for (const { name, plug, address } of hosts) {
      await ip(`netns add ${name}`);
      await ip(`link add ${plug} type veth peer name eth0 netns ${name}`);
      await ip(`link set ${plug} master ${bridge}`);
      await ip(`link set ${plug} up`);
      await ip(`-n ${name} addr add ${address}/24 dev eth0`);
      await ip(`-n ${name} link set eth0 up`);
      await ip(`-n ${name} link set lo up`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const routes = async (word: string, host: number, others: readonly number[]): Promise<void> => {
    const { name } = at(host);
    for (const other of others) await ip(`-n ${name} route ${word} blackhole ${at(other).address}/32`);
  };
  return {
    addresses: hosts.map(({ address }) => address),
    command: (host, file, args) => ['ip', ['netns', 'exec', at(host).name, file, ...args]],
    unplug: (host) => ip(`link set ${at(host).plug} down`),
    plug: (host) => ip(`link set ${at(host).plug} up`),
    part: (host, others) => routes('add', host, others),
    join: (host, others) => routes('del', host, others),
    close,
    removal: removals.map((removal) => `ip ${removal}`).join('; '),
  };
}

async function ip(words: string): Promise<void> {
  await run('ip', words.split(' '));
}
