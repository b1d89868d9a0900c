import { StoreError } from '../../base/errors.ts';
import type { Files } from '../../fs/files.ts';
import { nodeFiles } from '../../fs/node-files.ts';
import { fileError } from '../../fs/errors.ts';
import { holdDirectory } from '../../fs/holder.ts';
import { type Finding, meetAll } from './inspection.ts';
import { idOfName } from './names.ts';

/** What the reading of all of a log found. */
export interface Verified {
  readonly files: number;
  readonly bytes: number;
  readonly records: number;
  readonly bad: readonly Finding[];
}

/** Reads everything and checks every checksum. */
export async function verifyLog(files: Files): Promise<Verified> {
  const bad: Finding[] = [];
  let count = 0;
  let bytes = 0;
  let records = 0;
  for await (const met of meetAll(files)) {
    if (met.kind === 'bad') bad.push({ file: met.file, offset: met.offset, what: met.what });
    else if (met.kind === 'record') records++;
    else if (met.kind === 'segment') {
      count++;
      bytes += met.bytes.length;
    }
  }
  return { files: count, bytes, records, bad };
}

/**
 * Works on the files of a log that nobody has open.
 *
 * @throws StoreError `IN_USE` while somebody has, `IO` when the directory cannot be read or holds no log
 */
export async function withLogFiles<T>(
  directory: string,
  waitMs: number,
  work: (files: Files) => Promise<T>,
): Promise<T> {
  const files = nodeFiles(directory);
  const names = await files.list().catch((error: unknown) => {
    throw fileError(`${directory} could not be read`, error);
  });
  if (!names.some((name) => idOfName(name) !== undefined))
    throw new StoreError('IO', `${directory} holds no log`);
  const release = await holdDirectory(directory, waitMs);
  try {
    return await work(files);
  } finally {
    await release();
  }
}
