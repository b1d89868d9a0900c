// What may stand before a far engine, under the law: near copies that are as fresh as they can be, and batches.
import { test } from 'node:test';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { conformance } from '../../src/conformance/suite.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';

conformance({
  name: 'near and batch before asynchronous memory',
  test,
  lawMs: 10_000,
  engine: ({ clock }) => asynchronous(memoryEngine({}, { clock })),
  mapOptions: { near: { maxStaleMs: 0, onStale: 'wait' }, batch: true },
});
