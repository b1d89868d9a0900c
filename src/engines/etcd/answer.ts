import type { KeyValue, ResponseOp, TxnResponse } from './protocol/responses.ts';

/** The revision in which an answer was true. */
export function revisionOf(answer: Pick<TxnResponse, 'header'>): number {
  return answer.header?.revision ?? 0;
}

/** The keys that an operation of a transaction found. */
export function rangeOf(response: ResponseOp | undefined): readonly KeyValue[] {
  return response?.responseRange?.kvs ?? [];
}
