import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { manualClock } from '../../src/conformance/manual-clock.ts';

test('a manual clock stands still at its start', async () => {
  assert.equal(manualClock().now(), Date.UTC(2026, 0, 1));
  const clock = manualClock(5_000);
  await clock.tick(0);
  assert.equal(clock.now(), 5_000);
  await clock.tick(1.5);
  assert.equal(clock.now(), 5_001.5);
});

test('timers run at their own time, in the order of their times', async () => {
  const clock = manualClock(0);
  const ran: string[] = [];
  const arm = (name: string, delayMs: number) =>
    clock.after(delayMs, () => ran.push(`${name} at ${clock.now()}`), false);
  arm('late', 30);
  arm('first of two', 20);
  arm('second of two', 20);
  arm('early', 10);
  arm('beyond', 41);
  await clock.tick(40);
  assert.deepEqual(ran, ['early at 10', 'first of two at 20', 'second of two at 20', 'late at 30']);
  assert.equal(clock.now(), 40);
  assert.equal(clock.pending, 1);
});

test('a timer that falls due only because of another one runs in the same tick', async () => {
  const clock = manualClock(0);
  const times: number[] = [];
  const again = (): void => {
    times.push(clock.now());
    clock.after(10, again, true);
  };
  clock.after(10, again, true);
  await clock.tick(35);
  assert.deepEqual(times, [10, 20, 30]);
});

test('what a timer set going has its turns before the next timer', async () => {
  const clock = manualClock(0);
  const order: string[] = [];
  clock.after(
    1,
    () => {
      order.push('timer');
      setImmediate(() => {
        order.push('immediate');
        queueMicrotask(() => order.push('its microtask'));
      });
      queueMicrotask(() => order.push('microtask'));
    },
    false,
  );
  clock.after(2, () => order.push('next timer'), false);
  await clock.tick(2);
  assert.deepEqual(order, ['timer', 'microtask', 'immediate', 'its microtask', 'next timer']);
});

test('a cancelled timer does not run, and cancelling again or too late does nothing', async () => {
  const clock = manualClock(0);
  let runs = 0;
  const count = (): void => void runs++;
  const cancel = clock.after(10, count, false);
  const done = clock.after(5, count, false);
  clock.after(10, () => clock.after(0, count, false), false);
  assert.equal(clock.pending, 3);
  cancel();
  cancel();
  assert.equal(clock.pending, 2);
  await clock.tick(10);
  done();
  assert.equal(runs, 2);
  assert.equal(clock.pending, 0);
});

test('ticks that are asked for together run one after another', async () => {
  const clock = manualClock(0);
  const times: number[] = [];
  for (const delay of [5, 15, 25]) clock.after(delay, () => times.push(clock.now()), false);
  await Promise.all([clock.tick(10), clock.tick(10), clock.tick(10)]);
  assert.deepEqual(times, [5, 15, 25]);
  assert.equal(clock.now(), 30);
});

test('a delay below 0 counts as 0, and one longer than a platform timer is kept', async () => {
  const clock = manualClock(0);
  const ran: string[] = [];
  clock.after(0, () => ran.push('first'), false);
  clock.after(-5, () => ran.push('now'), false);
  clock.after(2 ** 32, () => ran.push('in 50 days'), false);
  await clock.tick(0);
  assert.deepEqual(ran, ['first', 'now']);
  await clock.tick(2 ** 32);
  assert.deepEqual(ran, ['first', 'now', 'in 50 days']);
});

test('a tick that is none is refused, and what a timer throws rejects the tick but not the next one', async () => {
  const clock = manualClock(0);
  await assert.rejects(clock.tick(-1), RangeError);
  await assert.rejects(clock.tick(Number.NaN), RangeError);
  await assert.rejects(clock.tick('1' as unknown as number), TypeError);
  const fault = new Error('thrown by a timer');
  clock.after(
    5,
    () => {
      throw fault;
    },
    false,
  );
  await assert.rejects(clock.tick(10), fault);
  assert.equal(clock.now(), 5);
  await clock.tick(10);
  assert.equal(clock.now(), 15);
});

test('any set of timers runs as a list sorted by time says', async () => {
  const timers = fc.array(fc.record({ delay: fc.nat(20), cancelled: fc.boolean() }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(timers, fc.array(fc.nat(15), { maxLength: 3 }), async (given, ticks) => {
      const clock = manualClock(0);
      const ran: number[] = [];
      const cancels = given.map(({ delay }, i) => clock.after(delay, () => void ran.push(i), false));
      for (const [i, { cancelled }] of given.entries()) if (cancelled) cancels[i]?.();
      for (const ms of ticks) await clock.tick(ms);
      const until = ticks.reduce((sum, ms) => sum + ms, 0);
      const expected = given
        .map(({ delay, cancelled }, i) => ({ delay, cancelled, i }))
        .filter(({ cancelled }) => !cancelled)
        .toSorted((a, b) => a.delay - b.delay);
      const due = ticks.length === 0 ? [] : expected.filter(({ delay }) => delay <= until);
      assert.deepEqual(
        ran,
        due.map(({ i }) => i),
      );
      assert.equal(clock.pending, expected.length - due.length);
    }),
    { numRuns: 200 },
  );
});
