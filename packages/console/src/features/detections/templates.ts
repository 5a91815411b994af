import type { Kind } from './detection-kinds.ts';

/** A file of a detection. */
export type DetectionFile = { readonly path: string; readonly text: string };

/** What a new detection begins as. */
export type Template = {
  readonly kind: Kind;
  readonly label: string;
  readonly hint: string;
  readonly files: readonly DetectionFile[];
};

const pythonRule = `def rule(event):
    return event.get("actionName") == "DELETE_DETECTION"


def title(event):
    return f"Detection deleted by {event.deep_get('actor', 'name')}"
`;

const tests = `Tests:
  - Name: A detection is deleted
    ExpectedResult: true
    Log:
      actionName: DELETE_DETECTION
      actor: {id: u1, type: USER, name: ada@example.com}
  - Name: Detections are listed
    ExpectedResult: false
    Log:
      actionName: LIST_DETECTIONS
`;

/** What can be begun with, by the name in the address. */
export const templates = {
  typescript: {
    kind: 'rule',
    label: 'Rule in TypeScript',
    hint: 'One file with the rule, its functions and its tests',
    files: [
      {
        path: 'my-rule.ts',
        text: `import { defineRule } from '@pawprint/detections';

export default defineRule({
  id: 'My.Rule',
  displayName: 'A detection was deleted',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'MEDIUM',
  defaultDescription: '',
  defaultRunbook: '',
  tags: [],
  rule: (event) => event.actionName === 'DELETE_DETECTION',
  title: (event) => \`Detection deleted by \${event.actor.name ?? event.actor.id}\`,
  tests: [
    {
      name: 'A detection is deleted',
      expectedResult: true,
      log: { actionName: 'DELETE_DETECTION', actor: { id: 'u1', type: 'USER', name: 'ada@example.com' } },
    },
    {
      name: 'Detections are listed',
      expectedResult: false,
      log: { actionName: 'LIST_DETECTIONS', actor: { id: 'u1', type: 'USER' } },
    },
  ],
});
`,
      },
    ],
  },
  python: {
    kind: 'rule',
    label: 'Rule in Python',
    hint: 'Panther’s YAML with Python beside it',
    files: [
      {
        path: 'my_rule.yml',
        text: `AnalysisType: rule
RuleID: My.Rule
DisplayName: A detection was deleted
Filename: my_rule.py
LogTypes: [Panther.Audit]
Severity: Medium
DedupPeriodMinutes: 60
${tests}`,
      },
      { path: 'my_rule.py', text: pythonRule },
    ],
  },
  simple: {
    kind: 'rule',
    label: 'Simple rule',
    hint: 'Conditions in YAML, without code',
    files: [
      {
        path: 'my_rule.yml',
        text: `AnalysisType: rule
RuleID: My.Rule
DisplayName: A detection was deleted
LogTypes: [Panther.Audit]
Severity: Medium
AlertTitle: Detection deleted by {actor.name}
Detection:
  - KeyPath: actionName
    Condition: Equals
    Value: DELETE_DETECTION
${tests}`,
      },
    ],
  },
  scheduled: {
    kind: 'scheduled_rule',
    label: 'Scheduled rule',
    hint: 'Looks at the rows of a scheduled query',
    files: [
      {
        path: 'my_rule.yml',
        text: `AnalysisType: scheduled_rule
RuleID: My.Scheduled.Rule
Filename: my_rule.py
ScheduledQueries: [My query]
Severity: Medium
`,
      },
      { path: 'my_rule.py', text: 'def rule(event):\n    return True\n' },
    ],
  },
  correlation: {
    kind: 'correlation_rule',
    label: 'Correlation rule',
    hint: 'Matches of several rules within a time',
    files: [
      {
        path: 'my_rule.yml',
        text: `AnalysisType: correlation_rule
RuleID: My.Correlation
Severity: High
Detection:
  - Sequence:
      - {ID: First, RuleID: One.Rule}
      - {ID: Second, RuleID: Another.Rule}
    LookbackWindowMinutes: 90
    Schedule: {RateMinutes: 60, TimeoutMinutes: 5}
`,
      },
    ],
  },
  policy: {
    kind: 'policy',
    label: 'Policy',
    hint: 'Whether a cloud resource is as it should be',
    files: [
      {
        path: 'my_policy.yml',
        text: `AnalysisType: policy
PolicyID: My.Policy
Filename: my_policy.py
ResourceTypes: [AWS.S3.Bucket]
Severity: Medium
`,
      },
      {
        path: 'my_policy.py',
        text: 'def policy(resource):\n    return resource.get("EncryptionRules") is not None\n',
      },
    ],
  },
  datamodel: {
    kind: 'datamodel',
    label: 'Data model',
    hint: 'Common names for the fields of a log type',
    files: [
      {
        path: 'my_data_model.yml',
        text: `AnalysisType: datamodel
DataModelID: My.DataModel
LogTypes: [Custom.MyLogs]
Mappings:
  - {Name: source_ip, Path: client.address}
`,
      },
    ],
  },
  global: {
    kind: 'global',
    label: 'Global helper',
    hint: 'A module that rules in Python import',
    files: [
      {
        path: 'my_helpers.yml',
        text: 'AnalysisType: global\nGlobalID: my_helpers\nFilename: my_helpers.py\n',
      },
      { path: 'my_helpers.py', text: 'def is_internal(address):\n    return address.startswith("10.")\n' },
    ],
  },
} as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof templates;

export function isTemplateName(value: unknown): value is TemplateName {
  return typeof value === 'string' && value in templates;
}

/** The files of a detection under another id, as a new one to begin with. */
export function copiedFiles(files: readonly DetectionFile[], id: string): readonly DetectionFile[] {
  return files.map(({ path, text }) => ({ path, text: text.replace(id, `${id}.Copy`) }));
}
