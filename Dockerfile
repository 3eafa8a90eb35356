# docker build -t elections . && docker run --rm -p 8001:8001 elections
# The tag of the base is a series, not one image, so that a new build brings Debian's security updates.
FROM python:3.11-slim-bookworm AS build
WORKDIR /site
COPY requirements.txt ./
RUN python -m venv .venv && .venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements.txt
COPY data data
COPY elections elections
COPY sql sql
COPY build_db.py metadata.yml pyproject.toml LICENSE ./
# The package is installed in place, as make does it. The database and the facts about it are in the image: all instances
# of one image serve the same bytes, and none builds when it starts.
RUN .venv/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && .venv/bin/python build_db.py --quiet

FROM python:3.11-slim-bookworm
WORKDIR /site
COPY --from=build /site ./
COPY plugins plugins
COPY static static
COPY templates templates
COPY words words
COPY charts.yml gunicorn.conf.py settings.json ./
ENV PATH=/site/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PORT=8001
USER 65534:65534
EXPOSE 8001
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/-/health', timeout=4)"]
CMD ["gunicorn"]
