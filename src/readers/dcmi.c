/* SPDX-License-Identifier: Apache-2.0 */
/* readers/dcmi.c - the words of DCMI: what a management controller is asked of power, and says
 *
 * Data Center Manageability Interface 1.5, tables 6-2 (Get DCMI Capabilities Info) and 6-16 (Get
 * Power Reading). Numbers are little-endian; offset 0 is the completion code.
 */
#include "readers/dcmi.h"

#include <errno.h>

enum {
    NETFN_GROUP = 0x2c,
    GROUP_DCMI = 0xdc,
    COMMAND_CAPABILITIES = 0x01,
    COMMAND_POWER = 0x02,
    SYSTEM_POWER_STATISTICS = 0x01,
    SUPPORTED_CAPABILITIES = 0x01,

    POWER_LENGTH = 19,
    POWER_STATE_AT = 18,
    POWER_ACTIVE = 0x40,

    CAPABILITIES_LENGTH = 7,
    CAPABILITIES_POWER_AT = 6,
};

static const unsigned char power_data[] = { GROUP_DCMI, SYSTEM_POWER_STATISTICS, 0, 0 };
static const unsigned char capabilities_data[] = { GROUP_DCMI, SUPPORTED_CAPABILITIES };

const struct ipmi_request dcmi_ask_power = {
    .netfn = NETFN_GROUP,
    .command = COMMAND_POWER,
    .data = power_data,
    .length = sizeof(power_data),
};

const struct ipmi_request dcmi_ask_capabilities = {
    .netfn = NETFN_GROUP,
    .command = COMMAND_CAPABILITIES,
    .data = capabilities_data,
    .length = sizeof(capabilities_data),
};

static unsigned u16(const unsigned char *at)
{
    return (unsigned)at[0] | (unsigned)at[1] << 8;
}

static uint32_t u32(const unsigned char *at)
{
    return (uint32_t)u16(at) | (uint32_t)u16(at + 2) << 16;
}

/* A refusal may have nothing but its code. */
static int check(const unsigned char *data, size_t length, size_t least, unsigned *completion_out)
{
    if (length == 0)
        return -EBADMSG;
    *completion_out = data[0];
    if (data[0] != 0)
        return -EREMOTEIO;
    return length < least || data[1] != GROUP_DCMI ? -EBADMSG : 0;
}

int dcmi_parse_power(const unsigned char *data, size_t length, struct dcmi_power *power_out,
                     unsigned *completion_out)
{
    int r = check(data, length, POWER_LENGTH, completion_out);

    if (r < 0)
        return r;
    *power_out = (struct dcmi_power){
        .current_watts = u16(data + 2),
        .minimum_watts = u16(data + 4),
        .maximum_watts = u16(data + 6),
        .average_watts = u16(data + 8),
        .period_ms = u32(data + 14),
        .active = (data[POWER_STATE_AT] & POWER_ACTIVE) != 0,
    };
    return 0;
}

int dcmi_parse_capabilities(const unsigned char *data, size_t length,
                            struct dcmi_capabilities *capabilities_out, unsigned *completion_out)
{
    int r = check(data, length, CAPABILITIES_LENGTH, completion_out);

    if (r < 0)
        return r;
    *capabilities_out = (struct dcmi_capabilities){
        .major = data[2],
        .minor = data[3],
        .power = (data[CAPABILITIES_POWER_AT] & 1) != 0,
    };
    return 0;
}
