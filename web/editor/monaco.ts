import { editor, KeyCode, KeyMod, languages, MarkerSeverity, Uri } from 'monaco-editor/editor';
import EditorWorker from 'monaco-editor/editor/editor.worker?worker';
import 'monaco-editor/features/bracketMatching/register';
import 'monaco-editor/features/caretOperations/register';
import 'monaco-editor/features/clipboard/register';
import 'monaco-editor/features/codeAction/register';
import 'monaco-editor/features/codicon/register';
import 'monaco-editor/features/comment/register';
import 'monaco-editor/features/contextmenu/register';
import 'monaco-editor/features/cursorUndo/register';
import 'monaco-editor/features/diffEditor/register';
import 'monaco-editor/features/find/register';
import 'monaco-editor/features/folding/register';
import 'monaco-editor/features/gotoError/register';
import 'monaco-editor/features/gotoLine/register';
import 'monaco-editor/features/hover/register';
import 'monaco-editor/features/indentation/register';
import 'monaco-editor/features/linesOperations/register';
import 'monaco-editor/features/lineSelection/register';
import 'monaco-editor/features/multicursor/register';
import 'monaco-editor/features/quickCommand/register';
import 'monaco-editor/features/readOnlyMessage/register';
import 'monaco-editor/features/snippet/register';
// The part below brings only what suggests in grey.
import 'monaco-editor/editor/contrib/suggest/browser/suggestController';
import 'monaco-editor/features/suggest/register';
import 'monaco-editor/features/toggleTabFocusMode/register';
import 'monaco-editor/features/wordHighlighter/register';
import 'monaco-editor/features/wordOperations/register';
import 'monaco-editor/languages/definitions/css/register';
import 'monaco-editor/languages/definitions/dockerfile/register';
import 'monaco-editor/languages/definitions/go/register';
import 'monaco-editor/languages/definitions/html/register';
import 'monaco-editor/languages/definitions/ini/register';
import 'monaco-editor/languages/definitions/javascript/register';
import 'monaco-editor/languages/definitions/markdown/register';
import 'monaco-editor/languages/definitions/python/register';
import 'monaco-editor/languages/definitions/shell/register';
import 'monaco-editor/languages/definitions/typescript/register';
import 'monaco-editor/languages/definitions/xml/register';
import 'monaco-editor/languages/definitions/yaml/register';
import type { BuildProblem } from './build-problems.ts';
import type { DocumentText } from './document.ts';
import { languageOf } from './language.ts';

/** Everything of Monaco that the page takes; fetched when a file is first shown. */

export interface CodeEditorOptions {
  readonly screenReader: boolean;
}

const FONT_REM = 0.8125;
const dark = matchMedia('(prefers-color-scheme: dark)');

globalThis.MonacoEnvironment = { getWorker: () => new EditorWorker() };

/** Help for what is written in a language, fetched with the first such file. */
const SERVICES: Readonly<Record<string, () => Promise<{ assist: () => void }>>> = {
  dockerfile: () => import('./dockerfile/service.ts'),
  yaml: () => import('./compose/service.ts'),
};

/** One Monaco for all open files: each is a model, and keeps its place while another is shown. */
export class CodeEditor {
  readonly #element: HTMLElement;
  readonly #editor: editor.IStandaloneCodeEditor;
  readonly #views = new Map<string, editor.ICodeEditorViewState | null>();
  /** The marks of builds that failed, by path. */
  readonly #marked = new Map<string, string[]>();
  /** Ends the comparison that is shown. */
  #comparison: (() => void) | null = null;
  /** Texts that are set by the page, not typed. */
  #setting = false;
  readonly #recolour = () => paint();

