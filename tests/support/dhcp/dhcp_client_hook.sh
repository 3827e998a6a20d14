#!/bin/sh
# What the DHCP clients of the tests run at each event, instead of their own scripts, which would
# rewrite the resolver configuration of the whole machine. Sets the address, so that the client
# can renew by unicast, and adds a line `EVENT ADDRESS DNS` to the file $DHCP_EVENTS.
set -eu

case ${reason:-${1:-}} in
  bound | BOUND | REBOOT) event=bound ;;
  renew | RENEW | REBIND) event=renewed ;;
  deconfig | PREINIT | CARRIER) event=started ;;
  nak | NAK | EXPIRE) event=lost ;;
  *) event=other ;;
esac

nic=${interface:?}
address=${ip:-${new_ip_address:-}}
servers=${dns:-${new_domain_name_servers:-}}

case $event in
  started) ip link set "$nic" up ;;
  bound | renewed) ip address replace "$address/24" dev "$nic" ;;
  lost) ip address flush dev "$nic" ;;
esac

echo "$event ${address:--} $(echo "${servers:--}" | tr ' ' ',')" >>"$DHCP_EVENTS"
