import type { Pending, Table } from './pending.ts';

/** Changes that go to the processor together. */
export class Job {
  readonly pendings: readonly Pending[];
  /** Which time it is, from 1. */
  readonly attempt: number;
  /** `true`: found by dividing a batch that kept failing; not repeated, but divided or given up. */
  readonly last: boolean;
  /** The table that all of it is from, as far as that is known. */
  readonly table: Table | undefined;

  constructor(pendings: readonly Pending[], attempt: number, last: boolean, table?: Table) {
    this.pendings = pendings;
    this.attempt = attempt;
    this.last = last;
    this.table = table;
  }

  /** The same changes once more. */
  again(): Job {
    return new Job(this.pendings, this.attempt + 1, false, this.table);
  }

  /** The part at these places, once more. */
  part(places: readonly number[]): Job {
    const pendings = places.flatMap((place) => this.pendings.slice(place, place + 1));
    return new Job(pendings, this.attempt + 1, this.last);
  }

  /** Both halves, in order. */
  halves(): [Job, Job] {
    const middle = this.pendings.length >>> 1;
    const half = (from: number, to: number): Job =>
      new Job(this.pendings.slice(from, to), this.attempt + 1, true);
    return [half(0, middle), half(middle, this.pendings.length)];
  }
}
