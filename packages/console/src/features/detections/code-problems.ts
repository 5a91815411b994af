import type { CodeProblem } from '../../components/code-editor.tsx';

/** What the server says of a file: the field it is about, if there is one, and perhaps a line in the message. */
interface Problem {
  readonly path: string;
  readonly field: string;
  readonly message: string;
  readonly level: string;
}

/** The problems of one file, at their lines. */
export function problemsOf(path: string, text: string, problems: readonly Problem[]): readonly CodeProblem[] {
  return problems
    .filter((problem) => problem.path === path)
    .map(({ field, message, level }) => ({
      line: lineOf(field, message, text),
      message: field === '' ? message : `${field}: ${message}`,
      isError: level === 'error',
    }));
}

/** The line that the message names, or the one on which the field begins; the first, where neither is known. */
function lineOf(field: string, message: string, text: string): number {
  const named = /\bline (\d+)|:(\d+):\d+\b/.exec(message);
  if (named !== null) return Number(named[1] ?? named[2]);
  const [name = ''] = field.split(/[.[]/);
  if (name === '') return 1;
  const key = new RegExp(`^\\s*["']?${name.replace(/\W/g, '\\$&')}["']?\\s*:`);
  return text.split('\n').findIndex((line) => key.test(line)) + 1 || 1;
}
