import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Settings } from './options.js';

/** One request of the client: what it is to obey, and what came of it. */
export interface Exchange {
  readonly signal: AbortSignal | undefined;
  status?: number | undefined;
  headers?: IncomingHttpHeaders;
}

/** Answers of which the client throws the body away without reading it, which would keep the connection for ever. */
const UNREAD = new Set([408, 429, 499, 500, 502, 503, 504, 520]);

/**
 * What the client sends its requests by. The client itself knows no signals and no limits of time, and tells neither the
 * status nor the headers of an answer; here all of that is to be had.
 */
export class Transport {
  readonly agent: HttpAgent;
  readonly #exchanges = new AsyncLocalStorage<Exchange>();
  readonly #tls: boolean;
  readonly #timeoutMs: number;

  constructor({ tls, timeoutMs, maxConcurrency }: Settings) {
    const pool = { keepAlive: true, maxSockets: maxConcurrency };
    this.agent = tls ? new HttpsAgent(pool) : new HttpAgent(pool);
    this.#tls = tls;
    this.#timeoutMs = timeoutMs;
  }

  /** Does work of which all requests are this exchange. */
  during<T>(exchange: Exchange, work: () => Promise<T>): Promise<T> {
    return this.#exchanges.run(exchange, work);
  }

  readonly request = (options: RequestOptions, answered: (response: IncomingMessage) => void): ClientRequest => {
    const exchange = this.#exchanges.getStore();
    const send = this.#tls ? requestHttps : requestHttp;
    const signal = exchange?.signal;
    const message = send({ ...options, ...(signal === undefined ? {} : { signal }) }, (response) => {
      if (exchange !== undefined) {
        exchange.status = response.statusCode;
        exchange.headers = response.headers;
      }
      if (UNREAD.has(response.statusCode ?? 0)) response.resume();
      answered(response);
    });
    message.setTimeout(this.#timeoutMs, () => {
      message.destroy(Object.assign(new Error(`no answer within ${this.#timeoutMs} ms`), { code: 'ETIMEDOUT' }));
    });
    return message;
  };
}
