# Login shells get what other interactive shells get.
export LANG=${LANG:-C.UTF-8}
if [ -n "${BASH_VERSION-}" ]; then . /etc/slipway.bashrc; fi
