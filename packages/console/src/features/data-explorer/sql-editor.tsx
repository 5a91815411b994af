import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { PostgreSQL, SQLDialect, sql } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useEffectEvent, useRef } from 'react';
import { completeNames, completionSchema, type Vocabulary } from './sql-completion.ts';

type SqlEditorProps = {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Told what is in the editor now: what was just typed may not have come back as `value` yet. */
  readonly onRun: (value: string) => void;
  /** What can be completed; may arrive later. */
  readonly vocabulary: Vocabulary;
};

/**
 * The SQL editor. It lives in a shadow root, where the editor's styles are constructed style sheets instead of
 * style elements, which the content security policy would refuse.
 */
export default function SqlEditor({ value, onChange, onRun, vocabulary }: SqlEditorProps) {
  const hostRef = useRef<HTMLDivElement>(null);
  const viewRef = useRef<EditorView>(null);
  const change = useEffectEvent(onChange);
  const run = useEffectEvent(onRun);
  const initialValue = useEffectEvent(() => value);

  useEffect(() => {
    const host = hostRef.current;
    if (host === null) return;
    const runCommand = ({ state }: EditorView) => {
      run(state.doc.toString());
      return true;
    };
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: initialValue(),
        extensions: [
          keymap.of([{ key: 'Mod-Enter', run: runCommand }]),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          typeOverSelection,
          history(),
          lineNumbers(),
          drawSelection(),
          highlightActiveLine(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ icons: false }),
          placeholder('SELECT …'),
          language.of(sqlLanguage({ databases: [], functions: [] })),
          syntaxHighlighting(highlighting),
          theme,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': 'SQL query', spellcheck: 'false' }),
          EditorView.updateListener.of((update) => update.docChanged && change(update.state.doc.toString())),
        ],
      }),
    });
    viewRef.current = view;
    return () => {
      view.destroy();
      viewRef.current = null;
    };
  }, []);

  useEffect(() => {
    const view = viewRef.current;
    if (view === null || view.state.doc.toString() === value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    viewRef.current?.dispatch({ effects: language.reconfigure(sqlLanguage(vocabulary)) });
  }, [vocabulary]);

  return <div ref={hostRef} className="h-full min-h-0" />;
}

/**
 * Replaces a selection by what is typed without the browser's own editing, which would keep the look of the
 * replaced text in a style attribute that the policy refuses.
 */
const typeOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to, empty } = view.state.selection.main;
    const { data } = event;
    if (event.inputType !== 'insertText' || data === null || empty || view.composing) return false;
    event.preventDefault();
    const insert = () =>
      view.state.update(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true });
    const handled = view.state
      .facet(EditorView.inputHandler)
      .some((handler) => handler(view, from, to, data, insert));
    if (!handled) view.dispatch(insert());
    return true;
  },
});

const language = new Compartment();

/** PostgreSQL's dialect without the hundreds of its keywords that mean nothing to the data lake. */
const dialect = SQLDialect.define({
  ...PostgreSQL.spec,
  keywords:
    'all and any as asc between by case cast cross desc distinct else end escape except exists extract false filter first for from full group having ilike in inner intersect interval is join last lateral left like limit natural not null nulls offset on or order outer over partition qualify recursive right row rows select similar some then true union unnest using values when where window with within',
});

function sqlLanguage(vocabulary: Vocabulary) {
  const support = sql({ dialect, schema: completionSchema(vocabulary.databases), upperCaseKeywords: true });
  return [support, support.language.data.of({ autocomplete: completeNames(vocabulary) })];
}

/** The console's tokens, which a shadow root inherits. */
const highlighting = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--color-accent)', fontWeight: '600' },
  { tag: tags.string, color: 'var(--color-good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--color-warn)' },
  { tag: tags.comment, color: 'var(--color-faint)', fontStyle: 'italic' },
  { tag: [tags.operator, tags.punctuation], color: 'var(--color-muted)' },
]);

const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '0.8125rem', color: 'var(--color-ink)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: '2px solid var(--color-accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.6', scrollbarWidth: 'thin' },
  '.cm-content': { padding: '0.5rem 0', caretColor: 'var(--color-ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--color-ink)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--color-faint)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { paddingLeft: '0.75rem' },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in oklab, var(--color-hover) 60%, transparent)',
  },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in oklab, var(--color-accent) 28%, transparent) !important',
  },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--color-accent-soft)' },
  '.cm-placeholder': { color: 'var(--color-faint)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--color-raised)',
    border: '1px solid var(--color-line)',
    borderRadius: '6px',
    boxShadow: 'var(--shadow-popup)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', fontSize: '0.75rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.2rem 0.6rem' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--color-accent)',
    color: 'var(--color-on-accent)',
  },
  '.cm-completionDetail': { fontStyle: 'normal', opacity: '0.7' },
  '.cm-completionInfo': { padding: '0.4rem 0.6rem', fontSize: '0.75rem', fontFamily: 'var(--font-sans)' },
  // Here it would lie over the completions.
  '@media (max-width: 767px)': { '.cm-completionInfo': { display: 'none' } },
});
