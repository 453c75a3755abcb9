import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { bucketPolicy, userPolicy } from './policy.js';
import type { Account, Server } from './server.js';

/** Somebody of whom a bucket's policy says all that he may do; scripts/s3-server makes that account of RGW. */
const LIMITED: Account = { accessKeyId: 'limitedkey', secretAccessKey: 'limitedsecret' };

interface Minted {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken: string;
}

/**
 * An account that may do what the guide's least policy says, less one action: on RGW by the policy of the bucket, that it
 * replaces for who has the account already; on MinIO by temporary credentials.
 */
export async function limitedAccount(server: Server, bucket: string, without?: string): Promise<Account> {
  if (server.name === 'rgw') {
    const client = server.client();
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: bucketPolicy(without) }));
    client.destroy();
    return LIMITED;
  }
  const { accessKey, secretKey, sessionToken } = await mint(server, userPolicy(without));
  return { accessKeyId: accessKey, secretAccessKey: secretKey, sessionToken };
}

/** The same temporary credentials of MinIO, as they are a minute after they have expired. */
export function expired(server: Server, account: Account): Account {
  const [header = '', claims = ''] = (account.sessionToken ?? '').split('.');
  const told = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
  const exp = Math.floor(Date.now() / 1000) - 60;
  const body = `${header}.${Buffer.from(JSON.stringify({ ...told, exp })).toString('base64url')}`;
  const signature = createHmac('sha512', server.account.secretAccessKey).update(body).digest('base64url');
  return { ...account, sessionToken: `${body}.${signature}` };
}

async function mint({ endpoint, account }: Server, policy: string): Promise<Minted> {
  // The client has it, if not among what it exports by name.
  const { AssumeRoleProvider } = createRequire(import.meta.url)('minio/dist/main/AssumeRoleProvider.js') as {
    AssumeRoleProvider: new (options: object) => { getCredentials(): Promise<Minted> };
  };
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = account;
  const provider = new AssumeRoleProvider({ stsEndpoint: endpoint, accessKey, secretKey, policy, region: 'us-east-1' });
  return provider.getCredentials();
}
