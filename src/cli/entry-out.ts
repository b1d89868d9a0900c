import type { Entry } from '../index.ts';
import { usage } from './exit.ts';
import type { Notation } from './notation.ts';
import type { Out } from './out.ts';
import { harmless, moment, printable } from './printable.ts';
import { tableOf, type Table } from './table.ts';

/** An entry as an object that JSON can write. */
export function jsonOf(entry: Entry<unknown>, notation: Notation): object {
  const { key, value, version, expiresAt } = entry;
  return { key, value: notation.toJson(value), version, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

/** A value on one line. */
export function lineOf(value: unknown, notation: Notation): string {
  const shown = notation.show(value);
  return typeof shown === 'string' ? printable(shown) : JSON.stringify(notation.toJson(value));
}

/** Writes one entry: its value alone, an object, or a table of one row. */
export async function writeEntry(
  out: Out,
  entry: Entry<unknown>,
  notation: Notation,
  plain: boolean,
): Promise<void> {
  if (out.format === 'json') return out.json(jsonOf(entry, notation));
  if (out.format === 'table') {
    const table = entryTable(out);
    await entryRow(table, entry, notation);
    return table.end();
  }
  const onTerminal = out.world.stdout.isTTY === true;
  const shown = plain && typeof entry.value === 'string' ? entry.value : notation.show(entry.value);
  if (typeof shown === 'string') return out.line(onTerminal ? harmless(shown) : shown);
  if (onTerminal) throw usage('the value is bytes: send the output to a file or a pipe, or say -w json');
  return out.write(shown);
}

/** Begins a table of entries. */
export function entryTable(out: Out): Table {
  return tableOf(out, 'key', 'version', 'expires', 'value');
}

/** Adds an entry to a table. */
export function entryRow(table: Table, entry: Entry<unknown>, notation: Notation): Promise<void> {
  const expires = entry.expiresAt === undefined ? '-' : moment(entry.expiresAt);
  return table.row(entry.key, entry.version, expires, lineOf(entry.value, notation));
}