  constructor(element: HTMLElement, { screenReader }: CodeEditorOptions) {
    this.#element = element;
    paint();
    dark.addEventListener('change', this.#recolour);
    this.#editor = editor.create(element, {
      model: null,
      automaticLayout: true,
      minimap: { enabled: false },
      fontFamily: getComputedStyle(element).getPropertyValue('--font-code'),
      fontSize: fontPx(),
      lineNumbersMinChars: 3,
      scrollBeyondLastLine: false,
      fixedOverflowWidgets: true,
      renderLineHighlight: 'line',
      padding: { top: 6, bottom: 6 },
      quickSuggestions: { other: true, comments: false, strings: false },
      accessibilitySupport: screenReader ? 'on' : 'auto',
      cursorBlinking: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'solid' : 'blink',
      unicodeHighlight: { ambiguousCharacters: false },
    });
    // Saved as it is typed: the key that others have for it does no harm.
    this.#editor.addCommand(KeyMod.CtrlCmd | KeyCode.KeyS, () => undefined);
  }

  /** Holds a file from now on; `typed` is called when the learner changes it. */
  hold(path: string, text: string, typed: () => void): DocumentText {
    const uri = Uri.file(`/root/${path}`);
    editor.getModel(uri)?.dispose();
    const model = editor.createModel(text, languageOf(path, text), uri);
    model.onDidChangeContent(() => {
      if (!this.#setting) typed();
    });
    const service = SERVICES[model.getLanguageId()];
    // Without its code the text can still be edited.
    service?.().then(
      ({ assist }) => assist(),
      () => undefined,
    );
    return {
      get: () => model.getValue(undefined, true),
      set: (next) => {
        this.#setting = true;
        // As an edit: it can be undone, and the cursor stays.
        model.pushEditOperations([], [{ range: model.getFullModelRange(), text: next }], () => null);
        this.#setting = false;
      },
    };
  }

  /** Shows a file that is held; the line is counted from one. */
  show(path: string, line?: number): void {
    const model = modelOf(path);
    if (!model) return;
    const before = this.#editor.getModel();
    if (before !== model) {
      if (before) this.#views.set(pathOf(before), this.#editor.saveViewState());
      this.#editor.setModel(model);
      this.#editor.restoreViewState(this.#views.get(path) ?? null);
      this.#editor.updateOptions({
        ariaLabel: `${path}. Press Control+M to let the Tab key leave, F6 for the next part.`,
      });
    }
    if (line === undefined) return;
    this.#editor.setPosition({ lineNumber: Math.min(line, model.getLineCount()), column: 1 });
    this.#editor.revealLineInCenterIfOutsideViewport(line);
  }

  /** Shows nothing, and forgets the file. */
  drop(path: string): void {
    this.#views.delete(path);
    this.#marked.delete(path);
    modelOf(path)?.dispose();
  }

  /** Marks the line that a build failed at, and takes the mark before away; `null` only takes it away. */
  mark(path: string, problem: BuildProblem | null): void {
    const model = modelOf(path);
    if (!model) return;
    const line = problem && Math.min(problem.line, model.getLineCount());
    const range = line && {
      startLineNumber: line,
      startColumn: model.getLineFirstNonWhitespaceColumn(line),
      endLineNumber: line,
      endColumn: model.getLineMaxColumn(line),
    };
    const words = problem && {
      severity: MarkerSeverity.Error,
      message: problem.message,
      source: 'docker build',
    };
    editor.setModelMarkers(model, 'build', range && words ? [{ ...range, ...words }] : []);
    const options = { isWholeLine: true, className: 'editor-failed-line' };
    const marked = this.#marked.get(path) ?? [];
    this.#marked.set(path, model.deltaDecorations(marked, range ? [{ range, options }] : []));
  }

  /** Shows a file that is held beside the text that it had before; what is typed goes on being saved. */
  compare(path: string, before: string): void {
    this.endCompare();
    const modified = modelOf(path);
    if (!modified) return;
    const original = editor.createModel(before, modified.getLanguageId());
    const element = document.createElement('div');
    element.className = 'editor-compare';
    this.#element.append(element);
    const comparison = editor.createDiffEditor(element, {
      automaticLayout: true,
      minimap: { enabled: false },
      useInlineViewWhenSpaceIsLimited: false,
      diffWordWrap: 'on',
      renderOverviewRuler: false,
      renderMarginRevertIcon: false,
      renderGutterMenu: false,
      lineNumbersMinChars: 3,
      fontFamily: this.#editor.getOption(editor.EditorOption.fontFamily),
      fontSize: fontPx(),
      scrollBeyondLastLine: false,
      fixedOverflowWidgets: true,
    });
    comparison.setModel({ original, modified });
    // Given to the comparison, the names are lost when it lays itself out.
    const keys = 'F7 goes from change to change.';
    comparison.getOriginalEditor().updateOptions({ ariaLabel: `${path}, as it was. ${keys}` });
    comparison.getModifiedEditor().updateOptions({ ariaLabel: `${path}, as it is. ${keys}` });
    comparison.getModifiedEditor().focus();
    this.#comparison = () => {
      comparison.dispose();
      original.dispose();
      element.remove();
    };
  }

  /** The file alone again. */
  endCompare(): void {
    this.#comparison?.();
    this.#comparison = null;
  }

  setScreenReader(on: boolean): void {
    this.#editor.updateOptions({ accessibilitySupport: on ? 'on' : 'auto' });
  }

  /** The page's sizes have changed. */
  resize(): void {
    this.#editor.updateOptions({ fontSize: fontPx() });
  }

  focus(): void {
    this.#editor.focus();
  }

  dispose(): void {
    dark.removeEventListener('change', this.#recolour);
    this.endCompare();
    this.#editor.dispose();
    for (const model of editor.getModels()) model.dispose();
  }
}

const modelOf = (path: string) => editor.getModel(Uri.file(`/root/${path}`));
const pathOf = (model: editor.ITextModel): string => model.uri.path.slice('/root/'.length);

const fontPx = (): number =>
  Math.round(FONT_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize));

/** Monaco's own colours on the page's grounds. */
function paint(): void {
  const style = getComputedStyle(document.documentElement);
  // Monaco reads six digits, and a build may have shortened them to three.
  const colour = (name: string) =>
    style
      .getPropertyValue(name)
      .trim()
      .replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
  editor.defineTheme('slipway', {
    base: dark.matches ? 'vs-dark' : 'vs',
    inherit: true,
    rules: [],
    colors: {
      'editor.background': colour('--ground'),
      'editor.foreground': colour('--text'),
      'editorLineNumber.foreground': colour('--text-muted'),
      'editor.lineHighlightBackground': colour('--ground-soft'),
      'editor.lineHighlightBorder': colour('--ground-soft'),
      'editorWidget.background': colour('--ground-raised'),
      'editorWidget.border': colour('--line'),
      focusBorder: colour('--accent'),
    },
  });
  editor.setTheme('slipway');
}

languages.setLanguageConfiguration('dockerfile', { wordPattern: /[\w$./:@-]+/ });
