export { checkLog, type LogCheck } from './check-log.ts';
export { type Checkpoint, formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts';
export { CompactRange, type NodeVisitor, treeRoot } from './compact-range.ts';
export { decodeEntryBundle, encodeEntryBundle, entryBytesMax } from './entry-bundle.ts';
export { type LogReader, readEntryBundle, readTile } from './log-reader.ts';
export { type InclusionProof, type TreeHead, verifyConsistency, verifyInclusion } from './merkle-proof.ts';
export {
  createVerifierKey,
  decodeNote,
  formatNote,
  formatVerifierKey,
  type NoteSignature,
  openNote,
  parseNote,
  parseVerifierKey,
  type SignedNote,
  type VerifierKey,
  type VerifyEd25519,
  verifyWithWebCrypto,
} from './signed-note.ts';
export {
  decodeTile,
  encodeTile,
  entryBundlePath,
  type TileLevelEnd,
  tileLevels,
  tilePath,
  tileWidth,
} from './tile.ts';
export { type FullTileVisitor, TiledTree } from './tiled-tree.ts';
export { createTreeHasher, hashBytes, type Sha256, sameHash, type TreeHasher } from './tree-hasher.ts';
export { VerificationError, type VerificationErrorCode } from './verification-error.ts';
