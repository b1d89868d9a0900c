import { compareUtf8 } from '../base/utf8.ts';
import { PRESENT, VERSION, type Condition } from '../contract/condition.ts';
import type { AsyncCore, Cell, Operation, Stored, SyncCore } from '../contract/core.ts';
import { SOMETHING, type History, type HistoryOperation } from './history.ts';

/** When a call was made and when it ended. */
export interface Span {
  readonly invoke: number;
  readonly return: number;
}

/** Writes one call down; `reply` is missing when the outcome is unknown. */
export type Note<Args extends readonly unknown[], R> = (span: Span, args: Args, reply: R | undefined) => void;

/** How the words of a core are written down. */
export type Notes = {
  readonly [Word in 'get' | 'getMany' | 'write' | 'add' | 'commit' | 'page' | 'clear']: Note<
    Parameters<AsyncCore[Word]>,
    ReturnType<SyncCore[Word]>
  >;
} & { readonly drop: Note<[id: number], void> };

/** Makes the notes of one client. */
export function createNotes(history: History, process: number): Notes {
  const add = (
    span: Span,
    map: number,
    key: string,
    fields: Pick<HistoryOperation, 'kind'> & Partial<HistoryOperation>,
  ): void => {
    // Written out: a history of a million operations is more than objects that are spread can keep up with.
    history.add({
      process,
      key: nameOf(map, key),
      kind: fields.kind,
      invoke: span.invoke,
      return: span.return,
      result: fields.result ?? 'done',
      value: fields.value,
      version: fields.version,
      at: fields.at,
      over: fields.over,
      delta: fields.delta,
      expires: fields.expires ?? false,
    });
  };

  const read = (span: Span, map: number, key: string, at: number, entry: Stored | undefined): void =>
    add(span, map, key, { kind: 'read', at, ...standing(entry) });

  const range = (span: Span, map: number, start: string, end: string | undefined) => ({
    process,
    ...span,
    holds: (name: string): boolean => {
      const key = keyIn(map, name);
      return (
        key !== undefined && compareUtf8(key, start) >= 0 && (end === undefined || compareUtf8(key, end) < 0)
      );
    },
    entries: new Map<string, { value: unknown; version: number }>(),
  });

  return {
    get: (span, [map, key], reply) => {
      if (reply !== undefined) read(span, map, key, reply.at, reply.entry);
    },
    getMany: (span, [map, keys], reply) => {
      if (reply === undefined) return;
      for (const [i, key] of keys.entries()) read(span, map, key, reply.at, reply.entries[i]);
    },
    write: (span, [map, key, cell, condition, ifVersion, expiresAt], reply) => {
      const asked = request(cell, condition, ifVersion, expiresAt);
      if (reply === undefined) add(span, map, key, { ...asked, result: 'unknown' });
      else if (!reply.ok) {
        add(span, map, key, { ...asked, result: 'refused', at: reply.at, ...standing(reply.entry) });
      } else if (cell === undefined && reply.entry === undefined) {
        read(span, map, key, reply.at, undefined);
      } else {
        const { at, entry } = reply;
        const removed = cell === undefined ? { over: entry?.version, value: valueOf(entry?.value) } : {};
        add(span, map, key, { ...asked, ...removed, version: at, at, expires: hasExpiry(cell, entry) });
      }
    },
    add: (span, [map, key, delta, expiresAt], reply) => {
      const asked = { kind: 'add', delta, expires: expiresAt !== 0 } as const;
      if (reply === undefined) add(span, map, key, { ...asked, result: 'unknown' });
      else {
        const { ok, at, entry } = reply;
        const told = { at, ...standing(entry), expires: ok && hasTime(entry) };
        add(span, map, key, { ...asked, ...told, result: ok ? 'done' : 'refused' });
      }
    },
    commit: (span, [guards, operations], reply) => {
      const guard = (operation: Operation): number | undefined =>
        guards.flatMap((g) =>
          g.kind === 'version' && g.map === operation.map && g.key === operation.key ? [g.version] : [],
        )[0];
      for (const operation of operations) {
        const { map, key, cell, condition, ifVersion, expiresAt } = operation;
        const asked = request(cell, condition, ifVersion, expiresAt);
        const over =
          guard(operation) ?? (cell === undefined && condition !== VERSION ? undefined : asked.over);
        if (reply === undefined) add(span, map, key, { ...asked, over, result: 'unknown' });
        else if (reply.ok) add(span, map, key, { ...asked, over, version: reply.at, at: reply.at });
      }
      if (reply === undefined) return;
      const { ok, at, failed, current } = reply;
      const refused = guards[failed] ?? operations[failed - guards.length];
      if (refused !== undefined) read(span, refused.map, refused.key, at, current);
      if (!ok) return;
      for (const { kind, map, key, ...rest } of guards) {
        if (kind === 'fence' || operations.some((other) => other.map === map && other.key === key)) continue;
        // True just before the commit; what shares its version may have come in between.
        const version = 'version' in rest ? rest.version : 0;
        const told = version === 0 ? { version, at: at - 1 } : { version, value: SOMETHING };
        add(span, map, key, { kind: 'read', ...told });
      }
    },
    page: (span, [map, start, end, , reverse], reply) => {
      if (reply === undefined) return;
      const { at, entries, more } = reply;
      const whole = range(span, map, start, end);
      const last = entries.at(-1)?.key;
      const reached = (name: string): boolean => {
        const order = compareUtf8(keyIn(map, name) ?? '', last ?? '');
        return !more || last === undefined || (reverse ? order >= 0 : order <= 0);
      };
      for (const { key, value, version } of entries) {
        whole.entries.set(nameOf(map, key), { value: valueOf(value), version });
      }
      const holds = (name: string): boolean => whole.holds(name) && reached(name);
      history.addRange({ ...whole, holds, kind: 'read', result: 'done', at });
    },
    clear: (span, [map, start, end], reply) => {
      const whole = range(span, map, start, end);
      if (reply === undefined)
        history.addRange({ ...whole, kind: 'delete', result: 'unknown', at: undefined });
      else {
        const kind = reply.count === 0 ? 'read' : 'delete';
        history.addRange({ ...whole, kind, result: 'done', at: reply.at });
      }
    },
    // The version of a drop is told to nobody.
    drop: (span, [id]) => {
      history.addRange({
        ...range(span, id, '', undefined),
        kind: 'delete',
        result: 'unknown',
        at: undefined,
      });
    },
  };
}

