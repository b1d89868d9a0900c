import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import type { Call } from './command.ts';
import type { Notation } from './notation.ts';

/** The bytes of a file, or of standard input where none is named. */
export function bytesFrom(call: Call, file: string | undefined, what: string): AsyncIterable<Uint8Array> {
  return addAbortSignal(
    call.signal,
    file === undefined || file === '-' ? stdinOf(call, what) : createReadStream(file),
  );
}

/** A value as it was typed, or read from standard input where it is `-` or left out. */
export async function typedValue(
  call: Call,
  notation: Notation,
  typed: string | undefined,
  plain: boolean,
): Promise<unknown> {
  if (typed !== undefined && typed !== '-') return notation.parse(Buffer.from(typed), plain);
  const pieces: Uint8Array[] = [];
  for await (const piece of bytesFrom(call, undefined, 'the value')) pieces.push(Buffer.from(piece));
  const input = Buffer.concat(pieces);
  return notation.parse(new Uint8Array(notation.textual ? input.subarray(0, lengthOf(input)) : input), plain);
}

/** Lines of UTF-8 text, without their ends. */
export async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const piece of source) {
    const lines = decoder.decode(Buffer.from(piece), { stream: true }).split('\n');
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? '';
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

function stdinOf({ world }: Call, what: string): Readable {
  if (world.stdin.isTTY) world.stderr.write(`samemap: type ${what}, then Ctrl-D on a line of its own\n`);
  return world.stdin;
}

/** The length without the one newline with which a line ends. */
function lengthOf(input: Uint8Array): number {
  const end = input.length;
  if (input[end - 1] !== 10) return end;
  return input[end - 2] === 13 ? end - 2 : end - 1;
}
