import { InfinitreeError } from '../../errors.js';

/** What the backends of all buckets can be told. */
export interface CommonBucketOptions {
  readonly bucket: string;
  /** What keys begin with, without a slash at its end. Any number of trees can share one. Default: none. */
  readonly prefix?: string | undefined;
  /** Moves only the part of an object that is asked for, which shows the storage which part that was. Default: false. */
  readonly rangeReads?: boolean | undefined;
  /** Requests under way at once, and connections that are kept. Default: 16. */
  readonly maxConcurrency?: number | undefined;
  /** How often a request is sent, heads excepted, which are sent once. Default: 3. */
  readonly maxAttempts?: number | undefined;
  /** How long one attempt may take. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Takes a store that ignores conditions, on the word of the caller that there is never more than one writer: with two,
   * commits are lost without a word. Where the store enforces them, nothing changes.
   */
  readonly unsafeSingleWriter?: boolean | undefined;
}

/** The same with everything in its place. */
export interface CommonBucketSettings {
  readonly bucket: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
  readonly rangeReads: boolean;
  readonly maxConcurrency: number;
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  readonly unsafeSingleWriter: boolean;
}

const FLAGS = ['rangeReads', 'unsafeSingleWriter'];
const NUMBERS = ['maxConcurrency', 'maxAttempts', 'timeoutMs'];
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/;
/** Room for a slash and an id in the 1024 bytes that a key may have. */
const MAX_PREFIX_LENGTH = 900;

/** Refuses what plain JavaScript lets through, and fills in what was left out. */
export function bucketSettings(options: CommonBucketOptions): CommonBucketSettings {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) throw invalid('Options are an object with at least a `bucket`.');
  const { bucket, unsafeSingleWriter = false, rangeReads = false } = options;
  if (typeof bucket !== 'string' || !BUCKET.test(bucket)) throw invalid('`bucket` is the name of a bucket.');
  requireFlag('rangeReads', rangeReads);
  requireFlag('unsafeSingleWriter', unsafeSingleWriter);
  return {
    bucket,
    prefix: prefixOf(options.prefix),
    rangeReads,
    unsafeSingleWriter,
    maxConcurrency: countOf('maxConcurrency', options.maxConcurrency, 16),
    maxAttempts: countOf('maxAttempts', options.maxAttempts, 3),
    timeoutMs: countOf('timeoutMs', options.timeoutMs, 30_000),
  };
}

export function requireFlag(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw invalid(`\`${name}\` is true or false.`);
}

/**
 * The parameters of a URL that names a bucket: those of all buckets, and the `texts` and `flags` of this kind. Others are
 * refused, and not repeated: they may hold a secret.
 */
export function bucketParameters(
  url: URL,
  texts: readonly string[],
  flags: readonly string[],
): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of url.searchParams) {
    if (Object.hasOwn(options, name)) throw invalid(`The URL of a bucket says \`${name}\` once.`);
    if (texts.includes(name)) options[name] = value;
    else if (flags.includes(name) || FLAGS.includes(name)) options[name] = flag(name, value);
    else if (NUMBERS.includes(name)) options[name] = Number(value);
    else {
      const known = [...texts, ...flags, ...FLAGS, ...NUMBERS].join(', ');
      throw invalid(`The URL of a bucket takes the parameters ${known}, and no other.`);
    }
  }
  return options;
}

/** The path of a URL as a key has it: decoded, without the slash at its beginning. */
export function decodedPath(url: URL): string {
  try {
    return decodeURIComponent(url.pathname.replace(/^\//, ''));
  } catch {
    throw invalid('The path of the URL is not encoded as a URL is.');
  }
}

function prefixOf(prefix: string | undefined = ''): string {
  if (typeof prefix !== 'string') throw invalid('`prefix` is a text.');
  if (prefix === '') return '';
  const parts = prefix.replace(/\/$/, '').split('/');
  // Clients and proxies rewrite such paths, and then the signature is wrong.
  if (parts.some((part) => ['', '.', '..'].includes(part)) || prefix.length > MAX_PREFIX_LENGTH) {
    throw invalid('`prefix` is one or more names with slashes between them, such as "apps/plants".');
  }
  return `${parts.join('/')}/`;
}

function countOf(name: string, value: number | undefined, otherwise: number): number {
  const count = value ?? otherwise;
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw invalid(`\`${name}\` is a whole number from 1.`);
}

function flag(name: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalid(`\`${name}\` in a URL is true or false.`);
}

function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', what);
}
