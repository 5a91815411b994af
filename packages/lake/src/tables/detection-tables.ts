import { isJson } from './standard-columns.ts';
import type { Column, TableDefinition } from './table-definition.ts';

/** What every row that a detection made says of it. */
const ruleColumns: readonly Column[] = [
  { name: 'p_rule_id', type: 'VARCHAR', description: 'The detection that made the row.' },
  { name: 'p_rule_version', type: 'INTEGER', description: 'The version of the detection.' },
  { name: 'p_rule_severity', type: 'VARCHAR', description: 'The severity the detection is written with.' },
  { name: 'p_rule_tags', type: 'VARCHAR[]', description: 'The tags of the detection.' },
  { name: 'p_rule_reports', type: 'JSON', description: 'The reports the detection belongs to.' },
  {
    name: 'p_dedup',
    type: 'VARCHAR',
    description: 'Matches of one detection with equal text become one alert.',
  },
];

const alertColumns: readonly Column[] = [
  { name: 'p_alert_id', type: 'VARCHAR', description: 'The alert the match belongs to.' },
  { name: 'p_alert_creation_time', type: 'TIMESTAMP', description: 'When the alert was made, in UTC.' },
  {
    name: 'p_alert_update_time',
    type: 'TIMESTAMP',
    description: 'When the match came to the alert, in UTC.',
  },
  { name: 'p_alert_severity', type: 'VARCHAR', description: 'The severity of the alert.' },
];

const contextColumn: Column = {
  name: 'p_alert_context',
  type: 'JSON',
  description: 'What the detection tells of the event.',
};

const errorColumn: Column = {
  name: 'p_rule_error',
  type: 'VARCHAR',
  description: 'How the detection failed.',
};

/** The tables of what detections found in a log: under the name of its own table, with the columns of that and more. */
export function detectionTables(log: TableDefinition): readonly TableDefinition[] {
  const derive = (database: string, description: string, columns: readonly Column[]): TableDefinition => ({
    ...log,
    database,
    description,
    columns: [...log.columns, ...columns],
    // Enrichment, for one, comes with the event.
    unfilled: [],
    jsonPaths: [...log.jsonPaths, ...columns.filter(isJson).map(({ name }) => [name])],
  });
  const alerted = [...ruleColumns, ...alertColumns, contextColumn];
  return [
    derive('panther_rule_matches', `Events of ${log.displayName} in alerts.`, alerted),
    derive('panther_rule_errors', `Events of ${log.displayName} on which a detection failed.`, [
      ...alerted,
      errorColumn,
    ]),
    derive(
      'panther_signals',
      `Events of ${log.displayName} that a detection matched, whether or not it makes alerts.`,
      [...ruleColumns, contextColumn],
    ),
  ];
}
