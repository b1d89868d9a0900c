import {
  Client,
  connectivityState,
  credentials,
  type ClientDuplexStream,
  type ChannelCredentials,
  type Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { createSecureContext } from 'node:tls';
import type { Method } from '../protocol/method.ts';
import { Reader } from '../protocol/reader.ts';
import { Writer } from '../protocol/writer.ts';
import type { EtcdTls } from '../options.ts';

/** A stream of requests and answers. */
export type Stream<Request, Response> = ClientDuplexStream<Request, Response>;

const writer = new Writer();

function serializer<Request>(method: Method<Request, unknown>): (request: Request) => Buffer {
  return (request) => {
    method.write(writer, request);
    return writer.finish();
  };
}

function deserializer<Response>(method: Method<never, Response>): (bytes: Buffer) => Response {
  return (bytes) => method.read(new Reader(bytes));
}

/** Connections that go silent are found by pings; servers refuse more than one in five seconds. */
const PING_MS = 10_000;
const PONG_MS = 4_000;

/** One member of the cluster. */
export class Endpoint {
  readonly host: string;
  readonly #client: Client;

  constructor(host: string, tls: EtcdTls | undefined) {
    this.host = host;
    this.#client = new Client(host, credentialsOf(tls), {
      'grpc.enable_retries': 0,
      'grpc.keepalive_time_ms': PING_MS,
      'grpc.keepalive_timeout_ms': PONG_MS,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      // Programs that cut connections for each other must not share them.
      'grpc.use_local_subchannel_pool': 1,
      ...(tls?.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName }),
    });
  }

  /** Connects; `false` when that failed, or took until then (in milliseconds since the epoch). */
  ready(until: number): boolean | Promise<boolean> {
    const channel = this.#client.getChannel();
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) return true;
    if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) return false;
    return new Promise((resolve) => {
      channel.watchConnectivityState(state, until, (error) => {
        if (error === undefined) resolve(this.ready(until));
        else resolve(false);
      });
    });
  }

  /** One call; rejects with a ServiceError. */
  call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    metadata: Metadata,
    deadline: number,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const answered = (error: ServiceError | null, response?: Response): void => {
        if (error === null && response !== undefined) resolve(response);
        else reject(error ?? new Error('no answer'));
      };
      this.#client.makeUnaryRequest(
        method.path,
        serializer(method),
        deserializer(method),
        request,
        metadata,
        { deadline },
        answered,
      );
    });
  }

  /** Opens a stream in both directions. */
  open<Request, Response>(method: Method<Request, Response>, metadata: Metadata): Stream<Request, Response> {
    const stream = this.#client.makeBidiStreamRequest(
      method.path,
      serializer(method),
      deserializer(method),
      metadata,
    );
    // Who cancels a stream does not want to hear of it; others listen, too.
    stream.on('error', () => undefined);
    return stream;
  }

  close(): void {
    this.#client.close();
  }
}

function credentialsOf(tls: EtcdTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const pem = (given: string | Uint8Array | undefined): string | Buffer | undefined =>
    given === undefined || typeof given === 'string' ? given : Buffer.from(given);
  const context = createSecureContext({
    ca: pem(tls.ca),
    cert: pem(tls.cert),
    key: pem(tls.key),
    minVersion: 'TLSv1.2',
  });
  return credentials.createFromSecureContext(context);
}
