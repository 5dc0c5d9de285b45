#!/usr/bin/env bash
# `within.sh SYSTEM PROJECT PROGRAM ARGUMENT…`: runs a program in another Debian, whose root is
# SYSTEM, with the project where it is here. As root; its mounts are its own, and end with it.
set -eu
if [ "$1" != --mounted ]; then exec unshare --mount "$0" --mounted "$PWD" "$@"; fi
folder=$2 system=$3 project=$4
shift 4
cp /etc/hosts "$system/etc/hosts" # for localhost
mkdir -p "$system$project"
mount --rbind "$project" "$system$project"
mount --rbind /dev "$system/dev"
mount -t proc proc "$system/proc"
# shellcheck disable=SC2016 # for the other shell
exec chroot "$system" /bin/sh -c 'cd "$1" && shift && exec "$@"' sh "$folder" "$@"
