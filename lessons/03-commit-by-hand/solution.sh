# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
docker run -d --name site busybox sleep 1d; docker exec site sh -c 'mkdir -p /srv/www && echo "<h1>By hand</h1>" > /srv/www/index.html'
docker exec site rm -f /tmp/token && docker commit -m "Add a page" -a "Ada <ada@example.com>" site site:1
docker commit -m "Serve the page" -a "Ada <ada@example.com>" --change 'CMD ["httpd", "-f", "-v", "-h", "/srv/www"]' --change 'EXPOSE 80' --change 'WORKDIR /srv/www' --change 'ENV LANG=C.UTF-8' --change 'LABEL maintainer=Ada' site site:2
docker run -d --name live -p 8080:80 site:2
docker commit site again:1 && docker commit site again:2
mkdir -p "$(dirname "$HOME/site/index.html")"
cat > "$HOME/site/index.html" <<'EOF_'
<h1>By recipe</h1>
EOF_
mkdir -p "$(dirname "$HOME/site/Dockerfile")"
cat > "$HOME/site/Dockerfile" <<'EOF_'
FROM busybox
COPY index.html /srv/www/
CMD ["httpd", "-f", "-v", "-h", "/srv/www"]
EOF_
cd ~/site && docker build -t site:3 .
