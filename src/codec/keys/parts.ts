/**
 * Texts one behind the other, so that the whole sorts by the first, then by the second and so on: each is ended by
 * U+0000, which is less than any other character; in it U+0000 and U+0001 become U+0001 and one more character.
 */
const END = '\0';
const MARKED = { '\0': '\u0001\u0001', '\u0001': '\u0001\u0002' } as const;

/** Writes one text and its end. */
export function writePart(text: string): string {
  return text.replaceAll(/[\0\u0001]/g, (letter) => MARKED[letter as keyof typeof MARKED]) + END;
}

/**
 * Reads the texts that {@link writePart} wrote one behind the other.
 *
 * @throws TypeError when they are something else
 */
export function readParts(text: string): string[] {
  const parts = text.split(END);
  if (parts.pop() !== '') throw new TypeError('not a tuple: its last part has no end');
  return parts.map((part) => {
    if (part.replaceAll(/\u0001[\u0001\u0002]/g, '').includes('\u0001')) {
      throw new TypeError('not a tuple: a mark without its character');
    }
    return part.replaceAll(/\u0001([\u0001\u0002])/g, (_, second) => (second === '\u0001' ? '\0' : '\u0001'));
  });
}
