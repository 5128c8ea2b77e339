# Slipway in a container, for trying it on a host that has Docker already. Read docs/self-hosting.md first: it must run
# privileged, because it makes containers itself; a virtual machine of its own walls it off better.
ARG NODE_VERSION=22
FROM node:${NODE_VERSION}-bookworm-slim

RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      ca-certificates crun debian-archive-keyring e2fsprogs iproute2 mmdebstrap nftables zstd \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/slipway
COPY package.json package-lock.json .npmrc ./
# The tools that build the page come with the rest: the set-up builds what changed at the first start.
RUN npm ci --no-audit --no-fund
COPY . .

ENV HOST=0.0.0.0 PORT=3000 DATA_DIR=/var/lib/slipway
EXPOSE 3000
VOLUME /var/lib/slipway
ENTRYPOINT ["node", "cli/slipway.mjs"]
CMD ["start"]
