#!/bin/sh
# QEMU runs this for the interface of a machine that it starts. BRIDGE is what to plug it into.
exec ip link set dev "$1" master "$BRIDGE" up
