import { StoreError, type ErrorCode } from '../../base/errors.ts';

/** Faults of the library and of the system, by what their messages and codes say. */
const FAULTS: readonly (readonly [pattern: RegExp, code: ErrorCode])[] = [
  [/MDB_MAP_FULL|ENOSPC|no space left|EDQUOT|disk quota/i, 'FULL'],
  [/MDB_(CORRUPTED|PAGE_NOTFOUND|INVALID|PANIC)|not an LMDB file|corrupted/i, 'CORRUPT'],
  [/MDB_VERSION_MISMATCH/i, 'FORMAT'],
  [/EACCES|EPERM|EROFS|permission denied|read-only/i, 'DENIED'],
];

/** The fault behind an error of the library; the error itself is the `cause`. */
export function translated(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = String(error instanceof Error ? (Reflect.get(error, 'code') ?? '') : '');
  // 28 is ENOSPC, -30792 is MDB_MAP_FULL: the library hands on bare numbers, too.
  const numbers = code === '28' || code === '-30792' ? 'ENOSPC' : '';
  const found = FAULTS.find(([pattern]) => pattern.test(`${code} ${numbers} ${message}`));
  return new StoreError(found?.[1] ?? 'IO', `${what}: ${message}`, { cause: error });
}
