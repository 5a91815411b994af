import type { BacktestResult, PastAlert, PastMatch } from '@pawprint/detections';
import { createReplay } from '../../../actions/replay/create-replay.ts';
import { getReplay } from '../../../actions/replay/get-replay.ts';
import { listReplays } from '../../../actions/replay/list-replays.ts';
import type { Replay } from '../../../actions/replay/replay.ts';
import { stopReplay } from '../../../actions/replay/stop-replay.ts';
import { builder, mutationField, queryField } from '../schema-builder.ts';
import { connection } from './page.ts';
import { idInput, input, optionalInput, payload } from './payload.ts';
import { actorRef } from './references.ts';

const stateEnum = builder.enumType('ReplayState', {
  values: ['EVALUATION_IN_PROGRESS', 'DONE', 'CANCELED', 'ERROR_EVALUATION'],
});

const timeWindowRef = builder.objectRef<Replay>('ReplayTimeWindow').implement({
  fields: (t) => ({
    startsAt: t.expose('startsAt', { type: 'DateTime' }),
    endsAt: t.expose('endsAt', { type: 'DateTime' }),
  }),
});

const sizeWindowRef = builder.objectRef<Replay>('ReplaySizeWindow').implement({
  fields: (t) => ({ maxSizeInGB: t.int({ nullable: true, resolve: () => null }) }),
});

const dataWindowRef = builder.objectRef<Replay>('ReplayDataWindow').implement({
  fields: (t) => ({
    timeWindow: t.field({ type: timeWindowRef, resolve: (replay) => replay }),
    sizeWindow: t.field({ type: sizeWindowRef, nullable: true, resolve: () => null }),
  }),
});

const scopeRef = builder.objectRef<Replay>('ReplayScope').implement({
  fields: (t) => ({
    logTypes: t.stringList({ resolve: ({ logType }) => [logType] }),
    dataWindow: t.field({ type: dataWindowRef, resolve: (replay) => replay }),
  }),
});

const nanosecondsPerMillisecond = 1_000_000;

const summaryRef = builder.objectRef<Replay>('ReplaySummary').implement({
  fields: (t) => ({
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true }),
    totalAlerts: t.field({ type: 'Long', resolve: ({ result }) => result?.alertCount ?? 0 }),
    ruleErrorCount: t.field({ type: 'Long', resolve: ({ result }) => result?.errorCount ?? 0 }),
    ruleMatchCount: t.field({ type: 'Long', resolve: ({ result }) => result?.matchCount ?? 0 }),
    evaluationProgress: t.exposeFloat('progress', { description: 'From 0 to 1' }),
    computationProgress: t.exposeFloat('progress', { description: 'From 0 to 1' }),
    logDataSizeEstimate: t.field({ type: 'Long', nullable: true, resolve: () => null }),
    matchesProcessedCount: t.field({ type: 'Long', resolve: ({ result }) => result?.matchCount ?? 0 }),
    eventsProcessedCount: t.field({
      type: 'Long',
      description: 'Those that it certainly says no to, which it need not be asked about, included',
      resolve: ({ result }) => (result?.evaluated ?? 0) + (result?.skipped ?? 0),
    }),
    eventsMatchedCount: t.field({ type: 'Long', resolve: ({ result }) => result?.matchCount ?? 0 }),
    eventsSkippedCount: t.field({
      type: 'Long',
      description: 'Those that it certainly says no to, which it was not asked about',
      resolve: ({ result }) => result?.skipped ?? 0,
    }),
    readTimeNanos: t.field({
      type: 'Long',
      resolve: ({ result }) => (result?.readingMs ?? 0) * nanosecondsPerMillisecond,
    }),
    processingTimeNanos: t.field({
      type: 'Long',
      resolve: ({ result }) => (result?.evaluationMs ?? 0) * nanosecondsPerMillisecond,
    }),
  }),
});

