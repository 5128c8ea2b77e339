# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
docker pull -q busybox
docker pull -q debian:bookworm-slim
mkdir -p "$(dirname "$HOME/guestbook/Dockerfile")"
cat > "$HOME/guestbook/Dockerfile" <<'EOF_'
FROM debian:latest
COPY . /app
ENV DB_PASSWORD=kept-by-the-cat
RUN apt-list needs.txt
WORKDIR /app
RUN sleep 2 && sort needs.txt > installed
RUN ./make-pages
RUN rm -rf cache .env
COPY --from=busybox /bin/busybox /bin/busybox
CMD ./start
EOF_
mkdir -p "$(dirname "$HOME/guestbook/make-pages")"
cat > "$HOME/guestbook/make-pages" <<'EOF_'
#!/bin/bash
# Makes a page of the entries, with what it needs, and leaves a cache of 15 MB behind.
mkdir -p pages cache
head -c 15000000 /dev/urandom > cache/blob
{ echo '<h1>Guestbook</h1>'; sed 's/.*/<p>&<\/p>/' entries.txt; echo "<footer>with $(tr '\n' ' ' < installed)</footer>"; } > pages/index.html
EOF_
chmod 755 "$HOME/guestbook/make-pages"
mkdir -p "$(dirname "$HOME/guestbook/start")"
cat > "$HOME/guestbook/start" <<'EOF_'
#!/bin/sh
# Serves the pages on port 8080.
cd /app
busybox httpd -p 127.0.0.1:8080 -h pages
EOF_
chmod 755 "$HOME/guestbook/start"
mkdir -p "$(dirname "$HOME/guestbook/needs.txt")"
cat > "$HOME/guestbook/needs.txt" <<'EOF_'
paper
ink
EOF_
mkdir -p "$(dirname "$HOME/guestbook/entries.txt")"
cat > "$HOME/guestbook/entries.txt" <<'EOF_'
Lovely place, we will be back.
The tea was cold.
EOF_
mkdir -p "$(dirname "$HOME/guestbook/.env")"
cat > "$HOME/guestbook/.env" <<'EOF_'
DB_PASSWORD=kept-by-the-cat
EOF_
(head -c 20000000 /dev/urandom > ~/guestbook/backup.tar)
cd ~/guestbook && sed -i '/apt-list/d' Dockerfile && docker build -t guestbook:0 .
sed -i 's/httpd /httpd -f /' start && docker build -t guestbook:0 . && docker rm -f book; docker run -d --name book -p 8080:8080 guestbook:0
sed -i 's/127.0.0.1:8080/8080/' start && docker build -t guestbook:0 . && docker rm -f book && docker run -d --name book -p 8080:8080 guestbook:0
until curl -sf http://localhost:8080; do sleep 0.2; done; docker exec book true
printf '%s\n' .env backup.tar Dockerfile .dockerignore > .dockerignore
docker run --rm busybox true
sed -i '/DB_PASSWORD/d' Dockerfile && docker build -t guestbook:1 .
printf '%s\n' 'FROM debian:latest' 'WORKDIR /app' 'COPY needs.txt .' 'RUN sleep 2 && sort needs.txt > installed' 'COPY . .' 'RUN ./make-pages && rm -rf cache' 'COPY --from=busybox /bin/busybox /bin/busybox' 'CMD ./start' > Dockerfile && docker build -t guestbook:1 .
echo 'What a view.' >> entries.txt && docker build -t guestbook:1 .
printf '%s\n' 'FROM debian:latest AS pages' 'WORKDIR /app' 'COPY needs.txt .' 'RUN sleep 2 && sort needs.txt > installed' 'COPY make-pages entries.txt ./' 'RUN ./make-pages' '' 'FROM busybox' 'COPY --from=pages /app/pages /app/pages' 'COPY start /app/start' 'CMD /app/start' > Dockerfile && docker build -t guestbook:1 .
sed -i 's/debian:latest/debian:bookworm-slim/; s/^FROM busybox$/FROM busybox:1/; s/^CMD .*/USER 1000/' Dockerfile
echo 'CMD ["/app/start"]' >> Dockerfile && docker build -t guestbook:1 .
docker rm -f book; docker run -d --name book -p 8080:8080 --read-only --cap-drop ALL guestbook:1
until curl -sf http://localhost:8080; do sleep 0.2; done; docker exec book true
