import type { Codec } from '../../contract/codec.ts';
import { wrong } from '../assertions.ts';

/** Text in capitals; refuses "no" both ways. */
export const capitals: Codec<string> = {
  name: 'capitals',
  numbers: false,
  encode(value) {
    if (value === 'no') throw new Error('no capitals for that');
    return new TextEncoder().encode(value.toUpperCase());
  },
  decode(cell) {
    const value = new TextDecoder().decode(wrong<Uint8Array>(cell));
    if (value === 'DAMAGED') throw new Error('cannot read that');
    return value.toLowerCase();
  },
};

/** A codec of the same name that writes what {@link capitals} cannot read, and reads it. */
export const damaging: Codec<string> = {
  ...capitals,
  encode: () => new TextEncoder().encode('DAMAGED'),
  decode: () => 'damaged',
};

/** A codec that cannot read what it writes. */
export const oneWay: Codec<string> = {
  ...capitals,
  decode: () => {
    throw new Error('cannot read anything');
  },
};
