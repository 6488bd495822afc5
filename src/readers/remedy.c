/* SPDX-License-Identifier: Apache-2.0 */
/* readers/remedy.c - the file, the commands and the risk of everything that opens a sensor
 *
 * Least privilege: counters of energy tell what other programs compute (PLATYPUS, CVE-2020-8694),
 * so they are opened to a group, never to everybody. Rules of udev come back with the device, after
 * a reboot and when a module is loaded again; a tmpfiles line is for what is there from the start.
 */
#include "readers/remedy.h"

#include <stdio.h>

#include "base/text.h"

#define JOIN_GROUP "sudo usermod -aG aico2 \"$USER\"  # counts from your next login"

static const struct remedy remedies[REMEDY_COUNT] = {
    [REMEDY_RAPL_MODULE] = {
        .path = "modules-load.d/aico2-rapl.conf",
        .content = "# aico2 doctor: the driver of the processor's energy counters, at every boot\n"
                   "intel_rapl_msr\n",
        .commands = { "sudo modprobe intel_rapl_msr" },
        .opens = "nothing by itself: its files are readable by root alone",
        .asks = true,
    },
    [REMEDY_POWERCAP_GROUP] = {
        .path = "udev/rules.d/70-aico2-powercap.rules",
        .content = "# aico2 doctor: the group aico2 may read the processor's energy counters, nobody "
                   "else\n"
                   "# (who reads them can spy on other programs' work: PLATYPUS, CVE-2020-8694)\n"
                   "ACTION!=\"remove\", SUBSYSTEM==\"powercap\", TEST==\"energy_uj\", "
                   "RUN+=\"/bin/chgrp aico2 /sys%p/energy_uj\", "
                   "RUN+=\"/bin/chmod 0440 /sys%p/energy_uj\"\n",
        .commands = { "sudo groupadd --system --force aico2", "sudo udevadm control --reload",
                      "sudo udevadm trigger --settle --subsystem-match=powercap", JOIN_GROUP },
        .opens = "the energy counters to the members of the group aico2: they could learn from them "
                 "what other programs compute, keys included (PLATYPUS, CVE-2020-8694), so put only "
                 "people in it whom you trust with that",
    },
    [REMEDY_PERF_CAPABILITY] = {
        .commands = { "sudo groupadd --system --force aico2",
                      "sudo chgrp aico2 \"$(command -v aico2)\"",
                      "sudo chmod 0750 \"$(command -v aico2)\"",
                      "sudo setcap cap_perfmon=ep \"$(command -v aico2)\"", JOIN_GROUP },
        .opens = "the processor's event counters, energy among them, to this program, and the program "
                 "to the members of the group aico2 alone; an update of the program takes it away",
    },
    [REMEDY_MSR_MODULE] = {
        .commands = { "sudo modprobe msr" },
        .opens = "nothing by itself: registers of the processor can be read by root alone",
        .asks = true,
    },
    [REMEDY_IPMI_MODULE] = {
        .path = "modules-load.d/aico2-ipmi.conf",
        .content = "# aico2 doctor: the drivers of the board's management controller, at every boot\n"
                   "ipmi_si\n"
                   "ipmi_devintf\n",
        .commands = { "sudo modprobe -a ipmi_si ipmi_devintf" },
        .opens = "nothing by itself: its device file is readable by root alone",
        .asks = true,
    },
    [REMEDY_IPMI_GROUP] = {
        .path = "udev/rules.d/70-aico2-ipmi.rules",
        .content = "# aico2 doctor: the group ipmi may talk to the board's management controller\n"
                   "# (with it comes control of the machine: power, accounts, firmware)\n"
                   "SUBSYSTEM==\"ipmi\", KERNEL==\"ipmi[0-9]*\", GROUP=\"ipmi\", MODE=\"0660\"\n",
        .commands = { "sudo groupadd --system --force ipmi", "sudo udevadm control --reload",
                      "sudo udevadm trigger --settle --subsystem-match=ipmi",
                      "sudo usermod -aG ipmi \"$USER\"  # counts from your next login" },
        .opens = "the management controller to the members of the group ipmi, and with it far more than "
                 "the power reading: they can switch the machine off and change the controller's "
                 "accounts. Only for administrators; others run as root or do without",
        .asks = true,
    },
    [REMEDY_DMI_GROUP] = {
        .path = "tmpfiles.d/aico2-dmi.conf",
        .content = "# aico2 doctor: the group aico2 may read what the firmware tells of the machine's parts\n"
                   "z /sys/firmware/dmi/tables/DMI 0440 root aico2 -\n"
                   "z /sys/firmware/dmi/tables/smbios_entry_point 0440 root aico2 -\n",
        .commands = { "sudo groupadd --system --force aico2",
                      "sudo systemd-tmpfiles --create /etc/tmpfiles.d/aico2-dmi.conf", JOIN_GROUP },
        .opens = "serial numbers of the machine and its parts to the members of the group aico2",
    },
    [REMEDY_SENSORD] = {
        .commands = { "sudo groupadd --system --force aico2",
                      "sudo systemctl enable --now aico2-sensord.socket", JOIN_GROUP },
        .opens = "the energy counters to the members of the group aico2, once a second and to 0.1 J: too coarse to "
                 "learn from them what other programs compute. Only one program opens them, and has no privilege "
                 "left when it answers",
    },
    [REMEDY_SENSORD_GROUP] = {
        .commands = { JOIN_GROUP },
        .opens = "the energy counters to you, once a second and to 0.1 J: too coarse to learn from them what other "
                 "programs compute",
    },
    [REMEDY_ACPI_METER_MODULE] = {
        .path = "modules-load.d/aico2-acpi-meter.conf",
        .content = "# aico2 doctor: the driver of the firmware's power meter, at every boot\n"
                   "acpi_power_meter\n",
        .commands = { "sudo modprobe acpi_power_meter" },
        .opens = "the power of the whole machine to everybody on it",
        .asks = true,
    },
};

const struct remedy *remedy_find(enum remedy_id id)
{
    return id > REMEDY_NONE && id < REMEDY_COUNT ? &remedies[id] : NULL;
}

void remedy_command(const struct remedy *remedy, const char *program, const char *sensor,
                    char *text_out, size_t size)
{
    text_out[0] = '\0';
    if (remedy->path != NULL)
        text_append(text_out, size, "sudo %s doctor %s --apply", program, sensor);
    for (size_t i = 0; remedy->commands[i] != NULL; i++)
        text_append(text_out, size, "%s%s", text_out[0] != '\0' ? " && " : "", remedy->commands[i]);
}
