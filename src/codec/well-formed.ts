/** A string as Node.js 20 has it, a year ahead of the language level the types are of. */
interface WellFormed {
  isWellFormed(): boolean;
}

/** `false` for a string with half of a surrogate pair, which UTF-8 cannot say. */
export function isWellFormed(text: string): boolean {
  // SAFETY: every string of every supported Node.js has the method.
  return (text as string & WellFormed).isWellFormed();
}
