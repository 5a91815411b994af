import { severities } from '@pawprint/detections';
import * as z from 'zod';
import { defineRead } from '../action.ts';
import { offsetPage, pageInput } from '../page.ts';
import { asDetections, type DetectionEntity, may } from './detection.ts';
import { kindNames } from './detection-kinds.ts';

const text = z.string().max(256);
const texts = z.array(text).max(100).nullish();

/** What a list of detections can be narrowed by; of several values any, of several fields all. */
export const detectionFilter = {
  nameContains: text.nullish(),
  kinds: z.array(z.enum(kindNames)).max(kindNames.length).nullish(),
  severities: z.array(z.enum(severities)).max(severities.length).nullish(),
  sources: texts,
  tags: texts,
  enabled: z.boolean().nullish(),
  managed: z.boolean().nullish(),
};

const filterSchema = z.strictObject(detectionFilter);
export type DetectionFilter = z.output<typeof filterSchema>;

/** Everything that is written as content and that the caller may see, by name. */
export const listDetections = defineRead({
  name: 'LIST_DETECTIONS',
  requires: ['RuleRead', 'PolicyRead'],
  input: z.strictObject({ input: z.strictObject({ ...detectionFilter, ...pageInput }).nullish() }),
  async run({ reader, caller }, { input }) {
    const visible = kindNames.filter((kind) => may(caller, 'read', kind));
    const rows = await reader
      .selectFrom('detection_content')
      .selectAll()
      .where('kind', 'in', visible)
      .orderBy('display_name')
      .orderBy('kind')
      .orderBy('id')
      .execute();
    const found = (await asDetections(reader, rows)).filter((each) => matches(each, input ?? {}));
    return offsetPage(found, input?.pageSize ?? 25, input?.cursor);
  },
});

/** Whether a detection is among those asked for. */
export function matches(detection: DetectionEntity, filter: DetectionFilter): boolean {
  const { kind, id, displayName, severity, sources, tags, enabled, managed } = detection;
  const isAmong = (wanted: readonly string[] | null | undefined, values: readonly (string | null)[]) =>
    wanted == null ||
    wanted.length === 0 ||
    wanted.some((one) => values.some((value) => value?.toLowerCase() === one.toLowerCase()));
  const name = filter.nameContains?.toLowerCase() ?? '';
  return (
    (displayName.toLowerCase().includes(name) || id.toLowerCase().includes(name)) &&
    isAmong(filter.kinds, [kind]) &&
    isAmong(filter.severities, [severity]) &&
    isAmong(filter.sources, sources) &&
    isAmong(filter.tags, tags) &&
    (filter.enabled ?? enabled) === enabled &&
    (filter.managed ?? managed) === managed
  );
}
