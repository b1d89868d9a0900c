// The rule that every public name is documented: exports are followed from the doors to their declarations.
import path from 'node:path';
import { at, isNode, nameOf, parse, type Node, type Parsed, type Source } from './source.ts';

/** The sources behind the `exports` of a package.json, whose targets are compiled files. */
export function doorsOf(packageJson: { readonly exports: Readonly<Record<string, string>> }): string[] {
  const targets = Object.values(packageJson.exports).filter((target) => target.endsWith('.js'));
  return targets.map((target) => target.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts'));
}

/**
 * Names reachable from a door whose declaration has no TSDoc comment that defines them and shows them in an
 * `@example`. Doors that do not exist are findings.
 */
export function undocumented(sources: readonly Source[], doors: readonly string[]): string[] {
  const files = new Map(sources.map((source) => [source.path, source]));
  const found = new Set<string>();
  const seen = new Set<string>();

  /** Follows one name of a file, or with `*` all that the file exports. */
  const follow = (file: string, wanted: string): void => {
    if (seen.has(`${file} ${wanted}`)) return;
    seen.add(`${file} ${wanted}`);
    const source = files.get(file);
    if (source === undefined) {
      found.add(`${file}: no such file`);
      return;
    }
    const parsed = parse(source);
    for (const link of linksOf(parsed)) {
      if (wanted !== '*' && link.as !== wanted && link.as !== '*') continue;
      if (link.to !== undefined) {
        if (wanted === '*' || link.as !== '*' || exportsName(files, link.to, wanted)) {
          follow(link.to, link.as === '*' ? wanted : link.name);
        }
      } else {
        const comment = tsdocOf(parsed, link.node);
        const lacks =
          comment === undefined
            ? 'TSDoc comment'
            : /^[\s*]*@example\b/m.test(comment)
              ? undefined
              : '@example';
        if (lacks !== undefined) found.add(`${at(source, link.node.start)}: ${link.as} has no ${lacks}`);
      }
    }
  };

  for (const door of doors) follow(door, '*');
  return [...found];
}

/** One export of a file: declared here by `node`, or `name` of the file `to`; `*` stands for all names. */
interface Link {
  readonly as: string;
  readonly node: Node;
  readonly name: string;
  readonly to?: string;
}

function linksOf(parsed: Parsed): Link[] {
  const resolve = (specifier: string): string => path.posix.join(path.posix.dirname(parsed.path), specifier);
  const imported = new Map<string, Link>();
  const declared = new Map<string, Node>();
  for (const node of parsed.body) {
    const from = nameOf(node['source']);
    if (node.type === 'ImportDeclaration' && from?.startsWith('.')) {
      for (const specifier of node['specifiers'] as Node[]) {
        const as = nameOf(specifier['local']) ?? '';
        imported.set(as, { as, node, name: nameOf(specifier['imported']) ?? '*', to: resolve(from) });
      }
    }
    const declaration = isNode(node['declaration']) ? node['declaration'] : node;
    for (const name of namesOf(declaration)) if (!declared.has(name)) declared.set(name, node);
  }
  return parsed.body.flatMap((node): Link[] => {
    const from = nameOf(node['source']);
    if (from !== undefined && !from.startsWith('.')) return [];
    if (node.type === 'ExportAllDeclaration' && from !== undefined) {
      const as = nameOf(node['exported']) ?? '*';
      return [{ as, node, name: '*', to: resolve(from) }];
    }
    if (node.type !== 'ExportNamedDeclaration') return [];
    if (isNode(node['declaration'])) {
      return namesOf(node['declaration']).map((as) => ({ as, node: declared.get(as) ?? node, name: as }));
    }
    return (node['specifiers'] as Node[]).map((specifier): Link => {
      const as = nameOf(specifier['exported']) ?? '';
      const name = nameOf(specifier['local']) ?? '';
      if (from !== undefined) return { as, node, name, to: resolve(from) };
      const origin = imported.get(name);
      return origin === undefined ? { as, node: declared.get(name) ?? node, name } : { ...origin, as };
    });
  });
}

/** The names a declaration introduces. */
function namesOf(declaration: Node): string[] {
  const declarators = (declaration['declarations'] as Node[] | undefined) ?? [declaration];
  return declarators.map(({ id }) => nameOf(id)).filter((name) => name !== undefined);
}

function exportsName(files: ReadonlyMap<string, Source>, file: string, name: string): boolean {
  const source = files.get(file);
  if (source === undefined) return false;
  return linksOf(parse(source)).some(
    (link) =>
      link.as === name || (link.as === '*' && link.to !== undefined && exportsName(files, link.to, name)),
  );
}

/** The TSDoc comment right before a declaration; `undefined` where there is none that begins with a definition. */
function tsdocOf({ comments, text }: Parsed, { start }: Node): string | undefined {
  const before = comments.findLast(({ end }) => end <= start);
  if (before?.type !== 'Block' || text.slice(before.end, start).trim() !== '') return undefined;
  return /^\*[\s*]*[^\s*@]/.test(before.value) ? before.value : undefined;
}
