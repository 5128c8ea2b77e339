#!/bin/sh
# fetch-node.sh REGISTRY FOLDER: Node and npm out of packages of npm's registry into FOLDER/bin, for this processor.
set -eu
registry=${1%/}
folder=$2

node=22.23.3
npm=10.9.9
npm_sum=d60fba8cb42f688b81e33c2f1cbef2ad7b977166700ec0ad057f1b6d60ea6ef2524abf673e20c35931cd8305d1dbb8887134d6eefdc0e7b8435bd458bf65b862
case $(dpkg --print-architecture) in
  amd64)
    machine=x64
    node_sum=a879f3e6d16c1e88ff58cfae4443558d638d8b9855be6c2b82af00e15efa2a9b95340738fa3c0af31e20c1ba1b13d06d1cd83f00a476e7cdde628acb17f73b9e
    ;;
  arm64)
    machine=arm64
    node_sum=9770c01d9adeca5a3ea7d4170edb0eae31b625726a5736179c01a621034e50d01170ca694ced9c99ec1540ffb7ead8c99d213e773a4c36d816f9cde8883bd7b4
    ;;
  *)
    echo "Slipway runs on 64-bit x86 and ARM processors, and this one is $(dpkg --print-architecture)." >&2
    exit 1
    ;;
esac

# fetch NAME VERSION SUM FOLDER: unpacks a package whose archive has this SHA-512.
fetch() {
  curl --fail --silent --show-error --location --retry 3 --output /tmp/package.tgz "$registry/$1/-/$1-$2.tgz"
  echo "$3  /tmp/package.tgz" | sha512sum --check --quiet
  mkdir -p "$4"
  tar --extract --gzip --file /tmp/package.tgz --directory "$4" --strip-components 1 --no-same-owner
  rm /tmp/package.tgz
}

fetch "node-linux-$machine" "$node" "$node_sum" "$folder"
fetch npm "$npm" "$npm_sum" "$folder/lib/node_modules/npm"
for program in npm npx; do
  ln -s "../lib/node_modules/npm/bin/$program-cli.js" "$folder/bin/$program"
done
"$folder/bin/node" --version
