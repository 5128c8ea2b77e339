/** The worker that reads YAML; see `service.ts`. */
import 'monaco-yaml/yaml.worker.js';
