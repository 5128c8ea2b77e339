import './buffer.ts';
import { DockerfileLanguageServiceFactory } from 'dockerfile-language-service';
import { editor, languages, MarkerSeverity, Uri, type IDisposable, type IRange } from 'monaco-editor/editor';
import type { CompletionItem, Diagnostic, TextEdit } from 'vscode-languageserver-types';
import { GUIDE, rulePath } from './guide.ts';
import { lint, type Finding, type Range } from './rules.ts';

/** Completion, help, problems and fixes for Dockerfiles; fetched when the first one is opened. */

const LANGUAGE = 'dockerfile';
const OWNER = 'dockerfile';
const CHECK_AFTER_MS = 200;
const SNIPPET_FORMAT = 2;

const service = DockerfileLanguageServiceFactory.createLanguageService();
service.setCapabilities({
  completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } },
  hover: { contentFormat: ['markdown'] },
});

let assisting = false;

/** Begins to help with all Dockerfiles, those that are open and those that will be. */
export function assist(): void {
  if (assisting) return;
  assisting = true;
  languages.registerCompletionItemProvider(LANGUAGE, {
    triggerCharacters: ['='],
    provideCompletionItems: complete,
  });
  languages.registerHoverProvider(LANGUAGE, { provideHover: hover });
  languages.registerCodeActionProvider(LANGUAGE, { provideCodeActions: fixes });
  for (const model of editor.getModels()) check(model);
  editor.onDidCreateModel(check);
}

function check(model: editor.ITextModel): void {
  if (model.getLanguageId() !== LANGUAGE) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const now = () => editor.setModelMarkers(model, OWNER, markersOf(model.getValue()));
  const later: IDisposable = model.onDidChangeContent(() => {
    clearTimeout(timer);
    timer = setTimeout(now, CHECK_AFTER_MS);
  });
  model.onWillDispose(() => {
    clearTimeout(timer);
    later.dispose();
  });
  now();
}

function markersOf(text: string): editor.IMarkerData[] {
  const problems = service.validate(text).map((problem) => ({
    ...toMonaco(problem.range),
    severity: problem.severity === 1 ? MarkerSeverity.Error : MarkerSeverity.Warning,
    message: problem.message,
    source: 'Dockerfile',
    code: String(problem.code ?? ''),
  }));
  const findings = lint(text).map(({ rule, message, range }) => ({
    ...toMonaco(range),
    severity: MarkerSeverity.Warning,
    message: `${message}\n${GUIDE[rule].why}`,
    source: 'Slipway',
    code: { value: rule, target: Uri.parse(new URL(rulePath(rule), location.origin).href) },
  }));
  return [...problems, ...findings];
}

async function complete(
  model: editor.ITextModel,
  { lineNumber, column }: { lineNumber: number; column: number },
) {
  const position = { line: lineNumber - 1, character: column - 1 };
  // After FROM it would ask a registry on the internet for tags, which the page does not.
  if (/^\s*FROM\s/i.test(model.getLineContent(lineNumber))) return { suggestions: [] };
  const items = await service.computeCompletionItems(model.getValue(), position);
  const word = model.getWordUntilPosition({ lineNumber, column });
  const range = {
    startLineNumber: lineNumber,
    endLineNumber: lineNumber,
    startColumn: word.startColumn,
    endColumn: column,
  };
  return { suggestions: items.map((item) => suggestion(item, range)) };
}

function suggestion(item: CompletionItem, range: IRange): languages.CompletionItem {
  const edit = item.textEdit && 'range' in item.textEdit ? item.textEdit : undefined;
  return {
    label: item.label,
    kind: languages.CompletionItemKind.Keyword,
    insertText: edit?.newText ?? item.insertText ?? item.label,
    range: edit ? toMonaco(edit.range) : range,
    ...(item.insertTextFormat === SNIPPET_FORMAT && {
      insertTextRules: languages.CompletionItemInsertTextRule.InsertAsSnippet,
    }),
    ...(item.detail !== undefined && { detail: item.detail }),
    ...(item.documentation !== undefined && { documentation: { value: plain(item.documentation) } }),
  };
}

