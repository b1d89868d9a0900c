import { readFile } from 'node:fs/promises';
import type { OpenOptions } from '../index.ts';
import { usage } from './exit.ts';
import type { World } from './world.ts';

type ClusterOptions = Pick<OpenOptions, 'auth' | 'tls' | 'deadlineMs'>;

/** The least that a call to a cluster may take, in milliseconds. */
const LEAST_MS = 100;

/**
 * How a cluster is spoken to: by the variables of etcd's own command line, for secrets stand in no address.
 *
 * @param timeoutMs - the most that a call may take; `undefined`: as the engine has it
 * @returns nothing where the address is of another engine
 * @throws Refusal when a variable is none, or its file cannot be read
 */
export async function clusterOptions(
  url: string,
  env: World['env'],
  timeoutMs: number | undefined,
): Promise<ClusterOptions> {
  if (!url.startsWith('etcd:')) return {};
  const auth = authOf(env['ETCDCTL_USER'], env['ETCDCTL_PASSWORD']);
  const [ca, cert, key] = await Promise.all(
    ['ETCDCTL_CACERT', 'ETCDCTL_CERT', 'ETCDCTL_KEY'].map((name) => pemOf(name, env[name])),
  );
  const isSecure = ca !== undefined || cert !== undefined || env['ETCDCTL_INSECURE_TRANSPORT'] === 'false';
  return {
    ...(auth === undefined ? {} : { auth }),
    ...(isSecure ? { tls: { ca, cert, key } } : {}),
    ...(timeoutMs === undefined ? {} : { deadlineMs: Math.max(LEAST_MS, timeoutMs) }),
  };
}

/** `name:password`, or the name with the password apart. */
function authOf(user: string | undefined, password: string | undefined): ClusterOptions['auth'] {
  if (user === undefined || user === '') return undefined;
  if (password !== undefined) return { user, password };
  const colon = user.indexOf(':');
  if (colon < 0) throw usage('ETCDCTL_USER has no password: set ETCDCTL_PASSWORD');
  return { user: user.slice(0, colon), password: user.slice(colon + 1) };
}

async function pemOf(name: string, file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined || file === '') return undefined;
  try {
    return await readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usage(`the file that ${name} names cannot be read: ${reason}`);
  }
}
