import { invalid, type S3Options } from './options.js';

const TEXTS = ['region', 'endpoint'] as const;
const FLAGS = ['pathStyle', 'rangeReads', 'unsafeSingleWriter'] as const;
const NUMBERS = ['maxConcurrency', 'maxAttempts', 'timeoutMs'] as const;

/** What `s3://bucket/prefix?region=…&endpoint=…` says. Secrets have no place in it: they come from the environment. */
export function optionsOfUrl(given: string | URL): S3Options {
  const url = parsed(given);
  if (url.protocol !== 's3:' || url.username !== '' || url.password !== '' || url.port !== '' || url.hash !== '') {
    throw invalid('An S3 URL is "s3://bucket/prefix?region=…&endpoint=…".');
  }
  const options: Record<string, string | boolean | number> = {
    bucket: url.hostname,
    prefix: decoded(url.pathname.replace(/^\//, '')),
  };
  for (const [name, value] of url.searchParams) {
    if (Object.hasOwn(options, name)) throw invalid(`An S3 URL says \`${name}\` once.`);
    if (isOneOf(TEXTS, name)) options[name] = value;
    else if (isOneOf(FLAGS, name)) options[name] = flag(name, value);
    else if (isOneOf(NUMBERS, name)) options[name] = Number(value);
    else throw invalid(`An S3 URL takes ${[...TEXTS, ...FLAGS, ...NUMBERS].join(', ')}, and no other parameter.`);
  }
  return options as unknown as S3Options;
}

function parsed(given: string | URL): URL {
  try {
    return new URL(given);
  } catch {
    // Neither the text nor the engine's error, which repeats it, is handed on: it may hold a secret, if by mistake.
    throw invalid('An S3 URL is "s3://bucket/prefix?region=…&endpoint=…".');
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalid('The prefix of an S3 URL is not encoded as a URL is.');
  }
}

function flag(name: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalid(`\`${name}\` in an S3 URL is true or false.`);
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}
