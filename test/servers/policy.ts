import { fences } from '../docs/markdown.js';
import { read } from '../docs/repository.js';

/** Somebody whom a bucket lets do nothing but what its policy allows; scripts/s3-server makes that account. */
export const LIMITED = { accessKeyId: 'limitedkey', secretAccessKey: 'limitedsecret' };

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string;
}

/**
 * The least policy as the guide has it, as that of a bucket. `without` one of its actions: that one is denied, since owners
 * of objects may read them in any case.
 */
export function leastPolicy(without?: string): { readonly document: string; readonly actions: string[] } {
  const block = fences(read('docs/guide/backends/s3.md')).find(({ language }) => language === 'json');
  const policy = JSON.parse(block?.code ?? '') as { readonly Statement: readonly Statement[] };
  const Principal = { AWS: ['arn:aws:iam:::user/limited'] };
  const allowed = policy.Statement.map((statement) => ({ ...statement, Principal }));
  const denied = policy.Statement.map(({ Resource }) => ({ Effect: 'Deny', Action: without, Resource, Principal }));
  const document = JSON.stringify({ ...policy, Statement: [...allowed, ...(without === undefined ? [] : denied)] });
  return { document, actions: policy.Statement.flatMap(({ Action }) => Action) };
}
