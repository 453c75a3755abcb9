import { concat } from '../../../src/bytes/concat.js';
import { fromHex, toHex } from '../../../src/bytes/hex.js';
import { ByteWriter } from '../../../src/bytes/writer.js';
import { derive } from '../../../src/crypto/derive.js';
import { claimName, headIdOfEpoch, headIdOfSlot, newObjectId } from '../../../src/crypto/own-ids.js';
import { LABELS } from '../../../src/format/labels.js';
import { type Fixture, turned } from '../fixture.js';
import { Maker, type Vector } from '../vector.js';

const OF_ROOT = Object.keys(LABELS).slice(
  Object.keys(LABELS).indexOf('ownId'),
  Object.keys(LABELS).indexOf('lock') + 1,
) as (keyof typeof LABELS)[];

/** Derivation, own ids, ids of heads, names of claims. */
export function idVectors(fixture: Fixture): Vector[] {
  return [
    ...derivations(fixture),
    ...ownIds(fixture),
    ...headsOfEpochs(fixture),
    ...headsOfSlots(fixture),
    ...claims(fixture),
  ];
}

function derivations({ suite, random, members, keys }: Fixture): Vector[] {
  const subkeys = new Maker('tree-keys');
  const expected = Object.fromEntries(OF_ROOT.map((label) => [label, toHex(keys.subkey(label))]));
  subkeys.good('all-labels', 'Every key that belongs to a root secret.', { keys: members, input: {} }, expected);

  const maker = new Maker('derive');
  const parent = random.bytes(32);
  const [a, b] = [random.bytes(32), random.bytes(32)];
  const add = (name: string, description: string, label: keyof typeof LABELS, context: Uint8Array[]) => {
    const input = { label: LABELS[label], context: context.map(toHex) };
    maker.good(
      name,
      description,
      { keys: { parent: toHex(parent) }, input },
      { key: toHex(derive(suite, parent, label, ...context)) },
    );
  };
  add('no-context', 'A label and no context.', 'keyFromBytes', []);
  add('two-parts', 'Parts of a context stand behind one another without separators.', 'headHeader', [a, b]);
  add('one-part', 'The same context in one part gives the same key as in two.', 'headHeader', [concat(a, b)]);
  add('other-label', 'The same context under another label.', 'keyObjectHeader', [a, b]);
  return [...subkeys.vectors, ...maker.vectors];
}

function ownIds({ random, keys, strangers, members, context }: Fixture): Vector[] {
  const maker = new Maker('own-id');
  const id = newObjectId(keys, context.entropy);
  const bytes = fromHex(id) ?? new Uint8Array(0);
  const add = (name: string, description: string, given: string) => {
    maker.hostile(name, description, { keys: members, input: { id: given } }, { own: false });
  };
  maker.good('object', 'The id of a new object.', { keys: members, input: { id } }, { own: true });
  maker.good(
    'head',
    'The id of a head is an own id too.',
    { keys: members, input: { id: headIdOfEpoch(keys, 7) } },
    { own: true },
  );
  add('random-half-turned', 'One bit of the random half is turned over.', toHex(turned(bytes, 0)));
  add('mac-half-turned', 'One bit of the MAC is turned over.', toHex(turned(bytes, 31, 7)));
  add('of-another-tree', 'An id of another tree in the same storage.', newObjectId(strangers, context.entropy));
  add('halves-swapped', 'The MAC in front of what it is of.', toHex(concat(bytes.subarray(16), bytes.subarray(0, 16))));
  add('zeros', 'All zeros.', '0'.repeat(64));
  add('random', 'Random bytes.', toHex(random.bytes(32)));
  add('claim-name', 'The name of a claim is no own id.', claimName(keys, 7));
  return maker.vectors;
}

const EPOCHS = [1, 2, 300, Number.MAX_SAFE_INTEGER];
const TOO_LARGE = new ByteWriter(8).raw(Uint8Array.of(0, 0x20)).bytes;

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] ?? 0));
}

