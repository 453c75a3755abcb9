/** Begins the stored names of fields that are the tree's own, and not of the class. */
export const OWN_NAME = '\0';

export function isOwnName(name: string): boolean {
  return name.startsWith(OWN_NAME);
}
