import type { Files } from '../../fs/files.ts';
import * as record from '../../parts/record.ts';
import type { RecordReader } from '../../parts/record-reader.ts';
import * as format from './format.ts';
import { meetAll, type Met } from './inspection.ts';

const KINDS: Readonly<Record<number, string>> = {
  [record.SET_BYTES]: 'set',
  [record.SET_NUMBER]: 'number',
  [record.DELETED]: 'deleted',
  [record.EXPIRED]: 'expired',
  [record.EVICTED]: 'evicted',
  [format.STATE]: 'state',
  [format.MAP]: 'map',
  [format.STAMPED]: 'stamped',
  [format.GROUP]: 'group',
  [format.REPLACES]: 'replaces',
};
const SEGMENTS: readonly string[] = ['ordinary', 'compacted', 'loaded'];
/** The most bytes of a value that are shown. */
const SHOWN = 60;

/** The log as text, line by line: the same bytes always give the same lines. */
export async function* dumpLog(files: Files): AsyncGenerator<string, void, undefined> {
  for await (const met of meetAll(files)) yield lineOf(met);
}

function lineOf(met: Met): string {
  switch (met.kind) {
    case 'segment': {
      const { kind, id, previous, flags } = met.header;
      const before = flags & format.BEFORE_IS_SYNCED ? ', all before it synced' : '';
      return `${met.file}  segment ${id}, ${SEGMENTS[kind] ?? `kind ${kind}`}, after ${previous}${before}, ${met.bytes.length} bytes`;
    }
    case 'batch':
      return `  ${met.at}  batch of ${met.batch.count} in ${met.batch.length} bytes, synced up to ${met.batch.synced}`;
    case 'record':
      return `    ${met.reader.at}  ${recordText(met.reader)}`;
    case 'bad':
      return `${met.file}  ${met.offset}  BAD: ${met.what}`;
  }
}

function recordText(reader: RecordReader): string {
  const { kind, map, version, expiresAt, shape, stamp } = reader;
  const parts = [KINDS[kind] ?? `kind ${kind}`];
  if (kind < record.FIRST_CONTROL || kind === format.STAMPED)
    parts.push(`map ${map}`, JSON.stringify(reader.key()), `@${version}`);
  else if (kind === format.MAP) parts.push(`map ${map}`, JSON.stringify(reader.key()));
  if (expiresAt !== 0) parts.push(`until ${new Date(expiresAt).toISOString()}`);
  if (stamp !== undefined) parts.push(`stamp ${stamp}`);
  if (shape !== 0) parts.push(`shape ${shape}`);
  const value = reader.bytes.subarray(reader.valueAt, reader.end);
  if (kind === record.SET_NUMBER || kind === format.GROUP) {
    parts.push(String(new DataView(value.buffer, value.byteOffset, value.length).getFloat64(0, true)));
  } else if (value.length > 0) parts.push(shown(value, kind < record.FIRST_CONTROL ? SHOWN : Infinity));
  return parts.join(' ');
}

/** Bytes as text where they are printable, with the rest in hexadecimal. */
function shown(value: Uint8Array, most: number): string {
  const part = value.length > most ? value.subarray(0, most) : value;
  let text = '';
  for (const byte of part) {
    text +=
      byte >= 0x20 && byte < 0x7f && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return part.length < value.length ? `${text}… (${value.length} bytes)` : text;
}
