import type { DetectionsInput, Severity } from '../../api/operations.ts';
import { isKind, type Kind, kindLabels, severityTones } from './detection-kinds.ts';

/** What the list is narrowed to, exactly as it stands in the address bar. */
export type DetectionSearch = {
  /** A part of the name or id. */
  readonly q?: string;
  readonly kind?: readonly Kind[];
  readonly severity?: readonly Severity[];
  readonly logType?: string;
  readonly tag?: string;
  readonly state?: 'on' | 'off';
  readonly origin?: 'managed' | 'own';
};

/** Reads the filters from a parsed query string; what is not understood is dropped, so an edited link still opens. */
export function parseDetectionSearch(search: Record<string, unknown>): DetectionSearch {
  const [q] = texts(search.q);
  const [logType] = texts(search.logType);
  const [tag] = texts(search.tag);
  const kind = texts(search.kind).filter(isKind);
  const severity = texts(search.severity).filter((each): each is Severity => each in severityTones);
  const state = texts(search.state).find((each) => each === 'on' || each === 'off');
  const origin = texts(search.origin).find((each) => each === 'managed' || each === 'own');
  return {
    ...(q !== undefined && { q }),
    ...(kind.length > 0 && { kind }),
    ...(severity.length > 0 && { severity }),
    ...(logType !== undefined && { logType }),
    ...(tag !== undefined && { tag }),
    ...(state !== undefined && { state }),
    ...(origin !== undefined && { origin }),
  };
}

/** The filters as the API takes them. */
export function detectionsInput({
  q,
  kind,
  severity,
  logType,
  tag,
  state,
  origin,
}: DetectionSearch): DetectionsInput {
  return {
    kinds: kind ?? Object.keys(kindLabels),
    ...(q !== undefined && { nameContains: q }),
    ...(severity !== undefined && { severities: severity }),
    ...(logType !== undefined && { sources: [logType] }),
    ...(tag !== undefined && { tags: [tag] }),
    ...(state !== undefined && { enabled: state === 'on' }),
    ...(origin !== undefined && { managed: origin === 'managed' }),
  };
}

function texts(value: unknown): string[] {
  return [value].flat().filter((item): item is string => typeof item === 'string' && item.trim() !== '');
}
