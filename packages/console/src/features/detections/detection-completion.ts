import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { type EventField, eventFields, fieldsAt } from './event-fields.ts';

export type Language = 'typescript' | 'python' | 'yaml';

/** What can stand next where the cursor is: fields of the event, what rules import, keys of YAML. */
export function completeDetection(language: Language, wholeText: () => string) {
  return (context: CompletionContext): CompletionResult | null => {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const found = language === 'yaml' ? yamlKeys(before) : fieldsOf(before, eventFields(wholeText()));
    if (found !== undefined) {
      const { typed, options } = found;
      return { from: context.pos - typed.length, options, validFor: /^[\w.]*$/ };
    }
    const word = context.matchBefore(/\w+/);
    if (word === null || language === 'yaml') return null;
    return { from: word.from, options: names[language], validFor: /^\w*$/ };
  };
}

type Found = { readonly typed: string; readonly options: readonly Completion[] };

/** After `event.actor.` or inside the texts of `event.get("`, `event["` and `deep_get(event, "actor", "`. */
function fieldsOf(before: string, fields: readonly EventField[]): Found | undefined {
  const [, dotted, member] = /\b(?:event|resource)((?:\??\.\w+)*)\??\.(\w*)$/.exec(before) ?? [];
  if (member !== undefined) {
    const path = (dotted ?? '').split(/\??\./).filter(Boolean);
    const found = fieldsAt(fields, path).map(asCompletion);
    return { typed: member, options: path.length === 0 ? [...found, ...methods] : found };
  }
  const [, steps = '', typed] =
    /\b(?:event(?:\.(?:get|deep_get|deep_walk)\(|\[)|deepGet\(\s*event,|deepWalk\(\s*event,|deep_get\(\s*event,)\s*((?:["']\w+["'],\s*)*)["'](\w*)$/.exec(
      before,
    ) ?? [];
  if (typed === undefined) return undefined;
  const path = [...steps.matchAll(/["'](\w+)["']/g)].map(([, name = '']) => name);
  return { typed, options: fieldsAt(fields, path).map(asCompletion) };
}

function asCompletion({ name, type, info }: EventField): Completion {
  return { label: name, type: 'property', detail: type, ...(info !== undefined && { info }), boost: 10 };
}

/** What events in Python have besides their fields. */
const methods: readonly Completion[] = ['get', 'deep_get', 'deep_walk', 'udm', 'lookup'].map((label) => ({
  label,
  type: 'function',
  detail: 'Python',
}));

const functionNames = [
  ['rule', 'Whether the event matches.'],
  ['title', 'The title of the alert.'],
  ['dedup', 'Matches with the same text join one alert.'],
  ['severity', 'The severity, or DEFAULT.'],
  ['description', 'What it means.'],
  ['runbook', 'What to do.'],
  ['reference', 'Where to read more.'],
  ['destinations', 'Where to deliver; an empty list: nowhere.'],
  ['unique', 'The threshold then counts different values of this.'],
] as const;

const names: Readonly<Record<'typescript' | 'python', readonly Completion[]>> = {
  typescript: [
    ...functionNames.map(([label, info]) => ({
      label,
      info,
      type: 'method',
      apply: `${label}: (event) => `,
    })),
    {
      label: 'alertContext',
      type: 'method',
      info: 'What stands beside the alert.',
      apply: 'alertContext: (event) => ({  }),',
    },
    ...[
      'defineRule',
      'defineDataModel',
      'deepGet',
      'deepWalk',
      'udm',
      'lookup',
      'eventTimeEpoch',
      'getCounter',
      'incrementCounter',
      'getStringSet',
      'addToStringSet',
      'setKeyExpiration',
    ].map((label) => ({ label, type: 'function', detail: '@pawprint/detections' })),
    ...[
      'logTypes',
      'defaultSeverity',
      'displayName',
      'dedupPeriodMinutes',
      'threshold',
      'tags',
      'reports',
      'tests',
    ].map((label) => ({ label, type: 'property' })),
  ],
  python: [
    ...functionNames.map(([label, info]) => ({
      label,
      info,
      type: 'function',
      apply: `def ${label}(event):\n    return `,
    })),
    { label: 'alert_context', type: 'function', apply: 'def alert_context(event):\n    return {}' },
  ],
};

const keys = [
  'AnalysisType',
  'RuleID',
  'PolicyID',
  'DataModelID',
  'GlobalID',
  'Filename',
  'Enabled',
  'LogTypes',
  'ScheduledQueries',
  'ResourceTypes',
  'Severity',
  'DisplayName',
  'Description',
  'Runbook',
  'Reference',
  'Tags',
  'Reports',
  'DedupPeriodMinutes',
  'Threshold',
  'CreateAlert',
  'OutputIds',
  'SummaryAttributes',
  'InlineFilters',
  'Detection',
  'AlertTitle',
  'AlertContext',
  'GroupBy',
  'DynamicSeverities',
  'BaseDetection',
  'Mappings',
  'Tests',
].map((label): Completion => ({ label, type: 'property', apply: `${label}: ` }));
const testKeys = [
  'Name',
  'ExpectedResult',
  'Log',
  'Resource',
  'Mocks',
  'KeyPath',
  'Condition',
  'Value',
  'Values',
].map((label): Completion => ({ label, type: 'property', apply: `${label}: ` }));

function yamlKeys(before: string): Found | undefined {
  const [, indent, typed] = /^(\s*(?:- +)?)(\w+)$/.exec(before) ?? [];
  if (typed === undefined) return undefined;
  return { typed, options: indent === '' ? keys : testKeys };
}
