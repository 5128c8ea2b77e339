#!/bin/sh
# Options alone are options of redis-server; the server does not run as root, and answers on the container's network.
set -e

case "$1" in
    -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "$1" = redis-server ]; then
    shift
    set -- redis-server "$@" --protected-mode no
    if [ "$(id -u)" = 0 ]; then
        find . \! -user redis -exec chown redis '{}' +
        exec setpriv --reuid redis --regid redis --clear-groups -- "$@"
    fi
fi

exec "$@"
