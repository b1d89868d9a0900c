/** Values to bytes and back. */
export { bytes } from './bytes.ts';
export { json } from './json.ts';
export { structured } from './structured.ts';
export { text } from './text.ts';
