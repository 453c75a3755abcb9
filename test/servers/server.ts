import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { ROOT } from '../docs/repository.js';

const execute = promisify(execFile);
const SCRIPT = join(ROOT, 'scripts', 's3-server');

/** The object stores that can be started here. */
export function serversHere(): string[] {
  // The script is for shells of Unix.
  if (process.platform === 'win32') return [];
  return execFileSync(SCRIPT, ['have'], { encoding: 'utf8' }).trim().split('\n');
}

export interface Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** An object store that was started, and is ended with what it holds. */
export class Server {
  readonly name: string;
  readonly endpoint: string;
  readonly account: Account;
  readonly #folder: string;

  private constructor(name: string, folder: string, told: string) {
    const value = (key: string) => new RegExp(`${key}=(\\S+)`).exec(told)?.[1] ?? '';
    this.endpoint = value('S3_ENDPOINT');
    this.account = { accessKeyId: value('S3_ACCESS_KEY'), secretAccessKey: value('S3_SECRET_KEY') };
    this.name = name;
    this.#folder = folder;
  }

  static start(name: string): Server {
    const folder = mkdtempSync(join(tmpdir(), 'infinitree-server-'));
    const env = { ...process.env, S3_SERVER_RUN: folder };
    return new Server(name, folder, execFileSync(SCRIPT, ['up', name], { encoding: 'utf8', env, timeout: 120_000 }));
  }

  stop(): void {
    execFileSync(SCRIPT, ['down', this.name], { env: { ...process.env, S3_SERVER_RUN: this.#folder } });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  client(account = this.account): S3Client {
    return new S3Client({
      endpoint: this.endpoint,
      region: 'us-east-1',
      credentials: account,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
  }

  async makeBucket(Bucket: string): Promise<void> {
    const client = this.client();
    await client.send(new CreateBucketCommand({ Bucket }));
    client.destroy();
  }

  /** Has processes commit, and gives the figures that are printed. It rejects where anything is wrong. */
  async kill(url: string, ...options: readonly string[]): Promise<Map<string, number>> {
    const program = join(ROOT, 'test', 'kill', 'run.mjs');
    const env = {
      AWS_ACCESS_KEY_ID: this.account.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.account.secretAccessKey,
    };
    const all = { cwd: ROOT, env: { ...process.env, ...env } };
    const { stdout } = await execute(process.execPath, [program, '--storage', url, ...options], all);
    return new Map([...stdout.matchAll(/^(\w[\w ]*\w) +(\d+)$/gm)].map(([, name, figure]) => [name!, Number(figure)]));
  }
}
