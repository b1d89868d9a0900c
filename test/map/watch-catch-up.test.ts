import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cell } from '../../src/contract/core.ts';
import type { StoredChange } from '../../src/contract/services.ts';
import { CatchUp, type StatePage } from '../../src/map/catch-up.ts';

const ALL = { start: '', end: undefined };

function change(key: string, version: number, kind: StoredChange['kind']): StoredChange {
  const value: Cell | undefined = kind === 'insert' || kind === 'update' ? version : undefined;
  const rest = { expiresAt: 0, shape: 0, previous: undefined, previousShape: 0, next: undefined };
  return { kind, map: 1, key, version, value, ...rest };
}

function page(at: number, more: boolean, ...keys: string[]): StatePage {
  const entries = keys.map((text) => ({
    text,
    key: text,
    value: at,
    invalid: undefined,
    version: 1,
    expiresAt: 0,
  }));
  return { at, entries, more };
}

/** What a round tells: key, version, and whether the reader knows the key. */
function round(catchUp: CatchUp): unknown[] {
  catchUp.startRound();
  const told: unknown[] = [];
  for (let each = catchUp.takeDifference(); each !== undefined; each = catchUp.takeDifference()) {
    told.push(`${each.change.kind} ${each.change.key} ${each.change.version}${each.known ? '' : ' new'}`);
  }
  return told;
}

function read(catchUp: CatchUp, found: StatePage): string[] {
  catchUp.answer(found);
  const told: string[] = [];
  for (let entry = catchUp.takeEntry(); entry !== undefined; entry = catchUp.takeEntry())
    told.push(entry.text);
  return told;
}

describe('a catch-up', () => {
  test('asks for pages up to the key that was last when the second page was due', () => {
    const catchUp = new CatchUp({ start: 'a', end: 'z' }, true, 10);
    assert.deepEqual(catchUp.request(), { start: 'a', end: 'z', limit: 1_000, reverse: false });
    assert.deepEqual(read(catchUp, page(5, true, 'a', 'b')), ['a', 'b']);
    assert.deepEqual(catchUp.request(), { start: 'b\0', end: 'z', limit: 1, reverse: true });
    assert.deepEqual(read(catchUp, page(6, true, 'm')), []);
    assert.deepEqual(catchUp.request(), { start: 'b\0', end: 'm\0', limit: 1_000, reverse: false });
    assert.deepEqual(read(catchUp, page(7, false, 'c', 'm')), ['c', 'm']);
    assert.equal(catchUp.request(), undefined);
  });

  test('has read all when nothing is left behind the first page', () => {
    const catchUp = new CatchUp(ALL, true, 10);
    catchUp.request();
    read(catchUp, page(5, true, 'a'));
    catchUp.request();
    read(catchUp, page(6, false));
    assert.equal(catchUp.request(), undefined);
    catchUp.note(change('b', 6, 'delete'));
    catchUp.note(change('c', 7, 'insert'));
    assert.deepEqual(round(catchUp), ['insert c 7 new']);
  });

  test('tells only changes above the version at which the key was told', () => {
    const catchUp = new CatchUp(ALL, true, 10);
    catchUp.note(change('a', 2, 'insert'));
    catchUp.request();
    read(catchUp, page(5, true, 'a', 'c'));
    catchUp.request();
    read(catchUp, page(6, true, 'm'));
    catchUp.note(change('b', 5, 'insert'));
    catchUp.note(change('c', 6, 'update'));
    catchUp.note(change('d', 7, 'insert'));
    catchUp.note(change('x', 6, 'insert'));
    catchUp.note(change('y', 8, 'insert'));
    catchUp.request();
    read(catchUp, page(8, false, 'd', 'm'));
    assert.deepEqual(round(catchUp), ['update c 6', 'insert y 8 new']);
  });

  test('holds what arrives while a page is read, and judges it by the version of the page', () => {
    const catchUp = new CatchUp(ALL, true, 10);
    catchUp.request();
    assert.equal(catchUp.reading, true);
    for (const [version, key] of [
      [4, 'a'],
      [5, 'b'],
      [6, 'c'],
      [7, 'c'],
    ] as const) {
      catchUp.note(change(key, version, 'update'));
    }
    read(catchUp, page(5, true, 'a', 'b', 'c'));
    assert.equal(catchUp.reading, false);
    catchUp.note(change('c', 8, 'update'));
    catchUp.request();
    read(catchUp, page(8, false));
    assert.deepEqual(round(catchUp), ['update c 8']);
  });

  test('drops what came and went unseen, so that it never holds more than there are keys', () => {
    const catchUp = new CatchUp(ALL, true, 10);
    catchUp.request();
    read(catchUp, page(1, false, 'a'));
    let version = 1;
    for (let i = 0; i < 1_000; i++) {
      catchUp.note(change(`new${i}`, ++version, 'insert'));
      catchUp.note(change(`new${i}`, ++version, 'update'));
      catchUp.note(change(`new${i}`, ++version, 'expire'));
    }
    catchUp.note(change('a', ++version, 'delete'));
    assert.equal(catchUp.waiting, 1);
    catchUp.note(change('a', ++version, 'insert'));
    catchUp.note(change('a', ++version, 'delete'));
    assert.deepEqual(round(catchUp), [`delete a ${version}`]);
  });

  test('ends with a round that is small, or does not shrink', () => {
    const rounds = (sizes: readonly number[], small: number): number => {
      const catchUp = new CatchUp(ALL, true, small);
      catchUp.request();
      read(catchUp, page(0, false, ...Array.from({ length: 100 }, (_, i) => `k${i}`)));
      let version = 0;
      for (const [i, size] of sizes.entries()) {
        for (let j = 0; j < size; j++) catchUp.note(change(`k${j}`, ++version, 'update'));
        assert.equal(round(catchUp).length, size);
        if (catchUp.final) return i;
      }
      return -1;
    };
    assert.equal(rounds([10], 10), 0);
    assert.equal(rounds([95], 10), 0);
    assert.equal(rounds([80, 60, 40, 20, 10], 10), 4);
    assert.equal(rounds([80, 79], 10), 1);
  });

  test('compares no versions of several partitions', () => {
    const catchUp = new CatchUp(ALL, false, 10);
    catchUp.note(change('a', 2, 'insert'));
    catchUp.request();
    read(catchUp, page(9, false, 'a'));
    catchUp.note(change('a', 3, 'delete'));
    catchUp.note(change('b', 1, 'insert'));
    assert.deepEqual(round(catchUp), ['delete a 3', 'insert b 1']);
  });
});
