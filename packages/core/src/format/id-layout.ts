/** Offset and size in bytes of what an own object id is made of. `docs/format/cryptography.md` has the same tables. */
export const OWN_ID = {
  random: [0, 16],
  mac: [16, 16],
} as const;

/** The first half of the id of an epoch's head. */
export const EPOCH_HEAD_ID = {
  tag: [0, 8],
  maskedEpoch: [8, 8],
} as const;

/** The name of a claim. */
export const CLAIM_NAME = {
  tag: [0, 24],
  maskedEpoch: [24, 8],
} as const;

/** First byte of what is hashed into the id of an epoch's head: ASCII "E". */
export const HEAD_OF_EPOCH = 0x45;

/** First byte of what is hashed into the id of a slot's head: ASCII "S". */
export const HEAD_OF_SLOT = 0x53;

/** The first half of a batch's id. */
export const BATCH_ID = {
  tag: [0, 8],
  maskedPlace: [8, 8],
} as const;

/** What the mask hides there. */
export const BATCH_PLACE = {
  chain: [0, 5],
  counter: [5, 3],
} as const;
