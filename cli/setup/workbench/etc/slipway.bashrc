# Interactive bash on a Slipway machine. The learner's own ~/.bashrc is read after this file and may change all of it.

case $- in *i*) ;; *) return ;; esac

HISTCONTROL=ignoreboth
HISTSIZE=10000
HISTFILESIZE=20000
shopt -s histappend checkwinsize globstar 2>/dev/null

export EDITOR=${EDITOR:-nano} PAGER=${PAGER:-less} LESS=${LESS:--FRX}
alias ls='ls --color=auto' ll='ls -lh' la='ls -lAh' grep='grep --color=auto' diff='diff --color=auto' ip='ip --color=auto'
eval "$(dircolors --bourne-shell 2>/dev/null)"

if ! shopt -oq posix && [ -r /usr/share/bash-completion/bash_completion ]; then
  . /usr/share/bash-completion/bash_completion
fi

# ~/app $            green after success
# ~/app 1 $          red, with the exit status, after a failure
__slipway_prompt() {
  local status=$?
  local blue='\[\e[1;34m\]' green='\[\e[32m\]' red='\[\e[31m\]' plain='\[\e[0m\]'
  if [ "$status" -eq 0 ]; then
    PS1="${blue}\w${plain} ${green}\\\$${plain} "
  else
    PS1="${blue}\w${plain} ${red}${status} \\\$${plain} "
  fi
  # The terminal's title: where we are.
  printf '\e]0;%s\a' "${PWD/#$HOME/\~}"
}
PROMPT_COMMAND=__slipway_prompt

# The welcome, once per terminal: not in a shell started from a shell.
if [ "$SHLVL" = 1 ] && [ -z "${SLIPWAY_NO_WELCOME-}" ] && [ ! -e ~/.hushlogin ]; then
  slipway-welcome
fi
