/**
 * What functions of Snowflake and Trino (Athena) are in DuckDB's SQL, by name and number of arguments. A function that is
 * here has the same answers there; one whose answers would silently differ is not here, and a query with it is refused.
 *
 * Lists may be lists, JSON, or text that holds JSON, which is what a path into JSON gives.
 */
export const translations: Readonly<Record<string, string>> = {
  // Snowflake: conditions and aggregates
  'iff/3': 'CASE WHEN $1 THEN $2 ELSE $3 END',
  'nvl/2': 'coalesce($1, $2)',
  'nvl2/3': 'CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END',
  'zeroifnull/1': 'coalesce($1, 0)',
  'nullifzero/1': 'nullif($1, 0)',
  'equal_null/2': '$1 IS NOT DISTINCT FROM $2',
  'boolor_agg/1': 'bool_or($1)',
  'booland_agg/1': 'bool_and($1)',
  'hll/1': 'approx_count_distinct($1)',
  'array_unique_agg/1': 'array_agg(DISTINCT $1) FILTER ($1 IS NOT NULL)',

  // Snowflake: semi-structured values
  'parse_json/1': 'CAST($1 AS JSON)',
  'try_parse_json/1': 'TRY_CAST($1 AS JSON)',
  'get_path/2': "json_extract_string(TRY_CAST($1 AS JSON), '$.' || $2)",
  'object_keys/1': 'json_keys(TRY_CAST($1 AS JSON))',
  'array_size/1':
    "CASE json_type(TRY_CAST($1 AS JSON)) WHEN 'ARRAY' THEN json_array_length(TRY_CAST($1 AS JSON)) END",
  'array_intersection/2':
    'list_intersect(TRY_CAST(TRY_CAST($1 AS JSON) AS VARCHAR[]), TRY_CAST(TRY_CAST($2 AS JSON) AS VARCHAR[]))',
  'arrays_overlap/2':
    'list_has_any(TRY_CAST(TRY_CAST($1 AS JSON) AS VARCHAR[]), TRY_CAST(TRY_CAST($2 AS JSON) AS VARCHAR[]))',

  // Snowflake: texts and conversions
  'charindex/2': 'instr($2, $1)',
  'startswith/2': 'starts_with($1, $2)',
  'endswith/2': 'ends_with($1, $2)',
  'rlike/2': 'regexp_full_match($1, $2)',
  'regexp_substr/2': "nullif(regexp_extract($1, $2), '')",
  'regexp_count/2': 'len(regexp_extract_all($1, $2))',
  'to_varchar/1': 'CAST($1 AS VARCHAR)',
  'to_char/1': 'CAST($1 AS VARCHAR)',
  'to_boolean/1': 'CAST($1 AS BOOLEAN)',
  'to_double/1': 'CAST($1 AS DOUBLE)',
  'to_number/1': 'CAST($1 AS DECIMAL(38, 0))',
  'try_to_boolean/1': 'TRY_CAST($1 AS BOOLEAN)',
  'try_to_double/1': 'TRY_CAST($1 AS DOUBLE)',
  'try_to_number/1': 'TRY_CAST($1 AS DECIMAL(38, 0))',

  // Snowflake: times, all without a zone and in UTC
  'to_date/1': 'CAST($1 AS DATE)',
  'try_to_date/1': 'TRY_CAST($1 AS DATE)',
  'to_timestamp/1': `CASE WHEN regexp_full_match(CAST($1 AS VARCHAR), '-?[0-9]+([.][0-9]+)?')
    THEN make_timestamp(CAST(CAST(CAST($1 AS VARCHAR) AS DECIMAL(38, 6)) * 1000000 AS BIGINT))
    ELSE CAST(CAST(CAST($1 AS VARCHAR) AS TIMESTAMPTZ) AS TIMESTAMP) END`,
  'to_timestamp_ntz/1': 'CAST(CAST($1 AS TIMESTAMPTZ) AS TIMESTAMP)',
  'to_timestamp_ltz/1': 'CAST(CAST($1 AS TIMESTAMPTZ) AS TIMESTAMP)',
  'to_timestamp_tz/1': 'CAST(CAST($1 AS TIMESTAMPTZ) AS TIMESTAMP)',
  'try_to_timestamp/1': 'CAST(TRY_CAST($1 AS TIMESTAMPTZ) AS TIMESTAMP)',
  'try_to_timestamp_ntz/1': 'CAST(TRY_CAST($1 AS TIMESTAMPTZ) AS TIMESTAMP)',
  'convert_timezone/2': "timezone($1, timezone('UTC', CAST($2 AS TIMESTAMP)))",
  'convert_timezone/3': 'timezone($2, timezone($1, CAST($3 AS TIMESTAMP)))',

  // Trino: JSON, arrays and maps
  'json_extract_scalar/2': 'json_extract_string($1, $2)',
  'json_parse/1': 'CAST($1 AS JSON)',
  'json_format/1': 'CAST($1 AS VARCHAR)',
  'cardinality/1': `CASE json_type(TRY_CAST($1 AS JSON)) WHEN 'OBJECT' THEN len(json_keys(TRY_CAST($1 AS JSON)))
    ELSE json_array_length(TRY_CAST($1 AS JSON)) END`,
  'array_join/2': 'array_to_string($1, $2)',
  'sequence/2': 'generate_series($1, $2)',
  'transform/2': 'list_transform($1, $2)',
  'any_match/2': 'len(list_filter($1, $2)) > 0',
  'none_match/2': 'len(list_filter($1, $2)) = 0',
  'all_match/2': 'len(list_filter($1, $2)) = len($1)',
  'map_agg/2': 'map(list($1), list($2))',

  // Trino: aggregates, texts and times
  'approx_distinct/1': 'approx_count_distinct($1)',
  'approx_percentile/2': 'approx_quantile($1, $2)',
  'levenshtein_distance/2': 'levenshtein($1, $2)',
  'from_iso8601_timestamp/1': 'CAST(CAST($1 AS TIMESTAMPTZ) AS TIMESTAMP)',
  'from_iso8601_date/1': 'CAST($1 AS DATE)',
  'from_unixtime/1': 'make_timestamp(CAST($1 * 1000000 AS BIGINT))',
  'to_unixtime/1': 'epoch($1)',
  'at_timezone/2': "timezone($2, timezone('UTC', CAST($1 AS TIMESTAMP)))",

  // What translate.ts makes of others
  'whole match': 'regexp_full_match($1, $2)',
  'in texts': 'list_contains($2, CAST($1 AS VARCHAR))',
  'in json': 'list_contains(TRY_CAST(TRY_CAST($2 AS JSON) AS VARCHAR[]), CAST($1 AS VARCHAR))',
  element: '$1[$2]',
  'element of json': 'TRY_CAST(TRY_CAST($1 AS JSON) AS VARCHAR[])[$2]',
  'join json': 'array_to_string(TRY_CAST(TRY_CAST($1 AS JSON) AS VARCHAR[]), $2)',
  'add year': 'CAST($2 AS TIMESTAMP) + to_years(CAST($1 AS INTEGER))',
  'add quarter': 'CAST($2 AS TIMESTAMP) + to_quarters(CAST($1 AS INTEGER))',
  'add month': 'CAST($2 AS TIMESTAMP) + to_months(CAST($1 AS INTEGER))',
  'add week': 'CAST($2 AS TIMESTAMP) + to_weeks(CAST($1 AS INTEGER))',
  'add day': 'CAST($2 AS TIMESTAMP) + to_days(CAST($1 AS INTEGER))',
  'add hour': 'CAST($2 AS TIMESTAMP) + to_hours($1)',
  'add minute': 'CAST($2 AS TIMESTAMP) + to_minutes($1)',
  'add second': 'CAST($2 AS TIMESTAMP) + to_seconds($1)',
  'add millisecond': 'CAST($2 AS TIMESTAMP) + to_milliseconds($1)',
  difference: 'date_diff($1, CAST($2 AS TIMESTAMP), CAST($3 AS TIMESTAMP))',
};

