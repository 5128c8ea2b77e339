# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
mkdir -p ~/base/rootfs/bin ~/base/rootfs/etc && cd ~/base && docker create --name source busybox && docker cp source:/bin/busybox rootfs/bin/busybox
for name in sh ls cat echo; do ln -sf busybox rootfs/bin/$name; done; echo 'root:x:0:0:root:/:/bin/sh' > rootfs/etc/passwd
tar c -C rootfs . | docker import --change 'CMD ["sh"]' -m 'my own base' - base:1
mkdir -p "$(dirname "$HOME/base/Dockerfile")"
cat > "$HOME/base/Dockerfile" <<'EOF_'
FROM scratch
ADD rootfs.tar /
CMD ["sh"]
EOF_
tar cf rootfs.tar -C rootfs . && docker build -t base:2 .
docker run --name donor debian:bookworm-slim sh -c 'rm -rf /usr/share /usr/bin/perl* /usr/lib/*/perl-base; echo slim > /etc/flavour'
docker export donor | docker import --change 'CMD ["bash"]' - flat:1
docker commit donor layered:1 && docker image inspect --format '{{.RepoTags}} {{len .RootFS.Layers}} layers, {{.Size}} bytes' flat:1 layered:1
mkdir -p "$(dirname "$HOME/base/Dockerfile")"
cat > "$HOME/base/Dockerfile" <<'EOF_'
FROM scratch
COPY --from=debian:bookworm-slim /bin/sleep /sleep
ENTRYPOINT ["/sleep"]
CMD ["1"]
EOF_
printf '%s\n' 'FROM scratch' 'COPY --from=debian:bookworm-slim /bin/sleep /sleep' 'ENTRYPOINT ["/sleep"]' 'CMD ["1"]' > Dockerfile; docker build -t sleep:1 . && docker run --name nap sleep:1 || test $? -gt 0
mkdir -p "$(dirname "$HOME/base/Dockerfile")"
cat > "$HOME/base/Dockerfile" <<'EOF_'
FROM debian:bookworm-slim AS parts
RUN mkdir -p /out && cp --parents -L $(ldd /bin/sleep | grep -o '/[^ ]*') /bin/sleep /out
FROM scratch
COPY --from=parts /out /
ENTRYPOINT ["/bin/sleep"]
CMD ["1"]
EOF_
docker build -t sleep:2 . && docker run --name rest sleep:2
