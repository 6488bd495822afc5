/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/embodied_machine.c - what a machine costs to make beside its devices, from embodied.csv
 *
 * Board, chassis and supplies of servers by Boavizta, the bands by how far other sums over a server are from
 * them; desktops and laptops by ADEME's figure of the whole; drives by their number and size. docs/models.md.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "catalog/hardware.h"
#include "catalog/power_factors.h"

static const double BYTES_PER_GB = 1e9; /* as drives are sold */
static const double HOST_SOCKETS = 2;   /* of most servers that are divided among guests */

static struct embodied_part part_of(const char *component, struct band kg, double years,
                                    const char *source)
{
    struct embodied_part part = { .component = component, .kgco2e = kg, .lifetime_years = years };

    (void)snprintf(part.source, sizeof(part.source), "embodied.csv: %s", source);
    return part;
}

void catalog_embodied_server(struct embodied_facts *facts_out)
{
    struct band kg = band_sum(SERVER_BOARD_KG, SERVER_CASE_KG);

    *facts_out = (struct embodied_facts){ kg.value, kg.low, kg.high, LIFETIME_YEARS, "" };
    (void)snprintf(facts_out->source, sizeof(facts_out->source),
                   "embodied.csv: board, assembly, rack chassis, two supplies");
}

static size_t add_solid(const struct drives *drives, struct embodied_part *part)
{
    double gb = (double)drives->solid_bytes / BYTES_PER_GB;
    double parts_high = drives->solid * SSD_BASE_KG + gb * SSD_KG_PER_GB_HIGH;
    struct band kg = {
        .value = drives->solid * SSD_BASE_KG + gb * SSD_KG_PER_GB,
        .low = gb * SSD_WHOLE_KG_PER_GB_LOW,
        .high = fmax(gb * SSD_WHOLE_KG_PER_GB_HIGH, parts_high),
    };
    char source[80];

    if (drives->solid <= 0)
        return 0;
    (void)snprintf(source, sizeof(source), "%d SSD of %.4g GB together", drives->solid, gb);
    *part = part_of("storage", kg, LIFETIME_YEARS, source);
    return 1;
}

static size_t add_spinning(const struct drives *drives, struct embodied_part *part)
{
    char source[80];

    if (drives->spinning <= 0)
        return 0;
    (void)snprintf(source, sizeof(source), "%d hard disk%s of any size", drives->spinning,
                   drives->spinning == 1 ? "" : "s");
    *part = part_of("storage", band_scaled(HDD_KG, drives->spinning), LIFETIME_YEARS, source);
    return 1;
}

size_t catalog_embodied_machine(const struct machine *machine,
                                struct embodied_part parts_out[EMBODIED_MACHINE_PARTS_MAX])
{
    size_t count = 0;

    switch (machine->chassis) {
    case CHASSIS_UNKNOWN:
        break;
    case CHASSIS_SERVER:
        parts_out[count++] = part_of("board", SERVER_BOARD_KG, LIFETIME_YEARS,
                                     "motherboard of a server, its assembly");
        parts_out[count++] = part_of("chassis", SERVER_CASE_KG, LIFETIME_YEARS,
                                     "rack server's chassis, two power supplies");
        break;
    case CHASSIS_BLADE:
        parts_out[count++] = part_of("board", SERVER_BOARD_KG, LIFETIME_YEARS,
                                     "motherboard of a server, its assembly");
        parts_out[count++] = part_of("chassis", BLADE_CASE_KG, LIFETIME_YEARS,
                                     "blade server, a sixteenth of its chassis");
        break;
    case CHASSIS_DESKTOP: /* the disks are in the figure */
        parts_out[count++] = part_of("computer", DESKTOP_KG, DESKTOP_YEARS,
                                     "desktop computer with disk, less a CPU and 16 GB");
        return count;
    case CHASSIS_LAPTOP:
        parts_out[count++] = part_of("computer", LAPTOP_KG, LAPTOP_YEARS,
                                     "laptop with screen and disk, less a CPU and 16 GB");
        return count;
    }
    count += add_solid(&machine->drives, &parts_out[count]);
    count += add_spinning(&machine->drives, &parts_out[count]);
    return count;
}

/* Names that hypervisors make up ("Intel Core Processor (Haswell)") are given to guests of servers. */
static bool is_of_a_person(const char *cpu_model)
{
    static const char *const words[] = { "Core(TM)", "Core i",  "Core Ultra", "Ryzen",
                                         "Athlon",   "Pentium", "Celeron",    "Apple" };

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        if (strstr(cpu_model, words[i]) != NULL)
            return true;
    }
    return false;
}

/* Of two processors for the figure and the low end, of one for the high end; never more than all of it. */
static struct band part_of_host(struct band kg, double packages)
{
    double share = fmin(packages / HOST_SOCKETS, 1);

    return (struct band){ kg.value * share, kg.low * share, kg.high * fmin(packages, 1) };
}

size_t catalog_embodied_host(const char *cpu_model, double packages,
                             struct embodied_part parts_out[EMBODIED_MACHINE_PARTS_MAX])
{
    static const char source[] = "our part of a host taken for a rack server of two CPUs";

    if (!(packages > 0) || is_of_a_person(cpu_model))
        return 0;
    parts_out[0] =
        part_of("board", part_of_host(SERVER_BOARD_KG, packages), LIFETIME_YEARS, source);
    parts_out[1] =
        part_of("chassis", part_of_host(SERVER_CASE_KG, packages), LIFETIME_YEARS, source);
    return 2;
}
