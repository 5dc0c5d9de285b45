#!/bin/sh
# Deno behind Node's command line: `[--input-type=module] -e SOURCE [arguments]`, or a program and
# its arguments. PIKE_DENO is Deno's own program.
type=cjs
while :; do
  case "$1" in
    --input-type=module) type=mjs && shift ;;
    -e | --eval)
      source="process.argv.splice(1, 1);$2"
      shift 2
      exec "$PIKE_DENO" eval --quiet --no-lock --ext="$type" "$source" "$@"
      ;;
    *) exec "$PIKE_DENO" run --allow-all --quiet --no-lock --no-code-cache "$@" ;;
  esac
done
