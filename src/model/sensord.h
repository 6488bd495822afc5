/* SPDX-License-Identifier: Apache-2.0 */
/* model/sensord.h - devices and readings in the records of aico2/sensord.h, and back
 *
 * Both ends are written here, so that they cannot differ; who takes records checks every field all the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <aico2/sensord.h>

#include "model/device.h"

enum {
    /* the record of a device and the pieces of its texts */
    SENSORD_DEVICE_RECORDS_MAX = 24,
    SENSORD_DEVICE_BYTES_MAX = SENSORD_DEVICE_RECORDS_MAX * AICO2_SENSORD_RECORD_SIZE,
};

/* The key of a device of that id: the same on every machine, in every version. */
uint64_t sensord_key(const char *id);

/* Kinds of which nothing can be told are none of the daemon's. */
bool sensord_is_told(enum device_kind kind);

/* Writes DEVICE and its TEXTs; the kind is one that is told. Return: bytes. */
size_t sensord_put_device(const struct device *device, uint16_t index, uint32_t tag,
                          char bytes_out[SENSORD_DEVICE_BYTES_MAX]);

/**
 * sensord_take_device() - the answer to a question about a device
 * @key_out: its key
 * Return: 0, or -EBADMSG for what is no answer of this kind to this tag and index; outputs stay then
 */
int sensord_take_device(const char *bytes, size_t length, uint16_t index, uint32_t tag,
                        struct device *device_out, uint64_t *key_out);

/* Return: 0, or -EBADMSG. */
int sensord_take_hello(const char *bytes, size_t length, uint32_t tag,
                       struct aico2_sensord_hello *hello_out);

/* The record at `at` of an answer to READ. Return: 0, or -EBADMSG. */
int sensord_take_reading(const char *bytes, size_t length, size_t at, uint32_t tag,
                         struct aico2_sensord_reading *reading_out);

/* A refusal, in words; false: it is none. */
bool sensord_take_refusal(const char *bytes, size_t length,
                          struct aico2_sensord_refused *refused_out);
