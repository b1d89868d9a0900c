import { checkInteger, checkMs, checkOptions, show } from '../../base/options.ts';
import { utf8Length } from '../../base/utf8.ts';
import { hostsOf, isLoopback, prefixOf } from './address.ts';

/**
 * How TLS is spoken; the server's certificate is always verified.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import type { EtcdTls } from 'samemap/etcd';
 * const read = (name: string) => readFileSync(`/etc/etcd/${name}.pem`);
 * const tls = (): EtcdTls => ({ ca: read('ca'), cert: read('client'), key: read('client-key') });
 * ```
 */
export interface EtcdTls {
  /** Certificates, in PEM, of the authorities that are trusted instead of the system's. */
  readonly ca?: string | Uint8Array | undefined;
  /** The client's certificate, in PEM; beside `key`. */
  readonly cert?: string | Uint8Array | undefined;
  /** The client's private key, in PEM; beside `cert`. */
  readonly key?: string | Uint8Array | undefined;
  /** The name that the server's certificate must bear, instead of that of the host. */
  readonly serverName?: string | undefined;
}

/**
 * Who the program is, by etcd's own authentication.
 *
 * @example
 * ```ts
 * import type { EtcdAuth } from 'samemap/etcd';
 * const auth: EtcdAuth = { user: 'shop', password: process.env['ETCD_PASSWORD'] ?? '' };
 * ```
 */
export interface EtcdAuth {
  readonly user: string;
  readonly password: string;
}

/**
 * How an engine on etcd behaves; all but the hosts is optional.
 *
 * @example
 * ```ts
 * import type { EtcdOptions } from 'samemap/etcd';
 * const options: EtcdOptions = { hosts: ['10.0.0.1', '10.0.0.2', '10.0.0.3'], prefix: 'shop', tls: true };
 * ```
 */
export interface EtcdOptions {
  /**
   * Members of one cluster as `host:port`, one or several; without a port, 2379. A list of lists names several
   * clusters, each of which holds a partition of the keys: always the same ones, in the same order.
   */
  readonly hosts: string | readonly string[] | readonly (readonly string[])[];
  /**
   * What all keys of the store begin with, followed by a slash: a name of 1 to 512 bytes. Stores of
   * different prefixes know nothing of each other.
   *
   * @default 'samemap'
   */
  readonly prefix?: string | undefined;
  /** User and password; refused over plain connections to anything but this machine. */
  readonly auth?: EtcdAuth | undefined;
  /** TLS: `true` trusts the system's authorities; missing or `false` is a plain connection. */
  readonly tls?: boolean | EtcdTls | undefined;
  /**
   * How long a call may take, connecting included, in milliseconds from 100 up.
   *
   * @default 10000
   */
  readonly deadlineMs?: number | undefined;
  /**
   * How long one member is given to answer what may be asked of another one instead, in milliseconds from
   * 50 up.
   *
   * @default 3000
   */
  readonly attemptMs?: number | undefined;
  /**
   * The most changes that wait for one reader; one that is overrun catches up by the state.
   *
   * @default 65536
   */
  readonly queueLimit?: number | undefined;
  /**
   * How long stamps of removed entries are remembered, in milliseconds.
   *
   * @default 600000
   */
  readonly tombstoneMs?: number | undefined;
  /**
   * The most bytes of one request, as the servers' `--max-request-bytes` says.
   *
   * @default 1572864
   */
  readonly requestBytes?: number | undefined;
  /**
   * How many revisions of the *cluster's* history `compact` leaves; missing: `compact` leaves the history to the
   * servers' own compaction and collects only what this store left behind.
   */
  readonly keepRevisions?: number | undefined;
}

/** {@link EtcdOptions}, checked and complete. */
export interface EtcdSettings {
  readonly hosts: readonly string[];
  readonly prefix: string;
  readonly auth: EtcdAuth | undefined;
  readonly tls: EtcdTls | undefined;
  readonly deadlineMs: number;
  readonly attemptMs: number;
  readonly queueLimit: number;
  readonly tombstoneMs: number;
  readonly requestBytes: number;
  readonly keepRevisions: number | undefined;
}

