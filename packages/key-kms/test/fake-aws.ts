import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isInfinitreeError } from '@infinitree/core';
import { FakeKms } from '@infinitree/testing';

interface Input {
  readonly KeyId: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext: Record<string, string>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const ACCOUNT = '111122223333';

/** Enough of the protocol of AWS KMS, over HTTP: for what no server that can be had does, or does at will. */
export class FakeAws {
  readonly endpoint: string;
  /** Aliases, by their names. */
  readonly aliases = new Map<string, string>();
  /** What was asked, and with which key, oldest first. */
  readonly asked: (readonly [action: string, keyId: string, region: string])[] = [];
  /** Given in place of what was asked for, one after the other. `undefined`: no answer at all. */
  readonly instead: (Answer | undefined)[] = [];
  readonly #kms = new FakeKms();
  readonly #server: Server;
  readonly #home: string;

  private constructor(server: Server, home: string) {
    this.#server = server;
    this.#home = home;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Keys are of one region, but for those whose ids begin with `mrk-`. */
  static async start(home = 'eu-central-1'): Promise<FakeAws> {
    const server = createServer((request, response) => {
      void fake.#serve(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const fake = new FakeAws(server, home);
    return fake;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** The next request is answered with an error of this name. */
  fail(name: string, status = 400): void {
    this.instead.push({ status, body: JSON.stringify({ __type: name, message: 'said by the service' }) });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { KeyId, ...input } = JSON.parse(Buffer.concat(parts).toString()) as Input;
    const action = String(request.headers['x-amz-target']).replace('TrentService.', '');
    const region = /Credential=[^/]+\/\d+\/([^/]+)\/kms\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    this.asked.push([action, KeyId, region]);
    if (this.instead.length > 0) {
      const given = this.instead.shift();
      if (given !== undefined) response.writeHead(given.status).end(given.body);
      return;
    }
    const { status, body } = await this.#answer(action, { ...input, KeyId }, region);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
  }

  async #answer(action: string, input: Input, region: string): Promise<Answer> {
    const name = input.KeyId.replace(/^arn:aws:kms:[^:]+:\d+:(key\/)?/, '');
    const id = this.aliases.get(name) ?? name;
    if (region !== this.#home && !id.startsWith('mrk-')) return failed('NotFoundException');
    const provider = this.#kms.provider(id);
    const call = { context: input.EncryptionContext, signal: new AbortController().signal };
    const told = { KeyId: `arn:aws:kms:${region}:${ACCOUNT}:key/${id}` };
    try {
      if (action === 'Encrypt') {
        const CiphertextBlob = toBase64(await provider.wrap(fromBase64(input.Plaintext), call));
        return { status: 200, body: JSON.stringify({ ...told, CiphertextBlob }) };
      }
      const Plaintext = toBase64(await provider.unwrap(fromBase64(input.CiphertextBlob), call));
      return { status: 200, body: JSON.stringify({ ...told, Plaintext }) };
    } catch (error) {
      if (!isInfinitreeError(error, 'WRONG_KEY')) throw error;
      return failed(error.cause === undefined ? 'IncorrectKeyException' : 'InvalidCiphertextException');
    }
  }
}

function failed(name: string): Answer {
  return { status: 400, body: JSON.stringify({ __type: name }) };
}

function fromBase64(text = ''): Uint8Array {
  return Buffer.from(text, 'base64');
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
