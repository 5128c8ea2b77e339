# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
mkdir -p "$(dirname "$HOME/box/Dockerfile")"
cat > "$HOME/box/Dockerfile" <<'EOF_'
FROM busybox
RUN echo 'the first word' > /word
RUN rm /word && echo 'the second word' > /other
CMD ["cat", "/other"]
EOF_
cd ~/box && docker build -t box:1 . && docker save box:1 -o box.tar
mkdir -p ~/box/parts && tar xf ~/box/box.tar -C ~/box/parts
cd ~/box/parts && tar xOf $(jq -r '.[0].Layers[-2]' manifest.json) word > ~/box/word
cd ~/box && mkdir -p mine/rootfs/bin && docker create --name source busybox && docker cp source:/bin/busybox mine/rootfs/bin/busybox
echo 'made with tar and jq' > mine/rootfs/hello && tar cf mine/layer.tar -C mine/rootfs . && cd mine
jq -n --arg id sha256:$(sha256sum layer.tar | cut -d' ' -f1) '{architecture: "amd64", os: "linux", config: {Entrypoint: ["/bin/busybox"], Cmd: ["cat", "/hello"], Labels: {maker: "hand"}}, rootfs: {type: "layers", diff_ids: [$id]}}' > config.json
jq -n '[{Config: "config.json", RepoTags: ["mine:1"], Layers: ["layer.tar"]}]' > manifest.json
tar cf mine.tar manifest.json config.json layer.tar && docker load -i mine.tar && docker run --name made mine:1
sed -i 's/"hand"/"me"/' config.json && sed -i 's/mine:1/mine:2/' manifest.json && tar cf mine.tar manifest.json config.json layer.tar && docker load -i mine.tar
