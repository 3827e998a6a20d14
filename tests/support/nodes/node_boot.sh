#!/bin/sh
# The first process of a node, in namespaces of its own: makes what programs of a node find at fixed
# paths the node's own, and runs them. When it is killed, the kernel kills everything on the node.
# usage: node_boot.sh FOLDER NAME ADDRESS PROGRAMS
set -eu

folder=$1 name=$2 address=$3 programs=$4

hostname "$name"
mount --bind "$folder/var-lib" /var/lib
mount --bind "$folder/var-log" /var/log
mount -t tmpfs tmpfs /run
# A new one shows the interfaces of this network namespace, but no control groups.
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /sys/fs/cgroup
while IFS=: read -r _ controllers _; do
  [ -n "$controllers" ] || continue
  hierarchy=/sys/fs/cgroup/${controllers#name=}
  mkdir "$hierarchy"
  case $controllers in
    name=*) controllers=none,$controllers ;;
  esac
  mount -t cgroup -o "$controllers" cgroup "$hierarchy"
done </proc/self/cgroup
mount --make-rshared /

cd "$folder"
containerd --config containerd.toml >>log/containerd 2>&1 &
until ctr version >/dev/null 2>&1; do
  sleep 0.1
done
if [ ! -e has-images ]; then
  for archive in image-*.tar; do
    ctr --namespace k8s.io images import "$archive" >>log/images 2>&1
  done
  while read -r image alias; do
    ctr --namespace k8s.io images tag "$image" "$alias" >>log/images 2>&1
  done <image-names
  touch has-images
fi
# A kubelet ends when containerd is not ready for Pods yet, and is started again, as by systemd.
while ! "$programs/kubelet" --config kubelet.json --kubeconfig kubelet.kubeconfig \
  --hostname-override "$name" --node-ip "$address" --node-labels "$(cat labels)" \
  >>log/kubelet 2>&1; do
  sleep 0.5
done &
"$programs/kube-proxy" --kubeconfig kube-proxy.kubeconfig --hostname-override "$name" \
  --proxy-mode iptables --conntrack-max-per-core 0 --conntrack-tcp-timeout-established 0 \
  --conntrack-tcp-timeout-close-wait 0 --oom-score-adj 0 >>log/kube-proxy 2>&1 &
# Also takes in orphans, which would stay as zombies.
wait
