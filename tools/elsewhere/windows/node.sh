#!/usr/bin/env bash
# `node.sh PREFIX NODE_EXE ARGUMENT…`: a Windows Node under wine, headless, in a Windows of its own
# that lies in PREFIX; ends with its exit code.
#
# Output goes through files, since Node under wine cannot have a pipe of this system as its stdout.
set -u
export WINEPREFIX=$1 WINEARCH=win64 WINEDEBUG=${WINEDEBUG:--all} WINEDLLOVERRIDES='mscoree,mshtml='
shift
unset DISPLAY
wine=/usr/lib/wine/wine64
if [ ! -f "$WINEPREFIX/system.reg" ]; then
  mkdir -p "$WINEPREFIX"
  # wine would say that it is Windows 7, on which today's Node does not start.
  timeout 180 $wine wineboot --init &&
    $wine reg add 'HKCU\Software\Wine' /v Version /d win10 /f || exit 1
fi >"$WINEPREFIX.log" 2>&1
output=$(mktemp) errors=$(mktemp)
trap 'rm -f "$output" "$errors"' EXIT
$wine "$@" >"$output" 2>"$errors" </dev/null
status=$?
cat "$output"
cat "$errors" >&2
exit $status
