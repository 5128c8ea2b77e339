import * as monaco from 'monaco-editor/editor';
import { configureMonacoYaml } from 'monaco-yaml';
import spec from './compose-spec.json';
import { documented } from './words.ts';
import YamlWorker from './worker.ts?worker';

/** Completion, help and problems for compose files, and mistakes in any other YAML; fetched when the first one is opened. */

/** Names that `docker-compose` looks for, and what people make of them. */
const COMPOSE_FILES = ['**/*compose*.yml', '**/*compose*.yaml'];

let assisting = false;

/** Begins to help with all YAML files, those that are open and those that will be. */
export function assist(): void {
  if (assisting) return;
  assisting = true;
  const { editor } = monaco;
  const withWorkers = { ...monaco, editor: { ...editor, createWebWorker } };
  configureMonacoYaml(withWorkers, {
    // The page may ask nobody but its own server, and the schema is here.
    enableSchemaRequest: false,
    format: { enable: false },
    schemas: [
      {
        uri: `${location.origin}/schemas/compose`,
        fileMatch: COMPOSE_FILES,
        schema: documented(spec),
      },
    ],
  });
}

/** As monaco-yaml wants to have it: Monaco itself has another form for it by now. */
function createWebWorker<T extends object>({ createData }: { createData?: unknown }) {
  const worker = new YamlWorker();
  // The first message begins, the second brings what the worker is to know.
  worker.postMessage('ignore');
  worker.postMessage(createData);
  return monaco.editor.createWebWorker<T>({ worker });
}
