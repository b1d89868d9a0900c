// A fault campaign: real processes on a real cluster that is made to fail, and what they saw, checked.
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkHistory } from '../../../src/conformance/linearizable.ts';
import { etcdEngine } from '../../../src/engines/etcd/index.ts';
import { open } from '../../../src/index.ts';
import { seeded } from '../../conformance/simulated-history.ts';
import type { ClientReport, ClientSettings, FromClient } from './campaign-messages.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { checkWatch } from './watch-check.ts';

/** How a campaign is led. */
export interface CampaignOptions {
  readonly seed: number;
  readonly clients: number;
  readonly workers: number;
  readonly paceMs: number;
  /** Gives the nodes namespaces, so that {@link NETWORK_FAULTS} can be. */
  readonly namespaces?: boolean;
  /** Which faults, one after the other. */
  readonly faults: readonly FaultName[];
  /** Calls that each client must have done after a fault before the next one. */
  readonly between: number;
  /** How many calls must have been done in all before the campaign ends. */
  readonly calls: number;
  readonly say: (line: string) => void;
}

/** What came of it. */
export interface CampaignResult {
  readonly operations: number;
  readonly unknown: number;
  readonly changes: number;
  readonly resets: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

/** The faults; each ends with a cluster that is whole. */
export const FAULTS = {
  async 'kill the leader'({ leader, kill, restart }: Cluster): Promise<void> {
    const node = await leader();
    await kill(node);
    await leader();
    await restart(node);
  },
  async 'kill a follower'({ leader, kill, restart, direct }: Cluster): Promise<void> {
    const node = ((await leader()) + 1) % direct.length;
    await kill(node);
    await restart(node);
  },
  async 'stop the leader'({ leader, stop, cont }: Cluster): Promise<void> {
    const node = await leader();
    stop(node);
    try {
      while ((await leader()) === node);
      await sleep(300);
    } finally {
      cont(node);
    }
  },
  async 'cut all connections'({ proxies }: Cluster): Promise<void> {
    for (const proxy of proxies) proxy.cut();
  },
  async 'half-close all connections'({ proxies }: Cluster): Promise<void> {
    for (const proxy of proxies) proxy.halfClose();
  },
  async 'swallow replies'({ proxies }: Cluster): Promise<void> {
    for (const proxy of proxies) proxy.swallowReplies();
    await sleep(200);
    for (const proxy of proxies) proxy.heal();
  },
  async 'refuse connections'({ proxies }: Cluster): Promise<void> {
    for (const proxy of proxies.slice(1)) proxy.refuse();
    await sleep(300);
    for (const proxy of proxies) proxy.heal();
  },
  async 'refuse all connections'({ proxies }: Cluster): Promise<void> {
    for (const proxy of proxies) proxy.refuse();
    await sleep(300);
    for (const proxy of proxies) proxy.heal();
  },
  async 'freeze one path'({ proxies }: Cluster): Promise<void> {
    const [proxy] = proxies.toSorted((a, b) => b.connections - a.connections);
    proxy?.freeze();
    await sleep(1_500);
    proxy?.heal();
  },
  async 'delay everything'({ proxies }: Cluster): Promise<void> {
    for (const proxy of proxies) proxy.delay(150);
    await sleep(600);
    for (const proxy of proxies) proxy.delay(0);
  },
  async 'compact the history'({ ask, leader, proxies }: Cluster): Promise<void> {
    // While watches are cut off, so that they have to come back to what is gone.
    for (const proxy of proxies) proxy.refuse();
    const node = await leader();
    const { header } = await ask(node, 'kv/range', { key: 'AA==' }, 5_000);
    const { revision } = header as { readonly revision: string };
    await ask(node, 'kv/compaction', { revision, physical: true }, 10_000);
    for (const proxy of proxies) proxy.heal();
  },
  async 'lose the majority'({ leader, kill, restart, direct }: Cluster): Promise<void> {
    const first = await leader();
    const second = (first + 1) % direct.length;
    await Promise.all([kill(first), kill(second)]);
    await sleep(500);
    await Promise.all([restart(first), restart(second)]);
  },
} satisfies Record<string, (cluster: Cluster) => Promise<void>>;

/** Faults of the network between nodes that have namespaces: packets are lost, and nobody is told. */
export const NETWORK_FAULTS = {
  async 'unplug the leader'({ leader, network }: Cluster): Promise<void> {
    const node = await leader();
    await network?.unplug(node);
    while ((await leader()) === node);
    await sleep(500);
    await network?.plug(node);
  },
  async 'part the leader from the others'({ leader, network, direct }: Cluster): Promise<void> {
    // Its clients still reach it, and it takes itself for the leader.
    const node = await leader();
    const others = [...direct.keys()].filter((other) => other !== node);
    await network?.part(node, others);
    while ((await leader()) === node);
    await sleep(500);
    await network?.join(node, others);
  },
  async 'part a follower from the leader'({ leader, network, direct }: Cluster): Promise<void> {
    const node = await leader();
    const follower = (node + 1) % direct.length;
    await network?.part(follower, [node]);
    await sleep(1_500);
    await network?.join(follower, [node]);
  },
  async 'unplug the majority'({ leader, network, direct }: Cluster): Promise<void> {
    const first = await leader();
    const second = (first + 1) % direct.length;
    await Promise.all([network?.unplug(first), network?.unplug(second)]);
    await sleep(1_000);
    await Promise.all([network?.plug(first), network?.plug(second)]);
  },
} satisfies Record<string, (cluster: Cluster) => Promise<void>>;

/** The name of a fault. */
export type FaultName = keyof typeof FAULTS | keyof typeof NETWORK_FAULTS;

const ALL: Readonly<Record<FaultName, (cluster: Cluster) => Promise<void>>> = {
  ...FAULTS,
  ...NETWORK_FAULTS,
};

/**
 * A list of faults by chance, each of them about as often.
 *
 * @param namespaces - `true`: those of the network, too
 */
export function chooseFaults(seed: number, count: number, namespaces: boolean): FaultName[] {
  const names = Object.keys(namespaces ? ALL : FAULTS) as FaultName[];
  const random = seeded(seed);
  return Array.from({ length: count }, () => names[Math.floor(random() * names.length)] ?? 'kill the leader');
}

interface Client {
  readonly process: ChildProcess;
  done: number;
  waiting: { readonly done: number; readonly there: () => void } | undefined;
}

/** How long a client may be without any call that is done. */
const STUCK_MS = 60_000;

/** Leads a campaign. */
export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const cluster = await startCluster({
    nodes: 3,
    binary: 'newer',
    proxies: true,
    namespaces: options.namespaces === true,
  });
  const clients: Client[] = [];
  try {
    for (let id = 0; id < options.clients; id++) clients.push(await startClient(cluster, options, id));
    await progress(clients, options.between);
    for (const [n, fault] of options.faults.entries()) {
      const began = performance.now();
      await ALL[fault](cluster);
      const healed = performance.now();
      await progress(clients, options.between);
      const [faultMs, backMs] = [healed - began, performance.now() - healed].map(Math.round);
      options.say(
        `fault ${n + 1} of ${options.faults.length}: ${fault}, ${faultMs} ms, ${backMs} ms until all go on`,
      );
    }
    const done = clients.reduce((sum, client) => sum + client.done, 0);
    await progress(clients, Math.max(0, Math.ceil((options.calls - done) / clients.length)));
    return await conclude(cluster, clients);
  } finally {
    for (const { process } of clients) process.kill('SIGKILL');
    await cluster.close();
  }
}

