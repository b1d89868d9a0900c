import { usage } from './exit.ts';
import { parseJson } from './notation.ts';

/** A line that says how a map is stored; entries of the map follow. */
export interface MapLine {
  readonly map: string;
  readonly codec: string | undefined;
  readonly shape: number | undefined;
}

/** A line that is an entry. */
export interface EntryLine {
  readonly map: string;
  readonly key: string;
  readonly value: unknown;
  readonly expiresAt?: number;
}

/**
 * Reads a line of an export; fields that it does not know are passed over.
 *
 * @param into - the map that all lines go into; left out: each says its own
 * @throws Refusal saying what is wrong with the line
 */
export function readLine(line: string, into: string | undefined): MapLine | EntryLine {
  const fields = parseJson(line);
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw usage('not a JSON object');
  const given: Readonly<Record<string, unknown>> = { ...fields };
  const map = into ?? given['map'];
  if (typeof map !== 'string') throw usage('"map" must be a string; -m says it for all lines');
  return 'key' in given || 'value' in given ? entryOf(map, given) : mapOf(map, given);
}

function entryOf(map: string, { key, value, expiresAt }: Readonly<Record<string, unknown>>): EntryLine {
  if (typeof key !== 'string') throw usage('"key" must be a string');
  if (value === undefined) throw usage('"value" is missing');
  if (expiresAt === undefined) return { map, key, value };
  if (typeof expiresAt !== 'number')
    throw usage('"expiresAt" must be a number: milliseconds since the epoch');
  return { map, key, value, expiresAt };
}

function mapOf(map: string, { codec, shape }: Readonly<Record<string, unknown>>): MapLine {
  if (codec === undefined && shape === undefined) throw usage('"key" and "value" are missing');
  if (codec !== undefined && typeof codec !== 'string') throw usage('"codec" must be a string');
  if (shape !== undefined && typeof shape !== 'number') throw usage('"shape" must be a number');
  return { map, codec, shape };
}
