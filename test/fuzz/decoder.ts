import { inspect } from 'node:util';
import type { SeededRandom } from '@infinitree/testing';

/** Something that takes what an attacker, or a careless caller, made. */
export interface Decoder<Input = unknown> {
  readonly name: string;
  /** Where mutation begins: good inputs, and bad ones that were worth keeping. */
  readonly seeds: readonly Input[];
  /** A change of one input; another one lends parts. Neither is changed itself. */
  mutate(random: SeededRandom, input: Input, other: Input): Input;
  /** Gives anything or throws an `InfinitreeError`; may be asynchronous. */
  decode(input: Input): unknown;
}

/** The same without its type of input, which only the decoder itself has to know. */
export function decoder<Input>(parts: Decoder<Input>): Decoder {
  return parts;
}

/** An input as text, to be copied from a log: bytes in hex, everything else as JavaScript has it. */
export function printed(input: unknown): string {
  if (input instanceof Uint8Array) return Buffer.from(input).toString('hex');
  return inspect(input, { depth: 10, breakLength: Number.POSITIVE_INFINITY });
}
