import type { Row } from '../row.ts';

/**
 * Rows about registries; they run in test/registry.test.ts, where both engines have the same registries around them:
 * Debian's at 5000 (open), 5001 (password), 5443 (password and TLS, as reg.test), and at 6000 and above one that does
 * wrong, see test/registry/scripted.ts.
 */
export const REGISTRY: readonly Row[] = [
  [
    'push: new, again, to another repository, all tags',
    'docker tag busybox localhost:5000/a:1; docker push localhost:5000/a:1; docker push localhost:5000/a:1; docker tag busybox localhost:5000/b/c; docker push localhost:5000/b/c; docker tag debian localhost:5000/a:2; docker push -q localhost:5000/a:2; docker push -a localhost:5000/a; docker images --digests --format "{{.Repository}}:{{.Tag}} {{.Digest}}" | grep 5000 | sort',
  ],
  [
    'push: what there is not',
    'docker push localhost:5000/nosuch; docker tag busybox localhost:5000/a:1; docker push localhost:5000/a:x; docker push localhost:5000/a; docker push -a localhost:5000/a:1; docker push Bad; docker push localhost:5000/a@sha256:ed9bcbbb7378ed9bcbbb7378ed9bcbbb7378ed9bcbbb7378ed9bcbbb7378ed9b; docker push nosuch',
  ],
  [
    'push: what a registry refuses',
    'for r in 6000/readonly 6000/pushdenied 6000/pushforbidden 6000/other 6003/x 5001/x; do docker tag busybox localhost:$r; docker push localhost:$r; done; docker tag busybox localhost:6009/x; docker push localhost:6009/x',
  ],
  [
    'push and pull of a commit',
    "docker run --name box busybox sh -c 'echo one >/one; rm /etc/group; ln -s one /two'; docker commit box localhost:5000/my/repo:2.0 >/dev/null; docker rm box >/dev/null; docker push localhost:5000/my/repo:2.0; docker rmi localhost:5000/my/repo:2.0 | wc -l; docker pull localhost:5000/my/repo:2.0; docker run --rm localhost:5000/my/repo:2.0 sh -c 'cat /two; ls /etc'; docker pull localhost:5000/my/repo:2.0",
    { unordered: true },
  ],
  [
    'pull: by tag, by digest, all tags',
    "docker tag busybox localhost:5000/d:1; docker tag busybox localhost:5000/d:2; docker push -q -a localhost:5000/d | wc -l; digest=$(docker inspect -f '{{index .RepoDigests 1}}' busybox); docker rmi -f busybox localhost:5000/d:1 localhost:5000/d:2 >/dev/null; docker pull localhost:5000/d:1; docker pull localhost:5000/d:1; docker pull $digest; docker pull -a localhost:5000/d; docker images --format '{{.Repository}}:{{.Tag}}' | grep /d: | sort",
    { unordered: true },
  ],
  [
    'pull: what there is not',
    'docker pull localhost:5000/nosuch; docker pull localhost:5000/nosuch:1; docker pull -a localhost:5000/nosuch; docker pull localhost:6009/x; docker pull localhost:6006/x; docker pull reg.test:6000/ok',
  ],
  [
    'pull: names with tricks',
    'docker pull localhost:5000/../a; docker pull localhost:5000/A; docker pull localhost:5000/ä; docker pull localhost:5000/a/../../b; docker pull localhost:5000/a:ü; docker pull localhost:5000/a%2fb; docker pull localhost:5000//a; docker pull localhost:5000/a:1@sha256:12',
  ],
  [
    'pull: answers that say no',
    'for r in unauthorized unauthorizedplain forbidden forbiddenbare forbiddenplain nomanifest nomanifestbare noname notfoundplain notfoundempty toomany toomanyplain toomanydetails broken badgateway unavailable teapot two noerrors notjson; do docker pull -q localhost:6000/$r; done',
  ],
  [
    'pull: manifests of all kinds',
    'for r in oci uncompressed list listforeign listnested missingnested nodigest chart plugin redirectloop arm; do docker pull localhost:6000/$r; done; docker pull -q --platform linux/arm64 localhost:6000/listforeign; docker pull -q --platform linux/arm64 localhost:6000/ok; docker pull --platform linux/s390x localhost:6000/list; docker images --format "{{.Repository}}" | sort',
  ],
  [
    'pull: layers that are not what they should be',
    'for r in wronglayer short long notar diffmismatch missinglayer denied deniedplain toomanylayers redirectedblob; do docker pull localhost:6000/$r; done; docker images -a --format "{{.Repository}}" | sort',
  ],
  [
    'pull: configurations that are not what they should be',
    'for r in missingconfig wrongconfig norootfs windows countmismatch; do docker pull -q localhost:6000/$r; done',
  ],
  ['pull: a download that is cut goes on', 'docker pull localhost:6000/cut'],
  [
    'pull: tags on several pages, and none',
    'docker pull -a localhost:6000/paged; docker pull -a localhost:6000/untagged; docker pull -a localhost:6000/noname',
  ],
  [
    'tokens',
    'for r in ok1 notoken nojson badtoken tokendenied tokenbroken; do docker pull localhost:6002/$r; done; docker login -u ann -p wrong localhost:6002; docker login -u ann -p right localhost:6002 2>&1 | grep -v config.json; docker pull -q localhost:6002/ok2; docker logout localhost:6002',
  ],
  [
    'passwords',
    'docker pull localhost:5001/x; docker login -u ann -p wrong localhost:5001; echo secret | docker login -u ann --password-stdin localhost:5001 2>&1 | grep -v config.json; docker tag busybox localhost:5001/x; docker push localhost:5001/x; docker pull localhost:5001/x; docker logout localhost:5001; docker pull localhost:5001/x; docker login -u a -p b localhost:6009',
  ],
  [
    'TLS with an authority of our own, and a password',
    'docker tag busybox reg.test:5443/x; docker push reg.test:5443/x; docker login -u ann -p secret reg.test:5443 2>&1 | grep -v config.json; docker push reg.test:5443/x; docker rmi reg.test:5443/x; docker pull reg.test:5443/x',
  ],
  [
    'TLS that is broken',
    'docker pull -q localhost:6443/ok; docker pull -q reg.test:6443/ok; for p in 6444 6445 6446 6448 6449; do docker pull reg.test:$p/ok 2>&1 | sed "s/current time.*//"; done; docker pull -q reg.test:6447/ok3',
  ],
  [
    'search: refused',
    'docker search localhost:6000/foo; docker search --limit 200 x; docker search --filter is-official=maybe x; docker search --filter foo=1 x; docker search --filter stars=x y; docker search https://x',
  ],
  [
    'a registry in a container',
    'printf "version: 0.1\\nstorage: {filesystem: {rootdirectory: /data}}\\nhttp: {addr: 0.0.0.0:5000}\\n" >c.yml; docker run -d -p 5050:5000 --name registry -v $PWD/..:/r -v $PWD/c.yml:/c.yml debian /r/docker-registry serve /c.yml >/dev/null; docker tag busybox localhost:5050/my_repo:2.0; eventually "docker push localhost:5050/my_repo:2.0"; docker push localhost:5050/my_repo:2.0; docker rmi localhost:5050/my_repo:2.0; docker pull localhost:5050/my_repo:2.0; docker rm -f registry; docker pull localhost:5050/my_repo:2.0',
  ],
];
