import type { Option } from 'commander';
import type { Format, Out } from './out.ts';
import type { World } from './world.ts';

/** Options that every command takes. */
export interface Globals {
  readonly url?: string | undefined;
  readonly writeOut?: Format | undefined;
  readonly waitMs?: number | undefined;
  readonly timeout?: number | undefined;
  readonly verbose?: boolean | undefined;
}

/** What a command works with. */
export interface Call {
  readonly world: World;
  readonly globals: Globals;
  readonly out: Out;
  /** Aborts on interrupt, and when nobody reads the output any more. */
  readonly signal: AbortSignal;
  /** For every call of the store that takes one. */
  readonly limits: { readonly signal: AbortSignal; readonly deadlineMs: number | undefined };
}

/** A row of the table of commands. */
export interface CommandSpec {
  /** The name and its arguments, as commander reads them: `get <map> <key>`. */
  readonly usage: string;
  /** One line of the list of commands. */
  readonly summary: string;
  /** What else there is to know, as lines. */
  readonly details?: string;
  /** What `--write-out` may say; the first is the default. */
  readonly formats: readonly [Format, ...Format[]];
  readonly options?: readonly Option[];
  /** What to type, and what it does. */
  readonly examples: readonly (readonly [line: string, effect: string])[];
  /** @param args - what was typed for the arguments of `usage`; `undefined` for optional ones left out */
  run(call: Call, options: object, ...args: readonly unknown[]): Promise<void>;
}

/** The command's name. */
export function nameOf(spec: CommandSpec): string {
  return spec.usage.split(' ', 1)[0] ?? spec.usage;
}
