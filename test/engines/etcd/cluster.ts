// etcd servers of a test: real processes on loopback, data in a temporary folder, ended with the test process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EtcdBinary, etcdBinary } from './binary.ts';
import { createNetwork, type Network } from './network.ts';
import { freePort } from './ports.ts';
import { type Proxy, startProxy } from './proxy.ts';
import { watchdog } from './watchdog.ts';

/** Which servers to start. */
export interface ClusterOptions {
  /** 1 or 3, say; 1 unless said. */
  readonly nodes?: number;
  /** The older or the newer server; `base` unless said. */
  readonly binary?: 'base' | 'newer';
  /** Puts a proxy before each client endpoint; `hosts` are then the proxies. */
  readonly proxies?: boolean;
  /** Gives each node a network namespace of its own; where `whyNoNetwork` says nothing. */
  readonly namespaces?: boolean;
  /**
   * Keeps the data on the disk. Otherwise it is in memory where there is room: what a server has written outlives its
   * process there as well, and nobody waits for the disk.
   */
  readonly onDisk?: boolean;
  /** More arguments for each server. */
  readonly args?: readonly string[];
}

/** Servers that run. Nodes are named by their index. */
export interface Cluster {
  readonly binary: EtcdBinary;
  /** Where the data of all nodes is. */
  readonly folder: string;
  /** `HOST:PORT` of each client endpoint: of its proxy, where there is one. */
  readonly hosts: readonly string[];
  /** `HOST:PORT` of each server itself. */
  readonly direct: readonly string[];
  readonly proxies: readonly Proxy[];
  /** Between the nodes, where they have namespaces. */
  readonly network: Network | undefined;
  /** Process id of a node; `undefined` while it is down. */
  readonly pid: (node: number) => number | undefined;
  /** `kill -9`; resolves when the process is gone. */
  readonly kill: (node: number) => Promise<void>;
  /** SIGSTOP. */
  readonly stop: (node: number) => void;
  /** SIGCONT. */
  readonly cont: (node: number) => void;
  /** Starts a node that is down on its data; resolves when it serves. */
  readonly restart: (node: number) => Promise<void>;
  /** The node that leads, by what a majority of the nodes that answer says; waits until there is one. */
  readonly leader: () => Promise<number>;
  /** Asks a node by the server's JSON gateway. Rejects when it does not answer in `deadlineMs`. */
  readonly ask: (
    node: number,
    path: string,
    body?: object,
    deadlineMs?: number,
  ) => Promise<Record<string, unknown>>;
  /** Ends everything and removes the data. */
  readonly close: () => Promise<void>;
}

interface Node {
  readonly name: string;
  /** `HOST:PORT` for clients. */
  readonly client: string;
  readonly args: readonly string[];
  process: ChildProcess | undefined;
}

const MEMORY = '/dev/shm';
/** Three nodes set aside 64 MiB each for their logs, more than once. */
const ROOM = 2 ** 31;
const READY = 'ready to serve client requests';

/** Starts servers; resolves when all of them serve. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const binary = await etcdBinary(options.binary ?? 'base');
  const folder = await mkdtemp(
    path.join(options.onDisk === true ? tmpdir() : await roomy(), 'samemap-etcd-'),
  );
  const count = options.nodes ?? 1;
  const network = options.namespaces === true ? await createNetwork(count) : undefined;
  const dog = watchdog(folder, network?.removal);
  const nodes = await layout(count, network, folder, options.args ?? []);
  const guard = (): void => dog.guard(nodes.flatMap(({ process }) => process?.pid ?? []));

  const start = async (node: Node): Promise<void> => {
    const [file, args] = network?.command(nodes.indexOf(node), binary.file, node.args) ?? [
      binary.file,
      node.args,
    ];
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    node.process = child;
    guard();
    child.once('exit', () => {
      if (node.process === child) node.process = undefined;
    });
    await served(child, node.name);
  };
  const kill = async (node: Node): Promise<void> => {
    const child = node.process;
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    guard();
  };

  const proxies: Proxy[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map(kill));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await network?.close();
    dog.release();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(nodes.map(start));
    if (options.proxies === true) for (const { client } of nodes) proxies.push(await startProxy(client));
  } catch (error) {
    await close();
    throw error;
  }

  const at = (node: number): Node => {
    const found = nodes[node];
    if (found === undefined) throw new RangeError(`no node ${node}`);
    return found;
  };
  const direct = nodes.map(({ client }) => client);
  const ask: Cluster['ask'] = async (node, word, body = {}, deadlineMs = 1_000) => {
    const reply = await fetch(`http://${direct[node] ?? ''}/v3/${word}`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(deadlineMs),
    });
    if (!reply.ok) throw new Error(`${word}: ${reply.status} ${await reply.text()}`);
    return (await reply.json()) as Record<string, unknown>;
  };
  return {
    binary,
    folder,
    hosts: proxies.length > 0 ? proxies.map(({ host }) => host) : direct,
    direct,
    proxies,
    network,
    pid: (node) => at(node).process?.pid,
    kill: (node) => kill(at(node)),
    stop: (node) => void at(node).process?.kill('SIGSTOP'),
    cont: (node) => void at(node).process?.kill('SIGCONT'),
    restart: (node) => start(at(node)),
    leader: () => leaderOf(nodes.length, ask),
    ask,
    close,
  };
}

/** A folder in memory, where there is room in one. */
async function roomy(): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(MEMORY);
    return bavail * bsize > ROOM ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

