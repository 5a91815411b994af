import { graphql } from '../../api/graphql.ts';
import {
  CreateDataModelDocument,
  CreateGlobalHelperDocument,
  CreatePolicyDocument,
  CreateRuleDocument,
  DataModelDocument,
  type DetectionTestsFragment,
  type DetectionWholeFragment,
  GlobalHelperDocument,
  type Permission,
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

export type DetectionFile = DetectionWholeFragment['files'][number];

/** What is written as files, and how the API reads, tests and keeps it. */
interface Family {
  readonly modify: Permission;
  get(id: string, signal: AbortSignal): Promise<DetectionWholeFragment>;
  test(files: readonly DetectionFile[]): Promise<DetectionTestsFragment>;
  create(files: readonly DetectionFile[], enabled: boolean): Promise<SavedDetection>;
  update(id: string, files: readonly DetectionFile[], enabled: boolean): Promise<SavedDetection>;
}

export interface SavedDetection {
  readonly kind: string;
  readonly id: string;
}

const rule: Family = {
  modify: 'RuleModify',
  get: async (id, signal) => (await graphql(RuleDocument, { id }, signal)).rule,
  test: async (files) => (await graphql(TestRuleDocument, { input: { files } })).testRule,
  create: async (files, enabled) =>
    (await graphql(CreateRuleDocument, { input: { files, enabled } })).createRule.detection,
  update: async (id, files, enabled) =>
    (await graphql(UpdateRuleDocument, { input: { id, files, enabled } })).updateRule.detection,
};

const families: Readonly<Record<string, Family>> = {
  rule,
  scheduled_rule: rule,
  correlation_rule: rule,
  policy: {
    modify: 'PolicyModify',
    get: async (id, signal) => (await graphql(PolicyDocument, { id }, signal)).policy,
    test: async (files) => (await graphql(TestPolicyDocument, { input: { files } })).testPolicy,
    create: async (files, enabled) =>
      (await graphql(CreatePolicyDocument, { input: { files, enabled } })).createPolicy.detection,
    update: async (id, files, enabled) =>
      (await graphql(UpdatePolicyDocument, { input: { id, files, enabled } })).updatePolicy.detection,
  },
  datamodel: {
    modify: 'RuleModify',
    get: async (id, signal) => (await graphql(DataModelDocument, { id }, signal)).dataModel,
    test: async (files) => (await graphql(TestDataModelDocument, { input: { files } })).testDataModel,
    create: async (files, enabled) =>
      (await graphql(CreateDataModelDocument, { input: { files, enabled } })).createDataModel.detection,
    update: async (id, files, enabled) =>
      (await graphql(UpdateDataModelDocument, { input: { id, files, enabled } })).updateDataModel.detection,
  },
  global: {
    modify: 'RuleModify',
    get: async (id, signal) => (await graphql(GlobalHelperDocument, { id }, signal)).globalHelper,
    test: async (files) => (await graphql(TestGlobalHelperDocument, { input: { files } })).testGlobalHelper,
    create: async (files, enabled) =>
      (await graphql(CreateGlobalHelperDocument, { input: { files, enabled } })).createGlobalHelper.detection,
    update: async (id, files, enabled) =>
      (await graphql(UpdateGlobalHelperDocument, { input: { id, files, enabled } })).updateGlobalHelper
        .detection,
  },
};

/** Undefined for what is only uploaded: packs, lookup tables, queries. */
export function familyOf(kind: string): Family | undefined {
  return families[kind];
}

export const kindLabels: Readonly<Record<string, string>> = {
  rule: 'Rule',
  scheduled_rule: 'Scheduled rule',
  correlation_rule: 'Correlation rule',
  policy: 'Policy',
  datamodel: 'Data model',
  global: 'Global helper',
  pack: 'Pack',
  lookup_table: 'Lookup table',
  saved_query: 'Saved query',
  scheduled_query: 'Scheduled query',
  scheduled_prompt: 'Scheduled prompt',
};
