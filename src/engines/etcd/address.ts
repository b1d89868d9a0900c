import { show } from '../../base/options.ts';
import { utf8Length } from '../../base/utf8.ts';

const DEFAULT_PORT = 2379;
const DEFAULT_PREFIX = 'samemap';
const MAX_PREFIX_BYTES = 512;

/** A name, an IPv4 address, or an IPv6 one in brackets; then a port, if it is another than the default one. */
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;

/** What an address says. */
interface Address {
  readonly hosts: readonly string[] | readonly (readonly string[])[];
  readonly prefix?: string;
}

/**
 * Reads what follows the scheme of an address: `//host:port,host:port/prefix`; a semicolon stands between the
 * clusters of several partitions.
 *
 * @throws TypeError when it is none
 */
export function parseAddress(rest: string): Address {
  const match = /^\/\/([^/]*)(?:\/(.*))?$/s.exec(rest);
  if (match?.[1] === undefined)
    throw new TypeError(`an address is etcd://HOST:PORT/PREFIX, got ${show(rest)}`);
  // The text before an @ may hold a password: it is not shown.
  if (match[1].includes('@'))
    throw new TypeError('etcd: user and password go into the option auth, not into the address');
  const groups = match[1].split(';').map((group) => hostsOf(group.split(',')));
  const hosts = groups.length === 1 ? (groups[0] ?? []) : groups;
  const prefix = match[2]?.replace(/\/+$/, '') ?? '';
  return prefix === '' ? { hosts } : { hosts, prefix };
}

/** Checks members of a cluster and completes their ports. @throws TypeError */
export function hostsOf(given: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw new TypeError('etcd engine: hosts must name one host at least');
  const hosts = list.map((host) => {
    const match = typeof host === 'string' ? HOST.exec(host) : null;
    const port = Number(match?.[2] ?? DEFAULT_PORT);
    if (match?.[1] === undefined || port < 1 || port > 65_535)
      throw new TypeError(`etcd engine: hosts must be HOST:PORT, got ${show(host)}`);
    return `${match[1]}:${port}`;
  });
  return [...new Set(hosts)];
}

/** Checks a prefix. @throws TypeError or RangeError */
export function prefixOf(prefix: unknown = DEFAULT_PREFIX): string {
  if (typeof prefix !== 'string')
    throw new TypeError(`etcd engine: prefix must be text, got ${show(prefix)}`);
  const bytes = utf8Length(prefix);
  if (bytes < 1 || bytes > MAX_PREFIX_BYTES || Buffer.from(prefix).toString() !== prefix)
    throw new RangeError(
      `etcd engine: prefix must be well-formed, of 1 to ${MAX_PREFIX_BYTES} bytes, got ${show(prefix)}`,
    );
  return prefix;
}

/** `true`: what is sent there does not leave the machine. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}
