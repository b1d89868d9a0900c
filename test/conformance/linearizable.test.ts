import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HistoryOperation } from '../../src/conformance/history.ts';
import { createHistory } from '../../src/conformance/history.ts';
import { checkHistory } from '../../src/conformance/linearizable.ts';
import { searchLinearization } from '../../src/conformance/linearization.ts';
import { seeded, simulate } from './simulated-history.ts';

/** An operation with the fields that a test does not speak of filled in. */
function op(fields: Partial<HistoryOperation> & Pick<HistoryOperation, 'kind' | 'invoke'>): HistoryOperation {
  return {
    process: 0,
    key: 'k',
    return: fields.invoke + 1,
    result: 'done',
    value: undefined,
    version: fields.kind === 'read' ? 0 : undefined,
    at: fields.version,
    over: undefined,
    delta: undefined,
    expires: false,
    ...fields,
  };
}

const write = (invoke: number, version: number, value: unknown, more: Partial<HistoryOperation> = {}) =>
  op({ kind: 'write', invoke, version, value, ...more });
const read = (invoke: number, version: number, value: unknown, more: Partial<HistoryOperation> = {}) =>
  op({ kind: 'read', invoke, version, value, ...more });
const miss = (invoke: number, at: number | undefined, more: Partial<HistoryOperation> = {}) =>
  op({ kind: 'read', invoke, version: 0, at, ...more });
const unknown = (invoke: number, value: unknown, more: Partial<HistoryOperation> = {}) =>
  op({ kind: 'write', invoke, value, result: 'unknown', at: undefined, ...more });

const lawful: Record<string, HistoryOperation[]> = {
  'nothing at all': [],
  'a read sees the write before it': [write(1, 5, 'a'), read(3, 5, 'a', { at: 9 })],
  'a read beside a write sees either state': [
    write(1, 5, 'a', { return: 10 }),
    miss(2, 4, { return: 4 }),
    read(5, 5, 'a', { return: 7 }),
  ],
  'a write over the version it asked for': [write(1, 5, 'a'), write(3, 8, 'b', { over: 5 })],
  'a refusal that tells what stands': [
    write(1, 5, 'a'),
    write(3, 5, 'a', { over: 3, result: 'refused', at: 6 }),
  ],
  'a delete and an insert over nothing': [
    write(1, 5, 'a'),
    op({ kind: 'delete', invoke: 3, version: 6, over: 5 }),
    miss(5, 6),
    write(7, 7, 'b', { over: 0 }),
  ],
  'an unknown write that landed late': [unknown(1, 'u'), miss(3, 0), write(5, 4, 'a'), read(7, 6, 'u')],
  'an unknown write that never landed': [unknown(1, 'u'), write(5, 4, 'a'), read(7, 4, 'a')],
  'two unknown writes of one value that landed both': [
    unknown(1, 'u'),
    unknown(2, 'u'),
    read(5, 6, 'u'),
    read(7, 8, 'u'),
  ],
  'an unknown delete that landed': [
    write(1, 5, 'a'),
    op({ kind: 'delete', invoke: 3, result: 'unknown', at: undefined }),
    miss(7, 6),
  ],
  'an unknown write over a version, where it belongs': [
    write(1, 5, 'a'),
    unknown(3, 'u', { over: 5 }),
    read(5, 7, 'u'),
  ],
  'an entry with an expiry that is gone': [
    write(1, 5, 'a', { expires: true }),
    miss(7, 6),
    miss(9, undefined),
  ],
  'an update over something': [write(1, 5, 'a'), write(3, 8, 'b', { over: 'present' })],
  'an update over an unknown write': [unknown(1, 'u'), write(3, 8, 'b', { over: 'present' })],
  'sums that follow each other': [
    op({ kind: 'add', invoke: 1, version: 1, value: 2, delta: 2 }),
    op({ kind: 'add', invoke: 3, version: 2, value: 5, delta: 3 }),
  ],
  'a miss without a version, beside the write': [write(1, 5, 'a', { return: 9 }), miss(2, undefined)],
};

