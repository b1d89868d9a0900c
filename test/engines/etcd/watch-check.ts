// The six guarantees, held over what a watcher saw and what writers were told.
import type { HistoryOperation } from '../../../src/conformance/history.ts';
import type { Seen } from './campaign-messages.ts';

/** What is wrong; empty when all is well. */
export function checkWatch(seen: readonly Seen[], operations: readonly HistoryOperation[]): string[] {
  const found: string[] = [];
  const delivered = new Set<string>();
  /** Versions from which, not included, up to which all must have been delivered. */
  const spans: { from: number; to: number }[] = [];
  let replaying = false;
  let last = 0;
  /** Everything up to here has been delivered. */
  let reached = 0;
  for (const { type, key, version = 0, position = NaN, replay } of seen) {
    if (type === 'start' || type === 'reset') {
      replaying = true;
      continue;
    }
    if (type === 'resume') {
      // What was delivered of a commit that was not complete comes again.
      for (const one of delivered) if (Number(one.split(' ')[0]) > position) delivered.delete(one);
      last = reached = position;
      continue;
    }
    if (type === 'live') {
      if (replaying) spans.push({ from: position, to: position });
      if (replaying) last = position;
      replaying = false;
      reached = position;
      continue;
    }
    if (type === 'progress') {
      if (position < reached) found.push(`Bookmarkable: progress went back from ${reached} to ${position}`);
      reached = Math.max(reached, position);
      extend(spans, reached);
      continue;
    }
    if (replaying !== (replay === true)) found.push(`${type} of ${key} at ${version}: replay is ${replay}`);
    if (replaying) continue;
    if (version < last) found.push(`Ordered: ${version} after ${last}`);
    if (version <= reached) found.push(`Bookmarkable: ${version} after everything up to ${reached}`);
    const one = `${version} ${key}`;
    if (delivered.has(one)) found.push(`Unique: ${one} twice`);
    delivered.add(one);
    last = version;
    if (position === version) {
      reached = version;
      extend(spans, reached);
    }
  }
  for (const { kind, key: name, result, version, value } of operations) {
    if (kind === 'read' || result !== 'done' || version === undefined || version === 0) continue;
    if (kind === 'delete' && value === undefined) continue;
    const key = name.slice(name.indexOf('/') + 1);
    if (!spans.some(({ from, to }) => version > from && version <= to)) continue;
    if (!delivered.has(`${version} ${key}`))
      found.push(`Reliable, Atomic: ${kind} of ${key} at ${version} was not delivered`);
  }
  return found;
}

function extend(spans: { from: number; to: number }[], to: number): void {
  const span = spans.at(-1);
  if (span !== undefined) span.to = Math.max(span.to, to);
}
