# syntax=docker/dockerfile:1
# docker build -t quickcart .        (BuildKit, the default since Docker 23: the cache mounts need it)

FROM rust:1.95-bookworm AS builder
WORKDIR /build
COPY . .
# Crates and compiled dependencies stay in the cache mounts: a change of our own code compiles only that.
# The mount is gone after the step, hence the copy.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin quickcart \
    && install -D --strip target/release/quickcart /out/quickcart

# The same Debian as the builder's, so that the C library fits.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin shop \
    && install --directory --owner=shop --group=shop /shop /shop/data /shop/logs
COPY --from=builder /out/quickcart /usr/local/bin/quickcart

USER shop
WORKDIR /shop
# Databases and the encryption key; logs. A config.toml is optional: mount it at /shop/config.toml.
VOLUME ["/shop/data", "/shop/logs"]
# Inside a container 127.0.0.1 is nobody else's. The environment wins over http.bind in config.toml.
ENV HTTP_BIND=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["quickcart", "healthcheck"]
ENTRYPOINT ["quickcart"]
CMD ["run"]
