import { below, refusal } from './errors.ts';
import type { Path } from './errors.ts';
import * as form from './graph-form.ts';
import type { GraphNode } from './graph-form.ts';
import { isLeaf, isPlainText } from './plain.ts';
import { utf8Bytes } from './utf8-bytes.ts';
import { isWellFormed } from './well-formed.ts';

/**
 * Takes a value apart into nodes.
 *
 * @throws StoreError `CODEC` naming the place, for whatever would not come back as it is
 */
export function graphOf(value: unknown): GraphNode[] {
  return new GraphWriter().write(value);
}

/** Where a part stands: the number of the node it is part of, and its key or position there. */
type Label = string | number;

class GraphWriter {
  readonly #nodes: GraphNode[] = [];
  /** The number of each object's node. */
  readonly #numbers = new Map<object, number>();
  /** Objects whose parts are still to be written, with their nodes. */
  readonly #objects: (object | undefined)[] = [];
  /** Where each node was found first. */
  readonly #parents: number[] = [];
  readonly #labels: Label[] = [];

  write(value: unknown): GraphNode[] {
    this.#part(value, -1, 0);
    for (let i = 0; i < this.#nodes.length; i++) {
      const object = this.#objects[i];
      const node = this.#nodes[i];
      if (object !== undefined && node !== undefined) this.#fill(node, object, i);
    }
    return this.#nodes;
  }

  /** What stands for a part: the primitive itself, or a reference to its node. */
  #part(value: unknown, parent: number, label: Label): unknown {
    switch (typeof value) {
      case 'string':
        return this.#text(value, parent, label);
      case 'object':
        return value === null ? null : this.#reference(value, parent, label);
      case 'function':
        throw this.#refusal(parent, label, 'is a function');
      case 'symbol':
        throw this.#refusal(parent, label, 'is a symbol');
      default:
        return value;
    }
  }

  #text(text: string, parent: number, label: Label): unknown {
    if (isPlainText(text)) return text;
    if (!isWellFormed(text)) throw this.#refusal(parent, label, 'is a string with half of a surrogate pair');
    return [this.#add([form.TEXT, utf8Bytes(text)], undefined, parent, label)];
  }

  #reference(value: object, parent: number, label: Label): unknown {
    const known = this.#numbers.get(value);
    if (known !== undefined) return [known];
    const tag = tagOf(value);
    if (typeof tag === 'string') throw this.#refusal(parent, label, tag);
    const number =
      tag === form.LEAF
        ? this.#add([tag, value], undefined, parent, label)
        : this.#add([tag], value, parent, label);
    this.#numbers.set(value, number);
    return [number];
  }

  #add(node: GraphNode, object: object | undefined, parent: number, label: Label): number {
    this.#objects.push(object);
    this.#parents.push(parent);
    this.#labels.push(label);
    return this.#nodes.push(node) - 1;
  }

  #fill(node: GraphNode, object: object, number: number): void {
    if (Array.isArray(object)) this.#fillItems(node, object, number);
    else if (object instanceof Map) this.#fillMap(node, object, number);
    else if (object instanceof Set) this.#fillSet(node, object, number);
    else this.#fillFields(node, object, number);
  }

  #fillItems(node: GraphNode, array: readonly unknown[], number: number): void {
    for (let i = 0; i < array.length; i++) {
      if (!(i in array)) throw this.#refusal(number, i, 'is a hole in an array; undefined can be written');
      node.push(this.#part(array[i], number, i));
    }
  }

  #fillMap(node: GraphNode, map: ReadonlyMap<unknown, unknown>, number: number): void {
    let i = 0;
    for (const [key, value] of map) node.push(this.#part(key, number, i++), this.#part(value, number, i++));
  }

  #fillSet(node: GraphNode, set: ReadonlySet<unknown>, number: number): void {
    let i = 0;
    for (const item of set) node.push(this.#part(item, number, i++));
  }

  #fillFields(node: GraphNode, object: object, number: number): void {
    for (const key of Object.keys(object)) {
      if (key === '__proto__') throw this.#refusal(number, key, 'is a field that would change a prototype');
      if (!isWellFormed(key)) throw this.#refusal(number, key, 'has half of a surrogate pair in its name');
      const field = (object as Record<string, unknown>)[key];
      node.push(this.#text(key, number, key), this.#part(field, number, key));
    }
  }

  #refusal(parent: number, label: Label, why: string): Error {
    return refusal(this.#path(parent, label), why);
  }

  #path(parent: number, label: Label): Path {
    const steps: Label[] = [];
    for (let at = parent, step = label; at >= 0; step = this.#labels[at] ?? 0, at = this.#parents[at] ?? -1) {
      steps.push(typeof step === 'number' ? member(this.#nodes[at]?.[0], step) : step);
    }
    return steps.reduceRight<Path>(below, 'value');
  }
}

/** What is called an item of an array by its number, and parts of maps and sets in words. */
function member(tag: unknown, position: number): Label {
  if (tag === form.SET) return `<item ${position}>`;
  if (tag !== form.MAP) return position;
  return `<${position % 2 === 0 ? 'key' : 'value'} ${Math.floor(position / 2)}>`;
}

/** The tag of an object, or why it is refused. */
function tagOf(value: object): number | string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (isLeaf(value, prototype)) return form.LEAF;
  if (Array.isArray(value)) return Array.isArray(prototype) ? form.ARRAY : whyNot(value, prototype);
  const plain = prototype === null || isObjectPrototype(prototype);
  if (!plain && prototype !== Map.prototype && prototype !== Set.prototype) return whyNot(value, prototype);
  const fields = Object.keys(value).length;
  if (Object.getOwnPropertyNames(value).length !== fields) return 'has fields that are not enumerable';
  if (plain) return prototype === null ? form.BARE_OBJECT : form.OBJECT;
  if (fields > 0) return 'has fields beside its members';
  return prototype === Map.prototype ? form.MAP : form.SET;
}

/** `Object.prototype`, of this realm or of another one (`node:vm`). */
function isObjectPrototype(prototype: unknown): boolean {
  if (prototype === Object.prototype) return true;
  return (
    typeof prototype === 'object' &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'isPrototypeOf')
  );
}

/** Why an object is refused, as well as it lets us see. */
function whyNot(value: object, prototype: unknown): string {
  if (value instanceof Date) return 'is an invalid date, a subclass of Date, or a date with fields';
  if (value instanceof Error)
    return 'is an Error, which would lose its stack and fields: write the fields that matter';
  if (value instanceof RegExp) return 'is a RegExp: write its source and flags';
  if (value instanceof ArrayBuffer)
    return 'is an ArrayBuffer that is resizable or has fields beside its bytes';
  if (typeof prototype !== 'object' || prototype === null) return 'is an object of a kind that is not known';
  const made: unknown = Reflect.get(prototype, 'constructor');
  return `is an instance of ${typeof made === 'function' ? made.name : 'a class'}, not a plain object`;
}
