import type { SimpleBody } from '../content/detection.ts';
import type { Mode, RawHit, RawValue } from '../runtime/messages.ts';
import { follow, parseKeyPath } from './key-path.ts';
import { readMatch, readSpecifier } from './match-expression.ts';

/** A simple detection that can be asked. */
export interface SimpleDetection {
  matches(event: unknown): boolean;
  /** What its functions give for an event. */
  functionsOf(event: unknown): RawHit['functions'];
  evaluate(
    events: readonly unknown[],
    positions: readonly number[] | undefined,
    mode: Mode,
  ): readonly RawHit[];
}

type Read = (event: unknown) => RawValue;

/** @param body was checked when its content was read. */
export function createSimpleDetection(body: SimpleBody): SimpleDetection {
  const { matches } = readMatch(body.detection, { field: 'Detection' });
  const functions = Object.entries(readFunctions(body));
  const functionsOf = (event: unknown) =>
    Object.fromEntries(functions.map(([name, read]) => [name, read(event)]));
  return {
    matches,
    functionsOf,
    evaluate: (events, positions = [...events.keys()], mode) =>
      positions.flatMap((event) => {
        const matched = matches(events[event]);
        if (!matched && mode === 'batch') return [];
        return [{ event, matched, functions: functionsOf(events[event]) }];
      }),
  };
}

function readFunctions(body: SimpleBody): Readonly<Record<string, Read>> {
  const { alertTitle, alertContext, groupBy, dynamicSeverities } = body;
  return {
    ...(alertTitle !== undefined && { title: (event) => text(fillIn(alertTitle, event)) }),
    ...(groupBy !== undefined && { dedup: readGroup(groupBy) }),
    ...(dynamicSeverities !== undefined && { severity: readSeverity(dynamicSeverities) }),
    ...(alertContext !== undefined && { alert_context: readContext(alertContext) }),
  };
}

function fillIn(template: string, event: unknown): string {
  return template.replace(/\{([^{}]+)\}/g, (_, path: string) =>
    shown(follow(event, parseKeyPath(path) ?? [])),
  );
}

function readGroup(keys: NonNullable<SimpleBody['groupBy']>): Read {
  const finds = keys.map((key) => readSpecifier(key, 'GroupBy').find);
  return (event) => text(finds.map((find) => shown(find(event))).join(':'));
}

/** The first change whose conditions hold, or the severity of the detection. */
function readSeverity(changes: NonNullable<SimpleBody['dynamicSeverities']>): Read {
  const cases = changes.map(({ ChangeTo, Conditions }) => ({
    severity: ChangeTo,
    matches: readMatch(Conditions, { field: 'Conditions' }).matches,
  }));
  return (event) => text(cases.find(({ matches }) => matches(event))?.severity ?? 'DEFAULT');
}

function readContext(entries: NonNullable<SimpleBody['alertContext']>): Read {
  const finds = entries.map(
    ({ KeyName, KeyValue }) => [KeyName, readSpecifier(KeyValue, 'KeyValue').find] as const,
  );
  return (event) => ({
    v: Object.fromEntries(finds.map(([name, find]) => [name, find(event) ?? null])),
    t: 'object',
  });
}

function text(value: string): RawValue {
  return { v: value, t: 'string' };
}

/** A value inside a title or dedup string. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}
