// The timing wheel against a list that is searched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { TICK_MS, type Timed, TimingWheel } from '../../src/parts/timing-wheel.ts';

class Item implements Timed<Item> {
  dueAt = 0;
  slot: Item[] | undefined = undefined;
  index = 0;
  /** When it should come up; 0: never. */
  wanted = 0;
  came: number[] = [];
}

/** A wheel whose items note when they came, and come at the time that was wanted last. */
function begin(startMs?: number) {
  const clock = manualClock(startMs);
  const wheel: TimingWheel<Item> = new TimingWheel(clock, (item, now) => {
    if (item.wanted > now) wheel.park(item, item.wanted);
    else {
      item.came.push(now);
      item.wanted = 0;
    }
  });
  const park = (item: Item, at: number): void => {
    item.wanted = at;
    wheel.park(item, at);
  };
  return { clock, wheel, park };
}

/** Delays around every border of the wheel's levels, and beyond its rim. */
const delay = fc.oneof(
  fc.integer({ min: -5, max: 3 * TICK_MS }),
  fc
    .tuple(
      fc.constantFrom(1, 63, 64, 65, 4095, 4096, 4097, 262_144, 64 ** 4, 64 ** 5),
      fc.integer({ min: -17, max: 17 }),
    )
    .map(([ticks, off]) => ticks * TICK_MS + off),
  fc.integer({ min: 0, max: 64 ** 5 * TICK_MS * 2 }),
);
const step = fc.oneof(
  fc.record({ park: fc.nat(5), delay }),
  fc.record({ unpark: fc.nat(5) }),
  fc.record({
    tick: fc.oneof(
      fc.integer({ min: 0, max: 100 }),
      delay.map((ms) => Math.max(0, ms)),
    ),
  }),
  fc.constant({ sweep: true } as const),
);

test('every item comes once, never early, and late by a tick at most', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 0, max: 1e13 }),
      async (steps, start) => {
        const { clock, wheel, park } = begin(start);
        const items = Array.from({ length: 6 }, () => new Item());
        let wanted: (number | undefined)[] = items.map(() => undefined);
        const check = (lateMs: number): void => {
          for (const [i, item] of items.entries()) {
            const at = wanted[i];
            const [came] = item.came;
            assert.ok(item.came.length <= 1, 'an item came twice');
            if (came === undefined) {
              assert.ok(
                at === undefined || at + lateMs > clock.now(),
                `late: wanted at ${at}, it is ${clock.now()}`,
              );
              continue;
            }
            assert.ok(at !== undefined && at <= came, `early: wanted at ${at}, came at ${came}`);
            item.came = [];
            wanted[i] = undefined;
          }
          assert.equal(wheel.size, wanted.filter((at) => at !== undefined).length);
          assert.ok(clock.pending <= 1, `${clock.pending} timers wait`);
        };
        for (const one of steps) {
          if ('park' in one) {
            const at = clock.now() + one.delay;
            wanted = wanted.with(one.park, at);
            park(items[one.park] as Item, at);
          } else if ('unpark' in one) {
            wanted = wanted.with(one.unpark, undefined);
            (items[one.unpark] as Item).wanted = 0;
            wheel.unpark(items[one.unpark] as Item);
          } else if ('tick' in one) {
            await clock.tick(one.tick);
            check(2 * TICK_MS);
          } else {
            wheel.sweep();
            check(0);
          }
        }
        wheel.sweep();
        check(0);
      },
    ),
    { numRuns: 300 },
  );
});

test('touching an item a million times parks it once and keeps one timer', async () => {
  const { clock, wheel, park } = begin();
  const item = new Item();
  const start = clock.now();
  for (let i = 0; i < 1_000_000; i++) park(item, start + 1000 + (i % 2) * 500_000 + (i >> 10));
  assert.equal(wheel.size, 1);
  assert.equal(clock.pending, 1);
  await clock.tick(600_000);
  assert.equal(item.came.length, 1);
  assert.equal(wheel.size, 0);
  assert.equal(clock.pending, 0);
});

test('items of the same time can be taken out in any order, and the others come', async () => {
  const indexes = Array.from({ length: 50 }, (_, i) => i);
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(indexes), async (out) => {
      const { clock, wheel, park } = begin();
      const items = indexes.map(() => new Item());
      for (const item of items) park(item, clock.now() + 100);
      for (const i of out) wheel.unpark(items[i] as Item);
      assert.equal(wheel.size, items.length - out.length);
      await clock.tick(200);
      assert.deepEqual(
        items.map(({ came }) => came.length),
        indexes.map((i) => (out.includes(i) ? 0 : 1)),
      );
    }),
  );
});

test('many that are due at once come in slices, so that others get their turn', async () => {
  const { clock, wheel, park } = begin();
  const start = Math.ceil(clock.now() / TICK_MS) * TICK_MS + 10 * TICK_MS;
  for (let i = 0; i < 10_000; i++) park(new Item(), start);
  const sizes: number[] = [];
  const look = (): void => {
    sizes.push(wheel.size);
    if (wheel.size > 0) clock.after(0, look, true);
  };
  // Armed behind the wheel's own timer for the same time, so that they take turns.
  clock.after(start - clock.now(), look, true);
  await clock.tick(start - clock.now());
  assert.equal(wheel.size, 0);
  assert.ok(sizes.length >= 5, `sizes seen: ${sizes.join()}`);
});

test('after stop no timer is left and no item comes', async () => {
  const { clock, wheel, park } = begin();
  park(new Item(), clock.now() + 100);
  wheel.stop();
  assert.equal(clock.pending, 0);
  const late = new Item();
  park(late, clock.now() + 10);
  await clock.tick(1000);
  assert.deepEqual(late.came, []);
});
