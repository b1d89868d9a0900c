import { StoreError } from '../base/errors.ts';

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NOT_ALLOWED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The system's word for what went wrong, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** `true` when the system said that there is no room. */
export function isFull(error: unknown): boolean {
  return NO_ROOM.has(systemCode(error) ?? '');
}

/** The fault of a file operation that changed nothing: `FULL`, `DENIED` or `IO`. */
export function fileError(what: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = isFull(cause) ? 'FULL' : NOT_ALLOWED.has(systemCode(cause) ?? '') ? 'DENIED' : 'IO';
  return new StoreError(code, `${what}: ${String(cause)}`, { cause });
}
