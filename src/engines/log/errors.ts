import { StoreError } from '../../base/errors.ts';

/** Stored bytes that are damaged. */
export function corrupt(where: string, file: string, offset: number, what: string): StoreError {
  return new StoreError('CORRUPT', `${where}/${file}: ${what}, at offset ${offset}`);
}
