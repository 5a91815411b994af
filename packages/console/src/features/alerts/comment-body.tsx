import { createElement, type ReactNode, useMemo } from 'react';
import { type CommentNode, parseCommentHtml } from './comment-html.ts';

/** A comment as it may be shown: plain text as it is; of HTML what only lays text out. */
export function CommentBody({ text, format }: { readonly text: string; readonly format: string }) {
  const content = useMemo(() => (format === 'HTML' ? parseCommentHtml(text) : [text]), [text, format]);
  return (
    <div className="wrap-anywhere whitespace-pre-wrap text-sm [&_a]:text-accent [&_a]:underline [&_blockquote]:border-line [&_blockquote]:border-l-2 [&_blockquote]:pl-3 [&_code]:text-xs [&_ol]:list-decimal [&_ol]:pl-5 [&_pre]:overflow-x-auto [&_ul]:list-disc [&_ul]:pl-5">
      {elementsOf(content)}
    </div>
  );
}

function elementsOf(nodes: readonly CommentNode[]): ReactNode[] {
  return nodes.map((node, key) => {
    if (typeof node === 'string') return node;
    const { name, href, children } = node;
    const link = href === undefined ? {} : { href, rel: 'noreferrer noopener', target: '_blank' };
    return createElement(name, { key, ...link }, ...elementsOf(children));
  });
}
