/*
 * The least that a DHCP server has to do: it takes a request from the ring, writes the answer with
 * the client's fields, an address that follows from its MAC and a few options, and sends it. It
 * looks nothing up and checks nothing. How fast it is says how fast this machine's wire is.
 */
#include "dhcp_frame.h"
#include "packet_port.h"

#include <stdio.h>
#include <stdlib.h>

/* What a reply is as long as: 300 octets of DHCP, as most are. */
#define REPLY_BYTES 342
#define PASS_FRAMES_MAX 256

struct addresses {
	uint32_t server;
	uint32_t first_client;
	uint64_t first_mac;
	uint64_t mac_step;
};

static uint64_t mac_of(const uint8_t *at)
{
	return (uint64_t)read16(at) << 32 | read32(at + 2);
}

static void answer(const uint8_t *request, const struct addresses *addresses)
{
	static const uint8_t options[] = {
		53, 1, 0, 54, 4, 0, 0, 0, 0, 51, 4, 0, 0, 0x0e, 0x10, 1, 4, 255, 255, 0, 0, 255,
	};
	uint8_t *reply = port_queue(REPLY_BYTES);
	uint64_t index = (mac_of(request + CHADDR) - addresses->first_mac) / addresses->mac_step;

	memset(reply, 0, REPLY_BYTES);
	memcpy(reply + ETHERNET_DESTINATION, request + CHADDR, 6);
	memcpy(reply + ETHERNET_SOURCE, port_mac, 6);
	write32(reply + IP_SOURCE, addresses->server);
	write32(reply + IP_DESTINATION, addresses->first_client + (uint32_t)index);
	write_headers(reply, REPLY_BYTES, 67, 68);
	memcpy(reply + OP, request + OP, COOKIE + 4 - OP);
	reply[OP] = 2;
	write32(reply + YIADDR, addresses->first_client + (uint32_t)index);
	memcpy(reply + OPTIONS, options, sizeof options);
	reply[MESSAGE_TYPE] = request[MESSAGE_TYPE] == DISCOVER ? OFFER : ACK;
	write32(reply + OPTIONS + 5, addresses->server);
	write_udp_checksum(reply, REPLY_BYTES);
}

int main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: %s INTERFACE SERVER-IP FIRST-IP FIRST-MAC MAC-STEP (numbers)\n", argv[0]);
		return 2;
	}
	struct addresses addresses = {
		(uint32_t)strtoul(argv[2], NULL, 0),
		(uint32_t)strtoul(argv[3], NULL, 0),
		strtoull(argv[4], NULL, 0),
		strtoull(argv[5], NULL, 0),
	};
	port_open(argv[1], 67);
	puts("serving");
	fflush(stdout);
	for (;;) {
		const uint8_t *request;
		size_t length;
		int handled = 0;
		while (handled < PASS_FRAMES_MAX && (request = port_take(&length))) {
			if (length > OPTIONS + 3)
				answer(request, &addresses);
			port_release();
			handled++;
		}
		port_flush();
		if (handled == 0)
			port_wait(FOR_EVER);
	}
}
