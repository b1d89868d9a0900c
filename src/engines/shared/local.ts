import type { Clock } from '../../base/clock.ts';
import type { Memory } from './memory.ts';
import type { Stage } from './ring.ts';

/** A map as this thread knows it: its number, and where its record lies. */
export interface Table {
  readonly id: number;
  readonly name: string;
  readonly record: number;
}

/** What the words of one thread work with. */
export interface Local {
  readonly m: Memory;
  readonly clock: Clock;
  readonly stage: Stage;
  /** By id. */
  readonly tables: (Table | undefined)[];
  /** A full store evicts. */
  readonly evicts: boolean;
  /** How long stamps of removed entries are remembered, and how many in one stripe. */
  readonly stoneMs: number;
  readonly stonesInStripe: number;
  /** Ticks of expiry count from here, in milliseconds since the epoch. */
  readonly base: number;
}
