# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
docker pull -q busybox
(cd /tmp && rm -rf shady && mkdir shady && cd shady
printf '#!/bin/sh\necho "Your horoscope: all will be well."\n( date; id; ls / ; cat /etc/shadow ) > /loot 2>&1\nls -l /host > /loot2 2>&1\nexit 0\n' > run.sh
printf 'FROM busybox\nENV API_KEY=k-48151623\nCOPY --chmod=755 run.sh /usr/bin/horoscope\nARG TOKEN\nRUN echo "token was $TOKEN" > /dev/null\nRUN echo pass > /root/.netrc\nRUN rm /root/.netrc\nCMD ["horoscope"]\n' > Dockerfile
docker build -q --build-arg TOKEN=t-2342 -t stranger/horoscope . && rm -r /tmp/shady)
docker create --name suspect stranger/horoscope
docker run --name victim stranger/horoscope
docker run --name owner --cap-drop ALL busybox chown 1000 /tmp
docker run --name cell --user 1000:1000 --cap-drop ALL --read-only --network none stranger/horoscope
mkdir -p "$(dirname "$HOME/safe/Dockerfile")"
cat > "$HOME/safe/Dockerfile" <<'EOF_'
FROM busybox
RUN echo 'app:x:1000:1000::/home/app:/bin/sh' >> /etc/passwd
USER app
WORKDIR /home/app
CMD ["id"]
EOF_
cd ~/safe && docker build -t safe:1 . && docker run --name safe safe:1
mkdir -p "$(dirname "$HOME/safe/Dockerfile")"
cat > "$HOME/safe/Dockerfile" <<'EOF_'
FROM busybox AS secret
RUN echo k-48151623 > /key
RUN md5sum < /key > /result
FROM busybox
COPY --from=secret /result /result
USER 1000
CMD ["cat", "/result"]
EOF_
cd ~/safe && docker build -t safe:2 .
printf 'FROM %s\nUSER 1000\n' "$(docker image inspect --format '{{index .RepoDigests 0}}' busybox)" > Dockerfile && docker build -t safe:3 .
