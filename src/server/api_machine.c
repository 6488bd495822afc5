/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_machine.c - GET /api/v1/devices and /doctor: what is measured here, why the rest is not, what would mend it */
#include "server/api.h"

#include "base/clock.h"
#include "server/import_folder.h"
#include "server/settings.h"
#include "session/doctor.h"
#include "session/inventory.h"
#include "writers/writer.h"

static const int64_t DRIVER_WAIT_NS = 5 * NSEC_PER_SEC;
static const int64_t WATCH_NS = 100 * NSEC_PER_MSEC;

static int look(struct request *request, const struct settings *settings, int64_t watch_ns,
                struct inventory *inventory_out)
{
    const struct inventory_options asked = {
        .sysroot = options_text(&settings->options, OPT_SYSROOT),
        .nvml_path = options_text(&settings->options, OPT_NVML),
        .program = "aico2",
        .wait_ns = DRIVER_WAIT_NS,
        .watch_ns = watch_ns,
        .calibration = settings->calibrated ? &settings->calibration : NULL,
    };
    struct aico2_error err = { 0 };

    if (inventory_make(&asked, inventory_out, &err) == 0)
        return 0;
    made_failure(request, &err);
    return -1;
}

void api_devices(struct request *request, const struct settings *settings)
{
    struct inventory inventory;

    if (look(request, settings, 0, &inventory) < 0)
        return;
    write_devices_json(&request->made.body, &inventory);
    inventory_deinit(&inventory);
}

void api_doctor(struct request *request, const struct settings *settings)
{
    const char *sysroot = options_text(&settings->options, OPT_SYSROOT);
    struct aico2_error err = { 0 };
    struct inventory inventory;
    struct doctor doctor;

    if (look(request, settings, sysroot == NULL ? WATCH_NS : 0, &inventory) < 0)
        return;
    if (doctor_choose(&inventory, NULL, sysroot, &doctor, &err) < 0) {
        made_failure(request, &err);
    } else if (import_folder_add_checks(request->service->imports, &doctor) < 0) {
        doctor_deinit(&doctor);
        made_problem(request, 500, "out of memory");
    } else {
        write_doctor_json(&request->made.body, &doctor);
        doctor_deinit(&doctor);
    }
    inventory_deinit(&inventory);
}
