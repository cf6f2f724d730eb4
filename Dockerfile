# syntax=docker/dockerfile:1
# Forecourt in a small image: distroless, which is glibc and libgcc and no shell, and one program. Every role runs from it:
#   docker build -t forecourt --build-arg COMMIT=$(git rev-parse --short=12 HEAD) .
#   docker run -p 8080:8080 --read-only -v forecourt:/data --stop-timeout 30 forecourt
# config/deployment.md says what the roles need; config/load-balancer.md, what the load balancer does. `.ci/image` proves it
# without an engine.

FROM docker.io/library/rust:1.95-bookworm AS build
WORKDIR /forecourt
# zlib and OpenSSL become part of the program, so that it is these that the list of its parts names, whatever the final image has. (Of a library in /usr that pkg-config finds it would not:
# so the build below says where OpenSSL is.)
ENV LIBZ_SYS_STATIC=1 OPENSSL_STATIC=1 CARGO_TERM_COLOR=never
# The program tells which libraries it is made of (`cargo audit bin`), and a list of them lies beside it.
RUN cargo install --locked cargo-auditable@0.7.7 cargo-cyclonedx@0.5.9
COPY . .
# There is no repository in here that could be asked.
ARG COMMIT=
ENV FORECOURT_COMMIT=$COMMIT
RUN cargo cyclonedx --format json --override-filename sbom.cdx \
    && OPENSSL_LIB_DIR="/usr/lib/$(gcc -print-multiarch)" OPENSSL_INCLUDE_DIR=/usr/include \
       cargo auditable build --release --locked --package forecourt \
    && strip --strip-debug --output-file=/usr/local/bin/forecourt target/release/forecourt \
    && install --directory --owner=65532 --group=65532 /data

FROM gcr.io/distroless/cc-debian12:nonroot
ARG COMMIT=
LABEL org.opencontainers.image.title="forecourt" \
      org.opencontainers.image.description="Page origin of a used-car marketplace: finished, compressed HTML from memory, never stale" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$COMMIT"
COPY --from=build /usr/local/bin/forecourt /usr/local/bin/forecourt
COPY --from=build /forecourt/sbom.cdx.json /forecourt/config/LICENSE /usr/share/doc/forecourt/
COPY --from=build --chown=65532:65532 /data /data
# Outside a container both are on loopback. The admin port stays inside: publish 8080 only.
ENV RUST_BACKTRACE=1 \
    FORECOURT_LOG__FORMAT=json \
    FORECOURT_SERVER__LISTEN=0.0.0.0:8080 \
    FORECOURT_ADMIN__LISTEN=0.0.0.0:9090 \
    FORECOURT_DATA__DIR=/data
VOLUME ["/data"]
EXPOSE 8080
USER 65532:65532
# SIGTERM drains: server.drain_s and server.shutdown_timeout_s, 15 s together, have to fit into the time to stop (30 s at ECS).
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=2s --start-period=30s --retries=2 CMD ["forecourt", "health"]
ENTRYPOINT ["forecourt"]
