/**
 * Where everything lies in the buffer. All addresses are indices of 32-bit words. docs/concurrency.md tells who
 * reads and who writes each word, and under what guard.
 *
 * ```
 * header | threads | directory of maps | births | ring of changes | stripes | chunk records | chunks
 * ```
 */

/** "same", and the number of this layout. */
export const MAGIC_VALUE = 0x73616d65;
export const FORMAT_VALUE = 1;

/** Words of the header. Those that are written often have cache lines (16 words) of their own. */
export const MAGIC = 0;
export const FORMAT = 1;
export const TOTAL_WORDS = 2;
export const STRIPE_BITS = 3;
export const CHUNK_BITS = 4;
export const THREAD_LIMIT = 5;
export const RING_BITS = 6;
export const BIRTH_BITS = 7;
export const SEED_A = 8;
export const SEED_B = 9;
/** 1: a full store evicts. */
export const EVICTS = 10;
export const STONE_MS = 11;
export const STONE_LIMIT = 12;
/** Wall time at the start, and monotonic time then, in milliseconds; two words each, as float64. */
export const BASE_WALL = 14;
export const BASE_MONOTONIC = 16;
/** 1 when all words above are written. */
export const READY = 18;
/** Low half of the version counter; every commit adds to it. */
export const VERSION = 32;
/** High halves, for a low half below 2^31 and from there up. */
export const EPOCH_LOW = 48;
export const EPOCH_HIGH = 49;
/** Lock of the ring, the four numbers that only its holder uses, and a count of commits that everybody reads. */
export const RING_LOCK = 64;
export const RING_HEAD = 66;
export const RING_TAIL = 68;
export const RING_FLOOR = 70;
export const RING_EPOCH = 72;
export const RING_COUNT = 80;
/** Read by every write, written seldom. */
export const RECORDING = 96;
export const BIRTHS_ON = 97;
export const RECOVERY_LOCK = 112;
export const MAPS_LOCK = 128;
export const LINEAGE = 132;
/** No entry expires before this tick. */
export const NEXT_DUE = 160;
/** Where a search for a free chunk begins. */
export const FREE_HINT = 176;
/** How often a hash was put among the births. */
export const BIRTH_COUNT = 192;
/** The most thread records ever used. */
export const THREADS_USED = 208;
/** The next number for something local: a grant of a lock. */
export const NEXT_GRANT = 224;
/** Maps that were begun, and the last generation that one was given. */
export const MAP_COUNT = 240;
export const LAST_GENERATION = 241;
const HEADER_WORDS = 256;

/** Words of a thread's record. */
export const T_STATE = 0;
export const T_TID = 1;
/** When the thread of the system began, so that a number given out again is seen. */
export const T_BEGAN = 2;
export const T_HEARTBEAT = 3;
export const T_MAILBOX = 4;
/** 1: wakes up for the next change. */
export const T_SLEEPS = 13;
/** What is to be done if the thread is gone: nothing, a list of stores, a clear, or writing over an entry. */
export const T_REDO = 5;
export const T_REDO_COUNT = 6;
/** Where the list lies: in the record, or in a span of chunks. */
export const T_REDO_LIST = 7;
/** A span for long lists, and the words that it has room for. */
export const T_REDO_SPAN = 8;
export const T_REDO_ROOM = 9;
/** Where the ring ends with the commit; two words. */
export const T_RING_HEAD = 10;
export const T_RING_COUNT = 12;
/** The clear: map, generation, lengths of the bounds (the end's is -1 for none), whether stamps go, too. */
export const T_CLEAR_MAP = 16;
export const T_CLEAR_GENERATION = 17;
export const T_CLEAR_START = 18;
export const T_CLEAR_END = 19;
export const T_CLEAR_STONES = 20;
export const T_LIST = 32;
export const T_LIST_WORDS = 96;
/** What an entry is written over with. */
export const T_OVER = 128;
export const T_START_BYTES = 128;
export const T_END_BYTES = 384;
export const THREAD_WORDS = 640;

/**
 * `T_STATE`. A thread that is gone is being recovered, then it is recovered and its locks by key pass on, then its record is
 * free. Nobody can join with a record before.
 */
export const UNUSED = 0;
export const ALIVE = 1;
export const JOINING = 2;
export const RECOVERED = 3;
export const RECOVERING = 4;

/** `T_REDO`. */
export const REDO_NOTHING = 0;
export const REDO_LIST = 1;
export const REDO_CLEAR = 2;
export const REDO_OVER = 3;

/** Words of a map's record; the directory has its address. Entries of another generation are none. */
export const M_GENERATION = 0;
export const M_STORED = 1;
/** Which of the two formats counts: one word, so that it changes at once. */
export const M_FORMAT = 2;
export const M_NAME_BYTES = 3;
export const M_NAME = 8;
/** Two formats: shape, length of the codec's name, the name. */
export const M_FORMATS = 40;
export const FORMAT_WORDS = 66;
export const CODEC_BYTES = 256;
/** How many entries each stripe has of the map. */
export const M_COUNTS = 176;
export const MAP_LIMIT = 1024;

