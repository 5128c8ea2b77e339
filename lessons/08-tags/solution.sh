# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
mkdir -p "$(dirname "$HOME/menu/Dockerfile")"
cat > "$HOME/menu/Dockerfile" <<'EOF_'
FROM busybox
RUN echo 'soup' > /menu
CMD ["cat", "/menu"]
EOF_
cd ~/menu && docker build -t menu:1.0 . && docker tag menu:1.0 menu:1 && docker tag menu:1.0 menu
docker run --name which menu
sed -i 's/soup/soup, salad/' Dockerfile && docker build -t menu:1.1 . && docker tag menu:1.1 menu:1 && docker tag menu:1.1 menu
docker tag menu:1.0 menu:1; docker rm -f kitchen; docker run -d --name kitchen menu:1 sh -c 'while true; do cat /menu; sleep 1; done'
docker build -t menu:test . && sed -i 's/salad/bread/' Dockerfile && docker build -t menu:test .
sed -i 's/bread/cheese/' Dockerfile && docker build -t menu:test .
docker image prune -f
docker rmi menu:1 menu:test
