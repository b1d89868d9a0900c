import type { Out } from './out.ts';
import { printable } from './printable.ts';
import { wantsColour } from './world.ts';

/** How many rows decide the widths; later rows may stick out. */
const MEASURED_ROWS = 500;

/** A table in columns, written while it grows. */
export interface Table {
  row(...cells: readonly (string | number)[]): Promise<void>;
  /** Writes what was held back for measuring. */
  end(): Promise<void>;
}

/**
 * Begins a table. Columns of numbers stand to the right. On a terminal, rows are cut at its edge.
 *
 * @param titles - of the columns, from left to right
 */
export function tableOf(out: Out, ...titles: readonly string[]): Table {
  let held: (readonly (string | number)[])[] | undefined = [];
  let widths: number[] = [];
  let numeric: boolean[] = [];
  const { stdout, env } = out.world;
  const edge = stdout.isTTY === true ? (stdout.columns ?? Infinity) : Infinity;

  const lineOf = (cells: readonly (string | number)[]): string => {
    const padded = cells.map((cell, i) => {
      const text = shown(cell);
      const gap = ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text)));
      return numeric[i] ? gap + text : text + gap;
    });
    return cut(padded.join('  ').trimEnd(), edge);
  };

  const flush = async (): Promise<void> => {
    if (held === undefined) return;
    const rows = held;
    held = undefined;
    widths = titles.map((title, i) =>
      rows.reduce((most, row) => Math.max(most, widthOf(shown(row[i] ?? ''))), title.length),
    );
    numeric = titles.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number'));
    const line = lineOf(titles.map((title) => title.toUpperCase()));
    await out.line(wantsColour(stdout, env) ? `\x1b[1m${line}\x1b[0m` : line);
    for (const row of rows) await out.line(lineOf(row));
  };

  return {
    async row(...cells) {
      if (held === undefined) return out.line(lineOf(cells));
      held.push(cells);
      if (held.length >= MEASURED_ROWS) await flush();
    },
    end: flush,
  };
}

function shown(cell: string | number): string {
  return typeof cell === 'number' ? cell.toLocaleString('en-US') : printable(cell);
}

function widthOf(text: string): number {
  return Array.from(text).length;
}

function cut(line: string, edge: number): string {
  return widthOf(line) <= edge
    ? line
    : `${Array.from(line)
        .slice(0, edge - 1)
        .join('')}…`;
}
