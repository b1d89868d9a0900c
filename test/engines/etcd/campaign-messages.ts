// What a campaign and its clients tell each other.
import type { HistoryOperation } from '../../../src/conformance/history.ts';

/** What a client is to do. */
export interface ClientSettings {
  readonly id: number;
  readonly hosts: readonly string[];
  /** How many calls are under way. */
  readonly workers: number;
  readonly seed: number;
  /** The longest pause of a worker between two calls. */
  readonly paceMs: number;
}

/** One thing that a watcher saw. */
export interface Seen {
  readonly type: string;
  readonly key?: string;
  readonly version?: number;
  readonly value?: number | undefined;
  readonly replay?: boolean;
  /** Of the bookmark; NaN where it has none. */
  readonly position?: number;
}

/** What a client saw. */
export interface ClientReport {
  readonly operations: readonly HistoryOperation[];
  readonly seen: readonly Seen[];
  /** What must not happen. */
  readonly problems: readonly string[];
  /** Faults that calls ended with, by code. */
  readonly codes: Readonly<Record<string, number>>;
}

/** What a client sends. */
export type FromClient =
  | { readonly kind: 'ready' | 'stopped' }
  | { readonly kind: 'done'; readonly done: number }
  | { readonly kind: 'report'; readonly report: ClientReport };
