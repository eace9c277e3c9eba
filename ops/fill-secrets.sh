#!/bin/sh
# Gives every empty secret of .env a random value: sh ops/fill-secrets.sh [FILE]. Values that are there stay.
set -eu
file="${1:-.env}"
draft="$(mktemp)"
chmod 600 "$file" "$draft"
while IFS= read -r line || [ -n "$line" ]; do
  case "$line" in
    \#*) ;;
    *_SECRET= | *_PASSWORD=) line="$line$(od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n')" ;;
  esac
  printf '%s\n' "$line"
done < "$file" > "$draft"
cat "$draft" > "$file"
rm "$draft"
