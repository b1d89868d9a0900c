// Several partitions as one engine, under the law: over engines in memory that answer later.
import { test } from 'node:test';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { conformance } from '../../src/conformance/suite.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { partitioned } from '../../src/engines/etcd/partitions/partitioned.ts';

conformance({
  name: 'two partitions',
  test,
  lawMs: 10_000,
  engine: ({ clock }) =>
    partitioned([asynchronous(memoryEngine({}, { clock })), asynchronous(memoryEngine({}, { clock }))]),
});
