/** What the keys of an image's configuration mean, in plain words (image-spec, config.md). */
const NOTES: Readonly<Record<string, string>> = {
  architecture: 'The kind of processor that the programs inside were made for.',
  os: 'The system whose kernel they need.',
  created: 'When the last step was made.',
  author: 'Who made it, as they say themselves.',
  config: 'What a container gets from the image unless `docker run` says otherwise.',
  Env: 'Variables that every process of a container starts with.',
  Cmd: 'What runs when `docker run` names no command; or the arguments of the entrypoint.',
  Entrypoint: 'The program that always runs; `Cmd`, or what `docker run` adds, are its arguments.',
  WorkingDir: 'The folder that commands start in.',
  User: 'Who the processes run as; root when it is empty.',
  ExposedPorts: 'Ports that the program listens on. It is a note: `-p` publishes them.',
  Volumes: 'Folders that get a volume of their own in every container.',
  Labels: 'Notes of whoever made the image.',
  Healthcheck: 'How Docker finds out whether a container is well.',
  StopSignal: 'The signal that `docker stop` sends.',
  Shell: 'What runs the shell form of RUN, CMD and ENTRYPOINT.',
  OnBuild: 'Instructions that run in builds that start from this image.',
  rootfs: 'The layers, by the digest of their uncompressed files, base first.',
  diff_ids: 'One digest a layer. The same digest in two images is one layer on the disk.',
  history: 'How each step was made. Steps with `empty_layer` changed no file and have no layer.',
  container: 'The container that this image was committed from.',
  container_config: 'The configuration of the container that the last step ran in.',
  docker_version: 'The engine that made it.',
};

/** What the keys of a manifest and of an index mean (image-spec, manifest.md and image-index.md). */
const DOCUMENT_NOTES: Readonly<Record<string, string>> = {
  schemaVersion: 'Always 2: the form of all manifests today.',
  mediaType:
    'What kind of thing this is, or the thing that it names: a manifest, a configuration, a layer and how it is packed.',
  manifests: 'One manifest for each kind of machine: `docker pull` takes the one that fits.',
  platform: 'The kind of machine that this manifest is for.',
  architecture: 'Its processor.',
  os: 'Its system.',
  variant: 'Which generation of the processor.',
  config: 'The configuration, which is the image’s id: its digest is the `IMAGE ID` of `docker images`.',
  layers:
    'The layers as they travel, compressed, base first. Their digests are not those of their files: the packing counts, too.',
  digest: 'The SHA-256 of the bytes: what is fetched by it cannot be anything else.',
  size: 'Bytes, as they travel.',
  annotations: 'Notes of whoever made it.',
};

/** The notes for the keys of a manifest or an index, as `notesFor`. */
export function documentNotes(json: string): readonly Note[] {
  return notesOf(json, DOCUMENT_NOTES);
}

export interface Note {
  readonly key: string;
  readonly note: string;
}

/** The notes for the keys that a configuration has, in the order in which they stand in its text. */
export function notesFor(config: string): readonly Note[] {
  return notesOf(config, NOTES);
}

function notesOf(json: string, notes: Readonly<Record<string, string>>): Note[] {
  const keys = new Set([...json.matchAll(/^\s*"([A-Za-z_]+)":/gm)].map(([, key = '']) => key));
  return [...keys].flatMap((key) => {
    const note = notes[key];
    return note === undefined ? [] : [{ key, note }];
  });
}
