import { open } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import type { Call } from './command.ts';
import { fileRefusal } from './exit.ts';
import type { Notation } from './notation.ts';

/** Works on the bytes of a file, opened before the work begins, or of standard input where none is named. */
export async function withBytes(
  call: Call,
  file: string | undefined,
  what: string,
  work: (source: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  if (file === undefined || file === '-') return work(stdinBytes(call, what));
  const refused = fileRefusal('read', file);
  const handle = await open(file).catch(refused);
  const stream = handle.createReadStream();
  try {
    await work(addAbortSignal(call.signal, stream));
  } catch (error) {
    throw error instanceof Error && error === stream.errored ? refused(error) : error;
  } finally {
    stream.destroy();
  }
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
  for await (const piece of stdinBytes(call, 'the value')) pieces.push(Buffer.from(piece));
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

function stdinBytes({ world, signal }: Call, what: string): Readable {
  if (world.stdin.isTTY) world.stderr.write(`samemap: type ${what}, then Ctrl-D on a line of its own\n`);
  return addAbortSignal(signal, world.stdin);
}

/** The length without the one newline with which a line ends. */
function lengthOf(input: Uint8Array): number {
  const end = input.length;
  if (input[end - 1] !== 10) return end;
  return input[end - 2] === 13 ? end - 2 : end - 1;
}
