import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { python } from '@codemirror/lang-python';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { useEffect, useEffectEvent, useRef } from 'react';
import { codeHighlighting, codeTheme, typeOverSelection } from '../../components/code-editor-look.ts';
import { completeDetection, type Language } from './detection-completion.ts';

/** What is said at a line, counted from 1. */
export type LineProblem = { readonly line: number; readonly message: string };

type CodeEditorProps = {
  readonly label: string;
  readonly language: Language;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onRun: () => void;
  /** All of the detection, for what can be completed. */
  readonly wholeText: string;
  readonly problems: readonly LineProblem[];
  readonly readOnly: boolean;
  /** A text to show the differences from; the editor is read-only meanwhile. */
  readonly comparedWith?: string | undefined;
};

/** The editor of one file. Give it a key of its own for each file and each comparison: it starts with what it is given. */
export default function CodeEditor(props: CodeEditorProps) {
  const hostRef = useRef<HTMLDivElement>(null);
  const viewRef = useRef<EditorView>(null);
  const change = useEffectEvent(props.onChange);
  const run = useEffectEvent(props.onRun);
  const first = useEffectEvent(() => props);
  const wholeText = useEffectEvent(() => props.wholeText);

  useEffect(() => {
    const host = hostRef.current;
    if (host === null) return;
    const { label, language, value, readOnly, comparedWith } = first();
    const runCommand = () => {
      run();
      return true;
    };
    // In a shadow root the editor's styles are constructed sheets, which the content security policy allows.
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: value,
        extensions: [
          keymap.of([{ key: 'Mod-Enter', run: runCommand }]),
          keymap.of([
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...historyKeymap,
            indentWithTab,
            ...defaultKeymap,
          ]),
          typeOverSelection,
          history(),
          lineNumbers(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          indentOnInput(),
          indentUnit.of(language === 'python' ? '    ' : '  '),
          languages[language](),
          autocompletion({ icons: false, override: [completeDetection(language, wholeText)] }),
          syntaxHighlighting(codeHighlighting),
          codeTheme,
          problemLines,
          problemTheme,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
          EditorState.readOnly.of(readOnly || comparedWith !== undefined),
          comparedWith === undefined ? [] : comparison(comparedWith),
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

  const { problems } = props;
  useEffect(() => {
    viewRef.current?.dispatch({ effects: setProblems.of(problems) });
  }, [problems]);

  return <div ref={hostRef} className="h-full min-h-0" />;
}

const languages: Readonly<Record<Language, () => Extension>> = {
  typescript: () => javascript({ typescript: true }),
  python,
  yaml,
};

function comparison(original: string): Extension {
  return unifiedMergeView({ original, mergeControls: false, gutter: true, highlightChanges: true });
}

const setProblems = StateEffect.define<readonly LineProblem[]>();

/** Marks the lines that something is wrong with; they move with the text until the next check. */
const problemLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, { changes, effects, state }) {
    const set = effects.find((effect) => effect.is(setProblems));
    if (set === undefined) return marks.map(changes);
    const problems: readonly LineProblem[] = set.value;
    const byLine = Map.groupBy(problems, ({ line }) => Math.min(Math.max(line, 1), state.doc.lines));
    return Decoration.set(
      [...byLine].map(([line, told]) =>
        Decoration.line({
          class: 'cm-problem-line',
          attributes: { title: told.map(({ message }) => message).join('\n') },
        }).range(state.doc.line(line).from),
      ),
      true,
    );
  },
  provide: (field) => EditorView.decorations.from(field),
});

const problemTheme = EditorView.theme({
  '.cm-problem-line': {
    backgroundColor: 'var(--color-bad-soft)',
    boxShadow: 'inset 3px 0 0 var(--color-bad)',
  },
  '.cm-changedLine': { backgroundColor: 'var(--color-good-soft) !important' },
  '.cm-deletedChunk': { backgroundColor: 'var(--color-bad-soft) !important' },
  '.cm-changedText, .cm-deletedText': { background: 'none !important', textDecoration: 'none !important' },
});
