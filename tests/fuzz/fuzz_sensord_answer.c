/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_sensord_answer.c - any packet in place of an answer of aico2-sensord */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/sensord.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct aico2_sensord_hello hello;
    struct aico2_sensord_refused refused;
    struct aico2_sensord_reading reading;
    struct device device;
    uint32_t tag = 0;
    uint16_t index = 0;
    uint64_t key;

    if (size >= 8) {
        memcpy(&tag, bytes + 4, sizeof(tag));
        memcpy(&index, bytes + 2, sizeof(index));
    }
    if (sensord_take_device(bytes, size, index, tag, &device, &key) == 0) {
        char again[SENSORD_DEVICE_BYTES_MAX];
        struct device same;

        if (!text_is_line(device.id, sizeof(device.id)) || device.id[0] == '\0' ||
            !(device.band_ratio > 0) || key != sensord_key(device.id))
            abort();
        if (sensord_take_device(again, sensord_put_device(&device, index, tag, again), index, tag,
                                &same, &key) != 0 ||
            strcmp(same.model, device.model) != 0)
            abort();
    }
    if (sensord_take_hello(bytes, size, tag, &hello) == 0 &&
        hello.device_count > AICO2_SENSORD_DEVICES_MAX)
        abort();
    for (size_t i = 0; i <= size / AICO2_SENSORD_RECORD_SIZE; i++) {
        if (sensord_take_reading(bytes, size, i, tag, &reading) == 0 &&
            reading.energy_uj > INT64_MAX)
            abort();
    }
    if (sensord_take_refusal(bytes, size, &refused) &&
        !text_is_line(refused.reason, sizeof(refused.reason)))
        abort();
    return 0;
}