const elements = `SELECT json_type(j) AS t, json_keys(j) AS k, CASE json_type(j)
  WHEN 'ARRAY' THEN json_extract_string(j, '$[*]') WHEN 'OBJECT' THEN json_extract_string(j, '$.*') END AS v
  FROM (SELECT TRY_CAST($1 AS JSON) AS j)`;

const rows = (values: string): string =>
  `SELECT unnest(k) AS "key", unnest(CASE t WHEN 'ARRAY' THEN range(len(v)) END) AS "index", unnest(${values}) AS "value" FROM (${elements})`;

/** The same for what stands in FROM. As everywhere, a value is the text of a string and JSON of all else. */
export const tableTranslations: Readonly<Record<string, string>> = {
  flatten: rows('v'),
  'flatten outer': rows('CASE WHEN coalesce(len(v), 0) = 0 THEN [NULL] ELSE v END'),
};

/** Why a function has no translation, and what to write. */
export const refusals: Readonly<Record<string, string>> = {
  flatten: 'takes a list or object, or input => one, and outer => true or false, nothing else',
  regexp_like:
    'matches a whole text in Snowflake and a part of it in Trino: write regexp_full_match or regexp_matches, or let the pattern begin with ^ or .* and end with $ or .*',
  format_datetime: 'takes another kind of format: write strftime',
  parse_datetime: 'takes another kind of format: write strptime',
  to_date: 'takes another kind of format: write strptime',
  to_char: 'takes another kind of format: write strftime',
  to_varchar: 'takes another kind of format: write strftime',
  date_parse: 'takes a constant format: write strptime',
  date_format: 'takes a constant format: write strftime',
  get: 'is for lists and objects alike: write x[1] or a path such as x.name',
  parse_ip: 'has no counterpart here',
  like_any: 'follows LIKE or ILIKE: for the opposite write NOT (x LIKE ANY (…))',
  like_all: 'follows LIKE or ILIKE: for the opposite write NOT (x LIKE ALL (…))',
};
