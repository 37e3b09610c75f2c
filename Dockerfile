# The service in one image: API and workers, SQLite and files under /data.
FROM node:24-bookworm-slim
ENV NODE_ENV=production SKIP_FFMPEG=true \
    VIDX_DATA_DIR=/data VOCATIVE_LOG_DIR=/data/logs API_HOST=0.0.0.0 API_PORT=8000
WORKDIR /app
# FFmpeg's whisper filter needs Vulkan's loader, with a GPU or without.
RUN apt-get update && apt-get install -y --no-install-recommends libvulkan1 \
  && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json ./
RUN npm install --omit=dev --no-save --no-audit --no-fund --loglevel=error && npm cache clean --force
COPY src ./src
COPY LICENSE ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8000
# Nothing is served to other machines before there is a key: `docker exec … node src/main.ts keys create`.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.API_PORT}/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "src/main.ts", "serve"]
