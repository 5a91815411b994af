import type { Permission } from '../../api/operations.ts';
import {
  CreateDataModelDocument,
  CreateGlobalHelperDocument,
  CreatePolicyDocument,
  CreateRuleDocument,
  DataModelDocument,
  GlobalHelperDocument,
  PolicyDocument,
  RuleDocument,
  TestDataModelDocument,
  TestGlobalHelperDocument,
  TestPolicyDocument,
  TestRuleDocument,
  UpdateDataModelDocument,
  UpdateGlobalHelperDocument,
  UpdatePolicyDocument,
  UpdateRuleDocument,
} from '../../api/operations.ts';

/** The kinds that are shown and written here, as people call them. */
export const kindLabels = {
  rule: 'Rule',
  scheduled_rule: 'Scheduled rule',
  correlation_rule: 'Correlation rule',
  policy: 'Policy',
  datamodel: 'Data model',
  global: 'Global helper',
} as const;
export type Kind = keyof typeof kindLabels;

export function isKind(value: unknown): value is Kind {
  return typeof value === 'string' && value in kindLabels;
}

const rule = {
  get: RuleDocument,
  create: CreateRuleDocument,
  update: UpdateRuleDocument,
  test: TestRuleDocument,
  modify: 'RuleModify' satisfies Permission,
} as const;

/** What is asked of the API about each kind, and the permission to change it. */
export const kindOperations = {
  rule,
  scheduled_rule: rule,
  correlation_rule: rule,
  policy: {
    get: PolicyDocument,
    create: CreatePolicyDocument,
    update: UpdatePolicyDocument,
    test: TestPolicyDocument,
    modify: 'PolicyModify',
  },
  datamodel: {
    get: DataModelDocument,
    create: CreateDataModelDocument,
    update: UpdateDataModelDocument,
    test: TestDataModelDocument,
    modify: 'RuleModify',
  },
  global: {
    get: GlobalHelperDocument,
    create: CreateGlobalHelperDocument,
    update: UpdateGlobalHelperDocument,
    test: TestGlobalHelperDocument,
    modify: 'RuleModify',
  },
} as const satisfies Record<Kind, object>;

export const severityTones = {
  INFO: 'neutral',
  LOW: 'accent',
  MEDIUM: 'warn',
  HIGH: 'bad',
  CRITICAL: 'bad',
} as const;