/** Of any key, also of one that is no string: faces may ask for it where the engine keeps references. */
function nameOf(map: number, key: string): string {
  return `${map}/${String(key)}`;
}

/** The key behind a name, if it is of this map. */
function keyIn(map: number, name: string): string | undefined {
  return name.startsWith(`${map}/`) ? name.slice(`${map}/`.length) : undefined;
}

/** What a write asks. */
function request(
  cell: Cell | undefined,
  condition: Condition,
  ifVersion: number,
  expiresAt: number,
): Pick<HistoryOperation, 'kind' | 'value' | 'over' | 'expires'> {
  const over = condition === VERSION ? ifVersion : condition === PRESENT ? 'present' : undefined;
  const expires = cell !== undefined && expiresAt !== 0;
  return { kind: cell === undefined ? 'delete' : 'write', value: valueOf(cell), over, expires };
}

function standing(entry: Stored | undefined): Pick<HistoryOperation, 'value' | 'version'> {
  return { value: valueOf(entry?.value), version: entry?.version ?? 0 };
}

function hasExpiry(cell: Cell | undefined, entry: Stored | undefined): boolean {
  return cell !== undefined && hasTime(entry);
}

/** An entry that was not told may have any. */
function hasTime(entry: Stored | undefined): boolean {
  return entry === undefined || (entry.expiresAt ?? 0) !== 0;
}

/** Something that compares by `Object.is`. */
function valueOf(cell: Cell | undefined): unknown {
  return cell instanceof Uint8Array ? `bytes ${Buffer.from(cell).toString('latin1')}` : cell;
}
