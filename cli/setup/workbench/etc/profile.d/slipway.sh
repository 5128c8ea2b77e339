# Login shells: the rest stands in /etc/slipway.bashrc, which /etc/profile reads by way of /etc/bash.bashrc.
export LANG=${LANG:-C.UTF-8}