const planted: Record<string, [problem: string, operations: HistoryOperation[]]> = {
  'a stale read': ['stale read', [write(1, 5, 'a'), write(3, 6, 'b'), read(5, 5, 'a')]],
  'a stale read that another read shows': [
    'stale read',
    [write(1, 5, 'a', { return: 20 }), read(3, 5, 'a'), miss(6, 4)],
  ],
  'an answer that was not true at its version': [
    'stale read',
    [write(1, 5, 'a'), write(3, 6, 'b', { return: 20 }), read(4, 5, 'a', { at: 6 })],
  ],
  'a miss after an entry stood for good': ['stale read', [write(1, 5, 'a'), miss(5, undefined)]],
  'a lost update': [
    'lost update',
    [write(1, 5, 'a'), write(3, 7, 'b', { over: 5 }), write(5, 8, 'c', { over: 5 })],
  ],
  'a lost sum': [
    'lost update',
    [
      op({ kind: 'add', invoke: 1, version: 1, value: 1, delta: 1, return: 9 }),
      op({ kind: 'add', invoke: 2, version: 2, value: 1, delta: 1, return: 8 }),
    ],
  ],
  'an update over nothing': ['lost update', [write(1, 5, 'a', { over: 'present' }), unknown(3, 'u')]],
  'an insert over an entry': ['vanished', [write(1, 5, 'a'), write(3, 6, 'b', { over: 0 })]],
  'a refusal over the very version': [
    'lost update',
    [write(1, 5, 'a'), write(3, 5, 'a', { over: 5, result: 'refused', at: 6 })],
  ],
  'a version used twice': ['version reused', [write(1, 5, 'a'), write(3, 5, 'b')]],
  'a value that nobody wrote': ['phantom value', [write(1, 5, 'a'), read(3, 6, 'x')]],
  'another value under the version': ['phantom value', [write(1, 5, 'a'), read(3, 5, 'x')]],
  'an unknown write that landed twice': [
    'landed twice',
    [unknown(1, 'u'), read(3, 4, 'u'), write(5, 6, 'a'), read(7, 8, 'u')],
  ],
  'an unknown write read before it was asked': ['out of order', [read(1, 4, 'u'), unknown(5, 'u')]],
  'a write read before it was asked': ['out of order', [read(1, 5, 'a'), write(4, 5, 'a')]],
  'writes whose versions run against time': ['stale read', [write(1, 6, 'a'), write(4, 5, 'b')]],
  'an entry that vanished': ['vanished', [write(1, 5, 'a'), miss(4, 6)]],
  'an unknown write over a version that did not stand': [
    'landed twice',
    [write(1, 5, 'a'), write(3, 6, 'b'), unknown(5, 'u', { over: 5 }), read(7, 8, 'u')],
  ],
};

for (const [name, operations] of Object.entries(lawful)) {
  test(`both checkers accept ${name}`, () => {
    assert.deepEqual(checkHistory(operations), []);
    assert.equal(searchLinearization(operations), true);
  });
}

for (const [name, [problem, operations]] of Object.entries(planted)) {
  test(`both checkers refuse ${name}`, () => {
    const violations = checkHistory(operations);
    assert.deepEqual(
      violations.map((violation) => [violation.problem, violation.key]),
      [[problem, 'k']],
    );
    assert.ok((violations[0]?.operations.length ?? 0) > 0, 'a violation shows operations');
    assert.equal(searchLinearization(operations), false);
  });
}

test('keys are checked apart', () => {
  const stale = planted['a stale read']?.[1] ?? [];
  const other = stale.map((operation) => ({ ...operation, key: 'other' }));
  const fine = [write(1, 5, 'a', { key: 'fine' }), read(3, 5, 'a', { key: 'fine' })];
  const keys = checkHistory([...fine, ...stale, ...other]).map((violation) => violation.key);
  assert.deepEqual(keys, ['k', 'other']);
});

