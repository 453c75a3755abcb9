import { SEALED_HEADER } from '../../../packages/core/src/format/header-layout.js';
import { type Decoder, decoder } from '../decoder.js';
import { mutateBytes, mutateFields } from '../mutate/bytes.js';
import { readHead, readJournal, readKeyObject, type Scene, withJournal } from './scene.js';

/** How much of a head is changed: its header, its checkpoint and some of the padding. */
const CHANGED = 4096;

/** What storage holds, changed by somebody who has no key. */
export function sealedDecoders(scene: Scene): Decoder[] {
  const { context, head, headBytes, keyObject, journal } = scene;
  const mutateFront = mutateFields(SEALED_HEADER);
  const mutate: Decoder<Uint8Array>['mutate'] = (random, input, other) =>
    random.int(2) === 0 ? mutateFront(random, input, other) : mutateBytes(random, input, other);
  return [
    decoder<Uint8Array>({
      name: 'sealed key object',
      seeds: [keyObject.subarray(0, CHANGED), headBytes.subarray(0, CHANGED)],
      mutate,
      decode: (input) => readKeyObject(scene, over(keyObject, input, 0, CHANGED)),
    }),
    decoder<Uint8Array>({
      name: 'sealed head',
      seeds: [headBytes.subarray(0, CHANGED), keyObject.subarray(0, CHANGED)],
      mutate,
      decode: (input) => readHead(scene, head.id, over(headBytes, input, 0, CHANGED)),
    }),
    decoder<Uint8Array>({
      name: 'sealed journal',
      seeds: [journal],
      mutate: mutateBytes,
      decode: (input) => readJournal(context, head, withJournal(scene, input)),
    }),
  ];
}

/** The bytes with others in the place of `length` of them; longer or shorter than they were where those are. */
function over(bytes: Uint8Array, input: Uint8Array, at: number, length: number): Uint8Array {
  return new Uint8Array(Buffer.concat([bytes.subarray(0, at), input, bytes.subarray(at + length)]));
}
