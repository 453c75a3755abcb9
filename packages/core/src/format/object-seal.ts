/** What pointers into a storage object of a split tree carry. `docs/format/cryptography.md` has the same table. */
export const OBJECT_SEAL = {
  ephemeralKey: [0, 32],
  writer: [32, 16],
} as const;

/** Bytes in a seal. */
export const OBJECT_SEAL_SIZE = 48;
