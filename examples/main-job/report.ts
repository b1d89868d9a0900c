import type { Writable } from 'node:stream';

/** Where the rates stand. */
const RATE_COLUMN = 70;
/** Fewer things have no rate worth telling. */
const FEW = 1000;

/** What the job prints: sections that say what is shown, and under them the proofs. */
export interface Report {
  title(text: string): void;
  section(name: string, sentence: string): void;
  /** One thing that must hold, and how fast it went. */
  proof(holds: boolean, text: string, rate?: string): void;
  /** Prints the sum. Returns whether everything held. */
  end(): boolean;
}

/** Prints to a stream, in colour where that is a terminal that wants it. */
export function reportTo(stream: Writable & { readonly isTTY?: boolean }, colours = true): Report {
  const paint = (code: number, text: string): string =>
    stream.isTTY === true && colours ? `\x1b[${code}m${text}\x1b[0m` : text;
  const print = (line: string): void => void stream.write(`${line}\n`);
  const startedAt = performance.now();
  let sections = 0;
  let proofs = 0;
  let broken = 0;
  return {
    title: (text) => print(paint(1, text)),
    section(name, sentence) {
      sections++;
      print(`\n${String(sections).padStart(2)}  ${paint(1, name.padEnd(10))}  ${sentence}`);
    },
    proof(holds, text, rate = '') {
      proofs++;
      if (!holds) broken++;
      const mark = holds ? paint(32, '✓') : paint(31, '✗');
      print(`    ${mark} ${rate === '' ? text : `${text.padEnd(RATE_COLUMN)}  ${rate.padStart(16)}`}`);
    },
    end() {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      const sum = broken === 0 ? `all ${proofs} proofs hold` : `${broken} of ${proofs} proofs do not hold`;
      print(`\n${paint(broken === 0 ? 32 : 31, sum)}, ${seconds} s`);
      return broken === 0;
    },
  };
}

/** A number as people write it: `12,345`. */
export function count(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

/** Runs work and says how fast it went: a rate, or the time where there is too little for one. */
export async function timed<T>(things: number, unit: string, work: () => Promise<T>): Promise<[T, string]> {
  const startedAt = performance.now();
  const result = await work();
  const ms = Math.max(performance.now() - startedAt, 0.001);
  if (things < FEW) return [result, `${ms.toFixed(ms < 10 ? 1 : 0)} ms`];
  const perSecond = (things / ms) * 1000;
  // Three digits are all that one run can tell.
  const unitOfDigits = 10 ** Math.max(0, Math.floor(Math.log10(perSecond)) - 2);
  return [result, `${count(Math.round(perSecond / unitOfDigits) * unitOfDigits)} ${unit}/s`];
}
