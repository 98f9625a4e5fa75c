#!/bin/sh
# Makes the passwords of PostgreSQL and Redis for `docker compose --profile scale up`. What is there, stays, so it may
# be run again at any time, and finishes what an interrupted run began.
set -eu
cd "$(dirname "$0")/.."
umask 077

# Caddy listens where PUBLIC_URL says, and only 80 and 443 are open.
url=$(sed -n 's/^PUBLIC_URL=//p' .env | tail -n 1 | tr -d "\"'")
case ${url#https://} in
"$url" | *:*)
  echo "PUBLIC_URL in .env is '$url': with --profile scale it has to be https://NAME, without a port" >&2
  exit 1
  ;;
esac

# keep NAME VALUE: a file that exists is whole.
keep() {
  [ -e "secrets/$1" ] && return
  rm -f "secrets/.$1"
  printf '%s' "$2" >"secrets/.$1"
  # The containers read them as users of their own; the folder keeps everybody else out.
  chmod 0444 "secrets/.$1"
  mv "secrets/.$1" "secrets/$1"
  echo "made secrets/$1"
}

mkdir -p secrets
chmod 0700 secrets
new=$(openssl rand -hex 24)
keep postgres_password "$new"
new=$(openssl rand -hex 24)
keep redis.conf "requirepass $new
# Sessions are as durable as this: at most a second is lost.
appendonly yes
appendfsync everysec
# Never drops a session for want of memory.
maxmemory-policy noeviction
dir /data
"
keep database_url "postgres://portal:$(cat secrets/postgres_password)@postgres:5432/portal"
keep redis_url "redis://:$(sed -n 's/^requirepass //p' secrets/redis.conf)@redis:6379"
