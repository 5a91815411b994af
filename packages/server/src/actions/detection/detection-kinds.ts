import type { AnalysisType } from '@pawprint/detections';
import type { Permission } from '@pawprint/record';

/** Every kind of content, with who may see and change it, and under which heading an upload counts it. */
export const detectionKinds = {
  rule: { read: 'RuleRead', modify: 'RuleModify', category: 'rules' },
  scheduled_rule: { read: 'RuleRead', modify: 'RuleModify', category: 'rules' },
  correlation_rule: { read: 'RuleRead', modify: 'RuleModify', category: 'correlationRules' },
  policy: { read: 'PolicyRead', modify: 'PolicyModify', category: 'policies' },
  datamodel: { read: 'RuleRead', modify: 'RuleModify', category: 'dataModels' },
  global: { read: 'RuleRead', modify: 'RuleModify', category: 'globalHelpers' },
  pack: { read: 'RuleRead', modify: 'RuleModify', category: 'packs' },
  lookup_table: { read: 'LookupRead', modify: 'LookupModify', category: 'lookupTables' },
  saved_query: { read: 'DataAnalyticsRead', modify: 'DataAnalyticsModify', category: 'queries' },
  scheduled_query: { read: 'DataAnalyticsRead', modify: 'DataAnalyticsModify', category: 'queries' },
  scheduled_prompt: {
    read: 'ViewScheduledPrompts',
    modify: 'ManageScheduledPrompts',
    category: 'scheduledPrompts',
  },
} as const satisfies Record<
  AnalysisType,
  { readonly read: Permission; readonly modify: Permission; readonly category: string }
>;

export const kindNames = Object.keys(detectionKinds) as [AnalysisType, ...AnalysisType[]];

export type UploadCategory = (typeof detectionKinds)[AnalysisType]['category'];

/** What is written, shown and changed by actions of one name. */
export const families = {
  rule: ['rule', 'scheduled_rule', 'correlation_rule'],
  policy: ['policy'],
  dataModel: ['datamodel'],
  globalHelper: ['global'],
} as const satisfies Record<string, readonly AnalysisType[]>;

export type Family = keyof typeof families;

/** Their ids are one space, as alerts and packs name them. */
export const runnableKinds: readonly AnalysisType[] = [...families.rule, ...families.policy];
