/**
 * The literal pieces of a pattern of LIKE, between its wildcards.
 * @param escaping the character that makes the next one literal; empty for none.
 */
export function patternPieces(pattern: string, escaping: string): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === escaping) {
      at += 1;
      piece += pattern.charAt(at);
    } else if (character === '%' || character === '_') {
      pieces.push(piece);
      piece = '';
    } else piece += character;
  }
  return [...pieces, piece];
}
