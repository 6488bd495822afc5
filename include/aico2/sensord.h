/* SPDX-License-Identifier: Apache-2.0 */
/* aico2/sensord.h - what aico2-sensord is asked and answers, for programs that read its socket themselves
 *
 * A SOCK_SEQPACKET socket of this machine. One packet is one request of 16 bytes; its answer is one packet of one or more
 * records of 64 bytes each, in the byte order of the machine. Nothing comes unasked. A request that is not understood
 * gets a record AICO2_SENSORD_REFUSED and the end of the connection. See docs/sensord.md.
 */
#ifndef AICO2_SENSORD_H
#define AICO2_SENSORD_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AICO2_SENSORD_SOCKET "/run/aico2/sensord.sock"
#define AICO2_SENSORD_GROUP "aico2"         /* may ask: figures once a second, to 0.1 J */
#define AICO2_SENSORD_RAW_GROUP "aico2-raw" /* every figure as the machine gives it */

enum {
    AICO2_SENSORD_MAGIC = 0x44534941, /* "AISD", least byte first */
    AICO2_SENSORD_VERSION = 1,
    AICO2_SENSORD_RECORD_SIZE = 64,
    AICO2_SENSORD_DEVICES_MAX = 512,
    AICO2_SENSORD_ANSWER_MAX = 32768 /* bytes of the largest answer */
};

/* What may be asked. */
enum {
    AICO2_SENSORD_HELLO = 1, /* -> one record HELLO */
    AICO2_SENSORD_DEVICE,    /* of number `argument` -> one record DEVICE, then TEXTs */
    AICO2_SENSORD_READ       /* -> one record READING a device, in their order */
};

struct aico2_sensord_request {
    uint32_t magic;
    uint16_t version;
    uint16_t command;
    uint32_t tag; /* any: comes back with the answer */
    uint32_t argument;
};

/* What a record is. */
enum {
    AICO2_SENSORD_HELLO_RECORD = 1,
    AICO2_SENSORD_DEVICE_RECORD,
    AICO2_SENSORD_TEXT_RECORD,
    AICO2_SENSORD_READING_RECORD,
    AICO2_SENSORD_REFUSED
};

/**
 * struct aico2_sensord_hello - who answers, and what this client gets
 * @instance:      another number each time the daemon starts
 * @interval_ms:   there are new figures no more often than this
 * @energy_step_uj: counters are cut to multiples of it; 1: not at all
 * @power_step_uw: powers likewise
 * @raw:           1: the client has the right to every figure
 * @program:       its name and version, for people
 */
struct aico2_sensord_hello {
    uint16_t type;
    uint16_t version;
    uint32_t tag;
    uint64_t instance;
    uint32_t device_count;
    uint32_t interval_ms;
    uint32_t energy_step_uj;
    uint32_t power_step_uw;
    uint32_t raw;
    char program[28];
};

/* What stands for "not known" in figures of a device. */
#define AICO2_SENSORD_UNKNOWN UINT64_MAX

/* A device's kind. */
enum {
    AICO2_SENSORD_CPU = 1, /* a processor package */
    AICO2_SENSORD_DRAM,    /* the memory of a package */
    AICO2_SENSORD_MODULE,  /* a module that holds several */
    AICO2_SENSORD_BOARD    /* the whole machine, or what RAPL calls its platform */
};

/* Bits of `fields` and of `valid`: a clear one means "not measured", never 0. */
enum { AICO2_SENSORD_ENERGY = 1, AICO2_SENSORD_POWER = 2 };

/**
 * struct aico2_sensord_device - what does not change of a device
 * @key:       the same device has the same one after a restart; other numbers may have changed
 * @range_uj:  largest value of the counter, after which it begins at 0; 0: it does not wrap
 * @band_ppm:  half-width of the band around its energy, 95 %, in millionths
 */
struct aico2_sensord_device {
    uint16_t type;
    uint16_t index;
    uint32_t tag;
    uint64_t key;
    uint64_t range_uj;
    uint64_t rated_mw; /* or AICO2_SENSORD_UNKNOWN */
    uint64_t burst_mw;
    uint32_t kind;
    uint32_t fields;
    int32_t package; /* as the kernel counts them */
    uint32_t band_ppm;
    uint32_t spacing_ms; /* the meter itself has a new figure no more often; 0: whenever asked */
    uint32_t text_count; /* TEXT records that follow in this answer */
};

/* Which text. */
enum {
    AICO2_SENSORD_ID = 1, /* "cpu0" */
    AICO2_SENSORD_MODEL,
    AICO2_SENSORD_READER, /* "rapl", "acpi_meter", ... */
    AICO2_SENSORD_NOTE,
    AICO2_SENSORD_RATED_BY
};

/* A piece of a text, UTF-8; what stands at `offset`, padded with NULs. */
struct aico2_sensord_text {
    uint16_t type;
    uint16_t index;
    uint32_t tag;
    uint16_t which;
    uint16_t offset;
    char piece[52];
};

/**
 * struct aico2_sensord_reading - what a device said last
 * @counter:   while it stays the same two values of energy_uj may be compared, past a restart of the daemon too; another
 *             one: the counter began anew
 * @mono_ns:   CLOCK_MONOTONIC, when the hardware answered; 0: nothing has been read yet
 * @error:     0, or the errno of why nothing is valid
 * @sequence:  of the round of readings: the same one again is the same figures again
 */
struct aico2_sensord_reading {
    uint16_t type;
    uint16_t index;
    uint32_t tag;
    uint64_t key;
    uint64_t counter;
    int64_t mono_ns;
    uint64_t energy_uj;
    uint64_t power_uw;
    uint32_t valid;
    int32_t error;
    uint64_t sequence;
};

/* Why there is no answer, for people. The connection ends. */
struct aico2_sensord_refused {
    uint16_t type;
    uint16_t version; /* what the daemon speaks */
    uint32_t tag;
    int32_t error; /* errno */
    char reason[52];
};

#ifdef __cplusplus
}
#endif

#endif
