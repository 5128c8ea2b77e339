# Solves the lesson with commands alone; a test runs it, and every task must then be done.
docker pull debian
# Detached: a terminal to attach is not there when this runs.
docker run -dit --name workshop debian sh -ec '
  printf "#!/bin/sh\necho \"Hello from my first image!\"\n" > /usr/local/bin/greet
  chmod +x /usr/local/bin/greet
  echo "Built by hand." >> /etc/motd
  rm /etc/issue.net
'
docker wait workshop
docker diff workshop
docker commit -m 'Add greet' -a 'Your Name <you@example.com>' workshop greeter:1
docker run greeter:1 greet
docker run debian greet || test $? = 127
docker history greeter:1
docker commit -m 'Greet by default' -a 'Your Name <you@example.com>' --change 'CMD ["greet"]' workshop greeter:2
docker run --rm greeter:2
