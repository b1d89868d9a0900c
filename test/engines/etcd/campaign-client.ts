// A client of a fault campaign: calls and watches until told to stop, and hands over all that it saw.
import { setTimeout as sleep } from 'node:timers/promises';
import { createHistory } from '../../../src/conformance/history.ts';
import { recording } from '../../../src/conformance/recording.ts';
import { etcdEngine } from '../../../src/engines/etcd/index.ts';
import { open, StoreError } from '../../../src/index.ts';
import type { VersionedMap } from '../../../src/contract/versioned-map.ts';
import type { Outcome } from '../../../src/contract/entry.ts';
import type { ClientReport, ClientSettings, Seen } from './campaign-messages.ts';
import { seeded } from '../../conformance/simulated-history.ts';

type Numbers = VersionedMap<number>;

const EXPECTED = new Set(['UNKNOWN_OUTCOME', 'UNAVAILABLE', 'TIMEOUT', 'CONFLICT']);
/** No call takes longer than its deadline and a little. */
const HUNG_MS = 20_000;

async function run(settings: ClientSettings): Promise<void> {
  const { id, hosts, workers, seed, paceMs } = settings;
  // One order of calls for all processes of this machine.
  const history = createHistory(() => Number(process.hrtime.bigint()));
  const engine = await etcdEngine({ hosts, prefix: 'campaign', deadlineMs: 5_000, attemptMs: 1_000 });
  const store = await open(engine);
  const problems: string[] = [];
  const codes: Record<string, number> = {};
  const under = new Map<number, { readonly what: string; readonly since: number }>();
  let done = 0;
  let stopping = false;
  let value = id * 1_000_000_000;

  const call = async (worker: number, what: string, work: () => Promise<unknown>): Promise<void> => {
    under.set(worker, { what, since: performance.now() });
    try {
      await work();
      if (++done % 20 === 0) process.send?.({ kind: 'done', done });
    } catch (error) {
      const code = error instanceof StoreError ? error.code : 'OTHER';
      codes[code] = (codes[code] ?? 0) + 1;
      if (!EXPECTED.has(code)) problems.push(`${what}: ${String(error)}`);
    }
    const tookMs = performance.now() - (under.get(worker)?.since ?? 0);
    if (tookMs > HUNG_MS) problems.push(`${what} took ${tookMs} ms`);
    under.delete(worker);
  };

  const work = async (worker: number): Promise<void> => {
    const recorded = await open(recording(engine, history, id * 100 + worker));
    const map: Numbers = recorded.map<number>('m', { batch: worker % 2 === 1 });
    const random = seeded(seed * 1_000 + id * 100 + worker);
    const pick = (n: number): number => Math.floor(random() * n);
    let version = 0;
    const keep = (outcome: Outcome<number>): void => {
      version = (outcome.ok ? outcome.version : outcome.current?.version) ?? 0;
    };
    while (!stopping) {
      const key = `k${pick(8)}`;
      const die = pick(100);
      if (die < 30) await call(worker, 'get', async () => (version = (await map.entry(key))?.version ?? 0));
      else if (die < 55) await call(worker, 'set', () => map.set(key, ++value));
      else if (die < 72)
        await call(worker, 'ifVersion', async () =>
          keep(await map.set(key, ++value, { ifVersion: version })),
        );
      else if (die < 78)
        await call(worker, 'ifAbsent', async () => keep(await map.set(key, ++value, { ifAbsent: true })));
      else if (die < 84) await call(worker, 'delete', () => map.delete(key));
      else if (die < 90) await call(worker, 'add', () => map.add(`n${pick(2)}`, 1));
      else if (die < 95) {
        await call(worker, 'atomic', () =>
          recorded.atomic().set(map, 'p0', ++value).set(map, 'p1', value).commit(),
        );
      } else if (die < 98) await call(worker, 'getMany', () => map.getMany(['k0', 'k1', 'p0', 'p1']));
      else {
        await call(worker, 'list', async () => {
          for await (const _ of map.list());
        });
      }
      if (paceMs > 0) await sleep(pick(paceMs));
    }
  };

  const seen: Seen[] = [];
  const watched = follow(store.map<number>('m'), seen, problems);
  const copied = { near: { maxStaleMs: 500, onStale: 'serve' } } as const;
  const near = nearReads(store.map<number>('m', copied), store.map<number>(`own${id}`, copied), problems);
  const hung = setInterval(() => {
    for (const { what, since } of under.values())
      if (performance.now() - since > 2 * HUNG_MS) problems.push(`${what} hangs`);
  }, 5_000);
  const working = Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  process.send?.({ kind: 'ready' });
  // Nobody is left to be told.
  process.once('disconnect', () => process.exit());

  process.on(
    'message',
    (message: { readonly kind: 'stop' } | { readonly kind: 'drain'; readonly version: number }) => {
      void (async () => {
        if (message.kind === 'stop') {
          stopping = true;
          await working;
          process.send?.({ kind: 'stopped' });
          return;
        }
        await Promise.race([watched.until(message.version), sleep(HUNG_MS)]);
        if (watched.reached() < message.version) problems.push('a watch does not come to the end');
        clearInterval(hung);
        await watched.close();
        await near.close();
        await store.close();
        const report: ClientReport = { operations: history.operations(), seen, problems, codes };
        process.send?.({ kind: 'report', report }, () => process.disconnect());
      })();
    },
  );
}

