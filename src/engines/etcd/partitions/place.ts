import { randomBytes } from 'node:crypto';
import { StoreError } from '../../../base/errors.ts';
import type { Layout } from '../layout.ts';
import type { Cluster } from '../link/cluster.ts';
import { txn } from '../protocol/methods.ts';
import { put, read, writtenIn } from '../words.ts';

/** Which partition of how many a store is. */
export interface Place {
  readonly partitions: number;
  /** From 0 up. */
  readonly partition: number;
  /** The same for all partitions of a store; `undefined`: begin with a new one. */
  readonly set: string | undefined;
}

/**
 * Records the place of a store in its cluster, or compares it with the one recorded: a partition in another's
 * place, or of another number, would hide entries and let them be written twice.
 *
 * @returns what identifies all partitions of the store
 * @throws StoreError `FORMAT` when another place is recorded
 */
export async function claimPlace(
  cluster: Cluster,
  { place: key, store }: Pick<Layout, 'place' | 'store'>,
  { partitions, partition, set = randomBytes(8).toString('hex') }: Place,
): Promise<string> {
  const mine = { partitions, partition, set };
  const isOnly = partitions === 1;
  const { succeeded, responses } = await cluster.call(
    txn,
    {
      // A store that is there already has its place, or is the only partition.
      compare: isOnly ? [writtenIn(key, 0)] : [writtenIn(key, 0), writtenIn(store, 0)],
      success: isOnly ? [] : [put(key, Buffer.from(JSON.stringify(mine)), 0)],
      failure: [read(key)],
    },
    'again',
  );
  if (succeeded) return set;
  const found = responses[0]?.responseRange?.kvs[0]?.value;
  const recorded = found === undefined ? ONLY : readPlace(found);
  const fits =
    recorded.partitions === partitions &&
    recorded.partition === partition &&
    (partition === 0 || recorded.set === set);
  if (fits) return recorded.set ?? set;
  const shown = ({ partitions: of, partition: which }: Place): string => `partition ${which + 1} of ${of}`;
  const other = recorded.set === set || partition === 0 ? '' : ' of another store';
  throw new StoreError(
    'FORMAT',
    `etcd at ${cluster.host} holds ${shown(recorded)}${other}, opened as ${shown(mine)}: give the groups of hosts as they were given first`,
  );
}

const ONLY: Place = { partitions: 1, partition: 0, set: undefined };

function readPlace(bytes: Buffer): Place {
  try {
    const { partitions, partition, set } = JSON.parse(bytes.toString()) as Partial<Place>;
    if (typeof partitions === 'number' && typeof partition === 'number' && typeof set === 'string')
      return { partitions, partition, set };
  } catch (cause) {
    throw new StoreError('CORRUPT', 'the record of the partition is no JSON', { cause });
  }
  throw new StoreError('CORRUPT', 'the record of the partition is none');
}
