import * as z from 'zod';

/** Severities in their order. */
export const severities = ['INFO', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Severity = (typeof severities)[number];

const text = z.string();
const name = text.min(1).regex(/^[^<>&"%]+$/, 'must not contain any of < > & " %');
const minutes = z.int().positive();
const severity = z
  .string()
  .transform((given) => given.toUpperCase())
  .pipe(z.enum(severities));
const reports = z.record(z.string(), z.array(text));

/** A list in which nothing may stand twice. */
function distinct(fold: (value: string) => string = (value) => value) {
  return z.array(text).superRefine((values, context) => {
    const seen = new Set<string>();
    for (const [index, value] of values.entries()) {
      if (seen.has(fold(value)))
        context.addIssue({ code: 'custom', path: [index], message: `${value} is there twice` });
      seen.add(fold(value));
    }
  });
}
const tags = distinct((tag) => tag.toLowerCase());

const mocks = z.array(z.object({ objectName: text.min(1), returnValue: z.unknown().optional() }));
const test = z
  .object({
    Name: text,
    ExpectedResult: z.boolean(),
    Log: z.unknown().optional(),
    Resource: z.unknown().optional(),
    Mocks: mocks.optional(),
  })
  .refine((given) => given.Log !== undefined || given.Resource !== undefined, 'needs a Log or a Resource');

const described = {
  Enabled: z.boolean().optional(),
  Description: text.optional(),
  DisplayName: name.optional(),
  Reference: text.optional(),
  Runbook: text.optional(),
  Severity: severity.optional(),
  Tags: tags.optional(),
  Reports: reports.optional(),
  OutputIds: distinct().optional(),
  SummaryAttributes: distinct().optional(),
  Threshold: z.int().positive().optional(),
  // The engine raises what is below five minutes to five.
  DedupPeriodMinutes: minutes.optional(),
  CreateAlert: z.boolean().optional(),
  CreatedBy: text.optional(),
  Status: text.optional(),
  OnlyUseBaseRiskScore: z.boolean().optional(),
  BaseVersion: z.int().optional(),
  Tests: z.array(test).optional(),
  InlineFilters: z.unknown().optional(),
};

const simple = {
  Detection: z.unknown().optional(),
  AlertTitle: text.optional(),
  AlertContext: z.array(z.object({ KeyName: text, KeyValue: z.record(z.string(), z.unknown()) })).optional(),
  GroupBy: z.array(z.record(z.string(), z.unknown())).optional(),
  DynamicSeverities: z.array(z.object({ ChangeTo: severity, Conditions: z.unknown() })).optional(),
};

const schedule = z
  .object({
    CronExpression: text.optional(),
    RateMinutes: z.int().gt(1).optional(),
    TimeoutMinutes: minutes.optional(),
  })
  .superRefine(({ CronExpression, RateMinutes, TimeoutMinutes }, context) => {
    // An empty cron expression or a rate of zero is how the other one is left out.
    if ((CronExpression ? 1 : 0) + (RateMinutes === undefined ? 0 : 1) !== 1) {
      context.addIssue({ code: 'custom', message: 'needs one of CronExpression and RateMinutes' });
    }
    if (RateMinutes !== undefined && TimeoutMinutes !== undefined && RateMinutes < TimeoutMinutes) {
      context.addIssue({
        code: 'custom',
        path: ['RateMinutes'],
        message: 'must not be less than TimeoutMinutes',
      });
    }
  });

const query = {
  QueryName: name,
  Description: text.optional(),
  Enabled: z.boolean().optional(),
  Query: text.optional(),
  SnowflakeQuery: text.optional(),
  AthenaQuery: text.optional(),
  DatabricksQuery: text.optional(),
  Lookback: z.boolean().optional(),
  LookbackWindowSeconds: z.int().nonnegative().optional(),
  Tags: tags.optional(),
};
const oneQuery = (
  given: { [key in 'Query' | 'SnowflakeQuery' | 'AthenaQuery' | 'DatabricksQuery']?: unknown },
) =>
  [given.Query, given.SnowflakeQuery, given.AthenaQuery, given.DatabricksQuery].some(
    (each) => each !== undefined,
  );
const queryMissing = 'needs a Query, SnowflakeQuery, AthenaQuery or DatabricksQuery';

const correlatedRule = z.object({
  ID: text.min(1),
  RuleID: text.min(1),
  MinMatchCount: z.int().positive().optional(),
  MaxMatchCount: z.int().nonnegative().optional(),
  Absence: z.boolean().optional(),
});
const transitionMatch = z
  .object({ On: text.optional(), From: text.optional(), To: text.optional() })
  .refine(
    ({ On, From, To }) =>
      On === undefined ? From !== undefined && To !== undefined : From === undefined && To === undefined,
    'needs either On or both From and To',
  );
const correlation = z.object({
  Sequence: z.array(correlatedRule).min(1).optional(),
  Group: z.array(correlatedRule).min(1).optional(),
  Transitions: z
    .array(
      z.object({
        ID: text,
        From: text,
        To: text,
        WithinTimeFrameMinutes: minutes.optional(),
        Match: z.array(transitionMatch).optional(),
      }),
    )
    .optional(),
  MatchCriteria: z.record(z.string(), z.array(z.object({ GroupID: text, Match: text }))).optional(),
  Schedule: schedule.optional(),
  LookbackWindowMinutes: minutes.optional(),
  EventEvaluationOrder: z.enum(['Chronological', 'ReverseChronological']).optional(),
});

/** What each kind of content may hold: the keys of its YAML file and their limits. */
export const schemas = {
  rule: z.object({
    AnalysisType: z.literal('rule'),
    RuleID: name,
    Filename: text.optional(),
    LogTypes: distinct().min(1).optional(),
    BaseDetection: text.optional(),
    ...described,
    ...simple,
  }),
  scheduled_rule: z.object({
    AnalysisType: z.literal('scheduled_rule'),
    RuleID: name,
    Filename: text.optional(),
    ScheduledQueries: distinct().min(1).optional(),
    LogTypes: distinct().optional(),
    BaseDetection: text.optional(),
    ...described,
    ...simple,
  }),
  policy: z.object({
    AnalysisType: z.literal('policy'),
    PolicyID: name,
    Filename: text.optional(),
    ResourceTypes: distinct().optional(),
    Suppressions: distinct().optional(),
    ActionDelaySeconds: z.int().nonnegative().optional(),
    AutoRemediationID: text.optional(),
    AutoRemediationParameters: z.record(z.string(), z.unknown()).optional(),
    ...described,
  }),
  correlation_rule: z.object({
    AnalysisType: z.literal('correlation_rule'),
    RuleID: name,
    ...described,
    Detection: z.array(correlation).length(1),
    Tests: z
      .array(z.object({ Name: text, ExpectedResult: z.boolean(), RuleOutputs: z.unknown() }))
      .optional(),
  }),
  datamodel: z.object({
    AnalysisType: z.literal('datamodel'),
    DataModelID: name,
    DisplayName: text.optional(),
    Enabled: z.boolean().optional(),
    Description: text.optional(),
    LogTypes: distinct().length(1, 'must name exactly one log type'),
    Filename: text.optional(),
    Mappings: z.array(
      z
        .object({ Name: text.min(1), Path: text.optional(), Method: text.optional() })
        .refine(({ Path, Method }) => (Path === undefined) !== (Method === undefined), {
          message: 'needs either Path or Method',
        }),
    ),
  }),
  global: z.object({
    AnalysisType: z.literal('global'),
    GlobalID: text.regex(/^[A-Za-z_]\w*$/, 'must be a name that Python can import'),
    Filename: text,
    Description: text.optional(),
    Tags: tags.optional(),
  }),
  pack: z.object({
    AnalysisType: z.literal('pack'),
    PackID: name,
    DisplayName: text.optional(),
    Description: text.optional(),
    PackDefinition: z.object({ IDs: distinct() }),
  }),
  lookup_table: z.object({
    AnalysisType: z.literal('lookup_table'),
    LookupName: text.min(1),
    DisplayName: text.optional(),
    Enabled: z.boolean().optional(),
    Description: text.optional(),
    Reference: text.optional(),
    Schema: text,
    Filename: text.optional(),
    Refresh: z.record(z.string(), z.unknown()).optional(),
    LogTypeMap: z.object({
      PrimaryKey: text,
      AssociatedLogTypes: z.array(z.object({ LogType: text, Selectors: z.array(text) })).optional(),
    }),
    Tags: tags.optional(),
  }),
  saved_query: z.object({ AnalysisType: z.literal('saved_query'), ...query }).refine(oneQuery, queryMissing),
  scheduled_query: z
    .object({
      AnalysisType: z.literal('scheduled_query'),
      ...query,
      Schedule: schedule,
      EmailConfig: z.record(z.string(), z.unknown()).optional(),
    })
    .refine(oneQuery, queryMissing),
  scheduled_prompt: z.object({
    AnalysisType: z.literal('scheduled_prompt'),
    PromptName: text.regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case letters, digits and _'),
    PromptText: text.min(1),
    RunAsUser: text.optional(),
    Description: text.optional(),
    Enabled: z.boolean().optional(),
    Schedule: schedule.optional(),
    Tags: tags.optional(),
  }),
} as const;

export type AnalysisType = keyof typeof schemas;

/** The key that holds the id, for each kind. */
export const idKeys = {
  rule: 'RuleID',
  scheduled_rule: 'RuleID',
  policy: 'PolicyID',
  correlation_rule: 'RuleID',
  datamodel: 'DataModelID',
  global: 'GlobalID',
  pack: 'PackID',
  lookup_table: 'LookupName',
  saved_query: 'QueryName',
  scheduled_query: 'QueryName',
  scheduled_prompt: 'PromptName',
} as const satisfies Record<AnalysisType, string>;

/** The content of one YAML file of a kind, checked. */
export type Spec<Kind extends AnalysisType> = z.infer<(typeof schemas)[Kind]>;
