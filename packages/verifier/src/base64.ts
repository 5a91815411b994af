/** The bytes of standard, padded base64 (RFC 4648 section 4) in its one canonical form, or undefined. */
export function decodeBase64(text: string): Uint8Array | undefined {
  try {
    const bytes = Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' });
    // The decoder skips white space, which would let one signature be written in many ways.
    return bytes.toBase64() === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