function headsOfEpochs({ suite, keys, strangers, members, context }: Fixture): Vector[] {
  const maker = new Maker('head-of-epoch');
  for (const epoch of EPOCHS) {
    const input = { id: headIdOfEpoch(keys, epoch) };
    maker.good(`epoch-${epoch}`, `The id of the head of epoch ${epoch}.`, { keys: members, input }, { epoch });
  }
  const bytes = fromHex(headIdOfEpoch(keys, 5)) ?? new Uint8Array(0);
  const add = (name: string, description: string, id: string) => {
    maker.hostile(name, description, { keys: members, input: { id } }, { epoch: null });
  };
  const own = (random: Uint8Array) => toHex(concat(random, suite.hmac(keys.subkey('ownId'), random).subarray(0, 16)));
  add('tag-turned', 'One bit of the tag is turned over.', toHex(turned(bytes, 3)));
  add('epoch-turned', 'One bit of the masked epoch is turned over.', toHex(turned(bytes, 15)));
  add(
    'epoch-turned-own',
    'The same, and the MAC made anew: an own id, but of no head.',
    own(turned(bytes, 15).subarray(0, 16)),
  );
  add('mac-turned', 'One bit of the MAC is turned over.', toHex(turned(bytes, 16)));
  add('of-another-tree', 'The head of another tree.', headIdOfEpoch(strangers, 5));
  add('object', 'An object of the tree.', newObjectId(keys, context.entropy));
  add('slot', 'The head of a slot.', headIdOfSlot(keys, 0));
  const tag = suite.hmac(keys.subkey('headId'), Uint8Array.of(0x45), TOO_LARGE).subarray(0, 8);
  const masked = xor(TOO_LARGE, suite.hmac(keys.subkey('headMask'), tag));
  add('beyond-53-bits', 'Well made, but of epoch 2^53, which is no exact number everywhere.', own(concat(tag, masked)));
  return maker.vectors;
}

function headsOfSlots({ keys, members }: Fixture): Vector[] {
  const maker = new Maker('head-of-slot');
  for (const slot of [0, 1] as const) {
    const parts = { keys: members, input: { slot } };
    maker.good(`slot-${slot}`, `The id of the head in slot ${slot}.`, parts, { id: headIdOfSlot(keys, slot) });
  }
  return maker.vectors;
}

function claims({ suite, random, keys, strangers, members }: Fixture): Vector[] {
  const maker = new Maker('claim');
  for (const epoch of EPOCHS) {
    const input = { name: claimName(keys, epoch) };
    maker.good(`epoch-${epoch}`, `The claim of epoch ${epoch}.`, { keys: members, input }, { epoch });
  }
  const bytes = fromHex(claimName(keys, 9)) ?? new Uint8Array(0);
  const add = (name: string, description: string, given: string) => {
    maker.hostile(name, description, { keys: members, input: { name: given } }, { epoch: null });
  };
  add('tag-turned', 'One bit of the tag is turned over.', toHex(turned(bytes, 23)));
  add('epoch-turned', 'One bit of the masked epoch is turned over.', toHex(turned(bytes, 31)));
  add('of-another-tree', 'The claim of another tree in the same directory.', claimName(strangers, 9));
  add('zeros', 'All zeros.', '0'.repeat(64));
  add('random', 'Random bytes.', toHex(random.bytes(32)));
  add('head-id', 'The id of a head is no claim.', headIdOfEpoch(keys, 9));
  const tag = suite.hmac(keys.subkey('claimTag'), TOO_LARGE).subarray(0, 24);
  const masked = xor(TOO_LARGE, suite.hmac(keys.subkey('claimMask'), tag));
  add('beyond-53-bits', 'Well made, but of epoch 2^53.', toHex(concat(tag, masked)));
  return maker.vectors;
}