function hover(model: editor.ITextModel, { lineNumber, column }: { lineNumber: number; column: number }) {
  const position = { line: lineNumber - 1, character: column - 1 };
  const found = service.computeHover(
    { uri: '', languageId: LANGUAGE, version: 0, getText: () => model.getValue(), ...lines(model) } as never,
    position,
  );
  if (!found || Array.isArray(found.contents)) return null;
  return { contents: [{ value: plain(found.contents) }] };
}

/** What the service wants of a document beside its text. */
const lines = (model: editor.ITextModel) => ({
  lineCount: model.getLineCount(),
  offsetAt: ({ line, character }: Range['start']) =>
    model.getOffsetAt({ lineNumber: line + 1, column: character + 1 }),
  positionAt: (offset: number) => {
    const { lineNumber, column } = model.getPositionAt(offset);
    return { line: lineNumber - 1, character: column - 1 };
  },
});

const plain = (text: string | { readonly value: string }): string =>
  typeof text === 'string' ? text : text.value;

function fixes(
  model: editor.ITextModel,
  _range: IRange,
  { markers }: languages.CodeActionContext,
): languages.CodeActionList {
  const text = model.getValue();
  const ours = lint(text).flatMap((finding) => ourFix(model, finding, markers));
  const theirs = markers
    .filter(({ source }) => source === 'Dockerfile')
    .flatMap((marker) => serviceFixes(model, text, marker));
  return { actions: [...ours, ...theirs], dispose: () => undefined };
}

function ourFix(
  model: editor.ITextModel,
  { rule, range, fix }: Finding,
  markers: readonly editor.IMarkerData[],
): languages.CodeAction[] {
  const marker = markers.find(
    ({ code, startLineNumber }) => codeOf(code) === rule && startLineNumber === range.start.line + 1,
  );
  return fix && marker ? [action(model, fix.title, fix.edits, marker)] : [];
}

function serviceFixes(
  model: editor.ITextModel,
  text: string,
  marker: editor.IMarkerData,
): languages.CodeAction[] {
  const diagnostic: Diagnostic = {
    range: toService(marker),
    message: marker.message,
    code: Number(codeOf(marker.code)),
  };
  const commands = service.computeCodeActions({ uri: '' }, diagnostic.range, { diagnostics: [diagnostic] });
  return commands.flatMap((command) => {
    const edits = service.computeCommandEdits(text, command.command, command.arguments ?? []) as
      TextEdit[] | undefined;
    if (!edits) return [];
    return [
      action(
        model,
        command.title,
        edits.map(({ range, newText }) => ({ range, text: newText })),
        marker,
      ),
    ];
  });
}

function action(
  model: editor.ITextModel,
  title: string,
  edits: readonly { readonly range: Range; readonly text: string }[],
  marker: editor.IMarkerData,
): languages.CodeAction {
  return {
    title,
    kind: 'quickfix',
    diagnostics: [marker],
    edit: {
      edits: edits.map(({ range, text }) => ({
        resource: model.uri,
        versionId: model.getVersionId(),
        textEdit: { range: toMonaco(range), text },
      })),
    },
  };
}

/** A rule of ours has a page, so that its code is a link. */
const codeOf = (code: editor.IMarkerData['code']): string | undefined =>
  typeof code === 'object' ? code.value : code;

const toMonaco = ({ start, end }: Range): IRange => ({
  startLineNumber: start.line + 1,
  startColumn: start.character + 1,
  endLineNumber: end.line + 1,
  endColumn: end.character + 1,
});

const toService = (range: IRange): Range => ({
  start: { line: range.startLineNumber - 1, character: range.startColumn - 1 },
  end: { line: range.endLineNumber - 1, character: range.endColumn - 1 },
});
