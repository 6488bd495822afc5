/* SPDX-License-Identifier: Apache-2.0 */
/* readers/dcmi.h - the words of DCMI: what a management controller is asked of power, and says */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "readers/ipmi.h"

extern const struct ipmi_request dcmi_ask_power;        /* system power statistics */
extern const struct ipmi_request dcmi_ask_capabilities; /* what there is of DCMI */

enum { DCMI_BUSY = 0xc0, DCMI_NOT_SUPPORTED = 0xc1, DCMI_STATUS_OFF = 0xd6 };

struct dcmi_power {
    unsigned current_watts;
    unsigned minimum_watts; /* over the period, as is what follows */
    unsigned maximum_watts;
    unsigned average_watts;
    uint32_t period_ms;
    bool active; /* else the watts say nothing */
};

struct dcmi_capabilities {
    unsigned major;
    unsigned minor;
    bool power; /* it says that it can manage power */
};

/**
 * dcmi_parse_power(), dcmi_parse_capabilities() - an answer, byte by byte
 * @completion_out: the completion code, where there is one; else untouched
 * Return: 0; -EREMOTEIO: the controller refused; -EBADMSG: too short, or no answer of DCMI
 */
int dcmi_parse_power(const unsigned char *data, size_t length, struct dcmi_power *power_out,
                     unsigned *completion_out);
int dcmi_parse_capabilities(const unsigned char *data, size_t length,
                            struct dcmi_capabilities *capabilities_out, unsigned *completion_out);
