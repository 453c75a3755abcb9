/** Bit of the incompatible features: storage objects are sealed to a key pair, of which not all keys have the secret half. */
export const SPLIT_FEATURE = 1;

/** Incompatible features that this version knows. */
export const KNOWN_FEATURES = SPLIT_FEATURE;

export function isSplit(incompatibleFeatures: number): boolean {
  return (incompatibleFeatures & SPLIT_FEATURE) !== 0;
}
