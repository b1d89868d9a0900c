// The etcd server that tests start; scripts/etcd-binary.mjs finds it, or obtains it on first use.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('../../../../scripts/etcd-binary.mjs', import.meta.url));

/** A server program. */
export interface EtcdBinary {
  readonly file: string;
  /** For example `3.5.30`. */
  readonly version: string;
  /** Where it came from. */
  readonly from: string;
  /** What a test that asked for it should say; empty when it got what it asked for. */
  readonly note: string;
}

const found = new Map<string, Promise<EtcdBinary>>();

/** The server for conformance (`base`) or for faults (`newer`); rejects with advice when there is none. */
export function etcdBinary(which: 'base' | 'newer'): Promise<EtcdBinary> {
  const known = found.get(which) ?? ask(which);
  found.set(which, known);
  return known;
}

async function ask(which: string): Promise<EtcdBinary> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, which]);
    // SAFETY: the script prints this.
    return JSON.parse(stdout) as EtcdBinary;
  } catch (error) {
    const { stderr } = error as { readonly stderr?: string };
    throw new Error(stderr === undefined || stderr === '' ? `${SCRIPT} failed` : stderr.trim());
  }
}
