import assert from 'node:assert/strict';
import type { ConditionalSet, WriteCondition } from '../../contract/calls.ts';
import type { Entry } from '../../contract/entry.ts';
import { collect, there } from '../assertions.ts';
import type { Words } from '../faces.ts';
import { bothFaces, manualTime } from '../fixture.ts';
import type { Law, Trial } from '../fixture.ts';

/** One line of the truth table: what the condition is when the entry `a` is `current`, and whether it holds. */
type Row = readonly [
  when: 'absent' | 'present',
  name: string,
  condition: (current: Entry<number> | undefined) => WriteCondition<number>,
  holds: boolean,
];

const TABLE: readonly Row[] = [
  ['absent', 'ifVersion 0', () => ({ ifVersion: 0 }), true],
  ['absent', 'ifVersion of another', () => ({ ifVersion: 1_000_000 }), false],
  ['absent', 'ifAbsent', () => ({ ifAbsent: true }), true],
  ['absent', 'ifPresent', () => ({ ifPresent: true }), false],
  ['absent', 'ifValue', () => ({ ifValue: 1 }), false],
  ['absent', 'ifNewer', () => ({ ifNewer: -5 }), true],
  ['present', 'ifVersion 0', () => ({ ifVersion: 0 }), false],
  ['present', 'ifVersion of the entry', (current) => ({ ifVersion: there(current).version }), true],
  ['present', 'ifVersion below', (current) => ({ ifVersion: there(current).version - 1 }), false],
  ['present', 'ifVersion above', (current) => ({ ifVersion: there(current).version + 1 }), false],
  ['present', 'ifAbsent', () => ({ ifAbsent: true }), false],
  ['present', 'ifPresent', () => ({ ifPresent: true }), true],
  ['present', 'ifValue of the entry', () => ({ ifValue: 1 }), true],
  ['present', 'ifValue of another', () => ({ ifValue: 2 }), false],
  ['present', 'ifNewer', () => ({ ifNewer: -5 }), true],
];

async function setHolds(
  map: Words<number>,
  current: Entry<number> | undefined,
  [, , condition, holds]: Row,
): Promise<void> {
  const outcome = await map.set('a', 7, condition(current));
  if (!holds) {
    assert.deepEqual(outcome, { ok: false, current });
    assert.deepEqual(await map.entry('a'), current, 'a refusal changes nothing');
    return;
  }
  const entry = there(await map.entry('a'));
  assert.deepEqual(outcome, { ok: true, entry, version: entry.version });
  assert.equal(entry.value, 7);
  assert.ok(entry.version > (current?.version ?? 0));
}

async function deleteHolds(
  map: Words<number>,
  current: Entry<number> | undefined,
  [when, , condition, holds]: Row,
): Promise<void> {
  const asked = condition(current);
  if (asked.ifAbsent || asked.ifVersion === 0) return;
  const outcome = await map.delete('a', asked);
  if (!holds) {
    assert.deepEqual(outcome, { ok: false, current });
    assert.deepEqual(await map.entry('a'), current, 'a refusal changes nothing');
    return;
  }
  assert.ok(outcome.ok);
  assert.deepEqual(outcome.entry, when === 'present' ? current : undefined);
  assert.ok(outcome.version > (current?.version ?? 0));
  assert.equal(await map.has('a'), false);
}

async function expired(t: Trial, map: Words<number>): Promise<void> {
  await map.set('a', 1, { ttlMs: t.ttlMs });
  t.bench.late(t.ttlMs);
}

const rows = TABLE.flatMap((row): Law[] => {
  const [when, name, , holds] = row;
  const verdict = holds ? 'holds' : 'does not hold';
  return [
    bothFaces(`conditions: ${name} ${verdict} for set over an entry that is ${when}`, async (t) => {
      const map = t.words();
      await setHolds(map, when === 'present' ? await map.set('a', 1) : undefined, row);
    }),
    bothFaces(`conditions: ${name} ${verdict} for delete of an entry that is ${when}`, async (t) => {
      const map = t.words();
      await deleteHolds(map, when === 'present' ? await map.set('a', 1) : undefined, row);
    }),
  ];
});

export const conditionLaws: readonly Law[] = [
  ...rows,

  bothFaces(
    'conditions: an entry whose time is up counts as absent, collected or not',
    async (t) => {
      for (const row of TABLE.filter(([when]) => when === 'absent')) {
        const map = t.words(`m${TABLE.indexOf(row)}`);
        await expired(t, map);
        await setHolds(map, undefined, row);
        const other = t.words(`d${TABLE.indexOf(row)}`);
        await expired(t, other);
        await deleteHolds(other, undefined, row);
      }
    },
    manualTime,
  ),

  bothFaces('conditions: of many writers over one version exactly one wins', async (t) => {
    const map = t.words();
    const { version } = await map.set('a', 0);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => map.set('a', n + 1, { ifVersion: version })),
    );
    const winners = outcomes.filter(({ ok }) => ok);
    assert.equal(winners.length, 1);
    const entry = there(await map.entry('a'));
    for (const outcome of outcomes) {
      if (outcome.ok) assert.deepEqual(outcome.entry, entry);
      else assert.deepEqual(outcome.current, entry);
    }
  }),

  bothFaces('conditions: of many who insert one key exactly one wins', async (t) => {
    const map = t.words();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => map.set('a', n, { ifAbsent: true })),
    );
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1);
    assert.equal(await map.count(), 1);
  }),

  bothFaces('conditions: a time to live beside a condition is kept only when it holds', async (t) => {
    const map = t.words();
    const kept = await map.set('a', 1, { ifAbsent: true, ttlMs: t.ttlMs * 100 });
    assert.ok(kept.ok && kept.entry.expiresAt !== undefined);
    const ttlMs: ConditionalSet<number> = { ifAbsent: true, ttlMs: t.ttlMs * 999 };
    assert.deepEqual(await map.set('a', 2, ttlMs), { ok: false, current: kept.entry });
    assert.deepEqual(await collect(map.list()), [kept.entry]);
  }),
];