const NAMES: readonly (keyof EtcdOptions)[] = [
  'hosts',
  'prefix',
  'auth',
  'tls',
  'deadlineMs',
  'attemptMs',
  'queueLimit',
  'tombstoneMs',
  'requestBytes',
  'keepRevisions',
];

/**
 * Checks options and fills in the defaults, for each partition. What is secret is never shown.
 *
 * @throws TypeError or RangeError naming the option and its limits
 */
export function etcdSettings(options: EtcdOptions): readonly [EtcdSettings, ...EtcdSettings[]] {
  checkOptions('etcd engine', options, NAMES);
  const [first, ...others] = groupsOf(options.hosts).map((hosts) => settingsOf(options, hostsOf(hosts)));
  if (first === undefined) throw new TypeError('etcd engine: hosts must name one host at least');
  const all = [first, ...others].flatMap(({ hosts }) => hosts);
  const twice = all.find((host, i) => all.indexOf(host) !== i);
  if (twice !== undefined) throw new TypeError(`etcd engine: hosts names ${show(twice)} in two partitions`);
  return [first, ...others];
}

function groupsOf(hosts: unknown): readonly unknown[] {
  return Array.isArray(hosts) && hosts.some((group) => Array.isArray(group)) ? hosts : [hosts];
}

function settingsOf(options: EtcdOptions, hosts: readonly string[]): EtcdSettings {
  const tls = tlsOf(options.tls);
  const { keepRevisions } = options;
  return {
    hosts,
    prefix: prefixOf(options.prefix),
    auth: authOf(options.auth, tls, hosts),
    tls,
    deadlineMs: checkMs('deadlineMs', options.deadlineMs ?? 10_000, 100, 2 ** 31 - 1),
    attemptMs: checkMs('attemptMs', options.attemptMs ?? 3_000, 50, 2 ** 31 - 1),
    queueLimit: checkInteger('queueLimit', options.queueLimit ?? 65_536, 1, 2 ** 24),
    tombstoneMs: checkMs('tombstoneMs', options.tombstoneMs ?? 600_000, 0),
    requestBytes: checkInteger('requestBytes', options.requestBytes ?? 1_572_864, 65_536, 2 ** 30),
    keepRevisions: keepRevisions === undefined ? undefined : checkInteger('keepRevisions', keepRevisions, 0),
  };
}

function authOf(
  auth: EtcdAuth | undefined,
  tls: EtcdTls | undefined,
  hosts: readonly string[],
): EtcdAuth | undefined {
  if (auth === undefined) return undefined;
  checkOptions('etcd engine: auth', auth, ['user', 'password']);
  for (const name of ['user', 'password'] as const) {
    const value: unknown = auth[name];
    if (typeof value !== 'string' || value === '' || utf8Length(value) > 4_096)
      throw new TypeError(`etcd engine: auth.${name} must be a text of 1 to 4,096 bytes`);
  }
  const far = hosts.find((host) => !isLoopback(host));
  if (tls === undefined && far !== undefined)
    throw new TypeError(`etcd engine: auth goes to ${show(far)} over a plain connection; set tls`);
  return { user: auth.user, password: auth.password };
}

function tlsOf(tls: EtcdOptions['tls']): EtcdTls | undefined {
  if (tls === undefined || tls === false) return undefined;
  if (tls === true) return {};
  checkOptions('etcd engine: tls', tls, ['ca', 'cert', 'key', 'serverName']);
  for (const name of ['ca', 'cert', 'key'] as const) {
    const pem: unknown = tls[name];
    if (pem === undefined || typeof pem === 'string' || pem instanceof Uint8Array) continue;
    throw new TypeError(`etcd engine: tls.${name} must be text or bytes in PEM`);
  }
  if ((tls.cert === undefined) !== (tls.key === undefined))
    throw new TypeError('etcd engine: tls.cert and tls.key come together');
  if (tls.serverName !== undefined && (typeof tls.serverName !== 'string' || tls.serverName === ''))
    throw new TypeError(`etcd engine: tls.serverName must be a name, got ${show(tls.serverName)}`);
  return tls;
}
