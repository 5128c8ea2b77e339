FROM busybox
COPY . /other
