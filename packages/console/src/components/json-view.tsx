// biome-ignore-all lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard
import { type ReactNode, useMemo } from 'react';

/** JSON laid out on several lines with its keys, strings and literals told apart. */
export function JsonView({ value }: { readonly value: unknown }) {
  const lines = useMemo(() => highlight(JSON.stringify(value, null, 2) ?? 'null'), [value]);
  return (
    <pre
      tabIndex={0}
      className="thin-scrollbar overflow-x-auto rounded-md border border-line bg-sunken p-3 text-xs leading-5"
    >
      {lines}
    </pre>
  );
}

const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function highlight(json: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of json.matchAll(token)) {
    parts.push(json.slice(end, match.index));
    const [text, string, colon] = match;
    const className = string === undefined ? 'text-warn' : colon === undefined ? 'text-good' : 'text-accent';
    parts.push(
      <span key={match.index} className={className}>
        {string ?? text}
      </span>,
      colon ?? '',
    );
    end = match.index + text.length;
  }
  parts.push(json.slice(end));
  return parts;
}