async function startClient(
  { hosts }: Cluster,
  { workers, seed, paceMs }: CampaignOptions,
  id: number,
): Promise<Client> {
  const program = fileURLToPath(new URL('campaign-client.js', import.meta.url));
  // Each begins at another member.
  const turned = hosts.map((_, i) => hosts[(i + id) % hosts.length] ?? '');
  const settings: ClientSettings = { id, hosts: turned, workers, seed, paceMs };
  const child = fork(program, [JSON.stringify(settings)], { serialization: 'advanced' });
  const client: Client = { process: child, done: 0, waiting: undefined };
  child.on('message', (message: FromClient) => {
    if (message.kind !== 'done') return;
    client.done = message.done;
    if (client.waiting !== undefined && client.done >= client.waiting.done) client.waiting.there();
  });
  await once(child, 'message');
  return client;
}

/** Resolves when every client has done so many calls more. */
async function progress(clients: readonly Client[], calls: number): Promise<void> {
  const late = new AbortController();
  const stuck = sleep(STUCK_MS, undefined, { signal: late.signal }).then(
    () => assert.fail(`a client does not go on within ${STUCK_MS} ms`),
    () => undefined,
  );
  const all = clients.map(
    (client) => new Promise<void>((there) => (client.waiting = { done: client.done + calls, there })),
  );
  await Promise.race([Promise.all(all), stuck]);
  late.abort();
}

async function conclude(cluster: Cluster, clients: readonly Client[]): Promise<CampaignResult> {
  await Promise.all(clients.map((client) => answered(client, { kind: 'stop' }, 'stopped')));
  const store = await open(await etcdEngine({ hosts: cluster.direct, prefix: 'campaign' }));
  const { version } = await store.map<number>('m').set('the end', 0);
  await store.close();
  const reports = await Promise.all(
    clients.map(async (client) => {
      const message = await answered(client, { kind: 'drain', version }, 'report');
      assert.ok(message.kind === 'report');
      return message.report;
    }),
  );
  return judge(reports);
}

async function answered(client: Client, message: object, kind: FromClient['kind']): Promise<FromClient> {
  const { process } = client;
  const answer = new Promise<FromClient>((resolve, reject) => {
    process.on('message', (told: FromClient) => void (told.kind === kind && resolve(told)));
    process.once('exit', (code) => reject(new Error(`a client ended with ${code}`)));
  });
  process.send(message);
  return await answer;
}

function judge(reports: readonly ClientReport[]): CampaignResult {
  const operations = reports.flatMap((report) => report.operations);
  const seen = reports.flatMap((report) => report.seen);
  const codes: Record<string, number> = {};
  for (const report of reports)
    for (const [code, n] of Object.entries(report.codes)) codes[code] = (codes[code] ?? 0) + n;
  return {
    operations: operations.length,
    unknown: operations.filter(({ result }) => result === 'unknown').length,
    changes: seen.filter(({ key }) => key !== undefined).length,
    resets: seen.filter(({ type }) => type === 'reset').length,
    codes,
    violations: [
      ...checkHistory(operations).map(({ message }) => message),
      ...reports.flatMap(({ problems }) => problems),
      ...reports.flatMap((report) => checkWatch(report.seen, operations)),
    ],
  };
}
