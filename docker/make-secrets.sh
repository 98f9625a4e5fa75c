#!/bin/sh
# Makes the passwords of PostgreSQL and Redis for `docker compose --profile scale up`, once: what is there, stays.
set -eu
cd "$(dirname "$0")/.."
umask 077
mkdir -p secrets
if [ -e secrets/postgres_password ]; then
  echo 'secrets/ is made already'
  exit 0
fi
postgres=$(openssl rand -hex 24)
redis=$(openssl rand -hex 24)
printf '%s' "$postgres" >secrets/postgres_password
printf '%s' "postgres://portal:$postgres@postgres:5432/portal" >secrets/database_url
printf '%s' "redis://:$redis@redis:6379" >secrets/redis_url
cat >secrets/redis.conf <<CONF
requirepass $redis
# Sessions are as durable as this: at most a second is lost.
appendonly yes
appendfsync everysec
# Never drops a session for want of memory.
maxmemory-policy noeviction
dir /data
CONF
# The containers read them as users of their own; the folder keeps everybody else out.
chmod 0444 secrets/*
chmod 0700 secrets
echo 'made secrets/'
