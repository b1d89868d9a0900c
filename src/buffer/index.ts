/** The write-behind buffer: a flood of changes in, batches of last states out, and nothing lost. */
export { openBuffer } from './open-buffer.ts';
export type {
  BufferOptions,
  BufferWriteOptions,
  CloseOptions,
  IdentityOptions,
  MapBuffer,
} from './map-buffer.ts';
export { openQueue } from './open-queue.ts';
export type { PushOptions, QueueBuffer, QueueOptions } from './queue-buffer.ts';
export { toDeadLetters, toMap } from './to-map.ts';
export type { StoredDeadLetter } from './to-map.ts';
export { closeOnExit } from './close-on-exit.ts';
export type { CloseOnExitOptions, Closing } from './close-on-exit.ts';
export { BUFFER_CHANNELS } from './channels.ts';
export type { BufferedDelete, BufferedSet, BufferEntry, BufferKey, Deletes } from './entry.ts';
export type { LiveOptions, MachineOptions, RetryOptions } from './options.ts';
export type { PartitionKeyOption } from './partition-of.ts';
export type {
  BatchContext,
  BatchFailure,
  BatchResult,
  DeadLetter,
  DeadLetterHandler,
  Processor,
} from './processor.ts';
export type { Batch, Batches } from './pull.ts';
export type { BufferStats } from './stats.ts';
