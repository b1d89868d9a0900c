// Control characters: they would break lines and columns, and a terminal would obey them.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text on one line, control characters written as escapes. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, escape);
}

/** The text as a terminal may have it: lines stay lines, other control characters become escapes. */
export function harmless(text: string): string {
  return text.replaceAll(CONTROL, (unit) => (unit === '\n' || unit === '\t' ? unit : escape(unit)));
}

/** A moment for people; moments that no calendar holds stay numbers. */
export function moment(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}

/** A count with its noun. */
export function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

function escape(unit: string): string {
  return SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
