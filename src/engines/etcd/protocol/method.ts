import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** A call of the protocol. */
export interface Method<Request, Response> {
  readonly path: string;
  readonly write: (writer: Writer, request: Request) => void;
  readonly read: (reader: Reader) => Response;
}
