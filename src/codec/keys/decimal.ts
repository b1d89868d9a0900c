/**
 * Whole numbers as text that sorts like them: a letter that says sign and number of digits, then the digits.
 * `7` is `a7`, `123` is `c123`, `-5` is `Z4`: of negative numbers letter and digits run backwards. More than 20
 * digits have `z` (`A` when negative) and their number, in four digits, before them. After Seymour, "Efficient
 * lexicographic encoding of numbers".
 */

/** The most digits that a letter alone can say. */
const LETTERS = 20;
const LONG = 'z';
const LONG_NEGATIVE = 'A';
/** `a` for one digit; `Z`, going down, for one of a negative number. */
const [ONE, ONE_NEGATIVE] = [97, 90];
/** More digits than a key has bytes. */
const MOST_DIGITS = 1_024;

/**
 * Writes a whole number.
 *
 * @param text - its decimal digits, with `-` before them when it is negative
 * @throws RangeError when it has more digits than a key
 */
export function writeDecimal(text: string): string {
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  const { length } = digits;
  if (length > MOST_DIGITS) throw new RangeError(`a key has at most 1,024 bytes, got ${length} digits`);
  if (!negative && length <= LETTERS) return String.fromCharCode(ONE + length - 1) + digits;
  if (!negative) return LONG + String(length).padStart(4, '0') + digits;
  if (length <= LETTERS) return String.fromCharCode(ONE_NEGATIVE - length + 1) + backwards(digits);
  return LONG_NEGATIVE + backwards(String(length).padStart(4, '0') + digits);
}

/**
 * Reads what {@link writeDecimal} wrote, as decimal digits.
 *
 * @throws TypeError when it is something else
 */
export function readDecimal(text: string): string {
  const [, letter = '', body = ''] = /^([AG-Za-tz])(\d+)$/.exec(text) ?? [];
  const negative = letter < 'a';
  const long = letter === LONG || letter === LONG_NEGATIVE;
  const plain = negative ? backwards(body) : body;
  const digits = long ? plain.slice(4) : plain;
  const number = (negative ? '-' : '') + digits;
  if (letter === '' || !/^(0|-?[1-9]\d*)$/.test(number) || writeDecimal(number) !== text) {
    throw new TypeError('not a whole number');
  }
  return number;
}

/** Nines' complement: turns the order of digits around. */
function backwards(digits: string): string {
  let out = '';
  for (let i = 0; i < digits.length; i++) out += String.fromCharCode(105 - digits.charCodeAt(i));
  return out;
}
