/*
 * DHCP clients by the thousand. Each exchange is DISCOVER, OFFER, REQUEST, ACK; it is lost when it is
 * not complete a second after it began. Prints one line of JSON.
 *
 *   --window N   so many exchanges are always under way (closed loop)
 *   --rate N     so many begin each second, come what may (open loop)
 *   --boot       every client begins at once, and asks again each second until it is bound
 *   --flood N    besides, so many DISCOVERs each second from random MACs that no server knows
 */
#include "dhcp_frame.h"
#include "histogram.h"
#include "load_options.h"
#include "packet_port.h"

#include <stdio.h>

#define REQUEST_BYTES 342
#define PASS_FRAMES_MAX 64
#define LOST_NS 1000000000u
#define SCAN_NS 20000000u
/* To sleep for less than this would be late; servers have the other core. */
#define SPIN_NS 500000u

enum phase { IDLE = 0, WANTS_OFFER = OFFER, WANTS_ACK = ACK };

struct exchange {
	uint32_t xid;
	uint32_t client;
	enum phase phase;
	uint64_t began_ns;
	uint64_t sent_ns;
};

static struct exchange exchanges[SLOTS];
static uint32_t idle[SLOTS];
static uint32_t idle_count, next_client, generation;
static struct histogram whole, discover, request;
static uint64_t completed, lost, wrong, late, overrun, bound_ns;
static uint64_t random_state = 88172645463325252u;

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* A request as systemd-networkd's are: client identifier, parameter list, size, then what differs. */
static void queue_request(uint64_t mac, uint32_t xid, uint8_t type, uint32_t requested_ip)
{
	static const uint8_t common[] = {
		0x63, 0x82, 0x53, 0x63, 53, 1, 0, 61, 7, 1, 0, 0, 0, 0, 0, 0,
		55, 9, 1, 3, 6, 12, 15, 26, 33, 42, 121, 57, 2, 0x05, 0xc0,
	};
	uint8_t *frame = port_queue(REQUEST_BYTES);
	uint8_t *option = frame + COOKIE + sizeof common;

	memset(frame, 0, REQUEST_BYTES);
	memset(frame + ETHERNET_DESTINATION, 0xff, 6);
	write_mac(frame + ETHERNET_SOURCE, mac);
	write32(frame + IP_DESTINATION, 0xffffffff);
	write_headers(frame, REQUEST_BYTES, 68, 67);
	memcpy(frame + OP, (uint8_t[]){ 1, 1, 6, 0 }, 4);
	write32(frame + XID, xid);
	write_mac(frame + CHADDR, mac);
	memcpy(frame + COOKIE, common, sizeof common);
	frame[MESSAGE_TYPE] = type;
	write_mac(frame + OPTIONS + 6, mac);
	if (type == REQUEST) {
		memcpy(option, (uint8_t[]){ 50, 4 }, 2);
		write32(option + 2, requested_ip);
		memcpy(option + 6, (uint8_t[]){ 54, 4 }, 2);
		write32(option + 8, options.server_ip);
		option += 12;
	}
	*option = 255;
	write_udp_checksum(frame, REQUEST_BYTES);
}

static void ask(struct exchange *exchange, enum phase phase, uint64_t now)
{
	uint32_t slot = (uint32_t)(exchange - exchanges);

	exchange->phase = phase;
	exchange->xid = generation++ << 16 | slot;
	exchange->sent_ns = now;
	queue_request(options.first_mac + exchange->client * options.mac_step, exchange->xid,
		      phase == WANTS_OFFER ? DISCOVER : REQUEST, options.first_ip + exchange->client);
}

static void begin(uint32_t client, uint64_t now)
{
	if (idle_count == 0) {
		overrun++;
		return;
	}
	struct exchange *exchange = &exchanges[idle[--idle_count]];
	exchange->client = client;
	exchange->began_ns = now;
	ask(exchange, WANTS_OFFER, now);
}

static void begin_next(uint64_t now)
{
	begin(next_client, now);
	next_client = (next_client + 1) % options.clients;
}

static void end(struct exchange *exchange)
{
	exchange->phase = IDLE;
	idle[idle_count++] = (uint32_t)(exchange - exchanges);
}

static void receive(const uint8_t *reply, uint64_t now)
{
	uint32_t xid = read32(reply + XID);
	struct exchange *exchange = &exchanges[xid & 0xffff];

	if (exchange->phase == IDLE || exchange->xid != xid) {
		late++;
		return;
	}
	if (read32(reply + YIADDR) != options.first_ip + exchange->client ||
	    reply[MESSAGE_TYPE] != (uint8_t)exchange->phase) {
		wrong++;
		return;
	}
	if (exchange->phase == WANTS_OFFER) {
		observe(&discover, now - exchange->sent_ns);
		ask(exchange, WANTS_ACK, now);
		return;
	}
	observe(&request, now - exchange->sent_ns);
	observe(&whole, now - exchange->began_ns);
	completed++;
	bound_ns = now;
	end(exchange);
	if (options.window)
		begin_next(now);
}

