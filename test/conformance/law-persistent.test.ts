// The laws about what outlives a store, on an engine that only pretends to lie on a disk.
import { test } from 'node:test';
import { conformance } from '../../src/conformance/suite.ts';
import { persistentEngine, reopenPersistent } from './persistent.ts';

conformance({
  name: 'persistent memory',
  test: (name, run) => {
    if (/reopening|lock:|durable/.test(name)) test(name, run);
  },
  engine: ({ clock }) => persistentEngine(clock),
  reopen: async (closed) => reopenPersistent(closed),
});
