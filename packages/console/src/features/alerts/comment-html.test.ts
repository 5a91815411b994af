import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommentNode, parseCommentHtml } from './comment-html.ts';

/** The nodes written as HTML again, without attributes but for addresses. */
function written(nodes: readonly CommentNode[]): string {
  return nodes
    .map((node) => {
      if (typeof node === 'string') return node.replaceAll('<', '&lt;');
      const href = node.href === undefined ? '' : ` href=${node.href}`;
      return `<${node.name}${href}>${written(node.children)}</${node.name}>`;
    })
    .join('');
}

const cases: readonly [what: string, html: string, expected: string][] = [
  ['text and layout stay', '<p>See <b>this</b> &amp; that</p>', '<p>See <b>this</b> & that</p>'],
  ['a line break is one', 'a<br/>b', 'a\nb'],
  ['attributes are gone', '<b onclick="x()" style="y">a</b>', '<b>a</b>'],
  ['an address stays', `<a class=x href='https://e.com/?a&amp;b'>a</a>`, '<a href=https://e.com/?a&b>a</a>'],
  ['a script’s does not', '<a href="javascript:alert(1)">a</a>', '<a>a</a>'],
  [
    'nor one that is hidden',
    '<a href="java&#115;cript:alert(1)">a</a><a href=" data:x">b</a>',
    '<a>a</a><a>b</a>',
  ],
  ['scripts go with what is in them', 'a<script>b<p>c</script>d<style>e</STYLE>f', 'adf'],
  ['unknown elements leave their text', '<div><img src=x onerror=y><center>a</center></div>', 'a'],
  ['what is not closed ends at the end', '<ul><li>a<li>b', '<ul><li>a<li>b</li></li></ul>'],
  ['what closes nothing is nothing', 'a</b></ul>', 'a'],
  ['comments and declarations are nothing', '<!doctype html><!-- <b> -->a<!-- b', 'a'],
  ['a lone sign is text', '1 < 2 && 3 > 2', '1 &lt; 2 && 3 > 2'],
  ['a quote hides no end', '<b title="a>b">c</b>', '<b>c</b>'],
  ['entities that are none stay', '&nope; &#0; &#xffffff;', '&nope; &#0; &#xffffff;'],
  ['an unclosed script hides the rest', 'a<script>b', 'a'],
];

for (const [what, html, expected] of cases) {
  test(`a comment: ${what}`, () => assert.equal(written(parseCommentHtml(html)), expected));
}

test('a comment of nothing but beginnings stays shallow', () => {
  const depth = (nodes: readonly CommentNode[]): number =>
    Math.max(0, ...nodes.map((node) => (typeof node === 'string' ? 0 : 1 + depth(node.children))));
  assert.equal(depth(parseCommentHtml('<b>'.repeat(10_000))), 50);
});
