import type { DeleteOutcome, Entry, Outcome } from '../../contract/entry.ts';
import type { AtomicOutcome } from '../../contract/store.ts';
import type { Answer, OperationMessage } from './channel.ts';

type AnyEntry = Entry<unknown, unknown>;
type AnyOutcome = Outcome<unknown, unknown> | DeleteOutcome<unknown, unknown>;

/** Nothing is to be said of the result. */
export const done: Answer<unknown> = () => undefined;

/** A value, a lock or a flag that may be absent. */
export const found: Answer<unknown> = (message, result) => {
  if (result === undefined || result === false) message.outcome = 'absent';
};

/** An entry that may be absent. */
export const entryFound: Answer<AnyEntry | undefined> = (message, entry) => {
  if (entry === undefined) message.outcome = 'absent';
  else message.version = entry.version;
};

/** An entry that was there before or not: both are fine. */
export const entryLeft: Answer<AnyEntry | undefined> = (message, entry) => {
  if (entry !== undefined) message.version = entry.version;
};

/** An entry, or the outcome of a condition. */
export const written: Answer<AnyEntry | AnyOutcome> = (message, result) => {
  if ('ok' in result) judged(message, result);
  else message.version = result.version;
};

/** Whether something was removed, or the outcome of a condition. */
export const removed: Answer<boolean | AnyOutcome> = (message, result) => {
  if (typeof result === 'object') judged(message, result);
  else if (!result) message.outcome = 'absent';
};

/** What became of each of many: `refused` when any of them was. */
export const each: Answer<readonly AnyOutcome[]> = (message, outcomes) => {
  message.count = outcomes.length;
  if (outcomes.some(({ ok }) => !ok)) message.outcome = 'refused';
};

/** A list. */
export const listed: Answer<readonly unknown[]> = (message, items) => {
  message.count = items.length;
};

/** How many there were. */
export const counted: Answer<number> = (message, count) => {
  message.count = count;
};

/** A lock that others may hold. */
export const free: Answer<{ readonly entry: AnyEntry | undefined } | undefined> = (message, lock) => {
  if (lock === undefined) message.outcome = 'refused';
  else if (lock.entry !== undefined) message.version = lock.entry.version;
};

/** Several locks. */
export const all: Answer<{ readonly all: readonly unknown[] }> = (message, locks) => {
  message.count = locks.all.length;
};

/** An atomic commit. */
export const committed: Answer<AtomicOutcome> = (message, outcome) => {
  if (outcome.ok) message.version = outcome.version;
  else message.outcome = 'refused';
};

function judged(message: OperationMessage, outcome: AnyOutcome): void {
  if (outcome.ok) message.version = outcome.version;
  else {
    message.outcome = 'refused';
    if (outcome.current !== undefined) message.version = outcome.current.version;
  }
}
