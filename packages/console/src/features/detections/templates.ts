import type { DetectionFile } from './families.ts';

/** What a new detection begins with. */
export interface Template {
  readonly kind: string;
  readonly label: string;
  readonly hint: string;
  readonly files: readonly DetectionFile[];
}

const yamlRule = `AnalysisType: rule
RuleID: Custom.New.Rule
DisplayName: A new rule
Filename: rule.py
Enabled: true
LogTypes:
  - Panther.Audit
Severity: Medium
Description: What it finds, and why that matters.
Runbook: What to look at, and what to do.
DedupPeriodMinutes: 60
Threshold: 1
Tests:
  - Name: A user is deleted
    ExpectedResult: true
    Log:
      actionName: DELETE_USER
      actionResult: SUCCEEDED
  - Name: A user is read
    ExpectedResult: false
    Log:
      actionName: GET_USER
      actionResult: SUCCEEDED
`;

export const templates: Readonly<Record<string, Template>> = {
  typescript: {
    kind: 'rule',
    label: 'Rule in TypeScript',
    hint: 'Types for the fields of each log type',
    files: [
      {
        path: 'rule.ts',
        text: `import { defineRule } from '@pawprint/detections';

export default defineRule({
  id: 'Custom.New.Rule',
  displayName: 'A new rule',
  logTypes: ['Panther.Audit'],
  defaultSeverity: 'MEDIUM',
  defaultDescription: 'What it finds, and why that matters.',
  defaultRunbook: 'What to look at, and what to do.',
  dedupPeriodMinutes: 60,
  threshold: 1,

  rule(event) {
    return event.actionName === 'DELETE_USER' && event.actionResult === 'SUCCEEDED';
  },

  title: (event) => \`A user was deleted by \${event.actor.name}\`,

  tests: [
    {
      name: 'A user is deleted',
      expectedResult: true,
      log: { actionName: 'DELETE_USER', actionResult: 'SUCCEEDED', actor: { id: 'u1', type: 'USER', name: 'Ada' } },
    },
    {
      name: 'A user is read',
      expectedResult: false,
      log: { actionName: 'GET_USER', actionResult: 'SUCCEEDED', actor: { id: 'u1', type: 'USER', name: 'Ada' } },
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
    hint: 'As Panther has them: YAML and a module beside it',
    files: [
      { path: 'rule.yml', text: yamlRule },
      {
        path: 'rule.py',
        text: `def rule(event):
    return event.get("actionName") == "DELETE_USER" and event.get("actionResult") == "SUCCEEDED"


def title(event):
    return f"A user was deleted by {event.deep_get('actor', 'name')}"
`,
      },
    ],
  },
  simple: {
    kind: 'rule',
    label: 'Simple rule',
    hint: 'Conditions in YAML, no code',
    files: [
      {
        path: 'rule.yml',
        text: yamlRule.replace(
          'Filename: rule.py\n',
          `Detection:
  - Key: actionName
    Condition: Equals
    Value: DELETE_USER
  - Key: actionResult
    Condition: Equals
    Value: SUCCEEDED
`,
        ),
      },
    ],
  },
  datamodel: {
    kind: 'datamodel',
    label: 'Data model',
    hint: 'Names that standard fields have in a log type',
    files: [
      {
        path: 'data-model.yml',
        text: `AnalysisType: datamodel
DataModelID: Custom.Panther.Audit
LogTypes:
  - Panther.Audit
Enabled: true
Mappings:
  - Name: source_ip
    Path: sourceIP
`,
      },
    ],
  },
  global: {
    kind: 'global',
    label: 'Global helper',
    hint: 'A Python module that rules import',
    files: [
      {
        path: 'helper.yml',
        text: `AnalysisType: global
GlobalID: custom_helper
Filename: helper.py
Description: What rules find in it.
`,
      },
      { path: 'helper.py', text: 'def is_office(ip):\n    return ip.startswith("192.0.2.")\n' },
    ],
  },
};
