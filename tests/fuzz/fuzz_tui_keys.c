/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_tui_keys.c - any keys and clicks on the monitor, and a picture after each */
#include <stdlib.h>
#include <string.h>

#include "tui/draw.h"
#include "tui/keys.h"

enum { ROWS = 40, COLUMNS = 160, PROCESSES = 12, KEYS_PER_SCREEN = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Processes that are each other's parents, a device, and nothing else. */
static void fill(struct glance *glance, struct glance_process *processes,
                 struct glance_device *device)
{
    memset(processes, 0, PROCESSES * sizeof(*processes));
    for (int i = 0; i < PROCESSES; i++) {
        processes[i].process.pid = i + 1;
        processes[i].process.parent = (i * 5) % PROCESSES;
        processes[i].process.joules = i % 4;
        processes[i].process.command[0] = (char)('a' + i % 3);
    }
    *device = (struct glance_device){ .id = "gpu0", .kind = DEVICE_GPU };
    *glance = (struct glance){
        .devices = device, .device_count = 1, .processes = processes, .process_count = PROCESSES
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct glance_process processes[PROCESSES];
    struct glance_device device;
    struct canvas canvas = { .unicode = true };
    struct glance glance;
    struct view view;

    view_init(&view);
    fill(&glance, processes, &device);
    if (canvas_resize(&canvas, ROWS, COLUMNS) == 0 && view_take(&view, &glance) == 0) {
        view_arrange(&view);
        for (size_t i = 0; i + 2 < size; i += 3) {
            const struct input input = { .key = data[i] < 0x80
                                                    ? data[i]
                                                    : (uint32_t)KEY_OF_NONE + data[i] % 40,
                                         .row = data[i + 1] % (ROWS + 2),
                                         .column = data[i + 2] % (COLUMNS + 2) };

            keys_take(&view, &input, ROWS, COLUMNS);
            view_arrange(&view);
            /* the rest of it is drawn as seldom as a terminal does it that is held up */
            if (i / 3 % KEYS_PER_SCREEN == 0 || i + 5 >= size)
                draw_screen(&canvas, &view);
            if (view.row_count > PROCESSES || view.selected < 0)
                abort();
        }
    }
    canvas_deinit(&canvas);
    view_deinit(&view);
    return 0;
}
