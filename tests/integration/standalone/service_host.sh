#!/bin/sh
# Boots systemd as the first process of namespaces of its own, with nothing but one service. Runs
# as process 1 of a new PID namespace, beside new namespaces for mounts, host name and IPC.
#
# usage: service_host.sh UNIT EXECUTABLE STATE
#   UNIT        the unit file
#   EXECUTABLE  becomes /usr/local/bin/vm-dhcp
#   STATE       a folder that becomes /var/lib
set -eu
unit=$1 executable=$2 state=$3

mount --make-rprivate /
mount -t tmpfs none /run
units=/run/systemd/system
mkdir -p /run/lock "$units"
cp "$unit" "$units/vm-dhcp.service"

# What a service begins with on a host, without what that does there.
for target in sysinit basic shutdown network; do
  printf '[Unit]\nDefaultDependencies=no\n' >"$units/$target.target"
done
printf '[Unit]\nDefaultDependencies=no\nWants=vm-dhcp.service\n' >"$units/host.target"
# There is no journal.
mkdir "$units/vm-dhcp.service.d"
printf '[Service]\nStandardOutput=append:/var/lib/vm-dhcp.log\nStandardError=inherit\n' \
  >"$units/vm-dhcp.service.d/log.conf"

mount -t tmpfs none /usr/local/bin
touch /usr/local/bin/vm-dhcp
mount --bind "$executable" /usr/local/bin/vm-dhcp
mount --bind "$state" /var/lib
mount -t tmpfs none /tmp
mount -t tmpfs none /var/tmp

mount -t proc none /proc
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mount -t tmpfs none /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
# Whatever systemd would change of the host, it cannot.
mount -o remount,bind,ro /

cd /
exec env -i container=test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  SYSTEMD_UNIT_PATH=$units SYSTEMD_GENERATOR_PATH=/run/none \
  /lib/systemd/systemd --unit=host.target --log-target=console --show-status=no
