/** What the catalogue says about one action. */
export interface ActionEntry {
  /** One line, for people. */
  readonly meaning: string;
  /** The part of the product it belongs to, a heading of the page of actions. */
  readonly area: string;
  /** `published`: a name other instances use too. `pawprint`: ours, where no published name fits. */
  readonly origin: 'published' | 'pawprint';
}

const catalogue = {
  'Users, roles and sign-in': {
    published: {
      SIGN_IN: 'Someone signs in to the console, or tries to.',
      CREATE_USER: 'Invites a new user.',
      UPDATE_USER: "Changes a user's name, e-mail address or role.",
      DELETE_USER: 'Removes a user.',
      GET_USER: 'Shows one user.',
      LIST_USERS: 'Lists the users.',
      RESET_USER_PASSWORD: 'Makes a user choose a new password.',
      CREATE_USER_ROLE: 'Makes a new role.',
      UPDATE_USER_ROLE: "Changes a role's name, permissions or log types.",
      DELETE_USER_ROLE: 'Removes a role.',
      GET_USER_ROLE: 'Shows one role.',
      LIST_USER_ROLES: 'Lists the roles.',
      SEND_USER_FEEDBACK: 'Sends feedback about the product.',
    },
    pawprint: {
      SIGN_OUT: 'Ends the session of whoever asks.',
      SIGN_OUT_USER_EVERYWHERE: 'Ends all sessions of a user.',
      GET_SESSION: 'The console asks who is signed in and what they may do.',
      ACCEPT_INVITATION: 'An invited user sets a first password through the link they were sent.',
      COMPLETE_PASSWORD_RESET: 'A user sets a new password through the link they were sent.',
      SET_UP_INSTANCE: 'The first administrator is created, through the set-up link or the environment.',
    },
  },
  'API tokens': {
    published: {
      CREATE_API_TOKEN: 'Makes a new API token.',
      UPDATE_API_TOKEN: "Changes an API token's name, permissions, addresses or expiry.",
      DELETE_API_TOKEN: 'Revokes an API token.',
      GET_API_TOKEN: 'Shows one API token, without its value.',
      LIST_API_TOKENS: 'Lists the API tokens, without their values.',
    },
    pawprint: {
      ROTATE_API_TOKEN: 'Gives an API token a new value under the same id.',
    },
  },
  Settings: {
    published: {
      GET_GENERAL_SETTINGS: 'Shows the general settings of the instance.',
      UPDATE_GENERAL_SETTINGS: 'Changes the general settings of the instance.',
      GET_SAML_SETTINGS: 'Shows the single sign-on settings.',
      UPDATE_SAML_SETTINGS: 'Changes the single sign-on settings.',
    },
    pawprint: {
      GET_FEATURE_FLAGS: 'Asks which optional features the instance has switched on.',
    },
  },
  'Audit log': {
    published: {},
    pawprint: {
      LIST_AUDIT_LOGS: 'Searches the history of audit records.',
      COUNT_AUDIT_LOGS: 'Counts audit records by time, action, result, actor and address.',
      GET_AUDIT_LOG: 'Shows one audit record in full.',
      FOLLOW_AUDIT_LOGS: 'Starts a live view of audit records as they are made; recorded once, at the start.',
      LIST_SAVED_SEARCHES: 'Lists the saved searches of the audit log.',
      CREATE_SAVED_SEARCH: 'Saves a search of the audit log.',
      UPDATE_SAVED_SEARCH: 'Renames, shares or changes a saved search of the audit log.',
      DELETE_SAVED_SEARCH: 'Removes a saved search of the audit log.',
      GET_AUDIT_LOG_ENTRIES:
        'Reads a bundle of up to 256 entries of the ledger, as a verifier or an export does.',
      GET_AUDIT_LOG_PROOF: 'Asks for one entry of the ledger with the proof that it is in the log.',
    },
  },
  Instance: {
    published: {},
    pawprint: {
      START_INSTANCE: 'The instance starts.',
      STOP_INSTANCE: 'The instance stops in an orderly way.',
      REPORT_SYSTEM_ERROR:
        'The instance notices that something of itself does not work, or was not as it should be.',
      RESOLVE_SYSTEM_ERROR: 'The instance notices that what was wrong with it works again.',
      ANCHOR_CHECKPOINT:
        'Sends the checkpoint of the ledger to where it is kept outside, or has it time-stamped.',
      LIST_SYSTEM_ERRORS: 'Lists what is wrong, or was, with the instance itself.',
      INTROSPECT_API_SCHEMA: 'Asks the GraphQL API to describe itself.',
      REJECT_API_REQUEST:
        'Refuses a request that names no action: malformed JSON or GraphQL, an unknown route, a body that is too large.',
    },
  },
  Alerts: {
    published: {
      GET_ALERT: 'Shows one alert.',
      LIST_ALERTS: 'Searches the alerts.',
      UPDATE_ALERT_STATUS: 'Changes the status of one or more alerts.',
      UPDATE_ALERT_ASSIGNEE: 'Assigns one or more alerts to someone, or to no one.',
      RETRY_ALERT_DELIVERY: 'Sends an alert again to a destination it did not reach.',
      ISSUE_ALERT_SUMMARY_QUERIES: "Starts the queries that sum up an alert's events.",
      SEND_TEST_ALERT: 'Sends a made-up alert to a destination to try it out.',
    },
    pawprint: {
      CREATE_ALERT_COMMENT: 'Writes a comment on an alert.',
      UPDATE_ALERT_COMMENT: 'Changes a comment on an alert.',
      GET_ALERT_COMMENT: 'Shows one comment on an alert.',
      LIST_ALERT_COMMENTS: 'Lists the comments on an alert.',
      LIST_ALERT_EVENTS: 'Shows the events behind an alert.',
      FOLLOW_ALERTS: 'Starts a live view of alerts as they are made; recorded once, at the start.',
      UPDATE_ALERT_QUALITY: 'Marks one or more alerts as useful or as noise.',
    },
  },
  Destinations: {
    published: {
      CREATE_ALERT_DESTINATION: 'Adds a place that alerts are sent to.',
      UPDATE_ALERT_DESTINATION: 'Changes a destination.',
      DELETE_ALERT_DESTINATION: 'Removes a destination.',
      GET_ALERT_DESTINATION: 'Shows one destination.',
      LIST_ALERT_DESTINATIONS: 'Lists the destinations.',
    },
    pawprint: {},
  },
  Detections: {
    published: {
      CREATE_RULE: 'Makes a new rule.',
      UPDATE_RULE: 'Changes a rule.',
      GET_RULE: 'Shows one rule.',
      TEST_RULE: "Runs a rule's tests.",
      CREATE_POLICY: 'Makes a new policy.',
      UPDATE_POLICY: 'Changes a policy.',
      GET_POLICY: 'Shows one policy.',
      LIST_POLICIES: 'Lists the policies.',
      TEST_POLICY: "Runs a policy's tests.",
      SUPPRESS_POLICY: 'Makes a policy overlook chosen resources.',
      LIST_DETECTIONS: 'Lists the detections of every kind.',
      DELETE_DETECTION: 'Removes one or more detections.',
      UPDATE_DETECTION_STATE: 'Switches one or more detections on or off.',
      DOWNLOAD_DETECTIONS: 'Downloads detections as an archive.',
      UPLOAD_DETECTION_ENTITIES: 'Uploads an archive of detections and what goes with them.',
    },
    pawprint: {
      GET_DETECTION_ENTITIES_UPLOAD_STATUS: 'Asks how far an uploaded archive has been taken in.',
      VALIDATE_BULK_UPLOAD: 'Checks an archive of detections without taking it in.',
      GET_VALIDATE_BULK_UPLOAD_STATUS: 'Asks how far the check of an archive has come.',
      TRANSPILE_SIMPLE_DETECTIONS: 'Translates detections written as YAML conditions into Python.',
      TRANSPILE_FILTERS: 'Translates inline filters into Python.',
      GENERATE_ENRICHED_EVENT: 'Adds what the enrichment tables know to a sample event.',
    },
  },
  'Detection filters': {
    published: {
      CREATE_DETECTION_FILTER: 'Makes a filter that keeps events from a detection.',
      UPDATE_DETECTION_FILTER: 'Changes a detection filter.',
      DELETE_DETECTION_FILTER: 'Removes a detection filter.',
      GET_DETECTION_FILTER: 'Shows one detection filter.',
      LIST_DETECTION_FILTERS: 'Lists the detection filters.',
    },
    pawprint: {},
  },
  'Detection packs': {
    published: {
      GET_DETECTION_PACK: 'Shows one pack of detections.',
      LIST_DETECTION_PACKS: 'Lists the packs of detections.',
      UPDATE_DETECTION_PACK_STATE: 'Switches a pack on or off, or moves it to another version.',
      CREATE_DETECTION_PACK_SOURCE: 'Adds a place that packs are fetched from.',
      UPDATE_DETECTION_PACK_SOURCE: 'Changes a place that packs are fetched from.',
      DELETE_DETECTION_PACK_SOURCE: 'Removes a place that packs are fetched from.',
      GET_DETECTION_PACK_SOURCE: 'Shows one place that packs are fetched from.',
      LIST_DETECTION_PACK_SOURCES: 'Lists the places that packs are fetched from.',
    },
    pawprint: {},
  },
  'Global helpers and data models': {
    published: {
      CREATE_GLOBAL_HELPER: 'Makes a module of code that detections share.',
      UPDATE_GLOBAL_HELPER: 'Changes a shared module.',
      DELETE_GLOBAL_HELPER: 'Removes a shared module.',
      GET_GLOBAL_HELPER: 'Shows one shared module.',
      LIST_GLOBAL_HELPERS: 'Lists the shared modules.',
      CREATE_DATA_MODEL: "Maps a log type's fields to common names.",
      UPDATE_DATA_MODEL: 'Changes a data model.',
      DELETE_DATA_MODEL: 'Removes a data model.',
      GET_DATA_MODEL: 'Shows one data model.',
      LIST_DATA_MODELS: 'Lists the data models.',
    },
    pawprint: {},
  },
  Replay: {
    published: {
      CREATE_REPLAY: 'Runs a rule over events of the past.',
      COMPUTE_REPLAY: 'Works out how much data a replay would read.',
      STOP_REPLAY: 'Stops a replay.',
      GET_REPLAY: 'Shows one replay and how far it is.',
      LIST_REPLAYS: 'Lists the replays.',
      GET_REPLAY_ALERT: 'Shows one alert that a replay would have raised.',
      LIST_REPLAY_ALERTS: 'Lists the alerts that a replay would have raised.',
      GET_REPLAY_PREVIEW: 'Shows early results of a replay.',
    },
    pawprint: {},
  },
  'Log sources': {
    published: {
      CREATE_LOG_SOURCE: 'Adds a log source; also recorded when the audit log is enabled as one.',
      UPDATE_LOG_SOURCE: 'Changes a log source.',
      DELETE_LOG_SOURCE: 'Removes a log source.',
      GET_LOG_SOURCE: 'Shows one log source.',
      LIST_LOG_SOURCES: 'Lists the log sources.',
      CREATE_LOG_SOURCE_ALARM: 'Sets an alarm for a log source that falls silent.',
      DELETE_LOG_SOURCE_ALARM: "Removes a log source's alarm.",
      RESOLVE_SOURCE_ALARM: "Marks a log source's alarm as dealt with.",
      GET_LOG_SOURCE_JOB: "Shows one of a log source's background jobs.",
      CANCEL_LOG_SOURCE_JOB: "Stops one of a log source's background jobs.",
      GET_LOG_SOURCE_RAW_DATA: 'Shows data as a log source sent it.',
      GET_SOURCE_METRICS: 'Shows how much a log source has sent.',
      LIST_LOG_TYPES: 'Lists the log types the instance knows.',
      GET_SUPPORTED_LOG_PROVIDER: 'Shows one product whose logs can be taken in.',
      LIST_SUPPORTED_LOG_PROVIDERS: 'Lists the products whose logs can be taken in.',
      CREATE_LOG_PROVIDER_REQUEST: 'Asks for support of another product.',
      GET_HOLDING_TANK_SOURCE_RUNNING_TASK: 'Shows the task at work on data that has no schema yet.',
      LIST_HOLDING_TANK_TASKS: 'Lists the tasks on data that has no schema yet.',
    },
    pawprint: {},
  },
  Schemas: {
    published: {
      LIST_SCHEMAS: 'Lists the schemas of logs.',
      GET_CUSTOM_SCHEMA: 'Shows one schema.',
      CREATE_OR_UPDATE_SCHEMA: 'Makes a schema, or changes it when it exists.',
      UPDATE_CUSTOM_SCHEMA_STATE: 'Archives a schema or brings it back.',
      TEST_CUSTOM_SCHEMA: 'Tries a schema on sample logs.',
      INFER_CUSTOM_SCHEMA: 'Derives a schema from sample logs.',
      GENERATE_CUSTOM_SCHEMA_SAMPLE: 'Makes sample logs that fit a schema.',
      GENERATE_CUSTOM_SCHEMA_SAMPLE_UPLOAD_URL: 'Gives an address to upload sample logs to.',
      INFER_SCHEMA_FROM_RAW_DATA: 'Derives a schema from what a log source has sent.',
      TEST_LOG_SCHEMA_WITH_RAW_DATA: 'Tries a schema on what a log source has sent.',
      GET_LOG_SCHEMA_TEST_RESULTS: 'Shows the results of such a trial.',
    },
    pawprint: {},
  },
  'Data lake': {
    published: {
      EXECUTE_DATA_LAKE_QUERY: 'Starts an SQL query over the data lake.',
      EXECUTE_INDICATOR_SEARCH_QUERY: 'Starts a search for addresses, names, hashes or other indicators.',
      CANCEL_DATA_LAKE_QUERY: 'Stops a running query.',
      GET_DATA_LAKE_QUERY: 'Shows the state and results of a query.',
      GET_DATA_LAKE_QUERY_SUMMARY: 'Shows how often each value occurs in the results of a query.',
      SUMMARIZE_DATA_LAKE_QUERY: 'Counts how often each value occurs in the results of a query.',
      DOWNLOAD_DATA_LAKE_QUERY: 'Downloads the results of a query.',
      LIST_DATA_LAKE_QUERIES: 'Lists the queries that were run.',
      LIST_DATA_LAKE_DATABASES: 'Lists the databases of the data lake.',
      GET_DATA_LAKE_DATABASE: 'Shows one database of the data lake.',
      GET_DATA_LAKE_TABLE: 'Shows one table of the data lake and its columns.',
      GENERATE_DATA_LAKE_SQL_QUERY_SNIPPET: 'Writes the beginning of an SQL query for a table.',
      CREATE_SAVED_DATA_LAKE_QUERY: 'Saves a query, perhaps with a schedule.',
      UPDATE_SAVED_DATA_LAKE_QUERY: 'Changes a saved query.',
      DELETE_SAVED_DATA_LAKE_QUERY: 'Removes one or more saved queries.',
      GET_SAVED_DATA_LAKE_QUERY: 'Shows one saved query.',
      LIST_SAVED_DATA_LAKE_QUERIES: 'Lists the saved queries.',
    },
    pawprint: {
      LIST_DATA_LAKE_TABLES: 'Lists the tables of a database.',
      REBUILD_DATA_LAKE_TABLE:
        'Makes a table whole again that has damaged files: from the ledger, or else without their rows.',
      FOLLOW_DATA_LAKE_QUERY: 'Starts watching the progress of a query; recorded once, at the start.',
      LIST_DATA_LAKE_FUNCTIONS: 'Lists the functions that queries may use.',
      REMOVE_EXPIRED_DATA_LAKE_QUERIES:
        'The instance removes queries that are past the history, and results that are too many.',
      GET_DATA_LAKE_RETENTION_SETTINGS: 'Shows how long rows of the data lake are kept, by table.',
      UPDATE_DATA_LAKE_RETENTION_SETTINGS: 'Changes how long rows of a table of the data lake are kept.',
      REMOVE_EXPIRED_DATA_LAKE_ROWS:
        'The instance removes rows of a table of the data lake whose time is over.',
    },
  },
  'Lookup tables': {
    published: {
      CREATE_LOOKUP_TABLE: 'Adds a table that events are enriched from.',
      UPDATE_LOOKUP_TABLE: 'Changes a lookup table.',
      DELETE_LOOKUP_TABLE: 'Removes a lookup table.',
      GET_LOOKUP_TABLE: 'Shows one lookup table.',
      LIST_LOOKUP_TABLES: 'Lists the lookup tables.',
      IMPORT_LOOKUP_TABLE_DATA: 'Fills a lookup table from an uploaded file.',
      GENERATE_LOOKUP_TABLE_IMPORT_URL: 'Gives an address to upload the file to.',
      CHECK_LOOKUP_TABLE_IMPORT_STATUS: 'Asks how far the import of a file has come.',
      SYNC_LOOKUP_TABLE_DATA: 'Refreshes a lookup table from where its data lives.',
      CHECK_LOOKUP_TABLE_SYNC_STATUS: 'Asks how far a refresh has come.',
    },
    pawprint: {},
  },
  'Cloud security': {
    published: {
      CREATE_CLOUD_ACCOUNT: 'Adds a cloud account to be scanned.',
      UPDATE_CLOUD_ACCOUNT: 'Changes a cloud account.',
      DELETE_CLOUD_ACCOUNT: 'Removes a cloud account.',
      GET_CLOUD_ACCOUNT: 'Shows one cloud account.',
      LIST_CLOUD_ACCOUNTS: 'Lists the cloud accounts.',
      GET_CLOUD_RESOURCE: 'Shows one resource of a cloud account.',
      LIST_CLOUD_RESOURCES: 'Lists the resources of the cloud accounts.',
      LIST_RESOURCES: 'Lists resources with their state under the policies.',
      GET_ORGANIZATION_COMPLIANCE_STATS: 'Shows how many resources pass and fail the policies.',
    },
    pawprint: {},
  },
  Ledger: {
    published: {},
    pawprint: {
      GET_LEDGER_STATUS: 'Shows what the ledger holds, and who vouches for it.',
      GET_RETENTION_SETTINGS: 'Shows how long records are kept.',
      UPDATE_RETENTION_SETTINGS: 'Changes how long records are kept.',
      REMOVE_EXPIRED_RECORDS: 'The instance removes records whose time is over.',
      CREATE_LEGAL_HOLD: 'Keeps a range of records beyond their time.',
      RELEASE_LEGAL_HOLD: 'Lets a range of records go when its time is over.',
      LIST_LEGAL_HOLDS: 'Lists the ranges that are kept beyond their time.',
      RESTORE_LEDGER: 'A new instance takes over the verified ledger of an earlier one.',
      ERASE_DATA_SUBJECT: 'Makes what identifies a person in the records unreadable for ever.',
      LIST_ERASURES: 'Lists the persons whose data was erased, without naming them.',
      GET_WITNESS_SETTINGS: 'Shows whose signatures checkpoints are to have, and whose are given.',
      UPDATE_WITNESS_SETTINGS: 'Changes whose signatures checkpoints are to have, or whose are given.',
      COSIGN_CHECKPOINT: 'As a witness, signs a checkpoint of another log that goes on from the last one.',
      GET_ANCHOR_SETTINGS: 'Shows where checkpoints are kept outside, and who stamps their time.',
      UPDATE_ANCHOR_SETTINGS: 'Changes where checkpoints are kept outside, or who stamps their time.',
    },
  },
  'Overview and reports': {
    published: {
      GET_ORGANIZATION_METRICS: 'Shows counts of alerts and data over time.',
      GET_MITRE_MATRIX: 'Shows which techniques of a MITRE ATT&CK matrix are covered.',
      GET_MITRE_MATRIX_TREE: 'Shows the tactics and techniques of a MITRE ATT&CK matrix.',
      ADD_MITRE_REPORT_MAPPING: 'Says that a detection or log source covers a technique.',
      GET_REPORT_SETTING: "Shows a report's settings.",
      UPDATE_MITRE_REPORT_SETTING: 'Changes the settings of the MITRE ATT&CK report.',
    },
    pawprint: {},
  },
} as const satisfies Record<string, Record<ActionEntry['origin'], Record<string, string>>>;

type Catalogue = typeof catalogue;
type NamesOf<Area extends keyof Catalogue> = {
  [Origin in ActionEntry['origin']]: keyof Catalogue[Area][Origin];
}[ActionEntry['origin']];

/** The name of an action of this instance. */
export type ActionName = { [Area in keyof Catalogue]: NamesOf<Area> }[keyof Catalogue];

/** Every action there is, by name, in the order of the areas. */
export const actions = Object.freeze(
  Object.fromEntries(
    Object.entries(catalogue).flatMap(([area, origins]) => [
      ...entriesOf(area, 'published', origins.published),
      ...entriesOf(area, 'pawprint', origins.pawprint),
    ]),
  ),
) as { readonly [Name in ActionName]: ActionEntry };

/** Whether a text names an action of the catalogue. Names of other instances may not be in it. */
export function isActionName(value: unknown): value is ActionName {
  return typeof value === 'string' && Object.hasOwn(actions, value);
}

function entriesOf(
  area: string,
  origin: ActionEntry['origin'],
  meanings: Record<string, string>,
): [string, ActionEntry][] {
  return Object.entries(meanings).map(([name, meaning]) => [name, { meaning, area, origin }]);
}
