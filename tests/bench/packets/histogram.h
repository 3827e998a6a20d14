/* How long exchanges take. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

/* The last bucket holds everything that took longer. */
#define BUCKETS 2000001

/* Microseconds, counted one by one. */
struct histogram {
	uint32_t counts[BUCKETS];
	uint64_t total;
};

static inline void observe(struct histogram *histogram, uint64_t ns)
{
	uint64_t us = ns / 1000;
	histogram->counts[us < BUCKETS ? us : BUCKETS - 1]++;
	histogram->total++;
}

static inline uint64_t percentile(const struct histogram *histogram, double part)
{
	uint64_t wanted = (uint64_t)((double)histogram->total * part), seen = 0;
	for (uint32_t us = 0; us < BUCKETS; us++) {
		seen += histogram->counts[us];
		if (seen > wanted)
			return us;
	}
	return histogram->total ? BUCKETS - 1 : 0;
}

/* As a member of a JSON object that is not its first. */
static inline void print_histogram(const char *name, const struct histogram *histogram)
{
	printf(",\"%s\":{\"p50\":%llu,\"p90\":%llu,\"p99\":%llu,\"max\":%llu}", name,
	       (unsigned long long)percentile(histogram, 0.5),
	       (unsigned long long)percentile(histogram, 0.9),
	       (unsigned long long)percentile(histogram, 0.99),
	       (unsigned long long)percentile(histogram, 1 - 1e-12));
}

#endif
