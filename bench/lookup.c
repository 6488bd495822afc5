/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.c - what finding a model by its name costs
 *
 *   lookup cpu|gpu < NAMES   one name a line; prints the mean and the slowest name's ns, and the name
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "catalog/hardware.h"

enum { ROUNDS = 5, NAME_SIZE = 512 };

static void find(bool gpu, const char *name)
{
    struct cpu_facts cpu;
    struct gpu_facts found;

    if (gpu)
        catalog_gpu_find(name, 0, &found);
    else
        catalog_cpu_find(&(struct cpu_query){ .model_name = name,
                                              .family = -1,
                                              .model_number = -1,
                                              .arm_implementer = -1,
                                              .arm_part = -1 },
                         &cpu);
}

int main(int argc, char **argv)
{
    bool gpu = argc == 2 && strcmp(argv[1], "gpu") == 0;
    char name[NAME_SIZE];
    char slowest[NAME_SIZE] = "";
    int64_t slowest_ns = 0;
    int64_t sum_ns = 0;
    int64_t count = 0;

    if (!gpu && (argc != 2 || strcmp(argv[1], "cpu") != 0)) {
        fprintf(stderr, "usage: lookup cpu|gpu < NAMES\n");
        return 2;
    }
    while (fgets(name, sizeof(name), stdin) != NULL) {
        int64_t best_ns = INT64_MAX;

        name[strcspn(name, "\n")] = '\0';
        for (int i = 0; i < ROUNDS; i++) {
            int64_t before_ns = clock_process_cpu_ns();

            find(gpu, name);
            before_ns = clock_process_cpu_ns() - before_ns;
            sum_ns += before_ns;
            if (before_ns < best_ns)
                best_ns = before_ns;
        }
        count += ROUNDS;
        if (best_ns > slowest_ns) {
            slowest_ns = best_ns;
            memcpy(slowest, name, sizeof(slowest));
        }
    }
    if (count == 0)
        return 1;
    printf("%" PRId64 " %" PRId64 " %s\n", sum_ns / count, slowest_ns, slowest);
    return 0;
}
