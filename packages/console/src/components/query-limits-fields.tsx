import type { QueryLimitsFragment, QueryLimitsInput } from '../api/operations.ts';
import { TextField } from './field.tsx';

/** What is typed in, by the limit's name; empty for the limit of the instance. */
export type QueryLimitTexts = Record<LimitName, string>;

type LimitName = keyof typeof labels;

const labels = {
  timeSeconds: 'Seconds a query may run',
  memoryMb: 'Megabytes of memory',
  resultRows: 'Rows of a result',
  resultBytes: 'Bytes of a result',
  concurrentQueries: 'Queries at once',
} as const;

export const queryLimitNames = Object.keys(labels) as readonly LimitName[];

export function queryLimitTexts(saved: QueryLimitsFragment | undefined): QueryLimitTexts {
  return Object.fromEntries(
    queryLimitNames.map((name) => [name, saved?.[name]?.toString() ?? '']),
  ) as QueryLimitTexts;
}

export function asQueryLimits(texts: QueryLimitTexts): QueryLimitsInput {
  return Object.fromEntries(
    queryLimitNames.map((name) => [name, texts[name].trim() === '' ? null : Number(texts[name])]),
  );
}

type QueryLimitsFieldsProps = {
  readonly value: QueryLimitTexts;
  readonly onChange: (value: QueryLimitTexts) => void;
  readonly disabled?: boolean;
};

/** What queries of the data lake may take. The form's `inputNames` hold `queryLimitNames`. */
export function QueryLimitsFields({ value, onChange, disabled = false }: QueryLimitsFieldsProps) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="font-medium text-sm">Limits of data lake queries</legend>
      <p className="text-muted text-xs">Empty: the limit of the instance.</p>
      <div className="grid gap-3 sm:grid-cols-2">
        {queryLimitNames.map((name) => (
          <TextField
            key={name}
            name={name}
            label={labels[name]}
            inputMode="numeric"
            pattern="\d*"
            autoComplete="off"
            disabled={disabled}
            value={value[name]}
            onValueChange={(text) => onChange({ ...value, [name]: text })}
          />
        ))}
      </div>
    </fieldset>
  );
}
