# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /app
RUN python -m pip install --no-cache-dir --target /opt/uv uv
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv /opt/uv/bin/uv sync --frozen --no-dev --extra aws --extra kafka --extra nats --extra s3 --extra stripe
COPY . .
# Collecting static files reads settings and no store, so any values will do that the settings take.
RUN QM_ENV=production SECRET_KEY="$(.venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    ALLOWED_HOSTS=build.invalid DATABASE_URL=postgres://build/build REDIS_URL=redis://build \
    .venv/bin/python manage.py collectstatic --noinput

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /app quartermaster \
    && install --directory --owner quartermaster /var/lib/quartermaster /var/lib/quartermaster/uploads
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 QM_ENV=production DATA_DIR=/var/lib/quartermaster BIND=0.0.0.0:8000
USER quartermaster
EXPOSE 8000
STOPSIGNAL SIGTERM
# The web; compose.yaml shows the workers, the scheduler and the migrations, from the same image.
CMD ["gunicorn", "--config", "config/gunicorn.py"]
