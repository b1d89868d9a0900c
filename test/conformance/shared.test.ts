// The engine in shared memory, under the law.
import { test } from 'node:test';
import { mirror } from '../../src/conformance/mirror.ts';
import { conformance } from '../../src/conformance/suite.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { sharedEngine } from '../../src/engines/shared/index.ts';

const options = { capacityBytes: 2 ** 24 };

conformance({ name: 'shared', test, lawMs: 10_000, engine: ({ clock }) => sharedEngine(options, { clock }) });

// The same answers as the reference, call by call; versions are compared by their order.
conformance({
  name: 'mirror(memory, shared)',
  test,
  lawMs: 10_000,
  engine: ({ clock }) => mirror(memoryEngine({}, { clock }), sharedEngine(options, { clock })),
});
