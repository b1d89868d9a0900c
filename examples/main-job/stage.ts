import type { Store, VersionedMap } from 'samemap';
import type { Package } from './packages.ts';
import type { Report } from './report.ts';

/** What every section of the job works with. */
export interface Stage {
  readonly store: Store;
  readonly report: Report;
  /** What was read from disk. */
  readonly files: readonly (readonly [file: string, Package])[];
  /** The same, as entries keyed by path. */
  readonly packages: VersionedMap<Package>;
}

/** The key of one entry that sections take as their example. */
export function exampleKey({ files }: Stage): string {
  const [key] = files.find(([, { name }]) => name === 'typescript') ?? files[0] ?? [];
  if (key === undefined) throw new Error('no package.json was found below node_modules');
  return key;
}
