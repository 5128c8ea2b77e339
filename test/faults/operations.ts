/**
 * What a machine's user does to images, each as a text for bash. `$N` tells one call from another; `$INPUT` has what
 * `PREPARE` puts there. They may fail, on what another one has removed or has not made yet.
 */
export const OPERATIONS: Readonly<Record<string, string>> = {
  pull: 'docker pull -q debian',
  run: `docker run --name run-$N busybox sh -c 'mkdir -p /made/$N; for i in $(seq 60); do echo $N-$i >/made/$N/$i; done; rm /etc/passwd'`,
  commit: 'docker commit $(docker ps -aq | shuf -n 1) made:$N',
  // The same layer over again, and one that is taken by two images.
  recommit: 'docker commit -m $N made-box again:$N; docker tag again:$N spare:$N',
  build: 'docker build -q -t built:$N --build-arg N=$((N % 5)) $INPUT/context',
  buildNew: 'docker build --no-cache -t built:$N --build-arg N=$N $INPUT/context',
  save: 'docker save -o $INPUT/saved-$N.tar $(docker images -q | shuf -n 2); rm -f $INPUT/saved-$N.tar',
  load: 'docker load -q -i $INPUT/archive.tar',
  reload: 'docker rmi -f archived:1; docker load -q <$INPUT/archive.tar',
  import: 'docker import $INPUT/tree.tar imported:$N',
  tag: 'docker tag $(docker images -q | shuf -n 1) tagged:$((N % 3))',
  rmi: `docker rmi $(docker images --format '{{.Repository}}:{{.Tag}}' | grep spare | shuf -n 1)`,
  rmiForce: 'docker rmi -f $(docker images -aq again | shuf -n 2)',
  rm: 'docker rm -f $(docker ps -aq --filter name=run- | shuf -n 2)',
  prune: 'docker image prune -f',
  pruneAll: 'docker container prune -f; docker image prune -af',
};

/** Makes what the operations start from, in an engine of which nothing is killed. */
export const PREPARE = `
docker pull -q busybox
docker run --name made-box busybox sh -c 'mkdir /layer; for i in $(seq 200); do echo $i >/layer/$i; done; ln /layer/1 /layer/hard; ln -s 1 /layer/soft'
mkdir $INPUT/context && cd $INPUT/context
for i in $(seq 100); do echo $i >$i; done
cat >Dockerfile <<'END'
FROM busybox
ARG N
COPY . /copied
RUN echo $N >/one && rm /copied/1
WORKDIR /work
RUN dd if=/dev/zero of=large bs=1M count=3
ENV number=$N
RUN rm -r /copied
END
docker commit made-box archived:1
docker save -o $INPUT/archive.tar archived:1
docker rmi archived:1
tar --directory $INPUT/context --create --file $INPUT/tree.tar .
`;
