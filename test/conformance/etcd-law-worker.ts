// Runs laws on a thread of its own: on that of a test runner each promise is tracked, which costs more than the engine.
import { parentPort, workerData } from 'node:worker_threads';
import type { EngineInternals } from '../../src/conformance/fixture.ts';
import { mirror } from '../../src/conformance/mirror.ts';
import { conformance, type TestContext } from '../../src/conformance/suite.ts';
import type { AsyncEngine } from '../../src/contract/engine.ts';
import { etcdEngine } from '../../src/engines/etcd/index.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';

/** What the thread is given. */
export interface LawSettings {
  readonly name: string;
  /** The members of each cluster. */
  readonly groups: readonly (readonly string[])[];
  /** `true`: what is put through the law is a mirror of memory and the engine. */
  readonly mirrored: boolean;
}

/** What became of a law. */
export interface LawAnswer {
  readonly law: string;
  readonly skipped?: string;
  /** The stack of its error. */
  readonly failed?: string;
}

/** The clock of a law stands still while leases run on the server: they must not end by themselves meanwhile. */
const LEASE_GRACE_MS = 10_000;

// SAFETY: whoever starts the thread gives it these.
const { name, groups, mirrored } = workerData as LawSettings;
let made = 0;
const prefixes = new WeakMap<object, string>();

async function engineAt(prefix: string, { clock }: EngineInternals): Promise<AsyncEngine> {
  const hosts = groups.length === 1 ? (groups[0] ?? []) : groups;
  const engine = await etcdEngine(
    { hosts, prefix, deadlineMs: 60_000 },
    { clock, leaseGraceMs: LEASE_GRACE_MS },
  );
  prefixes.set(engine, prefix);
  return mirrored ? mirror(memoryEngine({}, { clock }), engine) : engine;
}

const laws = new Map<string, (context: TestContext) => Promise<void> | void>();
conformance({
  name,
  test: (law: string, run: (context: TestContext) => Promise<void> | void) => laws.set(law, run),
  engine: (internals) => engineAt(`test${made++}`, internals),
  ...(mirrored
    ? {}
    : {
        reopen: (closed: object, internals: EngineInternals) =>
          engineAt(prefixes.get(closed) ?? '', internals),
      }),
  skipped: () => undefined,
  lawMs: 120_000,
});

async function answerTo(law: string): Promise<LawAnswer> {
  let skipped: string | undefined;
  try {
    await laws.get(law)?.({ skip: (reason = '') => void (skipped = reason) });
    return skipped === undefined ? { law } : { law, skipped };
  } catch (error) {
    return { law, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', (law: string) => {
  void answerTo(law).then((answer) => parentPort?.postMessage(answer));
});
