import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../../src/base/deferred.ts';
import { Flights } from '../../src/map/single-flight.ts';

test('loads: all who ask meanwhile share one, and the next begins another', async () => {
  const flights = new Flights<number>();
  const gate = deferred<number>();
  let loads = 0;
  const load = (): Promise<number> => {
    loads++;
    return gate.promise;
  };
  const joined = [flights.join('a', load), flights.join('a', load), flights.join('a', load)];
  assert.equal(loads, 1);
  gate.resolve(7);
  assert.deepEqual(await Promise.all(joined.map(({ result }) => result)), [7, 7, 7]);
  for (const { leave } of joined) leave();
  assert.equal(flights.size, 0);
  await flights.join('a', load).result;
  assert.equal(loads, 2);
});

test('loads: the signal aborts when the last caller has left, not before', async () => {
  const flights = new Flights<number>();
  let signal: AbortSignal | undefined;
  const load = (given: AbortSignal): Promise<number> => {
    signal = given;
    return new Promise(() => undefined);
  };
  const one = flights.join('a', load);
  const two = flights.join('a', load);
  one.leave();
  one.leave();
  assert.equal(signal?.aborted, false);
  two.leave();
  assert.equal(signal?.aborted, true);
  assert.equal(flights.size, 0);
});

test('loads: who comes after the last has left begins a new one', async () => {
  const flights = new Flights<number>();
  flights.join('a', () => new Promise(() => undefined)).leave();
  assert.equal(await flights.join('a', async () => 2).result, 2);
});

test('loads: a failure reaches all, and none is left unhandled', async () => {
  const flights = new Flights<number>();
  const failure = new Error('no');
  const joined = [flights.join('a', () => Promise.reject(failure)), flights.join('a', async () => 1)];
  for (const { result } of joined) await assert.rejects(result, failure);
  flights.join('b', () => Promise.reject(failure)).leave();
  assert.equal(flights.size, 0);
});

test('loads: their end rejects all with the reason, which their signals carry', async () => {
  const flights = new Flights<number>();
  let signal: AbortSignal | undefined;
  const { result } = flights.join('a', (given) => {
    signal = given;
    return new Promise(() => undefined);
  });
  const reason = new Error('closed');
  flights.end(reason);
  await assert.rejects(result, reason);
  assert.equal(signal?.reason, reason);
});
