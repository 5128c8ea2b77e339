/** What is to be said of each rule for Dockerfiles, on a page of its own: sentences with code in `backticks`. */
export interface RuleGuide {
  readonly title: string;
  /** Two or three sentences: what happens otherwise. */
  readonly why: string;
  /** A Dockerfile that breaks the rule, and the same one mended. */
  readonly bad: string;
  readonly good: string;
  readonly note: string;
}

export const GUIDE = {
  'latest-tag': {
    title: 'Name the version of the base image',
    why: 'Without a tag an image is `latest`, which is another image next month. A build that worked then fails, or changes, without a change of yours. Name the version that you have tried.',
    bad: `FROM python
COPY main.py /
CMD ["python", "/main.py"]
`,
    good: `FROM python:3.12-slim
COPY main.py /
CMD ["python", "/main.py"]
`,
    note: 'For a build that gives the same image to the last byte, name the digest too: `FROM python:3.12-slim@sha256:…`. `docker images --digests` shows it.',
  },
  'apt-without-clean': {
    title: 'Remove the lists of packages in the same step',
    why: 'The lists that `apt-get update` fetches stay in the layer: 20 to 50 MB that nobody reads again. A later RUN cannot take them out of this layer; remove them in the same one.',
    bad: `FROM debian:bookworm-slim
RUN apt-get update \\
    && apt-get install -y --no-install-recommends curl
`,
    good: `FROM debian:bookworm-slim
RUN apt-get update \\
    && apt-get install -y --no-install-recommends curl \\
    && rm -rf /var/lib/apt/lists/*
`,
    note: 'Look at both with `docker history`: the step with the lists is larger by what they take.',
  },
  'apt-update-alone': {
    title: 'Update and install in one step',
    why: 'A RUN of its own for `apt-get update` is taken from the cache for months: the install after it then asks for versions that are no longer there. Update and install in one RUN.',
    bad: `FROM debian:bookworm-slim
RUN apt-get update
RUN apt-get install -y --no-install-recommends curl \\
    && rm -rf /var/lib/apt/lists/*
`,
    good: `FROM debian:bookworm-slim
RUN apt-get update \\
    && apt-get install -y --no-install-recommends curl \\
    && rm -rf /var/lib/apt/lists/*
`,
    note: '`docker build --no-cache` runs every step anew when you want to be sure.',
  },
  'apt-recommends': {
    title: 'Install only what you asked for',
    why: 'Debian installs what a package recommends, too: editors, mail servers, documentation. In an image nobody uses them.',
    bad: `FROM debian:bookworm-slim
RUN apt-get update \\
    && apt-get install -y git \\
    && rm -rf /var/lib/apt/lists/*
`,
    good: `FROM debian:bookworm-slim
RUN apt-get update \\
    && apt-get install -y --no-install-recommends git \\
    && rm -rf /var/lib/apt/lists/*
`,
    note: 'Where something recommended is needed after all, such as `ca-certificates` for HTTPS, name it.',
  },
  secret: {
    title: 'Keep secrets out of ENV and ARG',
    why: 'What ENV and ARG hold can be read by everybody who has the image: `docker history` and `docker inspect` print it. A secret that was once in a layer stays there. Give it when the container runs, or with RUN --mount=type=secret.',
    bad: `FROM python:3.12-slim
ENV DB_PASSWORD=hunter2
USER nobody
CMD ["python", "-m", "http.server"]
`,
    good: `FROM python:3.12-slim
USER nobody
CMD ["python", "-m", "http.server"]
`,
    note: 'Give it to the container instead: `docker run -e DB_PASSWORD …`, or `--env-file`. Only who may inspect the container reads it there.',
  },
  'secret-file': {
    title: 'Keep keys and settings out of the image',
    why: 'A key or a file of settings that is copied into an image is in it for ever, also when a later step removes it. List it in .dockerignore.',
    bad: `FROM node:20-slim
WORKDIR /app
COPY .env .
COPY package.json .
`,
    good: `FROM node:20-slim
WORKDIR /app
COPY package.json .
`,
    note: 'A line `.env` in `.dockerignore` keeps it out of the build’s context as well, so that no `COPY . .` takes it by mistake.',
  },
  'root-user': {
    title: 'End with a user that is not root',
    why: 'Without USER the program runs as root. It is root of the container only, but whatever it writes to a shared folder belongs to root, and a hole in the program is worth more. End with a user that needs no more than the program does.',
    bad: `FROM python:3.12-slim
COPY main.py /
CMD ["python", "/main.py"]
`,
    good: `FROM python:3.12-slim
COPY main.py /
USER nobody
CMD ["python", "/main.py"]
`,
    note: 'Steps that install something need root, so `USER` comes after them. Ports below 1024 may need it, too: choose a higher one and publish it as `-p 80:8080`.',
  },
  'cache-order': {
    title: 'Install before you copy everything',
    why: 'A step is built again when a file that an earlier COPY takes has changed. Where all files are copied before the packages are installed, every change of a line installs them anew. Copy the list of packages first, install, then copy the rest.',
    bad: `FROM node:20-slim
WORKDIR /app
COPY . .
RUN npm ci
`,
    good: `FROM node:20-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
`,
    note: 'Build twice with a change in between: the map’s X-ray of builds shows which step the change broke.',
  },
  'add-local': {
    title: 'Copy plain files with COPY',
    why: 'ADD also fetches addresses and unpacks archives. For plain files COPY does the same and nothing unexpected.',
    bad: `FROM python:3.12-slim
ADD main.py /
`,
    good: `FROM python:3.12-slim
COPY main.py /
`,
    note: '`ADD site.tar.gz /srv/` unpacks the archive: there it is the right word.',
  },
  'cd-in-run': {
    title: 'Change the folder with WORKDIR',
    why: 'Each RUN begins in the working directory anew: a `cd` ends with its step. WORKDIR stays, and makes the folder.',
    bad: `FROM debian:bookworm-slim
RUN cd /srv
RUN touch here
`,
    good: `FROM debian:bookworm-slim
WORKDIR /srv
RUN touch here
`,
    note: 'Within one step `RUN cd /srv && touch here` does work.',
  },
  'shell-form': {
    title: 'Start the program without a shell',
    why: 'In the shell form a shell is process 1. It does not pass signals on: `docker stop` waits ten seconds, and then kills the program.',
    bad: `FROM python:3.12-slim
USER nobody
CMD python -m http.server
`,
    good: `FROM python:3.12-slim
USER nobody
CMD ["python", "-m", "http.server"]
`,
    note: 'The words are a JSON list: double quotes, and no variables. Where a shell is needed, let it hand over: `CMD exec python -m http.server $PORT`.',
  },
  'several-cmd': {
    title: 'One CMD is enough',
    why: 'Only the last CMD counts; those before it are ignored without a word.',
    bad: `FROM alpine:3.20
USER nobody
CMD ["echo", "first"]
CMD ["echo", "second"]
`,
    good: `FROM alpine:3.20
USER nobody
CMD ["echo", "second"]
`,
    note: 'ENTRYPOINT and CMD together are something else: CMD then holds the arguments.',
  },
} as const satisfies Readonly<Record<string, RuleGuide>>;

export type RuleId = keyof typeof GUIDE;

/** The page about a rule. */
export const rulePath = (id: RuleId): string => `/rules/${id}`;