/** Words of a stripe. */
export const S_LOCK = 0;
export const S_INDEX = 2;
export const S_LIVE = 3;
export const S_TOMBS = 4;
export const S_LOCKS = 5;
export const S_STONES = 6;
export const S_EXPIRING = 7;
export const S_HEAP = 8;
export const S_HEAP_LENGTH = 9;
/** The logarithm of the number of pairs, as the index has it in its first word. */
export const S_INDEX_BITS = 10;
export const S_HAND = 11;
/** The first tick of the heap for who has no lock, as the distance to the last one there can be; 0 for an empty heap. */
export const S_DUE = 13;
/** Words in free lists: what tidying may win. */
export const S_SLACK = 12;
export const S_CLASSES = 16;
export const STRIPE_WORDS = 64;

/** Words of a chunk's record. */
export const C_OWNER = 0;
/** The class of its blocks, `SPAN` at the head of a run of chunks, `TAIL` behind it. */
export const C_KIND = 1;
/** Blocks in use; of a span, its length. */
export const C_USED = 2;
export const C_FREE = 3;
/** From this block on none was ever used. */
export const C_FRESH = 4;
export const C_NEXT = 5;
export const C_PREVIOUS = 6;
export const CHUNK_RECORD_WORDS = 8;
export const SPAN = -1;
export const TAIL = -2;

/** A lock word: who holds it, whether to write, whether somebody sleeps until it is free. */
export const OWNER_MASK = 0x3ff;
export const WRITER = 0x400;
export const CONTENDED = 0x800;

/** What an address in an index says. */
export const EMPTY = 0;
export const TOMB = 1;

/** Words of a granule: blocks are so many of these. */
export const GRANULE_WORDS = 4;

/** The layout of one buffer. */
export interface Layout {
  readonly totalWords: number;
  readonly stripeBits: number;
  readonly stripes: number;
  readonly chunkBits: number;
  readonly chunkWords: number;
  readonly threads: number;
  readonly ringBits: number;
  readonly birthBits: number;
  readonly threadsAt: number;
  readonly mapsAt: number;
  readonly birthsAt: number;
  readonly ringAt: number;
  readonly stripesAt: number;
  readonly recordsAt: number;
  readonly chunksAt: number;
  readonly chunks: number;
  /** Words of a block, by class. */
  readonly classes: Int32Array;
  /** The least class for so many granules. */
  readonly classOf: Uint8Array;
}

/** The parameters of a layout. */
export type Plan = Pick<
  Layout,
  'totalWords' | 'stripeBits' | 'chunkBits' | 'threads' | 'ringBits' | 'birthBits'
>;

/**
 * Chooses the parameters for a capacity. More stripes meet each other less often; fewer have their entries closer together,
 * on fewer pages of memory.
 */
export function planOf(capacityBytes: number, historyBytes: number): Plan {
  const totalWords = Math.floor(capacityBytes / 4);
  const bits = floorLog2(capacityBytes);
  const large = capacityBytes >= 2 ** 26;
  return {
    totalWords,
    stripeBits: clamp(Math.max(Math.min(bits - 18, 8), bits - 20), 3, 10),
    chunkBits: capacityBytes >= 2 ** 28 ? 12 : 10,
    threads: large ? 256 : 64,
    ringBits: floorLog2(historyBytes / 4),
    birthBits: large ? 16 : 12,
  };
}

/** Works out a layout. */
export function layoutOf(plan: Plan): Layout {
  const { totalWords, stripeBits, chunkBits, threads, ringBits, birthBits } = plan;
  const stripes = 1 << stripeBits;
  const chunkWords = 1 << chunkBits;
  const threadsAt = HEADER_WORDS;
  const mapsAt = threadsAt + threads * THREAD_WORDS;
  const birthsAt = mapsAt + MAP_LIMIT;
  const ringAt = birthsAt + (1 << birthBits);
  const stripesAt = ringAt + (1 << ringBits);
  const recordsAt = stripesAt + stripes * STRIPE_WORDS;
  const chunks = Math.floor((totalWords - recordsAt - chunkWords) / (chunkWords + CHUNK_RECORD_WORDS));
  const chunksAt = Math.ceil((recordsAt + chunks * CHUNK_RECORD_WORDS) / chunkWords) * chunkWords;
  const classes = blockClasses(chunkWords);
  const classOf = new Uint8Array(chunkWords / GRANULE_WORDS + 1);
  for (let granules = 0, kind = 0; granules < classOf.length; granules++) {
    if (granules * GRANULE_WORDS > (classes[kind] as number)) kind++;
    classOf[granules] = kind;
  }
  return {
    ...plan,
    stripes,
    chunkWords,
    threadsAt,
    mapsAt,
    birthsAt,
    ringAt,
    stripesAt,
    recordsAt,
    chunksAt,
    chunks,
    classes,
    classOf,
  };
}

/** Sizes of blocks in words: each granule at first, then steps of an eighth, then parts of a chunk. */
function blockClasses(chunkWords: number): Int32Array {
  const granules = chunkWords / GRANULE_WORDS;
  const sizes = new Set<number>();
  for (let size = 1; size <= granules / 8; size = Math.max(size + 1, Math.floor(size * 1.125)))
    sizes.add(size);
  for (let parts = 8; parts >= 1; parts--) sizes.add(Math.floor(granules / parts));
  const words = Array.from(sizes, (size) => size * GRANULE_WORDS).sort((a, b) => a - b);
  return Int32Array.from(words);
}

function floorLog2(value: number): number {
  return Math.floor(Math.log2(value));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
