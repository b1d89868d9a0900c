import type { Range, Ttl } from '../contract/calls.ts';
import type { Stamp } from '../contract/entry.ts';

/** What can be told to a store and to the model alike. */
export type CommandWord =
  | 'get'
  | 'entry'
  | 'has'
  | 'getMany'
  | 'set'
  | 'delete'
  | 'take'
  | 'getOrInsert'
  | 'getOrInsertComputed'
  | 'swap'
  | 'update'
  | 'add'
  | 'touch'
  | 'setMany'
  | 'deleteMany'
  | 'list'
  | 'keys'
  | 'values'
  | 'iterate'
  | 'count'
  | 'clear'
  | 'atomic'
  | 'tryLock'
  | 'commit'
  | 'save'
  | 'remove'
  | 'refresh'
  | 'release'
  | 'nextKey'
  | 'tick';

/** A condition without numbers that only a running store knows. */
export type CommandCondition =
  | { readonly is: 'current' | 'stale' | 'invented' | 'absent' | 'present' }
  | { readonly is: 'value'; readonly value: unknown }
  | { readonly is: 'newer'; readonly stamp: Stamp };

/** One command, as data: every field has a value, and each word takes those that it needs. */
export interface Command {
  readonly word: CommandWord;
  readonly face: 'async' | 'sync';
  readonly map: 'm' | 'n';
  readonly key: string;
  /** Further keys, for words that take several. */
  readonly others: readonly string[];
  readonly value: unknown;
  /** A small whole number: a delta, a choice, or a tenth of the seconds of a tick. */
  readonly amount: number;
  readonly ttl: Ttl | undefined;
  readonly condition: CommandCondition | undefined;
  readonly range: Range;
}
