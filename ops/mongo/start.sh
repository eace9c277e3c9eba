#!/bin/bash
# A replica set with users needs a key between its members. With one member nobody else has to know it, so every start
# makes a new one; then the image's own entry point goes on.
set -euo pipefail
key="$(mktemp)"
head -c 512 /dev/urandom | base64 --wrap=0 > "$key"
chmod 400 "$key"
if [ "$(id -u)" = 0 ]; then chown mongodb "$key"; fi
exec docker-entrypoint.sh mongod --replSet rs0 --keyFile "$key" --bind_ip_all --wiredTigerCacheSizeGB 0.5
