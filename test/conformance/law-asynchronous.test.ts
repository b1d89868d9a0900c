// An engine that answers later, under the law: what stands above a far engine, without one.
import { test } from 'node:test';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { conformance } from '../../src/conformance/suite.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';

conformance({
  name: 'asynchronous memory',
  test,
  lawMs: 10_000,
  engine: ({ clock }) => asynchronous(memoryEngine({}, { clock })),
});
