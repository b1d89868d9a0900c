// What test/fixtures/snapshot-v1/three-maps.samemap holds. The file is of the first release of the format
// and is never written again.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Stamp } from '../../src/contract/entry.ts';

export interface FixtureMap {
  readonly id: number;
  readonly name: string;
  readonly codec: string;
  readonly shape: number;
  /** `true`: its records lie in a block with bases other than 0. */
  readonly asRecords: boolean;
  readonly entries: readonly {
    readonly key: string;
    readonly value: unknown;
    readonly version: number;
    readonly expiresAt: number;
    readonly shape: number;
    readonly stamp: Stamp | undefined;
  }[];
}

const plain = { expiresAt: 0, shape: 0, stamp: undefined };
const cycle: Record<string, unknown> = { name: 'loop' };
cycle['self'] = cycle;

export const FIXTURE: readonly FixtureMap[] = [
  {
    id: 3,
    name: 'users',
    codec: 'structured',
    shape: 2,
    asRecords: false,
    entries: [
      {
        ...plain,
        key: 'ada',
        value: { name: 'Ada', born: new Date('1815-12-10'), tags: ['a', undefined] },
        version: 5,
      },
      {
        ...plain,
        key: '😀/é',
        value: 'grinning \ud83d\ude00',
        version: 6,
        shape: 2,
        expiresAt: 4_102_444_800_000.5,
      },
      {
        ...plain,
        key: '__proto__',
        value: new Map<unknown, unknown>([[{ x: 1 }, new Set([1n, 2n ** 70n])]]),
        version: 7,
        shape: 1,
      },
      { ...plain, key: 'cycle', value: cycle, version: 8 },
      { ...plain, key: 'bytes', value: new Uint8Array([0, 255, 7]), version: 9, stamp: -5 },
      { ...plain, key: 'not a number', value: NaN, version: 10 },
      { ...plain, key: 'x'.repeat(1024), value: null, version: 2 ** 53 - 1 },
    ],
  },
  {
    id: 70_000,
    name: 'counts',
    codec: 'json',
    shape: 0,
    asRecords: true,
    entries: [
      { ...plain, key: 'zero', value: 0, version: 100 },
      { ...plain, key: 'half', value: 0.5, version: 101, stamp: 2n ** 63n - 1n },
      {
        ...plain,
        key: 'negative',
        value: -42,
        version: 100,
        stamp: -(2n ** 63n),
        expiresAt: 4_102_444_800_000,
      },
      { ...plain, key: 'object', value: { a: [1, null, 'x'] }, version: 2 ** 40, stamp: 0 },
    ],
  },
  { id: 4, name: 'empty_one', codec: 'text', shape: 65_535, asRecords: false, entries: [] },
];

export const FIXTURE_POSITION: readonly number[] = [12, 3, 90_071_992_547];

export function fixtureBytes(): Uint8Array {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return new Uint8Array(readFileSync(path.join(folder, 'test/fixtures/snapshot-v1/three-maps.samemap')));
}
