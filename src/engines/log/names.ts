/** The names of the files of a log. */

/** What the file of a segment is called: its id in ten digits. */
const SEGMENT = /^(\d{10})\.log$/;
/** A segment that is being written and counts for nothing yet. */
const UNFINISHED = /^\d{10}\.tmp$/;

/** What a log that was closed in order leaves for the next opening. */
export const HINT_NAME = 'hint';

/** Zeros, to be given up when the disk is full. */
export const RESERVE_NAME = 'reserve';

export function segmentName(id: number): string {
  return `${String(id).padStart(10, '0')}.log`;
}

export function unfinishedName(id: number): string {
  return `${String(id).padStart(10, '0')}.tmp`;
}

/** The id in the name of a segment; `undefined` for other names. */
export function idOfName(name: string): number | undefined {
  const digits = SEGMENT.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}
