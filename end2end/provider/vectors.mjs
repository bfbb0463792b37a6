// Vectors of trust: components AND inside a vector, vectors OR.

/** What a request without `vtr` means when the client registered no vectors either. */
export const DEFAULT_VECTORS = ['P9.Cp.Cd', 'P9.Cp.Ck', 'P9.Cm'];

/** The vectors that a client registered. */
export const registeredVectors = (client) => client.nhs_vtr ?? DEFAULT_VECTORS;

/** Reads the `vtr` parameter, a JSON array of vectors; undefined when it is none. */
export function parseVectors(text) {
  try {
    const vectors = JSON.parse(text);
    const sound = Array.isArray(vectors) && vectors.length > 0 && vectors.every((one) => typeof one === 'string');
    return sound ? vectors.map(canonical) : undefined;
  } catch {
    return undefined;
  }
}

/** The same vector with its components in one order, so that two spellings compare equal. */
export const canonical = (vector) => vector.split('.').sort((a, b) => (a[0] === 'P' ? -1 : b[0] === 'P' ? 1 : a < b ? 1 : -1)).join('.');

/** The identity proofing level of a vector. */
export const levelOf = (vector) => vector.split('.').find((component) => component.startsWith('P')) ?? 'P0';
