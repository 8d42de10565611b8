# Build: everything that compiling needs stays in this stage.
FROM node:24.11.1-bookworm-slim AS build
WORKDIR /carillon
COPY package.json package-lock.json ./
COPY console/package.json ./console/
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY console ./console
RUN npm run build

# Run-time dependencies alone.
FROM node:24.11.1-bookworm-slim AS dependencies
WORKDIR /carillon
COPY package.json package-lock.json ./
COPY console/package.json ./console/
RUN npm ci --omit=dev

FROM node:24.11.1-bookworm-slim
ENV NODE_ENV=production
WORKDIR /carillon
COPY --from=dependencies /carillon/node_modules ./node_modules
COPY --from=build /carillon/dist ./dist
COPY package.json README.md LICENSE ./
COPY scripts/healthcheck.js ./
# The sample, under another name: a site brings its own config, as a volume with its secrets, and none of it belongs into an image.
COPY config ./sample
# The store and the journal are written beside the config folder.
RUN mkdir config data && chown node:node data
USER node
LABEL org.opencontainers.image.title="Carillon" org.opencontainers.image.licenses="MIT" org.opencontainers.image.version="0.2.0"
VOLUME ["/carillon/config", "/carillon/data"]
EXPOSE 5060/udp 5060/tcp
# HTTP is loopback only in the sample. A scraper outside needs http.metrics in the config, such as { listen: http://0.0.0.0:9464, allow: [172.17.0.0/16] }.
EXPOSE 9464/tcp
# Node is PID 1 and handles SIGTERM (drain) and SIGHUP (reload) itself; its children are its own, so it reaps them.
STOPSIGNAL SIGTERM
# Where http.listen of the config is another: docker run -e CARILLON_HEALTH=https://127.0.0.1:8443
ENV CARILLON_HEALTH=http://127.0.0.1:8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s CMD ["node", "healthcheck.js"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve", "--config", "config/"]
