import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import { ROOT } from '../docs/repository.js';
import type { Account } from './server.js';

const SCRIPT = join(ROOT, 'scripts', 'kms-server');
export const REGION = 'eu-central-1';

/** Whether a key management service can be started here. */
export function isKmsHere(): boolean {
  // The script is for shells of Unix.
  return process.platform !== 'win32' && execFileSync(SCRIPT, ['have'], { encoding: 'utf8' }).trim() === 'moto';
}

/** A key management service that was started, and is ended with what it holds. */
export class KmsServer {
  readonly endpoint: string;
  readonly #folder: string;

  private constructor(folder: string, told: string) {
    this.endpoint = /KMS_ENDPOINT=(\S+)/.exec(told)?.[1] ?? '';
    this.#folder = folder;
  }

  static start(): KmsServer {
    const folder = mkdtempSync(join(tmpdir(), 'infinitree-kms-'));
    const env = { ...process.env, KMS_SERVER_RUN: folder };
    return new KmsServer(folder, execFileSync(SCRIPT, ['up'], { encoding: 'utf8', env, timeout: 120_000 }));
  }

  stop(): void {
    execFileSync(SCRIPT, ['down'], { env: { ...process.env, KMS_SERVER_RUN: this.#folder } });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  client(credentials: Account): KMSClient {
    return new KMSClient({ endpoint: this.endpoint, region: REGION, credentials });
  }

  /** A new user who may do what a policy says, once that is asked for. */
  async user(name: string, actions: readonly string[]): Promise<Account> {
    await this.#iam({ Action: 'CreateUser', UserName: name });
    const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await this.#iam({ Action: 'PutUserPolicy', UserName: name, PolicyName: 'all', PolicyDocument });
    const answer = await this.#iam({ Action: 'CreateAccessKey', UserName: name });
    const value = (tag: string) => new RegExp(`<${tag}>(.*?)<`).exec(answer)?.[1] ?? '';
    return { accessKeyId: value('AccessKeyId'), secretAccessKey: value('SecretAccessKey') };
  }

  /** From now on policies are kept. */
  async enforce(): Promise<void> {
    const url = `${this.endpoint}/moto-api/reset-auth`;
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '0' });
    if (!answer.ok) throw new Error(`moto does not ask for policies: status ${answer.status}`);
  }

  /** A request to the part of moto that has users, which is told by the name in a signature that nobody checks. */
  async #iam(form: Readonly<Record<string, string>>): Promise<string> {
    const scope = 'Credential=tests/20260101/us-east-1/iam/aws4_request';
    const authorization = `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`;
    const body = new URLSearchParams({ Version: '2010-05-08', ...form });
    const answer = await fetch(this.endpoint, { method: 'POST', headers: { authorization }, body });
    if (!answer.ok) throw new Error(`moto says ${answer.status}: ${await answer.text()}`);
    return answer.text();
  }
}
