import { StoreError } from '../base/errors.ts';

/** Names a place within a value, as in `value.users[3].name`. */
export type Path = string;

/** What every refusal of a codec is: what, and where in the value. */
export function refusal(path: Path, why: string, cause?: unknown): StoreError {
  return new StoreError('CODEC', `${path} ${why}`, cause === undefined ? undefined : { cause });
}

/** Appends a field's name or an array's index to a path. */
export function below(path: Path, key: string | number): Path {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (key.startsWith('<')) return `${path}.${key}`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
