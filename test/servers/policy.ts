import { fences } from '../docs/markdown.js';
import { read } from '../docs/repository.js';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string;
}

interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

/** The least policy that a writer needs, as the guide has it, for the prefix `greenhouse` of the bucket `plants`. */
export function leastPolicy(): Policy {
  const block = fences(read('docs/guide/backends/s3.md')).find(({ language }) => language === 'json');
  return JSON.parse(block?.code ?? '') as Policy;
}

export function actionsOf({ Statement }: Policy): string[] {
  return Statement.flatMap(({ Action }) => Action);
}

/** It as that of a user, less an action. */
export function userPolicy(without?: string): string {
  const { Version, Statement } = leastPolicy();
  const left = Statement.map((statement) => {
    const Action = [statement.Action].flat().filter((action) => action !== without);
    return { ...statement, Action };
  });
  return JSON.stringify({ Version, Statement: left.filter(({ Action }) => Action.length > 0) });
}

/** It as that of a bucket. An action to be missing is denied, since owners of objects may read them in any case. */
export function bucketPolicy(without?: string): string {
  const { Version, Statement } = leastPolicy();
  const Principal = { AWS: ['arn:aws:iam:::user/limited'] };
  const allowed = Statement.map((statement) => ({ ...statement, Principal }));
  const denied = Statement.map(({ Resource }) => ({ Effect: 'Deny', Action: without, Resource, Principal }));
  return JSON.stringify({ Version, Statement: [...allowed, ...(without === undefined ? [] : denied)] });
}
