import type { S3Operation, S3Request } from './s3-request.js';

/** The ways in which a request to the fake can go wrong. */
export const S3_FAULTS = [
  'bad-request',
  'unauthorized',
  'denied',
  'expired',
  'token-expired',
  'not-found',
  'conflict',
  'precondition-failed',
  'too-many-requests',
  'internal-error',
  'bad-gateway',
  'slow-down',
  'silent-before',
  'silent-after',
  'reset-before',
  'reset-after',
  'half-body',
  'short-length',
  'extra-bytes',
  'error-document',
  'stale-read',
  'conditions-ignored',
] as const;

export type S3FaultKind = (typeof S3_FAULTS)[number];

/** One kind of trouble to come. */
export interface S3Fault {
  readonly kind: S3FaultKind;
  /** Which requests it is about; all of them where none is named. */
  readonly operation?: S3Operation;
  /** Which bucket it is about; all of them where none is named. */
  readonly bucket?: string;
  /** The how-manieth such request goes wrong, from 1. Default: the next one. */
  readonly nth?: number;
  /** How many go wrong from there on. Default: one. */
  readonly times?: number;
  /** Asked of each of them in place of being counted: whether this one goes wrong. */
  readonly chance?: () => boolean;
}

/** Counts requests, and tells which of them is to go wrong. */
export class S3FaultPlan {
  readonly #pending: { readonly fault: S3Fault; seen: number; struck: number }[] = [];

  add(fault: S3Fault): void {
    this.#pending.push({ fault, seen: 0, struck: 0 });
  }

  clear(bucket?: string): void {
    const left = bucket === undefined ? [] : this.#pending.filter(({ fault }) => fault.bucket !== bucket);
    this.#pending.splice(0, this.#pending.length, ...left);
  }

  /** Every fault counts every request it is about, also one that goes wrong for another's sake; the first added wins. */
  due({ operation, bucket }: S3Request): S3FaultKind | undefined {
    let due: S3FaultKind | undefined;
    for (const entry of this.#pending) {
      const { fault } = entry;
      if (fault.operation !== undefined && fault.operation !== operation) continue;
      if (fault.bucket !== undefined && fault.bucket !== bucket) continue;
      entry.seen += 1;
      const counted = entry.seen >= (fault.nth ?? 1) && entry.struck < (fault.times ?? 1);
      if (!(fault.chance?.() ?? counted)) continue;
      entry.struck += 1;
      due ??= fault.kind;
    }
    return due;
  }
}
