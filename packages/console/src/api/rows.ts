/** The list with a row put in place of the one with its id, or at the end when there is none. */
export function withRow<Row extends { readonly id: string }>(
  rows: readonly Row[] | undefined,
  row: Row,
): readonly Row[] {
  const known = rows?.some(({ id }) => id === row.id) ?? false;
  return known ? (rows ?? []).map((other) => (other.id === row.id ? row : other)) : [...(rows ?? []), row];
}

export function withoutRows<Row extends { readonly id: string }>(
  rows: readonly Row[] | undefined,
  ids: readonly string[],
): readonly Row[] {
  return (rows ?? []).filter(({ id }) => !ids.includes(id));
}
