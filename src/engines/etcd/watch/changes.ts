import type { Scope, StoredChange } from '../../../contract/services.ts';
import { unframe, type Framed } from '../frame.ts';
import type { Event } from '../protocol/responses.ts';

const DELETE = 1;

/** One change of a revision, as read off an event. */
export interface Seen {
  readonly kind: 'insert' | 'update' | 'delete' | 'expire';
  readonly key: string;
  readonly version: number;
  readonly now: Framed | undefined;
  readonly before: Framed | undefined;
}

/** What an event says of an entry. */
export interface Told {
  readonly key: string;
  readonly version: number;
  readonly isRemoval: boolean;
  readonly isInsert: boolean;
  readonly now: Framed | undefined;
  /** What stood before; `undefined` where nothing did, or the server does not know it. */
  readonly before: Framed | undefined;
}

/** Reads an event. @throws StoreError when what is stored cannot be read */
export function readEvent({ type, kv, prevKv }: Event, baseBytes: number): Told | undefined {
  if (kv === undefined) return undefined;
  const isRemoval = type === DELETE;
  return {
    key: kv.key.toString('utf8', baseBytes),
    version: kv.modRevision,
    isRemoval,
    isInsert: kv.createRevision === kv.modRevision,
    now: isRemoval ? undefined : unframe(kv.value),
    before: prevKv === undefined ? undefined : unframe(prevKv.value),
  };
}

/** `true` for a removal that may be an expiry. */
export function isDoubtful({ isRemoval, before }: Told): boolean {
  return isRemoval && before !== undefined && before.expiresAt !== 0;
}

/** Links the changes of one revision that are in scope; `undefined` when there are none. */
export function link(
  changes: readonly Seen[],
  { map, key, prefix, previous }: Scope,
): { readonly first: StoredChange; readonly size: number } | undefined {
  let first: StoredChange | undefined;
  let size = 0;
  for (let n = changes.length - 1; n >= 0; n--) {
    const seen = changes[n];
    if (seen === undefined || (key === undefined ? !seen.key.startsWith(prefix) : seen.key !== key)) continue;
    const shown = previous ? seen.before : undefined;
    first = {
      kind: seen.kind,
      map,
      key: seen.key,
      version: seen.version,
      value: seen.now?.cell,
      expiresAt: seen.now?.expiresAt ?? 0,
      shape: seen.now?.shape ?? 0,
      previous: shown?.cell,
      previousShape: shown?.shape ?? 0,
      next: first,
    };
    size++;
  }
  return first === undefined ? undefined : { first, size };
}
