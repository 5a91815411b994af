/** Something to say about content, with the file and the field it is about. */
export interface ContentProblem {
  readonly path: string;
  /** Where in the file, such as `Tests[2].ExpectedResult`; empty for the file as a whole. */
  readonly field: string;
  readonly message: string;
  /** A warning leaves the item usable. */
  readonly level: 'error' | 'warning';
}

/** A problem in one line, as a person reads it. */
export function describeProblem({ path, field, message }: ContentProblem): string {
  return `${path}: ${field === '' ? '' : `${field} `}${message}`;
}

/** `Tests[2].ExpectedResult` for the path of an issue. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
}
