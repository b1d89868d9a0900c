// Two engines in memory that must answer alike, under the law.
import { test } from 'node:test';
import { mirror } from '../../src/conformance/mirror.ts';
import { conformance } from '../../src/conformance/suite.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';

conformance({
  name: 'mirror(memory, memory)',
  test,
  lawMs: 10_000,
  engine: ({ clock }) => mirror(memoryEngine({}, { clock }), memoryEngine({}, { clock })),
});
