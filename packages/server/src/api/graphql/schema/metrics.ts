import {
  type AlertsOfRule,
  getMetrics,
  type Metrics,
  type Series,
} from '../../../actions/metrics/get-metrics.ts';
import { builder, queryField } from '../schema-builder.ts';
import { input } from './payload.ts';

const seriesRef = builder.objectRef<Series>('SeriesWithBreakdown').implement({
  fields: (t) => ({
    label: t.exposeString('label'),
    value: t.expose('value', { type: 'Long' }),
    breakdown: t.expose('breakdown', {
      type: 'JSON',
      description: 'The value of each interval, by the time at which it begins',
    }),
  }),
});

const alertsOfRuleRef = builder.objectRef<AlertsOfRule>('MetricsAlertsPerRule').implement({
  fields: (t) => ({
    entityId: t.exposeID('entityId', { description: 'The id of the detection' }),
    label: t.exposeString('label', { description: 'Its name; its id where it has none or is no more' }),
    value: t.expose('value', { type: 'Long' }),
  }),
});

const metricsRef = builder.objectRef<Metrics>('Metrics').implement({
  description: 'Counts over a time, of what the caller may see',
  fields: (t) => ({
    alertsPerSeverity: t.expose('alertsPerSeverity', {
      type: [seriesRef],
      description: 'Alerts by the kind of detection and severity, such as `Rule HIGH`',
    }),
    alertsPerRule: t.expose('alertsPerRule', {
      type: [alertsOfRuleRef],
      description: 'Alerts by the detection that made them',
    }),
    totalAlerts: t.expose('totalAlerts', { type: 'Long' }),
    eventsProcessedPerLogType: t.expose('eventsProcessedPerLogType', {
      type: [seriesRef],
      description: 'Events in the data lake by log type, at the times they happened',
    }),
    totalEventsProcessed: t.expose('totalEventsProcessed', { type: 'Long' }),
  }),
});

const metricsInput = builder.inputType('MetricsInput', {
  fields: (t) => ({
    fromDate: t.field({ type: 'DateTime', required: true, description: 'Taken to begin with its minute' }),
    toDate: t.field({ type: 'DateTime', required: true, description: 'Not counted any more' }),
    intervalInMinutes: t.int({ required: true, description: 'The intervals of the breakdowns' }),
  }),
});

queryField('metrics', {
  action: getMetrics,
  type: metricsRef,
  args: input(metricsInput),
  description: 'Counts alerts and events over time',
  audience: 'public',
});
