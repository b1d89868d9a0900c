import * as form from './graph-form.ts';
import { utf8Text } from './utf8-bytes.ts';

/**
 * Puts a value together from its nodes.
 *
 * @throws TypeError for what is no graph
 */
export function valueOf(graph: unknown): unknown {
  if (!Array.isArray(graph) || graph.length === 0) throw notOurs();
  const nodes = graph.map(checkNode);
  const values = nodes.map(begin);
  nodes.forEach((node, i) => fill(node, values[i], values));
  return values[0];
}

function checkNode(node: unknown): readonly unknown[] {
  if (!Array.isArray(node)) throw notOurs();
  return node;
}

/** What a node stands for, its parts still missing. */
function begin(node: readonly unknown[]): unknown {
  switch (node[0]) {
    case form.OBJECT:
      return {};
    case form.BARE_OBJECT:
      return Object.create(null);
    case form.ARRAY:
      return [];
    case form.MAP:
      return new Map<unknown, unknown>();
    case form.SET:
      return new Set<unknown>();
    case form.LEAF:
      if (!(node[1] instanceof Date || node[1] instanceof ArrayBuffer || ArrayBuffer.isView(node[1])))
        throw notOurs();
      return node[1];
    case form.TEXT:
      if (!(node[1] instanceof Uint8Array)) throw notOurs();
      return utf8Text(node[1]);
    default:
      throw notOurs();
  }
}

function fill(node: readonly unknown[], value: unknown, values: readonly unknown[]): void {
  const part = (i: number): unknown => resolve(node[i], values);
  if (Array.isArray(value)) {
    for (let i = 1; i < node.length; i++) value.push(part(i));
  } else if (value instanceof Map) {
    for (let i = 1; i + 1 < node.length; i += 2) value.set(part(i), part(i + 1));
  } else if (value instanceof Set) {
    for (let i = 1; i < node.length; i++) value.add(part(i));
  } else if (node[0] === form.OBJECT || node[0] === form.BARE_OBJECT) {
    for (let i = 1; i + 1 < node.length; i += 2) {
      const key = part(i);
      if (typeof key !== 'string' || key === '__proto__') throw notOurs();
      (value as Record<string, unknown>)[key] = part(i + 1);
    }
  }
}

/** The value of a part: a primitive is itself, a list names a node. */
function resolve(part: unknown, values: readonly unknown[]): unknown {
  if (typeof part !== 'object' || part === null) return part;
  const number: unknown = Array.isArray(part) && part.length === 1 ? part[0] : undefined;
  if (typeof number !== 'number' || !(number in values)) throw notOurs();
  return values[number];
}

function notOurs(): TypeError {
  return new TypeError('the bytes are none of this codec');
}
