// Reading a source file as a syntax tree: what every house rule starts from.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';

/** A file as the rules see it: its path relative to the project, with forward slashes, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** A comment: the text between its marks, and where it stands. */
export interface Comment {
  readonly type: 'Line' | 'Block';
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** A node of the syntax tree, with only what all nodes share. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Parsed extends Source {
  readonly body: readonly Node[];
  readonly comments: readonly Comment[];
}

const cache = new WeakMap<Source, Parsed>();

/** The syntax tree of a file; a file that does not parse is an error, not a finding. */
export function parse(source: Source): Parsed {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const { program, comments, errors } = parseSync(source.path, source.text, { sourceType: 'module' });
  if (errors[0] !== undefined) throw new SyntaxError(`${source.path}: ${errors[0].message}`);
  const parsed = { ...source, body: program.body as unknown as Node[], comments };
  cache.set(source, parsed);
  return parsed;
}

/** Visits a value of the tree and everything below it; `visit` returns false to leave a branch out. */
export function walk(value: unknown, visit: (node: Node) => boolean | void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
  } else if (isNode(value)) {
    if (visit(value) === false) return;
    for (const field of Object.values(value)) walk(field, visit);
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** The text of a name or a string literal, else undefined. */
export function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  const name = node.type === 'Literal' ? node['value'] : node['name'];
  return typeof name === 'string' ? name : undefined;
}

/** Where in the file something stands, as `path:line`. */
export function at(source: Source, offset: number): string {
  return `${source.path}:${source.text.slice(0, offset).split('\n').length}`;
}

/** Every TypeScript file below a folder of the project, in order of path. */
export function readSources(root: string, folder: string): Source[] {
  const names = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(folder, name))
    .map((file) => ({
      path: file.split(path.sep).join('/'),
      text: readFileSync(path.join(root, file), 'utf8'),
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
