import type { LayerFile } from '../../server/protocol.ts';

/** A folder or file of a layer, with what is below it counted in. */
export interface FileNode {
  readonly name: string;
  readonly path: string;
  readonly kind: LayerFile['kind'];
  /** Null for a folder that only leads to what is in it. */
  readonly change: LayerFile['change'] | null;
  /** Bytes in the layer. */
  readonly size: number;
  /** Bytes below that nobody sees any more. */
  readonly hides: number;
  /** Folders first, then by name. */
  readonly children: readonly FileNode[];
}

interface Growing {
  file: LayerFile | undefined;
  readonly children: Map<string, Growing>;
}

export type ChangeFilter = LayerFile['change'] | 'all';

/** The files of a layer as a tree; with a filter only those with that change, and the folders to them. */
export function treeOf(files: readonly LayerFile[], filter: ChangeFilter = 'all'): readonly FileNode[] {
  const root: Growing = { file: undefined, children: new Map() };
  for (const file of files) {
    if (filter !== 'all' && file.change !== filter) continue;
    let at = root;
    for (const name of file.path.split('/')) {
      const next = at.children.get(name) ?? { file: undefined, children: new Map() };
      at.children.set(name, next);
      at = next;
    }
    at.file = file;
  }
  return nodesOf(root, '');
}

function nodesOf({ children }: Growing, folder: string): FileNode[] {
  const nodes = [...children].map(([name, each]): FileNode => {
    const path = folder === '' ? name : `${folder}/${name}`;
    const below = nodesOf(each, path);
    const { file } = each;
    const sum = (pick: (node: FileNode) => number) => below.reduce((total, node) => total + pick(node), 0);
    const kind = below.length > 0 ? 'folder' : (file?.kind ?? 'folder');
    return {
      name,
      path,
      kind,
      // A folder that is there in both stands for what is in it.
      change: kind === 'folder' && file?.change === 'changed' ? null : (file?.change ?? null),
      size: (file?.size ?? 0) + sum(({ size }) => size),
      hides: (file?.hides ?? 0) + sum(({ hides }) => hides),
      children: below,
    };
  });
  return nodes.sort(
    (a, b) => Number(b.kind === 'folder') - Number(a.kind === 'folder') || (a.name < b.name ? -1 : 1),
  );
}

/** What is seen of the tree when these folders are open, with how deep each stands. */
export function rowsOf(
  nodes: readonly FileNode[],
  open: ReadonlySet<string>,
  depth = 0,
): { readonly node: FileNode; readonly depth: number }[] {
  return nodes.flatMap((node) => [
    { node, depth },
    ...(open.has(node.path) ? rowsOf(node.children, open, depth + 1) : []),
  ]);
}

/** Folders that have nothing but one folder in them are opened together with it. */
export function withSingle(node: FileNode): string[] {
  const [only, ...more] = node.children;
  return [node.path, ...(only && more.length === 0 && only.children.length > 0 ? withSingle(only) : [])];
}
