import type { Out } from './out.ts';
import { printable } from './printable.ts';
import { tableOf } from './table.ts';

/** What stands in a column of a row. */
export type Cell = string | number | boolean | undefined;

/** A row, by the names of its columns. */
export type Row = Readonly<Record<string, Cell>>;

/** A part of a report: one table, or one field of an object. */
export interface Section {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** How many columns name a row. */
  readonly naming: number;
  readonly json: unknown;
}

/** Rows of one kind; the first column names each of them, with a key beside it where there is one. */
export function listing(name: string, columns: readonly string[], items: readonly object[]): Section {
  const rows = items.map((item): Row => ({ ...item }));
  return { name, columns, rows, naming: columns[1] === 'key' ? 2 : 1, json: items };
}

/** Names and values; those within others are named by their path: `limits.keyBytes`. */
export function pairs(name: string, values: object): Section {
  const rows = [...leaves(values, '')].map(([path, value]): Row => ({ name: path, value }));
  return { name, columns: ['name', 'value'], rows, naming: 1, json: values };
}

/** Writes a report: tables one below the other, lines of a name and a value, or one object. */
export async function writeSections(out: Out, sections: readonly Section[]): Promise<void> {
  if (out.format === 'json') {
    return out.json(Object.fromEntries(sections.map(({ name, json }) => [name, json])));
  }
  for (const [i, section] of sections.entries()) {
    if (out.format === 'simple') {
      for (const line of section.rows.flatMap((row) => linesOf(section, row))) await out.line(line);
      continue;
    }
    if (i > 0) await out.line('');
    await writeTable(out, section);
  }
}

async function writeTable(out: Out, { name, columns, rows }: Section): Promise<void> {
  if (rows.length === 0) return out.line(`no ${name}`);
  const table = tableOf(out, ...columns);
  for (const row of rows) {
    const cells = columns.map((column) => row[column] ?? '-');
    await table.row(...cells.map((cell) => (typeof cell === 'boolean' ? String(cell) : cell)));
  }
  await table.end();
}

/** Lines such as `maps.users.entries <tab> 12` and `supports.reach <tab> process`. */
function linesOf({ name, columns, naming }: Section, row: Row): string[] {
  const path = [name, ...columns.slice(0, naming).map((column) => row[column] ?? '-')].join('.');
  const values = columns.slice(naming).filter((column) => row[column] !== undefined);
  return values.map((column) => {
    const told = column === 'value' ? path : `${path}.${column}`;
    return `${printable(told)}\t${printable(String(row[column]))}`;
  });
}

function* leaves(value: object, path: string): Generator<[path: string, value: Cell]> {
  for (const [name, field] of Object.entries(value) as [string, unknown][]) {
    if (typeof field === 'object' && field !== null) yield* leaves(field, `${path}${name}.`);
    else yield [path + name, field as Cell];
  }
}
