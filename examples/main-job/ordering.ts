import { isDeepStrictEqual } from 'node:util';
import { count, timed } from './report.ts';
import type { Stage } from './stage.ts';

/** Keys come in the order of their bytes, from both ends, and by prefix. */
export async function ordering({ report, files, packages }: Stage): Promise<void> {
  report.section('Range', 'Entries are read in key order, a part of them at a time.');
  const sorted = files
    .map(([file]) => file)
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

  const [all, rate] = await timed(sorted.length, 'keys', () => gather(packages.keys()));
  report.proof(isDeepStrictEqual(all, sorted), `${count(all.length)} keys in the order of their bytes`, rate);

  const scoped = await gather(packages.keys({ prefix: '@' }));
  report.proof(
    isDeepStrictEqual(
      scoped,
      sorted.filter((key) => key.startsWith('@')),
    ),
    `prefix "@": ${count(scoped.length)} files of scoped packages`,
  );

  const part = await gather(packages.keys({ start: 'm', end: 'p', reverse: true, limit: 3 }));
  const wanted = sorted.filter((key) => key >= 'm' && key < 'p').toReversed();
  report.proof(
    isDeepStrictEqual(part, wanted.slice(0, 3)),
    `the last three from m to o: ${part.map(folderOf).join(', ')}`,
  );
}

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = [];
  for await (const item of items) gathered.push(item);
  return gathered;
}

function folderOf(file: string): string {
  return file.replace(/\/package\.json$/, '');
}
