import {
  autocompletion,
  type Completion,
  type CompletionSource,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { python } from '@codemirror/lang-python';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useEffectEvent, useRef } from 'react';
import { editorHighlighting, editorTheme, typeOverSelection } from './editor-look.ts';

/** Something to say about a line, counted from 1. */
export type CodeProblem = { readonly line: number; readonly message: string; readonly isError: boolean };

type CodeEditorProps = {
  readonly label: string;
  /** Its ending says the language. */
  readonly path: string;
  readonly value: string;
  readonly onChange?: (value: string) => void;
  readonly onSave?: () => void;
  readonly readOnly?: boolean;
  readonly problems?: readonly CodeProblem[];
  /** What can be completed behind `event.`; read once. */
  readonly fields?: () => readonly Completion[];
  /** Shows what has changed since. */
  readonly original?: string;
};

/** An editor of code, in a shadow root for the reason told in the SQL editor. */
export default function CodeEditor(props: CodeEditorProps) {
  const { label, path, value, readOnly = false, problems, original } = props;
  const hostRef = useRef<HTMLDivElement>(null);
  const viewRef = useRef<EditorView>(null);
  const change = useEffectEvent((text: string) => props.onChange?.(text));
  const save = useEffectEvent(() => props.onSave?.());
  const initialValue = useEffectEvent(() => value);
  const fields = useEffectEvent(() => props.fields?.() ?? []);

  useEffect(() => {
    const host = hostRef.current;
    if (host === null) return;
    const saveCommand = () => {
      save();
      return true;
    };
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: initialValue(),
        extensions: [
          keymap.of([{ key: 'Mod-s', run: saveCommand, preventDefault: true }]),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          // Escape, then Tab leaves the editor.
          keymap.of([indentWithTab]),
          typeOverSelection,
          history(),
          lineNumbers(),
          drawSelection(),
          highlightActiveLine(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ icons: false }),
          languageOf(path),
          completeFields(() => fields()),
          lintGutter(),
          syntaxHighlighting(editorHighlighting),
          editorTheme,
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
          EditorView.updateListener.of((update) => update.docChanged && change(update.state.doc.toString())),
          ...(original === undefined
            ? []
            : [unifiedMergeView({ original, mergeControls: false, collapseUnchanged: {} })]),
        ],
      }),
    });
    viewRef.current = view;
    return () => {
      view.destroy();
      viewRef.current = null;
    };
  }, [label, path, readOnly, original]);

  useEffect(() => {
    const view = viewRef.current;
    if (view === null || view.state.doc.toString() === value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const view = viewRef.current;
    if (view === null) return;
    const diagnostics = (problems ?? []).map(({ line, message, isError }): Diagnostic => {
      const { from, to } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      return { from, to, message, severity: isError ? 'error' : 'warning' };
    });
    view.dispatch(setDiagnostics(view.state, diagnostics));
  }, [problems]);

  return <div ref={hostRef} className="h-full min-h-0" />;
}

function languageOf(path: string): Extension {
  if (path.endsWith('.py')) return [python(), indentUnit.of('    ')];
  if (path.endsWith('.yml') || path.endsWith('.yaml')) return yaml();
  return javascript({ typescript: true });
}

/** Fields behind `event.`, and in the texts of `event.get("` and `event["`. */
function completeFields(fields: () => readonly Completion[]): Extension {
  const source: CompletionSource = (context) => {
    const before = context.matchBefore(/\bevent(?:\?)?(?:\.(?:get\()?|\[)["']?(\w*)$/);
    if (before === null) return null;
    const typed = /\w*$/.exec(before.text)?.[0].length ?? 0;
    return { from: context.pos - typed, options: [...fields()], validFor: /^\w*$/ };
  };
  return EditorState.languageData.of(() => [{ autocomplete: source }]);
}
