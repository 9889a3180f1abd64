# One image for every service of docker-compose.yml. Built from the lock: docker build --tag ledgerwatch .
# BASE: any image with Python 3.11 to 3.13 and its venv module.
ARG BASE=docker.io/library/python:3.13-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
RUN python3 -m venv /opt/ledgerwatch
ENV PATH=/opt/ledgerwatch/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements-run.lock ./
RUN pip install --quiet --require-hashes --requirement requirements-run.lock
COPY pyproject.toml README.md LICENSE dagster.yaml workspace.yaml ./
COPY sql sql
COPY ledgerwatch_pipeline ledgerwatch_pipeline
COPY ledgerwatch_demo ledgerwatch_demo
# The build backend is pinned by pyproject.toml.
RUN pip wheel --quiet --no-deps --wheel-dir /wheel . && pip install --quiet --no-deps /wheel/*.whl \
    && python -m compileall -q /opt/ledgerwatch

FROM ${BASE}
RUN groupadd --gid 10001 ledgerwatch && useradd --uid 10001 --gid ledgerwatch --home-dir /var/lib/ledgerwatch --create-home ledgerwatch
COPY --from=build /opt/ledgerwatch /opt/ledgerwatch
COPY docker/workspace.yaml /etc/ledgerwatch/workspace.yaml
ENV PATH=/opt/ledgerwatch/bin:$PATH \
    LEDGERWATCH_HOME=/var/lib/ledgerwatch \
    DAGSTER_HOME=/var/lib/ledgerwatch/dagster
USER ledgerwatch
WORKDIR /var/lib/ledgerwatch
VOLUME /var/lib/ledgerwatch
CMD ["ledgerwatch", "--help"]
