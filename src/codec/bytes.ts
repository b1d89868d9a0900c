import type { Codec } from '../contract/codec.ts';
import { refusal } from './errors.ts';
import { slabCopy } from './slab.ts';

const codec: Codec<Uint8Array> = {
  name: 'bytes',
  numbers: false,
  encode: (value) => new Uint8Array(checked(value)),
  lend: (value) => slabCopy(checked(value)),
  decode(cell) {
    if (typeof cell === 'number') throw new TypeError('a number is no bytes');
    return new Uint8Array(cell);
  },
  adopt(cell) {
    if (typeof cell === 'number') throw new TypeError('a number is no bytes');
    return cell;
  },
};

function checked(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw refusal('value', `is no Uint8Array but of type ${typeof value}`);
}

/**
 * Bytes as they are, copied on the way in and out. A Buffer is taken too and reads as a Uint8Array.
 *
 * @returns the codec named `bytes`; its `encode` throws `CODEC` for anything but a Uint8Array
 * @example
 * ```ts
 * import { bytes, open } from 'samemap';
 * const store = await open('memory:');
 * const blobs = store.map('blobs', { codec: bytes() });
 * await blobs.set('pixel', new Uint8Array([0x47, 0x49, 0x46]));
 * await store.close();
 * ```
 */
export function bytes(): Codec<Uint8Array> {
  return codec;
}
