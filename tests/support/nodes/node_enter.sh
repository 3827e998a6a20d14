#!/bin/sh
# Puts this process into a control group of its own in every hierarchy, and becomes the command.
# usage: node_enter.sh GROUP COMMAND...
set -eu

group=$1
shift

while IFS=: read -r _ controllers _; do
  root=/sys/fs/cgroup/${controllers#name=}
  # Version 2 of control groups has no name.
  [ -n "$controllers" ] || continue
  mkdir -p "$root/$group"
  if [ "$controllers" = cpuset ]; then
    # A new group has no processor and no memory, and takes no process.
    for folder in "$root/${group%/*}" "$root/$group"; do
      cat "$root/cpuset.cpus" >"$folder/cpuset.cpus"
      cat "$root/cpuset.mems" >"$folder/cpuset.mems"
    done
  fi
  echo 0 >"$root/$group/cgroup.procs"
done </proc/self/cgroup

exec "$@"