/* Exchanges that took too long are lost, or begun again where clients boot. */
static void give_up(uint64_t now)
{
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		struct exchange *exchange = &exchanges[slot];
		if (exchange->phase == IDLE || now < exchange->sent_ns + LOST_NS)
			continue;
		lost++;
		if (options.boot) {
			ask(exchange, WANTS_OFFER, now);
			continue;
		}
		end(exchange);
		if (options.window)
			begin_next(now);
	}
}

/* How many of so many a second are due, of which some were sent; a batch at most. */
static uint64_t due(uint32_t per_second, uint64_t elapsed_ns, uint64_t sent)
{
	uint64_t wanted = (uint64_t)((double)elapsed_ns / 1e9 * per_second);
	return wanted - sent < PASS_FRAMES_MAX ? wanted - sent : PASS_FRAMES_MAX;
}

/* How long nothing has to be sent, if so many of so many a second are. */
static uint64_t rest(uint32_t per_second, uint64_t elapsed_ns, uint64_t sent)
{
	if (per_second == 0)
		return SCAN_NS;
	uint64_t due_ns = (uint64_t)((double)(sent + 1) * 1e9 / per_second);
	return due_ns > elapsed_ns ? due_ns - elapsed_ns : 0;
}

static int receive_all(uint64_t now)
{
	const uint8_t *reply;
	size_t length;
	int received = 0;

	while (received < PASS_FRAMES_MAX && (reply = port_take(&length))) {
		if (length > MESSAGE_TYPE)
			receive(reply, now);
		port_release();
		received++;
	}
	return received;
}

static void forget(void)
{
	memset(&whole, 0, sizeof whole);
	memset(&discover, 0, sizeof discover);
	memset(&request, 0, sizeof request);
	completed = lost = wrong = late = overrun = 0;
}

static double run(void)
{
	uint64_t begin_ns = now_ns(), counted_ns = begin_ns, scan_ns = begin_ns, begun = 0, flooded = 0;
	uint64_t warm_ns = begin_ns + (uint64_t)(options.warm_up_seconds * 1e9);
	uint64_t end_ns = warm_ns + (uint64_t)(options.seconds * 1e9), now;

	for (uint32_t i = 0; i < options.window; i++)
		begin_next(begin_ns);
	for (uint32_t i = 0; options.boot && i < options.clients; i++)
		begin(i, begin_ns);
	while ((now = now_ns()) < end_ns && !(options.boot && completed == options.clients)) {
		if (counted_ns == begin_ns && options.warm_up_seconds > 0 && now >= warm_ns) {
			forget();
			counted_ns = now;
		}
		int received = receive_all(now);
		for (uint64_t n = due(options.rate, now - begin_ns, begun); n > 0; n--, begun++)
			begin_next(now);
		for (uint64_t n = due(options.flood, now - begin_ns, flooded); n > 0; n--, flooded++)
			queue_request(0x020000000000u | (random64() & 0xffffffffffu), (uint32_t)random64(),
				      DISCOVER, 0);
		port_flush();
		if (now >= scan_ns + SCAN_NS) {
			give_up(now);
			scan_ns = now;
		}
		uint64_t rest_ns = rest(options.rate, now - begin_ns, begun);
		uint64_t flood_rest_ns = rest(options.flood, now - begin_ns, flooded);
		rest_ns = rest_ns < flood_rest_ns ? rest_ns : flood_rest_ns;
		if (received == 0 && rest_ns >= SPIN_NS)
			port_wait(rest_ns);
	}
	return (double)(now - counted_ns) / 1e9;
}

int main(int argc, char **argv)
{
	parse_options(argc, argv);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		idle[idle_count++] = SLOTS - 1 - slot;
	port_open(options.interface_name, 68);
	uint64_t begin_ns = now_ns();
	double seconds = run();
	printf("{\"exchanges\":%llu,\"seconds\":%.6f,\"lost\":%llu,\"wrong\":%llu,\"late\":%llu",
	       (unsigned long long)completed, seconds, (unsigned long long)lost,
	       (unsigned long long)wrong, (unsigned long long)late);
	printf(",\"notBegun\":%llu,\"sendErrors\":%llu,\"ringDrops\":%llu,\"boundMs\":%.3f",
	       (unsigned long long)overrun, (unsigned long long)port_send_errors(),
	       (unsigned long long)port_ring_drops(),
	       bound_ns ? (double)(bound_ns - begin_ns) / 1e6 : 0);
	print_histogram("exchangeUs", &whole);
	print_histogram("discoverUs", &discover);
	print_histogram("requestUs", &request);
	puts("}");
}
