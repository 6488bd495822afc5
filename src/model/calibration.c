/* SPDX-License-Identifier: Apache-2.0 */
/* model/calibration.c - the list of devices of a calibration */
#include "model/calibration.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void calibration_deinit(struct calibration *calibration)
{
    free(calibration->devices);
    *calibration = CALIBRATION_NULL;
}

struct calibrated_device *calibration_add(struct calibration *calibration)
{
    struct calibrated_device *device;

    if (array_reserve(&calibration->devices, &calibration->device_capacity,
                      calibration->device_count + 1, sizeof(*calibration->devices)) < 0)
        return NULL;
    device = &calibration->devices[calibration->device_count++];
    *device = (struct calibrated_device){
        .kind = DEVICE_OTHER,
        .idle_watts = NAN,
        .full_watts = NAN,
        .range_watts = NAN,
        .band_ratio = NAN,
    };
    return device;
}

const struct calibrated_device *calibration_find(const struct calibration *calibration,
                                                 const char *id)
{
    for (size_t i = 0; i < calibration->device_count; i++) {
        if (strcmp(calibration->devices[i].id, id) == 0)
            return &calibration->devices[i];
    }
    return NULL;
}
