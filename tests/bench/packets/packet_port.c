#define _GNU_SOURCE
#include "packet_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#define SLOT_BYTES 2048
#define SLOTS 8192
#define BLOCK_BYTES 65536
#define BATCH_FRAMES 256

uint8_t port_mac[6];

static const char *interface;
static int fd;
static uint8_t *ring;
static unsigned slot;

static struct mmsghdr messages[BATCH_FRAMES];
static struct iovec vectors[BATCH_FRAMES];
static uint8_t frames[BATCH_FRAMES][FRAME_BYTES_MAX];
static int queued;
static uint64_t send_errors;

static void require(int succeeded, const char *what)
{
	if (succeeded)
		return;
	fprintf(stderr, "%s failed: %s\n", what, strerror(errno));
	exit(1);
}

/* UDP over IPv4 without options, to this port; whose frame it is does not matter, as the generator's
 * clients have MACs of their own. */
static void attach_filter(uint16_t udp_port)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 5),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 36),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, udp_port, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0x40000),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };
	require(!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), "filter");
}

static void make_ring(void)
{
	int version = TPACKET_V2;
	struct tpacket_req request = {
		.tp_block_size = BLOCK_BYTES,
		.tp_block_nr = SLOTS * SLOT_BYTES / BLOCK_BYTES,
		.tp_frame_size = SLOT_BYTES,
		.tp_frame_nr = SLOTS,
	};
	require(!setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version), "version");
	require(!setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request), "ring");
	ring = mmap(NULL, SLOTS * SLOT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	require(ring != MAP_FAILED, "mmap");
}

void port_open(const char *interface_name, uint16_t udp_port)
{
	int one = 1;
	struct ifreq request = { 0 };
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };

	interface = interface_name;
	require(!prctl(PR_SET_PDEATHSIG, SIGKILL), "end with the parent");
	address.sll_ifindex = (int)if_nametoindex(interface_name);
	require(address.sll_ifindex != 0, interface_name);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	require(fd >= 0, "socket");
	strncpy(request.ifr_name, interface_name, IFNAMSIZ - 1);
	require(!ioctl(fd, SIOCGIFHWADDR, &request), "address of the interface");
	memcpy(port_mac, request.ifr_hwaddr.sa_data, sizeof port_mac);
	attach_filter(udp_port);
	require(!setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one), "outgoing");
	make_ring();
	require(!bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
}

static struct tpacket2_hdr *header(void)
{
	return (struct tpacket2_hdr *)(ring + (size_t)slot * SLOT_BYTES);
}

const uint8_t *port_take(size_t *length)
{
	struct tpacket2_hdr *frame = header();

	if (!(__atomic_load_n(&frame->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return NULL;
	*length = frame->tp_snaplen;
	return (uint8_t *)frame + frame->tp_mac;
}

void port_release(void)
{
	__atomic_store_n(&header()->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	slot = (slot + 1) % SLOTS;
}

uint8_t *port_queue(size_t length)
{
	if (queued == BATCH_FRAMES)
		port_flush();
	vectors[queued] = (struct iovec){ frames[queued], length };
	messages[queued].msg_hdr.msg_iov = &vectors[queued];
	messages[queued].msg_hdr.msg_iovlen = 1;
	return frames[queued++];
}

void port_flush(void)
{
	for (int sent = 0; sent < queued;) {
		int more = sendmmsg(fd, messages + sent, (unsigned)(queued - sent), MSG_DONTWAIT);
		if (more <= 0) {
			send_errors++;
			more = 1;
		}
		sent += more;
	}
	queued = 0;
}

void port_wait(uint64_t ns_max)
{
	struct pollfd pollfd = { fd, POLLIN, 0 };
	struct timespec time = { (time_t)(ns_max / 1000000000u), (long)(ns_max % 1000000000u) };
	ppoll(&pollfd, 1, ns_max == FOR_EVER ? NULL : &time, NULL);
	/* From now on, polls would return at once. */
	if (pollfd.revents & POLLERR) {
		fprintf(stderr, "%s is down or gone\n", interface);
		exit(1);
	}
}

uint64_t port_send_errors(void)
{
	return send_errors;
}

uint64_t port_ring_drops(void)
{
	struct tpacket_stats statistics = { 0 };
	socklen_t length = sizeof statistics;
	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length);
	return statistics.tp_drops;
}

uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
