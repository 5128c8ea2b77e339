# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
mkdir -p "$(dirname "$HOME/report/Dockerfile")"
cat > "$HOME/report/Dockerfile" <<'EOF_'
FROM debian:bookworm-slim
LABEL org.opencontainers.image.version="1.0"
ENV UNIT=metric
WORKDIR /data
RUN echo '21 degrees' > today
RUN echo '19 degrees' > yesterday
EXPOSE 8080
USER nobody
ENTRYPOINT ["cat"]
CMD ["today"]
EOF_
cd ~/report && docker build -t report:1 .
sed 's/"1.0"/"1.1"/' Dockerfile | docker build -t report:2 -
docker run --name weather -e UNIT=imperial report:1 yesterday
docker run --name exact $(docker image inspect --format '{{index .RepoDigests 0}}' debian:bookworm-slim) cat /etc/debian_version
docker run -d --name live --entrypoint sleep --user root report:1 1d
docker exec live sh -c 'echo "23 degrees" > /data/today'
