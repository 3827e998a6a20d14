/*
 * A packet socket with a receive ring (TPACKET_V2) and batched sending: what the load generator and
 * the reflector share, so that both pay the same for the wire.
 */
#ifndef PACKET_PORT_H
#define PACKET_PORT_H

#include <stddef.h>
#include <stdint.h>

/* The longest frame that is sent. */
#define FRAME_BYTES_MAX 1024

/*
 * Opens the interface for frames to a UDP port. The program ends when the kernel refuses, when the
 * interface is gone, and with the process that started it.
 */
void port_open(const char *interface_name, uint16_t udp_port);

/* The address of the interface. */
extern uint8_t port_mac[6];

/* The next frame, which port_release gives back; NULL when none waits. */
const uint8_t *port_take(size_t *length);
void port_release(void);

/* Memory for a frame of this length, which goes out with the batch. */
uint8_t *port_queue(size_t length);

/* Sends what is queued; frames that the kernel refuses are counted and forgotten. */
void port_flush(void);

#define FOR_EVER UINT64_MAX

/* Waits until a frame is there, at most this long. */
void port_wait(uint64_t ns_max);

/* Frames that the kernel did not take, and those that did not fit into the ring. */
uint64_t port_send_errors(void);
uint64_t port_ring_drops(void);

/* Nanoseconds of a clock that only goes forward. */
uint64_t now_ns(void);

#endif
