import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Failure } from '../failure.ts';

/** Makes the folder of a new lesson after the last one, with a complete small example to write over; returns the folder. */
export async function newLesson(folder: string, name: string): Promise<string> {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    throw new Failure(
      `${name} is no name for a lesson.`,
      'It is lower-case words joined by -, such as first-image.',
    );
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const same = names.find((each) => each.replace(/^\d+-/, '') === name);
  if (same !== undefined) throw new Failure(`There is a lesson ${same} already.`, 'Choose another name.');
  const last = Math.max(0, ...names.map((each) => Number.parseInt(each, 10) || 0));
  if (last >= 99)
    throw new Failure('There are 99 lessons already.', 'Give one of them another number first.');
  const made = join(folder, `${String(last + 1).padStart(2, '0')}-${name}`);
  await mkdir(made);
  await writeFile(join(made, 'lesson.md'), EXAMPLE);
  return made;
}

/** The example of docs/authoring.md; tests hold both to be the same, and this one to be a good lesson. */
export const EXAMPLE = `---
title: A name of your own
summary: Give an image a second name, and see that nothing was copied.
level: beginner
minutes: 6
tags: [tags]
outcomes:
  - give an image another name with \`docker tag\`
  - tell by its id whether two names mean one image
---

## Fetch an image

Every lesson begins with something that is there. This one begins with a small image:

\`\`\`sh
docker pull busybox
\`\`\`

\`\`\`task
id: pull
title: Fetch the image \`busybox\`
checks:
  - kind: image-exists
    image: busybox
hints:
  - Images are fetched by their name, with one word after \`docker\`.
solution: docker pull busybox
\`\`\`

## Give it a second name

A name is a label on an image. The same image can have as many as you like:

\`\`\`sh
docker tag busybox mine:1
docker image ls
\`\`\`

Both lines show the same id: there is one image, with two names.

\`\`\`task
id: tag
title: Name the image \`mine:1\`, too
checks:
  - kind: image-exists
    image: mine:1
  - kind: image-made-from
    image: mine:1
    parent: busybox
    addedLayers: 0
hints:
  - text: You left the tag out, so the name became \`mine:latest\`.
    when: { kind: image-exists, image: mine }
  - The old name comes first, then the new one.
solution: docker tag busybox mine:1
near-misses:
  - run: docker tag busybox mine
    says: the tag differs
\`\`\`

\`\`\`quiz
id: copies
question: How much room did the second name take on the disk?
choices:
  - text: As much as the image again
    why: Nothing was copied; look at the ids.
  - text: Next to nothing
    right: true
why: A name is an entry in a table. The layers are there once.
\`\`\`
`;
