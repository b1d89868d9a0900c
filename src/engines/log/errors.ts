import { StoreError } from '../../base/errors.ts';

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** `true` when the system said that there is no room. */
export function isFull(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && NO_ROOM.has(code);
}

/** The fault of a file operation that changed nothing. */
export function fileError(what: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  return new StoreError(isFull(cause) ? 'FULL' : 'IO', `${what}: ${String(cause)}`, { cause });
}

/** Stored bytes that are damaged. */
export function corrupt(where: string, file: string, offset: number, what: string): StoreError {
  return new StoreError('CORRUPT', `${where}/${file}: ${what}, at offset ${offset}`);
}
