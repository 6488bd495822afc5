/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_sensord_request.c - any packet in place of a request to aico2-sensord */
#include <stdlib.h>

#include "base/clock.h"
#include "model/sensord.h"
#include "sensord/desk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses the right. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct reader_driver *const none[] = { NULL };
    static char answer[AICO2_SENSORD_ANSWER_MAX];
    const struct reader_env env = { .clock = &clock_system };
    struct device devices[2] = { DEVICE_NULL, DEVICE_NULL };
    const struct device *told[2] = { &devices[0], &devices[1] };
    struct aico2_sensord_reading readings[2] = { { .type = AICO2_SENSORD_READING_RECORD },
                                                 { .type = AICO2_SENSORD_READING_RECORD } };
    enum right right = size == 0 ? RIGHT_NONE : (enum right)(data[0] % 3);
    struct aico2_sensord_refused refused;
    struct meters meters;
    struct desk desk;
    bool end = false;
    size_t length;

    if (meters_open(&meters, none, &env, 7, NULL) < 0)
        return 0;
    free(meters.devices);
    free(meters.readings);
    meters.devices = told;
    meters.readings = readings;
    meters.device_count = 2;
    if (desk_open(&desk, &meters, NULL) == 0) {
        length = desk_answer(&desk, right, (const char *)data + (size > 0), size - (size > 0), 1,
                             answer, &end);
        if (length == 0 || length > sizeof(answer) || length % AICO2_SENSORD_RECORD_SIZE != 0)
            abort();
        if (end != sensord_take_refusal(answer, length, &refused) || (right == RIGHT_NONE && !end))
            abort();
        desk_close(&desk);
    }
    free(meters.failing_ns);
    return 0;
}
