# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
docker pull -q busybox
docker pull -q debian:bookworm-slim
mkdir -p "$(dirname "$HOME/paper/articles/rain.txt")"
cat > "$HOME/paper/articles/rain.txt" <<'EOF_'
Rain again
It rains for the third day.
Nobody is surprised.
EOF_
mkdir -p "$(dirname "$HOME/paper/articles/sun.txt")"
cat > "$HOME/paper/articles/sun.txt" <<'EOF_'
Sun at last
It has stopped.
EOF_
mkdir -p "$(dirname "$HOME/paper/make-site")"
cat > "$HOME/paper/make-site" <<'EOF_'
#!/bin/bash
# Turns articles/*.txt into pages in out/, and leaves a large cache behind, as builds do.
mkdir -p out
for article in articles/*.txt; do
  page="out/$(basename "$article" .txt).html"
  { echo "<h1>$(head -n 1 "$article")</h1>"; tail -n +2 "$article" | sed 's/.*/<p>&<\/p>/'; } > "$page"
done
head -c 20M /dev/urandom > .cache
echo "made $(ls out | wc -l) pages"
EOF_
chmod 755 "$HOME/paper/make-site"
mkdir -p "$(dirname "$HOME/paper/Dockerfile")"
cat > "$HOME/paper/Dockerfile" <<'EOF_'
FROM debian:bookworm-slim
COPY --from=busybox /bin/busybox /bin/busybox
WORKDIR /paper
COPY . .
RUN ./make-site
CMD ["busybox", "httpd", "-f", "-h", "out"]
EOF_
cd ~/paper && docker build -t paper:fat . && docker run -d --name fat -p 8080:80 paper:fat
mkdir -p "$(dirname "$HOME/paper/Dockerfile.run")"
cat > "$HOME/paper/Dockerfile.run" <<'EOF_'
FROM busybox
COPY pages /www
CMD ["httpd", "-f", "-h", "/www"]
EOF_
docker create --name builder paper:fat && docker cp builder:/paper/out ./pages && docker rm builder
docker build -f Dockerfile.run -t paper:thin .
mkdir -p "$(dirname "$HOME/paper/Dockerfile")"
cat > "$HOME/paper/Dockerfile" <<'EOF_'
FROM debian:bookworm-slim AS build
WORKDIR /paper
COPY make-site .
COPY articles articles
RUN ./make-site

FROM busybox
COPY --from=build /paper/out /www
CMD ["httpd", "-f", "-h", "/www"]
EOF_
docker build -t paper:stages .
docker build --target build -t paper:build .
mkdir -p "$(dirname "$HOME/paper/Dockerfile")"
cat > "$HOME/paper/Dockerfile" <<'EOF_'
FROM debian:bookworm-slim AS build
WORKDIR /paper
COPY make-site .
COPY articles articles
RUN ./make-site

FROM scratch
COPY --from=busybox /bin/busybox /busybox
COPY --from=build /paper/out /www
USER 1000
EXPOSE 8080
ENTRYPOINT ["/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"]
EOF_
docker build -t paper:scratch . && docker run -d --name bare -p 8081:8080 paper:scratch
docker run --name probe --entrypoint sh paper:scratch -c ls
mkdir -p "$(dirname "$HOME/golf/Dockerfile")"
cat > "$HOME/golf/Dockerfile" <<'EOF_'
FROM debian:bookworm-slim
COPY . /golf
RUN head -c 10M /dev/urandom > /golf/download
RUN grep -q birdie /golf/token && sort /golf/fortunes > /golf/sorted
RUN rm /golf/token /golf/download
CMD head -n 1 /golf/sorted
EOF_
mkdir -p "$(dirname "$HOME/golf/token")"
cat > "$HOME/golf/token" <<'EOF_'
birdie-2f9c
EOF_
mkdir -p "$(dirname "$HOME/golf/fortunes")"
cat > "$HOME/golf/fortunes" <<'EOF_'
You will make small images.
A layer is forever.
Someone will thank you for a tag.
EOF_
mkdir -p "$(dirname "$HOME/golf/score")"
cat > "$HOME/golf/score" <<'EOF_'
#!/bin/bash
# score IMAGE: bytes, layers, rebuild time and leaks of an image built in this folder. Fewer points are better.
image=${1:?which image?}
size=$(docker image inspect -f '{{.Size}}' "$image") || exit
layers=$(docker image inspect -f '{{len .RootFS.Layers}}' "$image")
leaks=$(docker save "$image" | grep -ac birdie-2f9c)
cp fortunes .fortunes.kept; echo "Rebuilt at $(date)." >> fortunes
start=$(date +%s%N); docker build -q . > /dev/null; ms=$((($(date +%s%N) - start) / 1000000))
mv .fortunes.kept fortunes
points=$((size / 1000000 + layers * 2 + ms / 100 + (leaks > 0 ? 100 : 0)))
printf '%-8s %9d bytes\n%-8s %9d\n%-8s %9d ms after a change\n%-8s %9s\n%-8s %9d\n' \
  size "$size" layers "$layers" rebuild "$ms" token "$([ "$leaks" -gt 0 ] && echo LEAKED || echo safe)" points "$points"
EOF_
chmod 755 "$HOME/golf/score"
cd ~/golf && printf '%s\n' 'FROM busybox AS build' 'COPY token fortunes /golf/' 'RUN grep -q birdie /golf/token && sort /golf/fortunes > /golf/sorted' 'FROM busybox' 'COPY --from=build /golf/sorted /sorted' 'CMD ["head", "-n", "1", "/sorted"]' > Dockerfile && docker build -t golf:1 .
