import { StoreError } from '../../base/errors.ts';
import type { Cluster } from './link/cluster.ts';
import { status } from './protocol/methods.ts';
import type { StatusResponse } from './protocol/responses.ts';

/** The first releases of each line in which watches and linearizable reads are as they should be. */
const FLOORS: readonly (readonly [line: string, patch: number])[] = [
  ['3.4', 42],
  ['3.5', 28],
  ['3.6', 9],
];

/** What is known of a server by its version. */
export interface Server {
  readonly version: string;
  /** `true`: it has the corrections without which watches may lose or double events. */
  readonly isSound: boolean;
}

/** Asks the member that is spoken to. Of those that tell it to administrators alone all have the corrections. */
export async function serverOf(cluster: Cluster): Promise<Server> {
  const { version } = await statusOf(cluster);
  return version === '' ? { version: 'unknown', isSound: true } : { version, isSound: isSound(version) };
}

/** What a member says of itself; nothing, where the user may not ask. */
export async function statusOf(cluster: Cluster): Promise<StatusResponse> {
  try {
    return await cluster.call(status, {}, 'read');
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'DENIED') throw error;
    return { version: '', dbSize: 0, dbSizeInUse: 0 };
  }
}

/** `true` for releases from the floor of their line on. */
export function isSound(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const floor = FLOORS.find(([line]) => line === `${major}.${minor}`);
  if (floor !== undefined) return patch >= floor[1];
  return major > 3 || (major === 3 && minor > 6);
}

const warned = new Set<string>();

/** Warns once of a server without the corrections. */
export function warnOf({ version, isSound: sound }: Server): void {
  if (sound || warned.has(version)) return;
  warned.add(version);
  const floors = FLOORS.map(([line, patch]) => `${line}.${patch}`).join(', ');
  process.emitWarning(
    `the etcd server is ${version}; before ${floors} servers may lose or double events of a watch, and may answer with a stale member. Upgrade it.`,
    { type: 'SamemapWarning', code: 'SAMEMAP_OLD_ETCD' },
  );
}