test('a range is an operation on each key that the history knows', () => {
  const history = createHistory();
  history.add(write(1, 1, 'a', { key: 'a' }));
  history.add(write(3, 2, 'b', { key: 'b' }));
  history.add(write(5, 3, 'c', { key: 'c' }));
  const range = {
    process: 1,
    invoke: 7,
    return: 8,
    result: 'done',
    at: 4,
    holds: (key: string) => key < 'c',
  } as const;
  history.addRange({ ...range, kind: 'read', entries: new Map([['a', { value: 'a', version: 1 }]]) });
  const violations = checkHistory(history.operations());
  assert.deepEqual(
    violations.map((violation) => [violation.problem, violation.key]),
    [['vanished', 'b']],
  );
});

test('a range delete removes each key of its range', () => {
  const history = createHistory();
  history.add(write(1, 1, 'a', { key: 'a' }));
  history.add(write(3, 2, 'c', { key: 'c' }));
  const range = {
    process: 1,
    invoke: 7,
    return: 8,
    result: 'done',
    at: 4,
    holds: (key: string) => key < 'c',
  } as const;
  history.addRange({ ...range, kind: 'delete', entries: new Map() });
  history.add(miss(9, 4, { key: 'a' }));
  history.add(read(11, 2, 'c', { key: 'c', at: 4 }));
  assert.deepEqual(checkHistory(history.operations()), []);
  history.add(read(13, 1, 'a', { key: 'a', at: 4 }));
  assert.deepEqual(
    checkHistory(history.operations()).map((violation) => violation.problem),
    ['stale read'],
  );
});

const show = (o: HistoryOperation) =>
  `${o.invoke}-${o.return} ${o.kind} ${o.result} v${o.version} =${String(o.value)} at${o.at} over ${o.over}${o.expires ? ' expires' : ''}`;

/** `true`: a call of unknown outcome asked for a version that a falsified answer no longer tells. */
const isVague = (operations: HistoryOperation[]) => {
  const told = new Set(operations.map(({ version }) => version));
  return operations.some(
    ({ result, over }) => result === 'unknown' && over !== undefined && !told.has(Number(over)),
  );
};

const runs = Number(process.env['SAMEMAP_RUNS'] ?? 1);

test('the fast checker and the search agree on small random histories', () => {
  const verdicts = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 2 }), (seed, damage) => {
      const operations = simulate({
        random: seeded(seed),
        clients: 4,
        calls: 12,
        keys: 1,
        damage,
        exact: true,
      });
      const accepted = checkHistory(operations).length === 0;
      verdicts[accepted ? 'accepted' : 'refused']++;
      const right = searchLinearization(operations);
      if (right !== accepted && !(accepted && isVague(operations))) {
        assert.fail(`the search says ${right}:\n${operations.map(show).join('\n')}`);
      }
    }),
    { numRuns: 2_000 * runs },
  );
  assert.ok(verdicts.accepted > 300 * runs && verdicts.refused > 300 * runs, JSON.stringify(verdicts));
});

test('the fast checker never refuses what the search accepts', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 2 }), (seed, damage) => {
      const operations = simulate({
        random: seeded(seed),
        clients: 4,
        calls: 12,
        keys: 1,
        damage,
        exact: false,
      });
      if (searchLinearization(operations))
        assert.deepEqual(checkHistory(operations), [], operations.map(show).join('\n'));
    }),
    { numRuns: 1_000 * runs },
  );
});

test('the fast checker finds one damaged answer in a long history', () => {
  const random = seeded(7);
  const operations = simulate({ random, clients: 64, calls: 50_000, keys: 100, damage: 0, exact: true });
  assert.deepEqual(checkHistory(operations), []);
  const spoilt = operations.findIndex(
    (operation, i) => i > 40_000 && operation.kind === 'read' && operation.value !== undefined,
  );
  const stale = operations.find(
    (operation) =>
      operation.kind === 'write' && operation.key === operations[spoilt]?.key && operation.result === 'done',
  );
  const lie = { ...operations[spoilt], value: stale?.value, version: stale?.version };
  const altered = operations.with(spoilt, lie as HistoryOperation);
  assert.equal(checkHistory(altered).length, 1);
});
