#!/bin/sh
# Runs what an image built on this one has put into /docker-entrypoint.d, then the command.
set -e

if [ "$1" = nginx ]; then
    for script in /docker-entrypoint.d/*.sh; do
        [ -x "$script" ] && "$script"
    done
fi

exec "$@"
