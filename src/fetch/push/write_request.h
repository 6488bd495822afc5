/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/write_request.h - the messages of Prometheus remote write 1.0, written and walked
 *
 * Four messages of three field types are all there is (prometheus/prompb/remote.proto and types.proto), so that
 * they are written by hand: generated code would cost every build a compiler of its own, and the sending process
 * a tree of allocations per sample. A message of repeated fields is the sequence of its parts, so that requests
 * can be cut and joined by bytes without reading them.
 *
 *     WriteRequest { repeated TimeSeries timeseries = 1; }
 *     TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
 *     Label { string name = 1; string value = 2; }
 *     Sample { double value = 1; int64 timestamp = 2; }
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* As field 1 of a TimeSeries. The caller sorts by name, and leaves out what is empty. */
void write_label(struct strbuf *series, const char *name, const char *value);

/* Adds a TimeSeries of the labels (as of write_label()) and one sample, as field 1 of a WriteRequest. */
void write_series(struct strbuf *request, const char *labels, size_t labels_length, double value,
                  int64_t wall_ms);

/* What tells a server that a series has ended: a NaN of these very bits. */
double write_stale_marker(void);

/**
 * write_request_next() - the next TimeSeries of a request
 * @at: where it begins; moved behind it
 * Return: false at the end, and where the bytes are no sequence of such fields
 */
bool write_request_next(const char *request, size_t length, size_t *at);
