docker pull busybox
docker run -d --name site busybox sleep 1d
docker exec site sh -c 'mkdir -p /srv/www && echo "<h1>By hand</h1>" > /srv/www/index.html'
docker exec site sh -c 'echo secret-token > /tmp/token'
docker exec site rm /tmp/token
docker commit -m 'Add a page' -a 'Ada <ada@example.com>' site site:1
docker commit -m 'Serve the page' -a 'Ada <ada@example.com>' \
  --change 'CMD ["httpd", "-f", "-v", "-h", "/srv/www"]' --change 'EXPOSE 80' --change 'WORKDIR /srv/www' \
  --change 'ENV LANG=C.UTF-8' --change 'LABEL maintainer=Ada' site site:2
docker run -d --name live -p 8080:80 site:2
until curl -s http://localhost:8080; do sleep 0.1; done
docker commit site again:1
docker commit site again:2
mkdir -p ~/site
cd ~/site
echo '<h1>By recipe</h1>' > index.html
printf '%s\n' 'FROM busybox' 'COPY index.html /srv/www/' 'CMD ["httpd", "-f", "-v", "-h", "/srv/www"]' > Dockerfile
docker build -t site:3 .
