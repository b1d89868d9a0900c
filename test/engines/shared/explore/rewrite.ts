// Rewrites compiled production code so that a test decides what happens between any two accesses to shared memory:
// functions that touch it become generators that yield before each access; nothing else changes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { nameOf, type Node, parse, walk } from '../../../tidy/source.ts';

/** A function of a module, and the names of the functions it calls. */
interface Fn {
  readonly module: string;
  readonly name: string;
  readonly node: Node;
  readonly calls: readonly { readonly node: Node; readonly module: string; readonly name: string }[];
  readonly steps: readonly Node[];
}

/** Methods by which a thread goes on only when somebody else lets it: generators here. */
const HOOKS: readonly string[] = ['park', 'recover'];
const BULK: readonly string[] = ['set', 'fill', 'copyWithin'];

/** The rewritten modules of one virtual thread, written to a folder of their own, as a thread has instances of its own. */
export function rewrite(from: string, names: readonly string[], to: string): void {
  mkdirSync(to, { recursive: true });
  const sources = new Map(
    names.map((name) => [
      name,
      { path: `${name}.js`, text: readFileSync(path.join(from, `${name}.js`), 'utf8') },
    ]),
  );
  const functions = new Map<string, Fn>();
  for (const [module, source] of sources) {
    for (const fn of functionsOf(module, parse(source).body, names))
      functions.set(`${module}.${fn.name}`, fn);
  }
  const stepping = steppingOf(functions);
  for (const [module, { text }] of sources) {
    const own = [...functions.values()].filter((fn) => fn.module === module);
    const rewritten = splice(
      text,
      own.flatMap((fn) => editsOf(fn, stepping)),
    );
    const absolute = rewritten.replace(/from '(\.[^']*)'/g, (whole, specifier: string) => {
      const name = /^\.\/([a-z-]+)\.js$/.exec(specifier)?.[1];
      if (name !== undefined && names.includes(name)) return whole;
      return `from '${pathToFileURL(path.resolve(from, specifier)).href}'`;
    });
    writeFileSync(path.join(to, `${module}.js`), absolute.replace(/^\/\/# sourceMappingURL.*$/m, ''));
  }
}

function functionsOf(module: string, body: readonly Node[], names: readonly string[]): Fn[] {
  const origin = new Map<string, string>();
  const declared: Node[] = [];
  for (const node of body) {
    const inner = node.type === 'ExportNamedDeclaration' ? (node['declaration'] as Node | null) : node;
    if (inner?.type === 'FunctionDeclaration') declared.push(inner);
    if (node.type !== 'ImportDeclaration') continue;
    const from = /^\.\/([a-z-]+)\.js$/.exec(nameOf(node['source']) ?? '')?.[1];
    if (from === undefined || !names.includes(from)) continue;
    for (const specifier of node['specifiers'] as Node[]) origin.set(nameOf(specifier['local']) ?? '', from);
  }
  for (const fn of declared) origin.set(nameOf(fn['id']) ?? '', module);
  return declared.map((node) => {
    const calls: { node: Node; module: string; name: string }[] = [];
    const steps: Node[] = [];
    walk(node['body'], (inner) => {
      if (inner.type === 'AssignmentExpression' && isShared(inner['left'] as Node)) steps.push(inner);
      if (inner.type !== 'CallExpression') return;
      const callee = inner['callee'] as Node;
      const name = nameOf(callee) ?? '';
      const from = origin.get(name);
      if (callee.type === 'Identifier' && from !== undefined) calls.push({ node: inner, module: from, name });
      if (callee.type !== 'MemberExpression') return;
      const method = nameOf(callee['property']) ?? '';
      const object = callee['object'] as Node;
      if (HOOKS.includes(method)) calls.push({ node: inner, module: '', name: method });
      else if (nameOf(object) === 'Atomics' || (BULK.includes(method) && isMemory(object))) steps.push(inner);
    });
    return { module, name: nameOf(node['id']) ?? '', node, calls, steps };
  });
}

/** `words[…]`, `m.words[…]`, `bytes[…]`. */
function isShared(left: Node): boolean {
  return left.type === 'MemberExpression' && left['computed'] === true && isMemory(left['object'] as Node);
}

function isMemory(node: Node): boolean {
  const name = node.type === 'MemberExpression' ? nameOf(node['property']) : nameOf(node);
  return name === 'words' || name === 'bytes';
}

/** The functions that touch shared memory, themselves or through others. */
function steppingOf(functions: ReadonlyMap<string, Fn>): ReadonlySet<string> {
  const stepping = new Set<string>();
  for (let grew = true; grew;) {
    grew = false;
    for (const [id, fn] of functions) {
      if (stepping.has(id)) continue;
      const touches = fn.steps.length > 0 || fn.calls.some((call) => isStepping(call, stepping));
      if (!touches) continue;
      stepping.add(id);
      grew = true;
    }
  }
  return stepping;
}

function isStepping(
  call: { readonly module: string; readonly name: string },
  stepping: ReadonlySet<string>,
): boolean {
  return call.module === '' || stepping.has(`${call.module}.${call.name}`);
}

interface Edit {
  readonly at: number;
  readonly text: string;
  /** Longer nodes open first and close last. */
  readonly order: number;
}

function editsOf(fn: Fn, stepping: ReadonlySet<string>): Edit[] {
  if (!stepping.has(`${fn.module}.${fn.name}`)) return [];
  const edits: Edit[] = [{ at: fn.node.start + 'function'.length, text: '*', order: 0 }];
  const wrap = (node: Node, before: string): void => {
    const length = node.end - node.start;
    edits.push({ at: node.start, text: before, order: -length }, { at: node.end, text: ')', order: length });
  };
  walk(fn.node['body'], (inner) => {
    if (inner.type !== 'ArrowFunctionExpression' && inner.type !== 'FunctionExpression') return true;
    const inside = (node: Node): boolean => node.start >= inner.start && node.end <= inner.end;
    if (fn.steps.some(inside) || fn.calls.some((call) => inside(call.node) && isStepping(call, stepping))) {
      throw new Error(`${fn.module}.${fn.name}: a function inside of it touches shared memory`);
    }
    return false;
  });
  for (const node of fn.steps) wrap(node, '(yield, ');
  for (const call of fn.calls) if (isStepping(call, stepping)) wrap(call.node, '(yield* ');
  return edits;
}

function splice(text: string, edits: readonly Edit[]): string {
  const sorted = edits.toSorted((a, b) => a.at - b.at || a.order - b.order);
  let result = '';
  let done = 0;
  for (const { at, text: added } of sorted) {
    result += text.slice(done, at) + added;
    done = at;
  }
  return result + text.slice(done);
}
