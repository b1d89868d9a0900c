// The table of errors, and the page that shows it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERROR_TABLE, memoryMap, must, StoreError } from '../../src/index.ts';

const page = readFileSync(new URL('../../../docs/contract.md', import.meta.url), 'utf8');

test('the table of the page has every code once, and says the same of repeating as the error does', () => {
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (yes|no) \| .+ \|$/gm)];
  assert.deepEqual(
    rows.map(([, code, again]) => [code, again]),
    Object.entries(ERROR_TABLE).map(([code, { retryable }]) => [code, retryable ? 'yes' : 'no']),
  );
});

test('what may be repeated as it is is told from what must be decided anew', () => {
  const map = memoryMap<number>();
  map.set('a', 1);
  const write = (): unknown => must(map.set('a', 2, { ifVersion: 99 }));
  for (let n = 0; n < 2; n++) {
    assert.throws(
      write,
      (error: unknown) => error instanceof StoreError && !error.retryable,
      'the same again',
    );
  }
});