/** Watches from the state on, and goes on from a bookmark now and then. */
function follow(map: Numbers, seen: Seen[], problems: string[]) {
  let watch = map.watch({ start: 'current' });
  let closed = false;
  let reached = 0;
  let waiting: { readonly version: number; readonly there: () => void } | undefined;
  const loop = async (): Promise<void> => {
    seen.push({ type: 'start' });
    for (let taken = 1; !closed; taken++) {
      const { value: change } = await watch.next();
      if (change === undefined) return;
      const { type, bookmark } = change;
      const position = Number(bookmark.split(':')[1]);
      const replay = 'replay' in change && change.replay === true;
      if ('key' in change) {
        const { key, version } = change;
        seen.push({
          type,
          key,
          version,
          position,
          replay,
          value: 'value' in change ? change.value : undefined,
        });
      } else seen.push({ type, position });
      if (position >= 0) reached = Math.max(reached, position);
      if (waiting !== undefined && reached >= waiting.version) waiting.there();
      if (taken % 300 !== 0 || !(position >= 0)) continue;
      await watch.close();
      watch = map.watch({ start: bookmark });
      seen.push({ type: 'resume', position });
    }
  };
  const looping = loop().catch((error: unknown) => void problems.push(`watch: ${String(error)}`));
  return {
    reached: () => reached,
    until: (version: number) =>
      reached >= version ? Promise.resolve() : new Promise<void>((there) => (waiting = { version, there })),
    async close() {
      closed = true;
      await watch.close();
      await looping;
    },
  };
}

/** Reads from a near copy, which may be old, and may not go back. */
function nearReads(map: Numbers, own: Numbers, problems: string[]) {
  const newest = new Map<string, number>();
  let closed = false;
  let [writing, lost] = [false, false];
  const loop = async (): Promise<void> => {
    for (let n = 0; !closed; n++) {
      await sleep(5);
      const key = `k${n % 8}`;
      try {
        const entry = await map.entry(key);
        const before = newest.get(key) ?? 0;
        if (entry !== undefined && entry.version < before)
          problems.push(`near: ${key} went back from ${before} to ${entry.version}`);
        newest.set(key, entry?.version ?? before);
        if (n % 20 !== 0) continue;
        writing = true;
        const { version } = await own.set('own', n);
        writing = false;
        const mine = await own.entry('own');
        const seen = mine?.version ?? 0;
        // A write whose answer was lost before may have been carried out after this one.
        if (seen < version || (seen > version && !lost))
          problems.push(`near: own write ${version} is not seen, but ${seen} of value ${mine?.value}`);
      } catch (error) {
        lost ||= writing;
        writing = false;
        if (!(error instanceof StoreError) || !EXPECTED.has(error.code))
          problems.push(`near: ${String(error)}`);
      }
    }
  };
  const looping = loop();
  return {
    async close() {
      closed = true;
      await looping;
    },
  };
}

// SAFETY: the campaign forks this with its settings.
void run(JSON.parse(process.argv[2] ?? '{}') as ClientSettings);
