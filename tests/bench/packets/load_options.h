/* What the load generator is asked to do. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdint.h>

/* Exchanges that can be under way at once. */
#define SLOTS 65536

extern struct load_options {
	const char *interface_name;
	uint32_t clients, first_ip, server_ip;
	uint64_t first_mac, mac_step;
	double seconds, warm_up_seconds;
	uint32_t window, rate, flood;
	int boot;
} options;

/* Reads them from the command line. The program ends with its usage when they make no sense. */
void parse_options(int argc, char **argv);

#endif
