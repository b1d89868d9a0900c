// A log whose memory can be looked into.
import { ANY, NEWER } from '../../../src/contract/condition.ts';
import type { SyncEngine } from '../../../src/contract/engine.ts';
import { manualClock, type ManualClock } from '../../../src/conformance/manual-clock.ts';
import { compactorOf } from '../../../src/engines/log/compactor.ts';
import { assemble } from '../../../src/engines/log/engine.ts';
import { openState } from '../../../src/engines/log/opening.ts';
import { type LogOptions, logSettings } from '../../../src/engines/log/options.ts';
import { expiryAt, keyTextAt, storedAt, versionAt } from '../../../src/engines/log/cursor.ts';
import type { State } from '../../../src/engines/log/state.ts';
import type { Files } from '../../../src/fs/files.ts';

export const FORMAT = { codec: 'structured', shape: 0, references: false };

export interface OpenedLog {
  readonly state: State;
  readonly engine: SyncEngine;
  readonly clock: ManualClock;
}

export async function openLog(
  files: Files,
  options: Partial<LogOptions> = {},
  clock: ManualClock = manualClock(),
  busyMeter?: () => () => number,
): Promise<OpenedLog> {
  const settings = logSettings({ dir: 'test', segmentBytes: 4096, compactAt: 1, ...options });
  const state = await openState(files, settings, clock);
  return { state, engine: assemble(state, compactorOf(state, busyMeter), async () => undefined), clock };
}

/** All that readers of a log could see, as one text. */
export function contentOf(state: State): string {
  const lines: string[] = [];
  const now = state.clock.now();
  for (const table of state.names.values()) {
    if (table.stored) lines.push(`map ${table.name}`);
    table.directory.forEach((place, offset) => {
      const segment = state.segments[place];
      if (segment === undefined) throw new Error('an address without a segment');
      const key = keyTextAt(segment, offset);
      const expiresAt = expiryAt(segment, offset);
      if (expiresAt !== 0 && expiresAt <= now) return;
      const { value } = storedAt(segment, offset, key);
      const text =
        typeof value === 'number' ? String(value) : Buffer.from(value as Uint8Array).toString('latin1');
      lines.push(`${table.name}/${key}=${text}@${versionAt(segment, offset)}#${expiresAt}`);
    });
  }
  return lines.sort().join('\n');
}

/** Writes by the words of the seam. */
export function wordsOf({ engine, clock }: OpenedLog, name = 'm') {
  const id = (): number => engine.maps.open(name, FORMAT).id;
  const { core } = engine;
  return {
    id,
    set: (key: string, value: string | number, ttlMs = 0) =>
      core.write(
        id(),
        key,
        typeof value === 'number' ? value : Buffer.from(value),
        ANY,
        0,
        ttlMs === 0 ? 0 : clock.now() + ttlMs,
        undefined,
        0,
      ).at,
    remove: (key: string) => core.write(id(), key, undefined, ANY, 0, 0, undefined, 0).at,
    newer: (key: string, value: string | undefined, stamp: number) =>
      core.write(id(), key, value === undefined ? undefined : Buffer.from(value), NEWER, 0, 0, stamp, 0).ok,
    add: (key: string, delta: number) => core.add(id(), key, delta, 0, 0).at,
    many: (entries: Readonly<Record<string, string | undefined>>) =>
      core.commit(
        [],
        Object.entries(entries).map(([key, value]) => ({
          map: id(),
          key,
          cell: value === undefined ? undefined : Buffer.from(value),
          condition: ANY,
          ifVersion: 0,
          expiresAt: 0,
          stamp: undefined,
          shape: 0,
        })),
      ).at,
    clear: (start = '', end?: string) => core.clear(id(), start, end).count,
    get: (key: string) => core.get(id(), key).entry?.value,
  };
}
