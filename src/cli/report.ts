import { inspect } from 'node:util';
import { ERROR_TABLE, StoreError } from '../index.ts';
import { EXIT, Refusal } from './exit.ts';
import { printable } from './printable.ts';
import { wantsColour, type World } from './world.ts';

/** Shows why a command failed, in one line; what lies behind it only when asked for. Returns the exit code. */
export function report(error: unknown, world: World, verbose: boolean): number {
  const name = wantsColour(world.stderr, world.env) ? '\x1b[31msamemap:\x1b[0m' : 'samemap:';
  const message = printable(oneLine(messageOf(error)));
  world.stderr.write(`${name} ${message}\n`);
  if (verbose && !(error instanceof Refusal)) world.stderr.write(`${inspect(error)}\n`);
  return exitCodeOf(error);
}

function messageOf(error: unknown): string {
  if (error instanceof StoreError) {
    const { cause, code, message } = error;
    const why = cause instanceof Refusal ? `: ${cause.message}` : '; --verbose shows why';
    const advice = ERROR_TABLE[code].advice.replace('`waitMs`', '--wait-ms');
    return `${code}: ${sentence(message.replace('; see error.cause', why))} ${advice}`;
  }
  return error instanceof Error ? error.message : String(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof Refusal) return error.exitCode;
  if (error instanceof StoreError) {
    if (error.code === 'CONFLICT') return EXIT.conflict;
    return error.code === 'TIMEOUT' ? EXIT.timeout : EXIT.error;
  }
  // The store throws these for arguments that it refuses, such as an empty key; Node.js throws them with a code.
  const mistake = (error instanceof TypeError || error instanceof RangeError) && !('code' in error);
  return mistake ? EXIT.usage : EXIT.error;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
