# Solves the lesson with commands alone; a test runs it, and every task must then be done.
cd ~
mkdir -p "$(dirname "$HOME/shop/needs.txt")"
cat > "$HOME/shop/needs.txt" <<'EOF_'
banana
apple
EOF_
mkdir -p "$(dirname "$HOME/shop/shop")"
cat > "$HOME/shop/shop" <<'EOF_'
#!/bin/sh
echo "In store: $(cat /app/installed)"
EOF_
mkdir -p "$(dirname "$HOME/shop/Dockerfile")"
cat > "$HOME/shop/Dockerfile" <<'EOF_'
FROM busybox
WORKDIR /app
COPY . .
RUN sleep 2 && sort needs.txt | tr '\n' ' ' > installed
CMD ["sh", "shop"]
EOF_
cd ~/shop && docker build -t shop:1 .
sed -i 's/In store/On sale/' shop && docker build -t shop:2 .
mkdir -p "$(dirname "$HOME/shop/Dockerfile")"
cat > "$HOME/shop/Dockerfile" <<'EOF_'
FROM busybox
WORKDIR /app
COPY needs.txt .
RUN sleep 2 && sort needs.txt | tr '\n' ' ' > installed
COPY shop .
CMD ["sh", "shop"]
EOF_
docker build -t shop:3 . && sed -i 's/On sale/Fresh today/' shop && docker build -t shop:4 .
echo cherry >> needs.txt && docker build -t shop:5 .
mkdir -p "$(dirname "$HOME/shop/Dockerfile")"
cat > "$HOME/shop/Dockerfile" <<'EOF_'
FROM busybox
RUN date > /built
CMD ["cat", "/built"]
EOF_
docker build -t when:1 . && docker build -t when:2 .
docker build --no-cache -t when:3 . && docker run --rm when:3