async function layout(
  count: number,
  network: Network | undefined,
  folder: string,
  more: readonly string[],
): Promise<Node[]> {
  const address = async (node: number, port: number): Promise<string> =>
    network === undefined ? `127.0.0.1:${await freePort()}` : `${network.addresses[node] ?? ''}:${port}`;
  const names = Array.from({ length: count }, (_, i) => `n${i}`);
  const peers: string[] = [];
  for (const i of names.keys()) peers.push(`http://${await address(i, 2380)}`);
  const initial = names.map((name, i) => `${name}=${peers[i] ?? ''}`).join(',');
  const nodes: Node[] = [];
  for (const [i, name] of names.entries()) {
    const client = await address(i, 2379);
    const args = [
      `--name=${name}`,
      `--data-dir=${path.join(folder, name)}`,
      `--listen-client-urls=http://${client}`,
      `--advertise-client-urls=http://${client}`,
      `--listen-peer-urls=${peers[i] ?? ''}`,
      `--initial-advertise-peer-urls=${peers[i] ?? ''}`,
      `--initial-cluster=${initial}`,
      `--initial-cluster-token=${path.basename(folder)}`,
      '--heartbeat-interval=100',
      '--election-timeout=600',
      ...more,
    ];
    nodes.push({ name, client, args, process: undefined });
  }
  return nodes;
}

/** A server that has not said by then that it serves has failed to, in milliseconds. */
const SERVES_MS = 60_000;

/** Resolves when a server says that it serves; rejects with the end of what it said when it ends or is silent. */
function served(child: ChildProcess, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`etcd ${name} does not serve after ${SERVES_MS} ms: ${said.slice(-1_000)}`));
    }, SERVES_MS);
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes(READY)) {
        clearTimeout(late);
        for (const output of [child.stdout, child.stderr]) output?.off('data', hear).resume();
        resolve();
      }
      said = said.slice(-4_000);
    };
    for (const output of [child.stdout, child.stderr]) output?.on('data', hear);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(late);
      reject(new Error(`etcd ${name} ended with ${signal ?? code}: ${said.slice(-1_000)}`));
    });
  });
}

async function leaderOf(count: number, ask: Cluster['ask']): Promise<number> {
  for (;;) {
    const asked = Array.from({ length: count }, (_, node) => ask(node, 'maintenance/status'));
    const votes = new Map<string, number>();
    const members = new Map<string, number>();
    for (const [node, answer] of (await Promise.allSettled(asked)).entries()) {
      if (answer.status !== 'fulfilled') continue;
      const { header, leader } = answer.value as { header?: { member_id?: string }; leader?: string };
      members.set(header?.member_id ?? '', node);
      if (leader !== undefined && leader !== '0') votes.set(leader, (votes.get(leader) ?? 0) + 1);
    }
    for (const [member, voters] of votes) {
      const node = members.get(member);
      if (node !== undefined && voters * 2 > count) return node;
    }
    await sleep(20); // nothing tells of an election
  }
}
