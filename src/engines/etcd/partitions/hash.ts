/**
 * Which partition a key lives in: by its text, or by what stands in the first `{…}` of it, so that keys can be kept
 * together. Fixed for ever (docs/formats/etcd.md): where entries lie depends on it.
 */
export function partitionOf(key: string, partitions: number): number {
  return hashOf(tagOf(key)) % partitions;
}

/** The tag of a key: what is between the first `{` and the next `}`, if that is something; else all of it. */
function tagOf(key: string): string {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open);
  return close > open + 1 ? key.slice(open + 1, close) : key;
}

/** FNV-1a over the bytes of UTF-8, with the finish of MurmurHash3 so that all bits count; 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
