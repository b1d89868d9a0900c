import type { Law } from '../fixture.ts';
import { addLaws } from './add.ts';
import { atomicLaws } from './atomic.ts';
import { atomicMisuseLaws } from './atomic-misuse.ts';
import { atomicRaceLaws } from './atomic-races.ts';
import { callMisuseLaws } from './call-misuse.ts';
import { callLaws } from './calls.ts';
import { closingLaws } from './closing.ts';
import { conditionMisuseLaws } from './condition-misuse.ts';
import { conditionValueLaws } from './condition-value.ts';
import { conditionLaws } from './conditions.ts';
import { countClearLaws } from './count-clear.ts';
import { durabilityLaws } from './durability.ts';
import { errorTextLaws } from './error-texts.ts';
import { expiryLaws } from './expiry.ts';
import { expiryWatchLaws } from './expiry-watch.ts';
import { followLaws } from './follow.ts';
import { formatLaws } from './formats.ts';
import { getOrInsertLaws } from './get-or-insert.ts';
import { inspectLaws } from './inspect.ts';
import { iterationLaws } from './iteration.ts';
import { keyCodecLaws } from './key-codecs.ts';
import { keyLaws } from './keys.ts';
import { lockConflictLaws } from './lock-conflicts.ts';
import { lockDraftLaws } from './lock-draft.ts';
import { lockManyLaws } from './lock-many.ts';
import { lockMisuseLaws } from './lock-misuse.ts';
import { lockQueueLaws } from './lock-queue.ts';
import { lockWaitingLaws } from './lock-waiting.ts';
import { lockWriteLaws } from './lock-writes.ts';
import { manyLaws } from './many.ts';
import { rangeOrderLaws } from './range-order.ts';
import { rangeLaws } from './ranges.ts';
import { readLaws } from './reads.ts';
import { referenceLaws } from './references.ts';
import { restoreLaws } from './restore.ts';
import { schemaLaws } from './schemas.ts';
import { shapeLaws } from './shapes.ts';
import { shapeWordLaws } from './shape-words.ts';
import { snapshotEdgeLaws } from './snapshot-edges.ts';
import { snapshotLaws } from './snapshot.ts';
import { stampLaws } from './stamps.ts';
import { ttlLaws } from './ttl.ts';
import { typedKeyLaws } from './typed-keys.ts';
import { undecodableLaws } from './undecodable.ts';
import { updateLaws } from './update.ts';
import { updateRaceLaws } from './update-races.ts';
import { valueLaws } from './values.ts';
import { versionLaws } from './versions.ts';
import { viewLaws } from './view.ts';
import { watchBookmarkLaws } from './watch-bookmarks.ts';
import { watchCatchUpLaws } from './watch-catch-up.ts';
import { watchEndingLaws } from './watch-ending.ts';
import { watchGuaranteeLaws } from './watch-guarantees.ts';
import { watchScopeLaws } from './watch-scope.ts';
import { watchStartLaws } from './watch-start.ts';
import { writeLaws } from './writes.ts';

/** The law, in the order in which it is best read. */
export const laws: readonly Law[] = [
  ...readLaws,
  ...writeLaws,
  ...versionLaws,
  ...conditionLaws,
  ...conditionValueLaws,
  ...conditionMisuseLaws,
  ...stampLaws,
  ...getOrInsertLaws,
  ...updateLaws,
  ...updateRaceLaws,
  ...addLaws,
  ...manyLaws,
  ...atomicLaws,
  ...atomicRaceLaws,
  ...atomicMisuseLaws,
  ...rangeLaws,
  ...rangeOrderLaws,
  ...iterationLaws,
  ...countClearLaws,
  ...expiryLaws,
  ...ttlLaws,
  ...expiryWatchLaws,
  ...watchGuaranteeLaws,
  ...watchStartLaws,
  ...watchBookmarkLaws,
  ...watchCatchUpLaws,
  ...watchScopeLaws,
  ...watchEndingLaws,
  ...followLaws,
  ...viewLaws,
  ...lockQueueLaws,
  ...lockWaitingLaws,
  ...lockWriteLaws,
  ...lockConflictLaws,
  ...lockDraftLaws,
  ...lockMisuseLaws,
  ...lockManyLaws,
  ...inspectLaws,
  ...snapshotLaws,
  ...snapshotEdgeLaws,
  ...restoreLaws,
  ...keyLaws,
  ...keyCodecLaws,
  ...typedKeyLaws,
  ...valueLaws,
  ...referenceLaws,
  ...formatLaws,
  ...undecodableLaws,
  ...shapeLaws,
  ...shapeWordLaws,
  ...schemaLaws,
  ...callLaws,
  ...callMisuseLaws,
  ...errorTextLaws,
  ...closingLaws,
  ...durabilityLaws,
];
