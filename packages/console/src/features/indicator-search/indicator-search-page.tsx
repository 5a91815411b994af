import { useMutation } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Search, Square } from 'lucide-react';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { ExecuteIndicatorSearchDocument } from '../../api/operations.ts';
import { Button } from '../../components/button.tsx';
import { TextAreaField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { PageHeader } from '../../components/page.tsx';
import { parseList } from '../../components/parse-list.ts';
import { SelectField } from '../../components/select-field.tsx';
import { EmptyState } from '../../components/states.tsx';
import { useCancelQuery, useQueryRun } from '../data-explorer/query-run.ts';
import { ResultsPanel } from '../data-explorer/results-panel.tsx';
import {
  type IndicatorKind,
  type IndicatorSearch,
  indicatorKinds,
  indicatorSearchInput,
  type Period,
  periods,
} from './indicator-search.ts';

const route = getRouteApi('/console/indicator-search/{-$queryId}');

const anyKind = 'any';
const kindOptions: readonly { readonly value: IndicatorKind | typeof anyKind; readonly label: string }[] = [
  { value: anyKind, label: 'Any kind' },
  ...Object.entries(indicatorKinds).map(([value, label]) => ({ value: value as IndicatorKind, label })),
];
const periodOptions = Object.entries(periods).map(([value, { label }]) => ({
  value: value as Period,
  label,
}));

/** Looks for addresses, names, hashes and the like in every table at once. */
export function IndicatorSearchPage() {
  const { queryId } = route.useParams();
  const opened = route.useSearch();
  const navigate = useNavigate();
  const [text, setText] = useState((opened.indicator ?? []).join('\n'));
  const [kind, setKind] = useState<IndicatorKind | typeof anyKind>(opened.kind ?? anyKind);
  const [period, setPeriod] = useState<Period>(opened.period ?? '30d');
  const state = useQueryRun(queryId);
  const cancel = useCancelQuery();
  const running = state.running && !state.lost;
  const execute = useMutation({
    mutationFn: async (search: IndicatorSearch) => {
      const input = indicatorSearchInput(search, new Date());
      const { executeIndicatorSearchQuery } = await graphql(ExecuteIndicatorSearchDocument, { input });
      return executeIndicatorSearchQuery.id;
    },
    onSuccess: (id, search) =>
      void navigate({ to: '/indicator-search/{-$queryId}', params: { queryId: id }, search }),
  });
  const indicators = parseList(text);
  return (
    <div className="flex min-h-full flex-1 flex-col md:h-full md:min-h-0">
      <div className="flex flex-col gap-3 border-line border-b px-4 pt-4 pb-3 sm:px-5">
        <PageHeader
          title="Indicator Search"
          description="Find addresses, names, hashes and other indicators in every table of the data lake."
        />
        <Form
          error={execute.error}
          inputNames={['indicators', 'indicatorName', 'startTime']}
          className="grid gap-3 md:grid-cols-[minmax(16rem,32rem)_14rem_12rem_auto] md:items-end"
          onSubmit={() =>
            execute.mutate({ indicator: indicators, period, ...(kind !== anyKind && { kind }) })
          }
        >
          <TextAreaField
            name="indicators"
            label="Indicators"
            placeholder={'203.0.113.9\nada@example.com'}
            rows={2}
            mono
            autoComplete="off"
            value={text}
            onValueChange={setText}
          />
          <SelectField
            name="indicatorName"
            label="Kind"
            value={kind}
            onChange={setKind}
            options={kindOptions}
          />
          <SelectField
            name="startTime"
            label="Time"
            value={period}
            onChange={setPeriod}
            options={periodOptions}
          />
          <div className="flex gap-2">
            <Button
              type="submit"
              variant="primary"
              icon={Search}
              pending={execute.isPending}
              disabled={running || indicators.length === 0}
            >
              Search
            </Button>
            {running && queryId !== undefined && (
              <Button icon={Square} pending={cancel.isPending} onClick={() => cancel.mutate(queryId)}>
                Cancel
              </Button>
            )}
          </div>
        </Form>
      </div>
      <section aria-label="Results" className="flex min-h-80 flex-1 flex-col bg-surface md:min-h-0">
        {queryId === undefined ? (
          <EmptyState icon={Search} title="Nothing searched yet">
            Write one indicator a line. Each search is recorded in the audit log.
          </EmptyState>
        ) : (
          <ResultsPanel key={queryId} id={queryId} state={state} />
        )}
      </section>
    </div>
  );
}
