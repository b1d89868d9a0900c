// Finding the TypeScript blocks of pages and of TSDoc comments.
//
// A block begins with ```ts, which words may follow:
//
//   no-run         is compiled, but not run
//   preamble       also stands in front of each block of its page that asks for it
//   with-preamble  asks for the page's preamble; without it a block must compile on its own
import { parse, type Source } from '../tidy/source.ts';

export interface Block {
  /** The page or source file it stands in, and the line of its first line of code. */
  readonly path: string;
  readonly line: number;
  readonly code: string;
  readonly words: readonly string[];
}

const FENCE = /^(?<indent>[ ]*)```(?<info>[^\n`]*)\n(?<code>[^]*?)^\k<indent>```[ ]*$/gm;

/** The blocks of a page, in order. */
export function blocksOfPage(page: Source): Block[] {
  return blocksIn(page.text).map((block) => ({ ...block, path: page.path }));
}

/** The blocks behind the `@example` tags of a source file; they are compiled, never run. */
export function blocksOfSource(source: Source): Block[] {
  const comments = parse(source).comments.filter(
    ({ type, value }) => type === 'Block' && value.startsWith('*'),
  );
  return comments.flatMap(({ value, start }) => {
    // Blanks out what frames the comment and what is no example, and keeps every line on its line.
    const lines = value.split('\n').map((line) => line.replace(/^\s*\*+ ?/, ''));
    let inExample = false;
    const text = lines.map((line) => {
      const tag = /^\s*@(\w+)/.exec(line)?.[1];
      if (tag !== undefined) inExample = tag === 'example';
      return inExample ? line : '';
    });
    const line = source.text.slice(0, start).split('\n').length;
    const found = blocksIn(text.join('\n'));
    if (text.some((each) => each.includes('@example')) && found.length === 0) {
      throw new Error(`${source.path}:${line}: an @example without a \`\`\`ts block`);
    }
    const words = ['no-run'];
    return found.map((block) => ({ ...block, path: source.path, line: block.line + line - 1, words }));
  });
}

function blocksIn(text: string): Omit<Block, 'path'>[] {
  return [...text.replaceAll('\r\n', '\n').matchAll(FENCE)].flatMap((match) => {
    const { indent = '', info = '', code = '' } = match.groups ?? {};
    const [language, ...words] = info.trim().split(/\s+/);
    if (language !== 'ts') return [];
    const line = text.slice(0, match.index).split('\n').length + 1;
    return [{ line, words, code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), '') }];
  });
}

/** A block as a module of its own, its code on the line where the page has it. */
export function moduleOf(block: Block, page: readonly Block[]): string {
  const needsPreamble = block.words.includes('with-preamble');
  const preamble = page.filter(({ path, words }) => path === block.path && words.includes('preamble'));
  if (needsPreamble && preamble.length !== 1) {
    throw new Error(`${block.path}:${block.line}: the page has ${preamble.length} preambles, not one`);
  }
  const before = needsPreamble ? `${preamble[0]?.code ?? ''}` : '';
  const padding = Math.max(0, block.line - 1 - (before.split('\n').length - 1));
  return `${before}${'\n'.repeat(padding)}${block.code}\nexport {};\n`;
}
