/**
 * What a workload is made of.
 *
 * @typedef {object} Case One thing that is measured: exactly one of `pass`, `manual`, `bytes`.
 * @property {string} name
 * @property {number} operations How many operations one pass has; results are per operation.
 * @property {() => unknown} [pass] Runs them all; the whole call is timed. May return a promise.
 * @property {() => number | Promise<number>} [manual] Runs them all and returns the nanoseconds that count.
 * @property {() => number | Promise<number>} [bytes] Builds something and returns the bytes it holds.
 * @property {string} [unit] What `bytes` counts, where it is something else.
 *
 * @typedef {object} Goal A ratio of two cases of one group.
 * @property {string} name
 * @property {string} ours Name of a case.
 * @property {string} peer Name of a case.
 * @property {number} [atLeast] The speed of ours, in speeds of the peer.
 * @property {number} [atMost] The cost of ours (time or bytes), in costs of the peer. Beside neither, the ratio
 *   of speeds is shown and judged by nothing.
 *
 * @typedef {keyof typeof import('./keys.mjs').SETS} Set Name of a set of keys.
 *
 * @typedef {object} Input What a group is prepared from.
 * @property {string[]} keys Distinct keys, ascending.
 * @property {number} length Number of keys of a pass.
 * @property {() => string[]} nextPass The keys of the next pass, in another random order than the one before.
 * @property {typeof import('../../dist/src/index.js')} samemap The library under measurement.
 *
 * @typedef {object} Prepared
 * @property {Case[]} cases
 * @property {() => unknown} [close] Ends what `prepare` opened.
 *
 * @typedef {object} Group Cases that are compared with each other, in processes of their own.
 * @property {string} name
 * @property {string} about One line for the reader of the table.
 * @property {Set[]} [sets] Hot and random unless said.
 * @property {number} [rounds] How many rounds count, in each process; 5 unless said.
 * @property {number} [warmups] How many rounds run before; 3 unless said.
 * @property {(input: Input) => Prepared | Promise<Prepared>} prepare
 * @property {Goal[]} goals
 *
 * @typedef {object} Workload
 * @property {Group[]} groups
 *
 * @typedef {object} Assignment What a process is to measure.
 * @property {string} workload Path of the file.
 * @property {string} group
 * @property {string} library Path of the library's public door.
 * @property {Set} set
 * @property {string} caseFilter
 * @property {number} rounds
 * @property {number} warmups
 *
 * @typedef {object} CaseResult
 * @property {string} name
 * @property {string} unit Nanoseconds (`ns`), or what was counted.
 * @property {number[]} rounds Cost per operation, round by round, process by process.
 * @property {number} median
 *
 * @typedef {object} GoalResult
 * @property {string} name
 * @property {string} ours
 * @property {string} peer
 * @property {'speed' | 'cost'} of
 * @property {number} ratio Median of the ratios of the rounds.
 * @property {number} low Lower quartile of them.
 * @property {number} high Upper quartile of them.
 * @property {string} goal
 * @property {boolean | undefined} met `undefined` where nothing is judged.
 *
 * @typedef {object} GroupResult
 * @property {string} group
 * @property {string} about
 * @property {Set} set
 * @property {CaseResult[]} cases
 * @property {GoalResult[]} goals
 * @property {string} [error] Why there are no results.
 */
export {};
