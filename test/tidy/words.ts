// Rules over single files: size, names, and syntax the house does without.
import { at, isNode, nameOf, parse, walk, type Node, type Source } from './source.ts';

const LINES_MAX = 400;
const MEDIAN_LINES_MAX = 150;

function lineCount({ text }: Source): number {
  return text.trimEnd().split('\n').length;
}

/** At most 400 lines a file, and a median near 100. */
export function lengthViolations(sources: readonly Source[]): string[] {
  const counts = sources.map(lineCount).toSorted((a, b) => a - b);
  const median = counts[Math.floor(counts.length / 2)] ?? 0;
  const long = sources.filter((source) => lineCount(source) > LINES_MAX);
  const found = long.map((source) => `${source.path}: ${lineCount(source)} lines, more than ${LINES_MAX}`);
  return median > MEDIAN_LINES_MAX
    ? [...found, `median of ${median} lines, more than ${MEDIAN_LINES_MAX}`]
    : found;
}

/** File and folder names are kebab-case. */
export function nameViolations(sources: readonly Source[]): string[] {
  const kebab = /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.long)?(\.test)?\.ts$/;
  return sources.filter(({ path }) => !kebab.test(path)).map(({ path }) => `${path}: not kebab-case`);
}

/** No `any`, no enums, no default exports, no `export =`. */
export function syntaxViolations(sources: readonly Source[]): string[] {
  return findNodes(sources, (node) => {
    if (node.type === 'TSAnyKeyword') return 'any';
    if (node.type === 'TSEnumDeclaration') return 'enum';
    if (node.type === 'ExportDefaultDeclaration' || node.type === 'TSExportAssignment')
      return 'default export';
    if (node.type === 'ExportSpecifier' && nameOf(node['exported']) === 'default') return 'default export';
    return undefined;
  });
}

/** No comment switches the compiler off or puts work off. */
export function commentViolations(sources: readonly Source[]): string[] {
  const banned = /@ts-(ignore|nocheck)|\b(TODO|FIXME|XXX)\b/;
  return sources.flatMap((source) =>
    parse(source)
      .comments.filter(({ value }) => banned.test(value))
      .map(({ value, start }) => `${at(source, start)}: ${banned.exec(value)?.[0]}`),
  );
}

/** No top-level await: a module that has it cannot be loaded by `require`. */
export function awaitViolations(sources: readonly Source[]): string[] {
  return findNodes(sources, (node) => {
    if (/Function|MethodDefinition|PropertyDefinition|StaticBlock/.test(node.type)) return false;
    const awaits =
      node.type === 'AwaitExpression' ||
      (node.type === 'ForOfStatement' && node['await'] === true) ||
      node['kind'] === 'await using';
    return awaits ? 'top-level await' : undefined;
  });
}

/** No test is switched off or singled out where it is written; a test may still decide while it runs. */
export function switchedOffTests(sources: readonly Source[]): string[] {
  const functions = ['test', 'it', 'describe', 'suite'];
  const switches = ['only', 'skip', 'todo'];
  const switched = (name: string | undefined): boolean => name !== undefined && switches.includes(name);
  return findNodes(sources, (node) => {
    const callee = node['callee'];
    if (node.type !== 'CallExpression' || !isNode(callee)) return undefined;
    const isTest = (value: unknown): boolean => functions.includes(nameOf(value) ?? '');
    if (isTest(callee['object']) && switched(nameOf(callee['property']))) return nameOf(callee['property']);
    if (!isTest(callee) && !isTest(callee['object'])) return undefined;
    const options = (node['arguments'] as Node[]).filter(({ type }) => type === 'ObjectExpression');
    const fields = options.flatMap((option) => option['properties'] as Node[]);
    const on = fields.find(
      ({ key, value }) => switched(nameOf(key)) && isNode(value) && value.type === 'Literal',
    );
    return nameOf(on?.['key']);
  });
}

/** Reports each node that `judge` names; `judge` returns false to leave a branch out. */
function findNodes(sources: readonly Source[], judge: (node: Node) => string | false | undefined): string[] {
  const found: string[] = [];
  for (const source of sources) {
    walk(parse(source).body, (node) => {
      const finding = judge(node);
      if (typeof finding === 'string') found.push(`${at(source, node.start)}: ${finding}`);
      return finding !== false;
    });
  }
  return found;
}