const alertRef = builder.objectRef<PastAlert>('ReplayAlert').implement({
  description: 'An alert that there would have been',
  fields: (t) => ({
    title: t.exposeString('title'),
    dedup: t.exposeString('dedup'),
    severity: t.exposeString('severity'),
    createdAt: t.field({
      type: 'DateTime',
      resolve: ({ createdAtMs }) => new Date(createdAtMs).toISOString(),
    }),
    eventCount: t.exposeInt('matchCount'),
  }),
});

const matchRef = builder.objectRef<PastMatch>('ReplayMatch').implement({
  fields: (t) => ({
    rowId: t.exposeID('eventId', { description: 'p_row_id of the event' }),
    eventTime: t.field({ type: 'DateTime', resolve: ({ atMs }) => new Date(atMs).toISOString() }),
    title: t.exposeString('title'),
    dedup: t.exposeString('dedup'),
    severity: t.exposeString('severity'),
  }),
});

const countedRef = builder.objectRef<BacktestResult['noisiest'][number]>('ReplayCount').implement({
  fields: (t) => ({ text: t.exposeString('text'), count: t.expose('count', { type: 'Long' }) }),
});

const replayRef = builder.objectRef<Replay>('Replay').implement({
  description:
    'A rule run over events of the past. Nothing of it is delivered, and none of its alerts is in the list of alerts.',
  fields: (t) => ({
    id: t.exposeID('id'),
    state: t.expose('state', { type: stateEnum }),
    message: t.exposeString('message', { description: 'Why it failed' }),
    detectionId: t.exposeID('detectionId'),
    replayType: t.string({ resolve: () => 'RULE' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.field({ type: actorRef, nullable: true, resolve: ({ createdBy }) => createdBy }),
    updatedAt: t.field({
      type: 'DateTime',
      resolve: ({ completedAt, createdAt }) => completedAt ?? createdAt,
    }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true }),
    scope: t.field({ type: scopeRef, resolve: (replay) => replay }),
    summary: t.field({ type: summaryRef, resolve: (replay) => replay }),
    alerts: t.field({
      type: [alertRef],
      description: 'The first 1,000',
      resolve: ({ result }) => result?.alerts ?? [],
    }),
    matches: t.field({
      type: [matchRef],
      description: 'The first 1,000',
      resolve: ({ result }) => result?.matches ?? [],
    }),
    errors: t.field({ type: [countedRef], resolve: ({ result }) => result?.errors ?? [] }),
    noisiest: t.field({
      type: [countedRef],
      description: 'Dedup texts with the most matches',
      resolve: ({ result }) => result?.noisiest ?? [],
    }),
  }),
});

queryField('replay', {
  action: getReplay,
  type: replayRef,
  args: builder.args((t) => ({ id: t.id({ required: true }) })),
  description: 'Fetches a replay and how far it is',
  audience: 'public',
});

queryField('replays', {
  action: listReplays,
  type: connection('Replay', replayRef),
  args: optionalInput(
    builder.inputType('ReplaysInput', {
      fields: (t) => ({ detectionId: t.id(), pageSize: t.int({ defaultValue: 25 }), cursor: t.string() }),
    }),
  ),
  description: 'Lists the replays, newest first',
  audience: 'internal',
});

const replayFile = builder.inputType('ReplayFileInput', {
  fields: (t) => ({ path: t.string({ required: true }), text: t.string({ required: true }) }),
});

mutationField('createReplay', {
  action: createReplay,
  type: payload('CreateReplayOutput', 'replay', replayRef),
  args: input(
    builder.inputType('CreateReplayInput', {
      fields: (t) => ({
        detectionId: t.id({ description: 'A rule that is kept' }),
        files: t.field({ type: [replayFile], description: 'Or a rule that is not, as its files' }),
        startsAt: t.field({ type: 'DateTime', required: true }),
        endsAt: t.field({ type: 'DateTime', description: 'Now, if not said' }),
      }),
    }),
  ),
  description: 'Runs a rule over events of the past',
  audience: 'internal',
});

mutationField('stopReplay', {
  action: stopReplay,
  type: payload('StopReplayOutput', 'replay', replayRef),
  args: input(idInput('StopReplayInput')),
  description: 'Stops a replay',
  audience: 'public',
});
