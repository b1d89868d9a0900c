// The engine in memory, under the law.
import { test } from 'node:test';
import { conformance } from '../../src/conformance/suite.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';

conformance({ name: 'memory', test, lawMs: 10_000, engine: ({ clock }) => memoryEngine({}, { clock }) });

// With a history so short that readers fall out of it: what they know must be true all the same.
conformance({
  name: 'memory that forgets',
  test: (name, run) => {
    if (/slow reader|long ago|'current'|follow:|view:/.test(name)) test(name, run);
  },
  engine: ({ clock }) => memoryEngine({ historyLimit: 20 }, { clock }),
});
