import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { PostgreSQL, SQLDialect, sql } from '@codemirror/lang-sql';
import { bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view';
import { useEffect, useEffectEvent, useRef } from 'react';
import { editorHighlighting, editorTheme, typeOverSelection } from '../../components/editor-look.ts';
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
          syntaxHighlighting(editorHighlighting),
          editorTheme,
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
