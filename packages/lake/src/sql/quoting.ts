/** A name as SQL text. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string as SQL text. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
