# One image for every role: ROLES chooses the services of a container, URLs choose real servers (see README).
#   docker build -t hallabong . && docker run --rm -p 3000:3000 -v hallabong:/data hallabong

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
# onnxruntime brings its libraries for every system along; only this one's are kept.
RUN cd node_modules/onnxruntime-node/bin && arch="$(node -p process.arch)" \
  && find . -mindepth 3 -maxdepth 3 -type d -not -path "*/linux/$arch" -exec rm -r {} +

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY . .
RUN mkdir /data && chown node:node /data

ENV DATA_DIR=/data HEALTH_PORT=3040
VOLUME /data
USER node
# HTTP, metrics, this process's own health
EXPOSE 3000 3030 3040
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Bundled init: forwards signals and reaps; SIGTERM drains the calls under way and then stops.
ENTRYPOINT ["tini", "--"]
CMD ["node", "--disable-warning=ExperimentalWarning", "node_modules/moleculer/bin/moleculer-runner.mjs", "--config", "moleculer.config.ts"]
