# Slipway for a host that has Docker alone: `docker compose up`. docs/self-hosting.md, "In a container", says what it needs
# of the host, and why it is given what docker-compose.yml gives it.
FROM debian:bookworm-slim AS base
# A certificate authority to trust beside the usual ones, as PEM: for a network whose proxy opens TLS.
ARG EXTRA_CA
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      busybox-static ca-certificates crun debian-archive-keyring e2fsprogs iproute2 mmdebstrap mount nftables openssl \
      util-linux zstd \
 && rm -rf /var/lib/apt/lists/* \
 && if [ -n "$EXTRA_CA" ]; then \
      echo "$EXTRA_CA" >/usr/local/share/ca-certificates/extra.crt && update-ca-certificates; \
    fi

FROM base AS packages
# Debian's own Node is too old. The official builds are packages of npm's registry, one for each kind of processor.
ARG NPM_REGISTRY=https://registry.npmjs.org
RUN apt-get update && apt-get install --yes --no-install-recommends curl
COPY cli/container/fetch-node.sh /tmp/
RUN sh /tmp/fetch-node.sh "${NPM_REGISTRY:-https://registry.npmjs.org}" /opt/node
WORKDIR /opt/slipway
COPY package.json package-lock.json .npmrc ./
# The addons come built. The tools that build the page come along: the set-up builds it at the first start.
RUN PATH="/opt/node/bin:$PATH" NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    npm ci --ignore-scripts --registry "${NPM_REGISTRY:-https://registry.npmjs.org}"

FROM base
COPY --from=packages /opt/node /opt/node
COPY --from=packages /opt/slipway/node_modules /opt/slipway/node_modules
COPY . /opt/slipway
WORKDIR /opt/slipway
ENV PATH=/opt/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOST=0.0.0.0 PORT=3000 DATA_DIR=/var/lib/slipway
EXPOSE 3000
VOLUME /var/lib/slipway
ENTRYPOINT ["/opt/slipway/cli/container/entry.sh"]
CMD ["start"]
