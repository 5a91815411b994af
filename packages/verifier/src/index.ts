export { type CheckedLog, checkLog, type LogCheck, type Removal } from './check-log.ts';
export { type Checkpoint, formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts';
export { CompactRange, type NodeVisitor, treeRoot } from './compact-range.ts';
export { compareLeaves } from './compare-leaves.ts';
export { decodeEntryBundle, encodeEntryBundle, entryBytesMax } from './entry-bundle.ts';
export { type LogReader, readEntryBundle, readTile } from './log-reader.ts';
export { type InclusionProof, type TreeHead, verifyConsistency, verifyInclusion } from './merkle-proof.ts';
export {
  formatRangeProof,
  parseRangeProof,
  type RangeCheck,
  type RangeProof,
  readRangeProof,
  verifyRangeProof,
} from './range-proof.ts';
export { readConsistencyProof, readInclusionProof, readPeaks } from './read-proof.ts';
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
  formatMinimumIndex,
  minimumIndexPath,
  parseMinimumIndex,
  parseTilePath,
  type TileLevelEnd,
  type TileName,
  tileLevels,
  tilePath,
  tileWidth,
  treeHasTile,
} from './tile.ts';
export { type FullTileVisitor, TiledTree } from './tiled-tree.ts';
export {
  type EntryCheck,
  formatTlogProof,
  parseTlogProof,
  type TlogProof,
  verifyTlogProof,
} from './tlog-proof.ts';
export { createTreeHasher, hashBytes, type Sha256, sameHash, type TreeHasher } from './tree-hasher.ts';
export { VerificationError, type VerificationErrorCode } from './verification-error.ts';
