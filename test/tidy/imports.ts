// The import graph and the rules over it: storeys, cycles, and who may reach outside the project.
import path from 'node:path';
import { at, nameOf, parse, walk, type Source } from './source.ts';

/** One import of any form: `import`, `export … from`, `import()`, `import type`, `import('…').Type`. */
export interface Import {
  readonly from: string;
  /** A path in the project for a relative import, else the specifier as written. */
  readonly to: string;
  readonly where: string;
}

export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  walk(parse(source).body, (node) => {
    const specifier = nameOf(node['source']);
    if (specifier === undefined) return;
    const relative = specifier.startsWith('.');
    const to = relative ? path.posix.join(path.posix.dirname(source.path), specifier) : specifier;
    found.push({ from: source.path, to, where: at(source, node.start) });
  });
  return found;
}

/** The rooms of the house and their storeys: a room imports only from strictly lower storeys and from itself. */
const STOREYS: Readonly<Record<string, number>> = {
  base: 0,
  contract: 1,
  codec: 2,
  fs: 2,
  parts: 2,
  'engines/memory': 3,
  'engines/shared': 3,
  'engines/log': 3,
  'engines/lmdb': 3,
  'engines/etcd': 3,
  map: 4,
  buffer: 5,
  conformance: 5,
  recipes: 6,
  doors: 6,
  '(public doors)': 7,
  cli: 8,
};

/** The room of a file: its folder below `src/`, one folder deeper for engines; files of `src/` itself are doors. */
export function roomOf(file: string): string {
  const parts = file.split('/').slice(1, -1);
  if (parts.length === 0) return '(public doors)';
  return parts.slice(0, parts[0] === 'engines' ? 2 : 1).join('/');
}

/** Rooms import only from strictly lower storeys; siblings never meet. */
export function storeyViolations(sources: readonly Source[]): string[] {
  const unknown = sources.filter((source) => STOREYS[roomOf(source.path)] === undefined);
  const strangers = unknown.map((source) => `${source.path}: no room called ${roomOf(source.path)}`);
  const inside = sources.flatMap(importsOf).filter(({ to }) => to.startsWith('src/'));
  const misplaced = inside.filter(({ from, to }) => {
    const [upper, lower] = [roomOf(from), roomOf(to)];
    return upper !== lower && !((STOREYS[lower] ?? Infinity) < (STOREYS[upper] ?? -1));
  });
  return [...strangers, ...misplaced.map(({ where, to }) => `${where}: may not import ${to}`)];
}

/** No file imports itself through others; type imports count. Each cycle is reported once. */
export function cycles(sources: readonly Source[]): string[] {
  const graph = new Map(sources.map((source) => [source.path, importsOf(source).map(({ to }) => to)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) found.push([...trail.slice(start), file].join(' -> '));
    if (start >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

/** What a room may import from outside `src/`; `room` is matched with the start of a path below `src/`. */
export interface Permission {
  readonly room: string;
  readonly may: RegExp;
  readonly why: string;
}

/** Imports from outside `src/` that no permission covers. */
export function foreignViolations(sources: readonly Source[], permissions: readonly Permission[]): string[] {
  const foreign = sources.flatMap(importsOf).filter(({ to }) => !to.startsWith('src/'));
  const refused = foreign.filter(
    ({ from, to }) => !permissions.some(({ room, may }) => from.startsWith(`src/${room}`) && may.test(to)),
  );
  return refused.map(({ where, to }) => `${where}: may not import ${to}`);
}
