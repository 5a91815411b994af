import { useCallback, useEffect, useEffectEvent, useReducer, useRef } from 'react';
import { type StreamState, useEventStream } from '../../api/event-stream.ts';
import { useSystemErrorNews } from '../../api/system-errors.ts';
import type { AuditLogEntry } from './audit-log-entry-type.ts';

/** Beyond this many, arrivals that are held back are only counted; showing them reads the list anew. */
const heldMax = 1000;
/** Beyond this many, the oldest rows leave the view, so that a tab left open does not grow for ever. */
export const shownMax = 5000;

type LiveEntries = {
  /** Newest first. */
  readonly shown: readonly AuditLogEntry[];
  readonly held: readonly AuditLogEntry[];
  readonly heldCount: number;
};
type Change =
  | { readonly kind: 'arrived'; readonly entries: readonly AuditLogEntry[]; readonly hold: boolean }
  | { readonly kind: 'released' };

const none: LiveEntries = { shown: [], held: [], heldCount: 0 };

/** Newest first in, newest first out; what is held keeps its order until it is released. */
export function applyLiveChange(state: LiveEntries, change: Change): LiveEntries {
  if (change.kind === 'released') {
    if (state.heldCount === 0) return state;
    return { shown: [...state.held, ...state.shown].slice(0, shownMax), held: [], heldCount: 0 };
  }
  if (!change.hold) return { ...state, shown: [...change.entries, ...state.shown].slice(0, shownMax) };
  const heldCount = state.heldCount + change.entries.length;
  return { ...state, held: heldCount > heldMax ? state.held : [...change.entries, ...state.held], heldCount };
}

/** More has arrived than is kept: what was held can only be read anew. */
export function isOverfull(state: LiveEntries): boolean {
  return state.heldCount > heldMax;
}

/**
 * Entries arriving by the stream at `url` (null: none). While `hold` is true they wait, so that rows do not move
 * under the reader. Arrivals of one frame are applied together.
 * @param past what was read before the stream began, newest first.
 */
export function useLiveEntries(
  url: string | null,
  hold: boolean,
  past: readonly AuditLogEntry[],
): {
  readonly live: LiveEntries;
  readonly state: StreamState;
  readonly release: () => void;
} {
  const [live, dispatch] = useReducer(applyLiveChange, none);
  const arrived = useRef<AuditLogEntry[]>([]);
  const tellSystemErrors = useSystemErrorNews();
  const state = useEventStream(url, 'entry', (data) => {
    const entry = data as AuditLogEntry;
    tellSystemErrors(entry.record);
    arrived.current.unshift(entry);
    if (arrived.current.length === 1) {
      requestAnimationFrame(() => {
        dispatch({ kind: 'arrived', entries: arrived.current, hold });
        arrived.current = [];
      });
    }
  });
  // What was recorded between the reading of the session and that of the list does not arrive any more.
  const newest = past.find(({ record }) => record.actionName.endsWith('_SYSTEM_ERROR'));
  const tellOfPast = useEffectEvent(() => newest && tellSystemErrors(newest.record));
  useEffect(() => {
    if (newest?.index !== undefined) tellOfPast();
  }, [newest?.index]);
  const release = useCallback(() => dispatch({ kind: 'released' }), []);
  const overfull = isOverfull(live);
  useEffect(() => {
    if (!hold && !overfull) release();
  }, [hold, overfull, release]);
  return { live, state, release };
}
