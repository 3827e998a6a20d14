#include "load_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

struct load_options options = { .clients = 10000, .seconds = 1, .mac_step = 1 };

static void usage(const char *program)
{
	fprintf(stderr,
		"usage: %s --server-ip N --first-ip N --first-mac N [--mac-step N] [--clients N]\n"
		"  [--seconds S] [--warm-up S] (--window N | --rate N | --boot) [--flood N] INTERFACE\n",
		program);
	exit(2);
}

void parse_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "server-ip", 1, NULL, 's' }, { "first-ip", 1, NULL, 'i' },
		{ "first-mac", 1, NULL, 'm' }, { "mac-step", 1, NULL, 't' },
		{ "clients", 1, NULL, 'c' },   { "seconds", 1, NULL, 'd' },
		{ "warm-up", 1, NULL, 'u' },   { "window", 1, NULL, 'w' },
		{ "rate", 1, NULL, 'r' },      { "flood", 1, NULL, 'f' },
		{ "boot", 0, NULL, 'b' },      { NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		unsigned long long number = optarg ? strtoull(optarg, NULL, 0) : 0;
		switch (option) {
		case 's': options.server_ip = (uint32_t)number; break;
		case 'i': options.first_ip = (uint32_t)number; break;
		case 'm': options.first_mac = number; break;
		case 't': options.mac_step = number; break;
		case 'c': options.clients = (uint32_t)number; break;
		case 'd': options.seconds = atof(optarg); break;
		case 'u': options.warm_up_seconds = atof(optarg); break;
		case 'w': options.window = (uint32_t)number; break;
		case 'r': options.rate = (uint32_t)number; break;
		case 'f': options.flood = (uint32_t)number; break;
		case 'b': options.boot = 1; break;
		default: usage(argv[0]);
		}
	}
	if (optind + 1 != argc || options.first_ip == 0 || options.clients == 0 ||
	    options.window > SLOTS || (options.boot && options.clients > SLOTS) ||
	    (options.window != 0) + (options.rate != 0) + options.boot != 1)
		usage(argv[0]);
	options.interface_name = argv[optind];
}
