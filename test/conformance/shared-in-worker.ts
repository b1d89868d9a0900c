// Runs the law in a worker thread and tells what came of it.
import { parentPort } from 'node:worker_threads';
import { conformance } from '../../src/conformance/suite.ts';
import { attach, sharedEngine } from '../../src/engines/shared/index.ts';

/** What came of one law. */
export interface Told {
  readonly name: string;
  readonly error: string | undefined;
}

const laws: { readonly name: string; readonly run: (context: { skip(): void }) => Promise<void> | void }[] =
  [];
conformance({
  name: 'shared, attached in a worker',
  test: (name, run) => laws.push({ name, run }),
  skipped: () => undefined,
  lawMs: 20_000,
  engine: ({ clock }) => {
    const first = sharedEngine({ capacityBytes: 2 ** 24 }, { clock });
    const engine = attach(first.handle, { clock });
    const close = async (): Promise<void> => {
      await first.close();
      await engine.close();
    };
    return {
      ...engine,
      get lineage() {
        return engine.lineage;
      },
      close,
    };
  },
});

const told: Told[] = [];
for (const { name, run } of laws) {
  let error: string | undefined;
  try {
    await run({ skip: () => undefined });
  } catch (reason) {
    error = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
  }
  told.push({ name, error });
}
parentPort?.postMessage(told);
