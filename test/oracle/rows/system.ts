import type { Row } from '../row.ts';

const LAYERS =
  "docker run --name box busybox sh -c 'head -c 1000000 /dev/zero >/f'; docker commit box im:1 >/dev/null; docker run --name dd im:1 sh -c 'head -c 500000 /dev/zero >/g'; docker commit dd im:2 >/dev/null; docker tag im:2 im:3; docker run --name ee -v vv:/v im:1 sh -c 'head -c 70000 /dev/zero >/v/x'; docker volume create ww";

/** What is used, and by whom. */
export const SYSTEM: readonly Row[] = [
  [
    'system df: shared layers count once',
    `${LAYERS}; docker system df; docker system df --format 'table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}'; docker system df --format '{{json .}}'`,
  ],
  ['system df -v: shared and unique sizes', `${LAYERS}; docker system df -v`, { unordered: true }],
  [
    'system df -v --format',
    `${LAYERS}; docker system df -v --format '{{range .Images}}{{.Repository}}:{{.Tag}} {{.SharedSize}} {{.UniqueSize}} {{.Containers}}{{println}}{{end}}{{range .Containers}}{{.Names}} {{.Size}} {{.LocalVolumes}} {{.Mounts}}{{println}}{{end}}{{range .Volumes}}{{.Name}} {{.Links}} {{.Size}}{{println}}{{end}}'; docker system df --format '{{.Nosuch}}'; docker system df x`,
    { unordered: true },
  ],
  [
    'ps -s: sizes of all states',
    "docker run --name box busybox sh -c 'head -c 1000000 /dev/zero >/f'; docker run --name dd busybox true; docker create --name ee busybox true; docker ps -as; docker ps -as --format '{{.Names}} {{.Size}}'; docker inspect -s -f '{{.Name}} {{.SizeRw}} {{.SizeRootFs}}' box dd ee",
  ],
];
