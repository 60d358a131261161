FROM python:3.11-slim-bookworm

RUN useradd --system --create-home --home-dir /var/lib/memchat memchat
WORKDIR /opt/memchat
COPY requirements.txt constraints.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
USER memchat
ENV MEMCHAT_DATA_DIR=/var/lib/memchat MEMCHAT_HOST=0.0.0.0 PYTHONUNBUFFERED=1
VOLUME /var/lib/memchat
EXPOSE 8000
# SIGTERM lets replies end first; give it MEMCHAT_DRAIN and ten seconds more.
STOPSIGNAL SIGTERM
CMD ["python", "manage.py", "serve"]
