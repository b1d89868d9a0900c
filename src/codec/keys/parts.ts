/**
 * Texts one behind the other, so that the whole sorts by the first, then by the second and so on: each is ended by
 * U+0000, which is less than any other character; in it U+0000 and U+0001 become U+0001 and one more character.
 */
const END = '\0';
const MARK = '\u0001';
const [MARKED_END, MARKED_MARK] = ['\u0001', '\u0002'];

/** Writes one text and its end. */
export function writePart(text: string): string {
  return text.replaceAll(MARK, MARK + MARKED_MARK).replaceAll(END, MARK + MARKED_END) + END;
}

/**
 * Reads the texts that {@link writePart} wrote one behind the other.
 *
 * @throws TypeError when they are something else
 */
export function readParts(text: string): string[] {
  const parts = text.split(END);
  if (parts.pop() !== '') throw new TypeError('not a tuple: its last part has no end');
  return parts.map(readPart);
}

function readPart(part: string): string {
  if (!part.includes(MARK)) return part;
  let text = '';
  for (let i = 0; i < part.length; i++) {
    const letter = part[i] ?? '';
    if (letter !== MARK) text += letter;
    else {
      i++;
      if (part[i] === MARKED_END) text += END;
      else if (part[i] === MARKED_MARK) text += MARK;
      else throw new TypeError('not a tuple: a mark without its character');
    }
  }
  return text;
}
