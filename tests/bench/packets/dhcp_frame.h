/* The few fields of a DHCP message in an Ethernet frame that the load generator and the reflector use. */
#ifndef DHCP_FRAME_H
#define DHCP_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	ETHERNET_DESTINATION = 0,
	ETHERNET_SOURCE = 6,
	IP = 14,
	IP_SOURCE = 26,
	IP_DESTINATION = 30,
	UDP = 34,
	OP = 42,
	XID = 46,
	YIADDR = 58,
	CHADDR = 70,
	COOKIE = 278,
	OPTIONS = 282,
	/* Option 53 comes first, as all clients and servers that are measured send it. */
	MESSAGE_TYPE = 284,
};

enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5 };

static inline uint16_t read16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t read32(const uint8_t *at)
{
	return (uint32_t)read16(at) << 16 | read16(at + 2);
}

static inline void write16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void write32(uint8_t *at, uint32_t value)
{
	write16(at, (uint16_t)(value >> 16));
	write16(at + 2, (uint16_t)value);
}

static inline void write_mac(uint8_t *at, uint64_t mac)
{
	for (int i = 5; i >= 0; i--, mac >>= 8)
		at[i] = (uint8_t)mac;
}

static inline uint32_t sum_of_words(const uint8_t *at, size_t bytes)
{
	uint32_t sum = 0;
	for (size_t i = 0; i + 1 < bytes; i += 2)
		sum += read16(at + i);
	return bytes % 2 ? sum + (uint32_t)(at[bytes - 1] << 8) : sum;
}

static inline uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Writes the headers in front of a message of a frame of this length, but for the checksum of UDP. */
static inline void write_headers(uint8_t *frame, size_t length, uint16_t from, uint16_t to)
{
	static const uint8_t ip[] = { 0x08, 0, 0x45, 0x10, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0 };
	memcpy(frame + 12, ip, sizeof ip);
	write16(frame + IP + 2, (uint16_t)(length - IP));
	write16(frame + IP + 10, fold(sum_of_words(frame + IP, 20)));
	write16(frame + UDP, from);
	write16(frame + UDP + 2, to);
	write16(frame + UDP + 4, (uint16_t)(length - UDP));
}

/* Writes the checksum of UDP (RFC 768) over a frame that is complete otherwise. */
static inline void write_udp_checksum(uint8_t *frame, size_t length)
{
	write16(frame + UDP + 6, 0);
	uint32_t sum = sum_of_words(frame + IP_SOURCE, 8) + 17 + (uint32_t)(length - UDP);
	uint16_t checksum = fold(sum + sum_of_words(frame + UDP, length - UDP));
	write16(frame + UDP + 6, checksum ? checksum : 0xffff);
}

#endif
