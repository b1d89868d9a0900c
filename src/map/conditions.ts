import { checkInteger, show } from '../base/options.ts';
import type { Ttl } from '../contract/calls.ts';
import { ANY, NEWER, PRESENT, VERSION } from '../contract/condition.ts';
import type { Condition } from '../contract/condition.ts';
import type { Stamp } from '../contract/entry.ts';
import { MAX_STAMP, MIN_STAMP } from '../contract/limits.ts';
import { CALL_OPTIONS, checkCall } from './call-limits.ts';

/** The options of one write, checked. */
export interface Rule {
  readonly condition: Condition;
  /** `true`: the caller gave a condition, and gets an outcome. */
  readonly conditional: boolean;
  /** For VERSION. */
  readonly ifVersion: number;
  /** For NEWER. */
  readonly stamp: Stamp | undefined;
  /** "If equal to this value", in a box; decided by reading, then carried out as VERSION. */
  readonly ifValue: { readonly value: unknown } | undefined;
  readonly ttl: Ttl | undefined;
}

/** An unconditional write. */
export const PLAIN: Rule = {
  condition: ANY,
  conditional: false,
  ifVersion: 0,
  stamp: undefined,
  ifValue: undefined,
  ttl: undefined,
};

const CONDITIONS = ['ifVersion', 'ifAbsent', 'ifPresent', 'ifValue', 'ifNewer'] as const;
type ConditionName = (typeof CONDITIONS)[number];

const ITEM = [...CONDITIONS, 'ttlMs'];
const SET = [...ITEM, ...CALL_OPTIONS];
const DELETE = [...CONDITIONS, ...CALL_OPTIONS];

/**
 * Reads the options of a set.
 *
 * @param alone - `false`: one write of many, whose signal and deadline are those of the call
 * @throws TypeError or RangeError naming the option: unknown, undefined, contradicting
 */
export function setRule(what: string, options: unknown, alone: boolean): Rule {
  if (options === undefined) return PLAIN;
  const given = checked(what, options, alone ? SET : ITEM);
  const rule = ruleOf(what, given);
  const ttl = given['ttlMs'] as Ttl | undefined;
  return ttl === undefined ? rule : { ...rule, ttl };
}

/** {@link setRule} of a delete, for which "must be absent" is no condition. */
export function deleteRule(what: string, options: unknown): Rule {
  if (options === undefined) return PLAIN;
  const given = checked(what, options, DELETE);
  if (Object.hasOwn(given, 'ifAbsent')) {
    throw new TypeError(`${what}: ifAbsent means nothing here: there is nothing to remove`);
  }
  const rule = ruleOf(what, given);
  if (rule.condition === VERSION && rule.ifValue === undefined && rule.ifVersion === 0) {
    throw new RangeError(`${what}: ifVersion must be from 1 up, got 0: there is nothing to remove`);
  }
  return rule;
}

function checked(what: string, options: unknown, allowed: readonly string[]): Record<string, unknown> {
  checkCall(what, options, allowed);
  // SAFETY: an object, as just checked; its fields are looked at one by one.
  return options as Record<string, unknown>;
}

function ruleOf(what: string, given: Record<string, unknown>): Rule {
  const names = CONDITIONS.filter((name) => Object.hasOwn(given, name));
  const [name] = names;
  if (name === undefined) return PLAIN;
  if (names.length > 1) throw new TypeError(`${what}: one condition at a time, got ${names.join(' and ')}`);
  return conditionOf(what, name, given[name]);
}

function conditionOf(what: string, name: ConditionName, value: unknown): Rule {
  if (value === undefined) {
    throw new TypeError(`${what}: ${name} is undefined: leave it out for a write without a condition`);
  }
  const rule = { ...PLAIN, conditional: true };
  switch (name) {
    case 'ifVersion':
      return { ...rule, condition: VERSION, ifVersion: checkInteger(`${what}: ifVersion`, value, 0) };
    case 'ifAbsent':
      checkTrue(what, name, value);
      return { ...rule, condition: VERSION };
    case 'ifPresent':
      checkTrue(what, name, value);
      return { ...rule, condition: PRESENT };
    case 'ifValue':
      return { ...rule, condition: VERSION, ifValue: { value } };
    case 'ifNewer':
      return { ...rule, condition: NEWER, stamp: checkStamp(`${what}: ifNewer`, value) };
  }
}

function checkTrue(what: string, name: string, value: unknown): void {
  if (value !== true) throw new TypeError(`${what}: ${name} must be true or left out, got ${show(value)}`);
}

function checkStamp(what: string, value: unknown): Stamp {
  if (typeof value === 'number') return checkInteger(what, value, Number.MIN_SAFE_INTEGER);
  if (typeof value !== 'bigint')
    throw new TypeError(`${what} must be a whole number or a bigint, got ${show(value)}`);
  if (value < MIN_STAMP || value > MAX_STAMP) {
    throw new RangeError(`${what} must fit into 64 bits with a sign, got ${value}`);
  }
  return value;
}
