/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_machine.c - GET /api/v1/devices: what is measured here, and why the rest is not */
#include "server/api.h"

#include "base/clock.h"
#include "server/settings.h"
#include "session/inventory.h"
#include "writers/writer.h"

static const int64_t DRIVER_WAIT_NS = 5 * NSEC_PER_SEC;

void api_devices(struct request *request, const struct settings *settings)
{
    const struct inventory_options asked = {
        .sysroot = options_text(&settings->options, OPT_SYSROOT),
        .nvml_path = options_text(&settings->options, OPT_NVML),
        .program = "aico2",
        .wait_ns = DRIVER_WAIT_NS,
        .calibration = settings->calibrated ? &settings->calibration : NULL,
    };
    struct inventory inventory;
    struct aico2_error err = { 0 };

    if (inventory_make(&asked, &inventory, &err) < 0) {
        made_failure(request, &err);
        return;
    }
    write_devices_json(&request->made.body, &inventory);
    inventory_deinit(&inventory);
}
