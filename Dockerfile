# Build: everything that compiling needs stays in this stage.
FROM node:24-bookworm-slim AS build
WORKDIR /carillon
COPY package.json package-lock.json ./
COPY console/package.json ./console/
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY console ./console
RUN npm run build

# Run-time dependencies alone.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /carillon
COPY package.json package-lock.json ./
COPY console/package.json ./console/
RUN npm ci --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /carillon
COPY --from=dependencies /carillon/node_modules ./node_modules
COPY --from=build /carillon/dist ./dist
COPY package.json README.md ./
COPY config ./config
# The store and the journal are written beside the config folder.
RUN mkdir data && chown node:node data
USER node
VOLUME ["/carillon/data"]
EXPOSE 5060/udp 5060/tcp
# Node is PID 1 and handles SIGTERM (drain) and SIGHUP (reload) itself; its children are its own, so it reaps them.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/ready').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve", "--config", "config/"]
